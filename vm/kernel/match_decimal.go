package kernel

import (
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/compiler/ir"
)

// matchDecimal compares decimals of one scale by their unscaled numbers.
func matchDecimal(op ir.Op) Match {
	return func(dst []int32, x, y Vector, n int, sel []int32) []int32 {
		if n == 0 || sel != nil && len(sel) == 0 {
			return dst[:0]
		}
		xs, ys := x.Arr.(*array.Decimal128).Values(), y.Arr.(*array.Decimal128).Values()
		op := op
		if op == ir.Gt || op == ir.Le { // x > y is y < x, and x <= y is its opposite
			x, y, xs, ys = y, x, ys, xs
		}
		flip := one(op == ir.Le || op == ir.Ge || op == ir.Ne)
		holds := lessDecimal
		if op == ir.Eq || op == ir.Ne {
			holds = sameDecimal
		}
		switch {
		case x.Scalar && y.Scalar:
			return scalarMatch(dst, holds(xs[0], ys[0])^flip == 1, n, sel)
		case op == ir.Eq || op == ir.Ne:
			return matchDecimals(dst, strideOf(x, xs), strideOf(y, ys), flip, n, sel, sameDecimal)
		}
		return matchDecimals(dst, strideOf(x, xs), strideOf(y, ys), flip, n, sel, lessDecimal)
	}
}

// stride is values of rows: of each its own, or the same for all.
type stride struct {
	values []decimal128.Num
	by     int
}

func strideOf(v Vector, values []decimal128.Num) stride {
	if v.Scalar {
		return stride{values, 0}
	}
	return stride{values, 1}
}

func matchDecimals(dst []int32, x, y stride, flip, n int, sel []int32, holds func(a, b decimal128.Num) int) []int32 {
	k := 0
	if sel == nil {
		for i := range n {
			dst[k] = int32(i)
			k += holds(x.values[i*x.by], y.values[i*y.by]) ^ flip
		}
		return dst[:k]
	}
	for _, i := range sel {
		dst[k] = i
		k += holds(x.values[int(i)*x.by], y.values[int(i)*y.by]) ^ flip
	}
	return dst[:k]
}

func lessDecimal(a, b decimal128.Num) int {
	return one(a.HighBits() < b.HighBits()) | one(a.HighBits() == b.HighBits())&one(a.LowBits() < b.LowBits())
}

func sameDecimal(a, b decimal128.Num) int {
	return one(a.HighBits() == b.HighBits()) & one(a.LowBits() == b.LowBits())
}
