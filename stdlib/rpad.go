package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRpad() *Function {
	return define(sig.Function{
		Name: "rpad", Group: groupText,
		Doc:     "Fills a text from the right to a width in characters; a longer text is cut to its first characters.",
		Failure: "The width is above 16 MiB.",
		Examples: examples(
			`rpad("ab", 5, ".")`, `"ab..."`,
			`rpad("Åbo", 6, "xy")`, `"Åboxyx"`,
			`rpad("Helsinki", 3)`, `"Hel"`,
		),
	}, overload{text: `rpad(s: string, width: long, fill: string = " ") -> string`, kernel: kernel.MapTextErr3(func(dst []byte, s string, width int64, fill string) ([]byte, error) {
		p, cut, err := pad(s, width, fill)
		return p.append(append(dst, cut...)), err
	})})
}
