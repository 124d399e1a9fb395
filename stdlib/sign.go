package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnSign() *Function {
	return define(sig.Function{
		Name: "sign", Group: groupMaths,
		Doc: "Gives -1, 0 or 1 for a number below, equal to or above zero; 0 for NaN.",
		Examples: examples(
			`sign(-5)`, `-1`,
			`sign(0.00)`, `0`,
			`sign(2.5e0)`, `1`,
		),
	}, overload{text: "sign<T: number>(x: T) -> int", kernel: func(c *kernel.Call) arrow.Array {
		out := kernel.NewColumn[int32](c)
		if c.Args[0].Type.Kind == types.Decimal {
			read := kernel.Reader[decimal128.Num](c.Args[0])
			c.Each(func(i int) { out.Set(i, int32(read(i).Sign())) })
			return out.Finish()
		}
		read := kernel.Doubles(c.Args[0])
		c.Each(func(i int) {
			switch x := read(i); {
			case x > 0:
				out.Set(i, 1)
			case x < 0:
				out.Set(i, -1)
			default:
				out.Set(i, 0)
			}
		})
		return out.Finish()
	}})
}
