package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnStartsWith() *Function {
	return define(sig.Function{
		Name: "starts_with", Group: groupText,
		Doc: "Tells whether a text begins with another.",
		Examples: examples(
			`starts_with("https://edy.example", "https:")`, `true`,
			`starts_with("edy", "Edy")`, `false`,
			`starts_with("edy", "")`, `true`,
		),
	}, overload{text: "starts_with(s: string, prefix: string) -> boolean", kernel: kernel.Map2(strings.HasPrefix)})
}
