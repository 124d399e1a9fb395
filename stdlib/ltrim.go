package stdlib

import (
	"strings"
	"unicode"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLtrim() *Function {
	return define(sig.Function{
		Name: "ltrim", Group: groupText,
		Doc: "Removes white space, or the characters given, from the beginning.",
		Examples: examples(
			`ltrim("  Oulu ")`, `"Oulu "`,
			`ltrim("0042", "0")`, `"42"`,
		),
	},
		overload{text: "ltrim(s: string) -> string", kernel: kernel.Map1(func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) })},
		overload{text: "ltrim(s: string, chars: string) -> string", kernel: kernel.Map2(strings.TrimLeft)},
	)
}
