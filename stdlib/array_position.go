package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArrayPosition() *Function {
	return define(sig.Function{
		Name: "array_position", Group: groupArray,
		Doc:   "Gives the index from 0 of the first element equal to a value; null when there is none.",
		Nulls: "A null may be looked for.",
		Examples: examples(
			`array_position([10, 20, 20], 20)`, `1`,
			`array_position(["a", "b"], "c")`, `null`,
			`array_position(["a", null], null)`, `1`,
		),
	}, overload{text: "array_position<T>(xs: array<T>, x: T?) -> long?", kernel: findElement(func(out *kernel.Column[int64], row, at int) {
		if at < 0 {
			out.Null(row)
			return
		}
		out.Set(row, int64(at))
	})})
}
