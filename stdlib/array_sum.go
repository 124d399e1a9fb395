package stdlib

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnArraySum() *Function {
	return define(sig.Function{
		Name: "array_sum", Group: groupArray,
		Doc:     "Adds up the numbers of an array: whole ones to a long, decimals to decimal(38, s), others to a double. Nulls are left out; the sum of nothing is 0.",
		Failure: "The sum is outside the range of its type.",
		Examples: examples(
			`array_sum([1, 2, 3])`, `6`,
			`array_sum([1.50, 2.25])`, `3.75`,
			`array_sum([0.5e0, 0.25e0])`, `0.75e0`,
			`array_sum([9223372036854775807, 1])`, `error: the result is outside the range of long`,
		),
	}, overload{
		text:   "array_sum<T: number>(xs: array<T>) -> T",
		kernel: arraySumKernel,
		refine: func(args []*types.Type) *types.Type {
			switch elem := args[0].Elem; {
			case elem.IsInteger():
				return types.TLong
			case elem.Kind == types.Decimal:
				return types.DecimalOf(types.MaxPrecision, elem.Scale)
			}
			return types.TDouble
		},
	})
}

func arraySumKernel(c *kernel.Call) arrow.Array {
	lists := kernel.ReadLists(c.Args[0])
	switch {
	case lists.Elems.Type.IsInteger():
		return sumElements(c, lists, kernel.Longs(lists.Elems), addLong)
	case lists.Elems.Type.Kind == types.Decimal:
		return sumElements(c, lists, kernel.Reader[decimal128.Num](lists.Elems), func(a, b decimal128.Num) (decimal128.Num, bool) {
			sum := a.Add(b)
			return sum, sum.FitsInPrecision(types.MaxPrecision)
		})
	default:
		return sumElements(c, lists, kernel.Doubles(lists.Elems), func(a, b float64) (float64, bool) { return a + b, true })
	}
}

// sumElements adds up elements in their order; add reports overflow.
func sumElements[T kernel.Value](c *kernel.Call, lists kernel.Lists, read func(int) T, add func(a, b T) (T, bool)) arrow.Array {
	out := kernel.NewColumn[T](c)
	c.Each(func(i int) {
		var sum T
		lo, hi := lists.Range(i)
		for p := lo; p < hi; p++ {
			if kernel.IsNullAt(lists.Elems, p) {
				continue
			}
			var ok bool
			if sum, ok = add(sum, read(p)); !ok {
				c.Fail(i, errOutside(c.Result.NonNull().String()).Error())
				return
			}
		}
		out.Set(i, sum)
	})
	return out.Finish()
}
