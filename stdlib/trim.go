package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnTrim() *Function {
	return define(sig.Function{
		Name: "trim", Group: groupText,
		Doc: "Removes white space, or the characters given, from both ends.",
		Examples: examples(
			`trim("  Oulu\t\n")`, `"Oulu"`,
			`trim("--Oulu-", "-")`, `"Oulu"`,
			`trim("xyOuluyx", "xy")`, `"Oulu"`,
			`trim("   ")`, `""`,
		),
	},
		overload{text: "trim(s: string) -> string", kernel: kernel.Map1(strings.TrimSpace)},
		overload{text: "trim(s: string, chars: string) -> string", kernel: kernel.Map2(strings.Trim)},
	)
}
