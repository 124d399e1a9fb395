package stdlib

import (
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnEndsWith() *Function {
	return define(sig.Function{
		Name: "ends_with", Group: groupText,
		Doc: "Tells whether a text ends with another.",
		Examples: examples(
			`ends_with("photo.jpg", ".jpg")`, `true`,
			`ends_with("photo.JPG", ".jpg")`, `false`,
		),
	}, overload{text: "ends_with(s: string, suffix: string) -> boolean", kernel: kernel.Map2(strings.HasSuffix)})
}
