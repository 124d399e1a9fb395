package stdlib

import (
	"strings"
	"unicode"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnRtrim() *Function {
	return define(sig.Function{
		Name: "rtrim", Group: groupText,
		Doc: "Removes white space, or the characters given, from the end.",
		Examples: examples(
			`rtrim("  Oulu ")`, `"  Oulu"`,
			`rtrim("https://edy.example///", "/")`, `"https://edy.example"`,
		),
	},
		overload{text: "rtrim(s: string) -> string", kernel: kernel.Map1(func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) })},
		overload{text: "rtrim(s: string, chars: string) -> string", kernel: kernel.Map2(strings.TrimRight)},
	)
}
