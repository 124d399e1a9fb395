package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
)

func fnLeast() *Function {
	return define(sig.Function{
		Name: "least", Group: groupMaths,
		Doc: "Gives the smallest of its arguments. NaN is above all other numbers.",
		Examples: examples(
			`least(3, 7, 5)`, `3`,
			`least("ant", "bee")`, `"ant"`,
			`least(2h, 90m)`, `1h30m`,
		),
	}, overload{text: "least<T: ordered>(values: T...) -> T", kernel: extreme(-1)})
}
