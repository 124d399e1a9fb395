package kernel

import (
	"bytes"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// Match writes to dst the rows of a batch of n whose operands compare as wanted,
// and returns the part of dst that is filled. sel lists the rows to look at, nil
// for all; dst has room for as many, and may be sel itself. It looks at values
// only: rows where an operand is null come out by chance.
type Match func(dst []int32, x, y Vector, n int, sel []int32) []int32

// Matcher returns the Match of a comparison of two values of one type. Ne is the
// opposite of Eq; with NaN the orderings are false.
func Matcher(t *types.Type, op ir.Op) Match {
	switch t.Kind {
	case types.Int, types.Date, types.Enum:
		return matchFixed[int32](op)
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return matchFixed[int64](op)
	case types.Float:
		return matchFixed[float32](op)
	case types.Double:
		return matchFixed[float64](op)
	case types.String:
		return matchText(op)
	case types.Decimal:
		return matchDecimal(op)
	case types.Unknown, types.Null, types.Boolean, types.Bytes, types.Fixed, types.UUID, types.Period,
		types.Geography, types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return matchAny(t, op)
	}
	return matchAny(t, op)
}

type comparable4 interface {
	int32 | int64 | float32 | float64
}

// mirrored is the operator that holds for (y, x) where op holds for (x, y).
func mirrored(op ir.Op) ir.Op {
	switch op {
	case ir.Lt:
		return ir.Gt
	case ir.Le:
		return ir.Ge
	case ir.Gt:
		return ir.Lt
	case ir.Ge:
		return ir.Le
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Eq, ir.Ne, ir.Neg, ir.Not:
		return op
	}
	return op
}

func matchFixed[T comparable4](op ir.Op) Match {
	return func(dst []int32, x, y Vector, n int, sel []int32) []int32 {
		if n == 0 || sel != nil && len(sel) == 0 {
			return dst[:0]
		}
		op := op
		if x.Scalar && !y.Scalar {
			x, y, op = y, x, mirrored(op)
		}
		xs, ys := Values[T](x.Arr), Values[T](y.Arr)
		if x.Scalar {
			return scalarMatch(dst, compareOne(op, xs[0], ys[0]), n, sel)
		}
		if y.Scalar {
			return boundsOf(op, ys[0]).match(dst, xs[:n], sel)
		}
		if op == ir.Gt || op == ir.Ge {
			xs, ys, op = ys, xs, mirrored(op)
		}
		return matchArrays(dst, xs[:n], ys[:n], op, sel)
	}
}

// scalarMatch is all rows or none.
func scalarMatch(dst []int32, all bool, n int, sel []int32) []int32 {
	if !all {
		return dst[:0]
	}
	if sel != nil {
		return dst[:copy(dst, sel)]
	}
	for i := range n {
		dst[i] = int32(i)
	}
	return dst[:n]
}

func compareOne[T comparable4](op ir.Op, x, y T) bool {
	same := x == y || x != x && y != y
	switch op {
	case ir.Eq:
		return same
	case ir.Ne:
		return !same
	case ir.Lt:
		return x < y
	case ir.Le:
		return x <= y
	case ir.Gt:
		return x > y
	case ir.Ge:
		return x >= y
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Neg, ir.Not:
	}
	panic("kernel: " + op.String() + " is not a comparison")
}

// one is 1 for true; the compiler makes it free of branches.
func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// bounds is a comparison with a constant: lo <= v <= hi, or v is NaN with nan. A
// flip of 1 turns it round. One loop serves every operator this way.
type bounds[T comparable4] struct {
	lo, hi T
	nan    bool
	flip   int
}

func boundsOf[T comparable4](op ir.Op, c T) bounds[T] {
	least, most := limits[T]()
	none := bounds[T]{lo: most, hi: least}
	if c != c {
		switch op {
		case ir.Eq:
			return bounds[T]{nan: true}
		case ir.Ne:
			return bounds[T]{nan: true, flip: 1}
		default:
			return none
		}
	}
	switch op {
	case ir.Eq:
		return bounds[T]{lo: c, hi: c}
	case ir.Ne:
		return bounds[T]{lo: c, hi: c, flip: 1}
	case ir.Lt:
		if c == least {
			return none
		}
		return bounds[T]{lo: least, hi: next(c, least)}
	case ir.Le:
		return bounds[T]{lo: least, hi: c}
	case ir.Gt:
		if c == most {
			return none
		}
		return bounds[T]{lo: next(c, most), hi: most}
	case ir.Ge:
		return bounds[T]{lo: c, hi: most}
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Neg, ir.Not:
	}
	panic("kernel: " + op.String() + " is not a comparison")
}

// limits is the least and the largest value of a type.
func limits[T comparable4]() (least, most T) {
	switch l := any(&least).(type) {
	case *int32:
		*l, *any(&most).(*int32) = math.MinInt32, math.MaxInt32
	case *int64:
		*l, *any(&most).(*int64) = math.MinInt64, math.MaxInt64
	case *float32:
		*l, *any(&most).(*float32) = float32(math.Inf(-1)), float32(math.Inf(1))
	case *float64:
		*l, *any(&most).(*float64) = math.Inf(-1), math.Inf(1)
	}
	return least, most
}

// next is the neighbour of v on the way to a limit.
func next[T comparable4](v, toward T) T {
	switch p := any(&v).(type) {
	case *float32:
		*p = math.Nextafter32(*p, any(toward).(float32))
	case *float64:
		*p = math.Nextafter(*p, any(toward).(float64))
	default:
		if toward > v {
			return v + 1
		}
		return v - 1
	}
	return v
}

func (b bounds[T]) match(dst []int32, x []T, sel []int32) []int32 {
	k, lo, hi, flip := 0, b.lo, b.hi, b.flip
	switch {
	case b.nan && sel == nil:
		for i, v := range x {
			dst[k] = int32(i)
			k += one(v != v) ^ flip
		}
	case b.nan:
		for _, i := range sel {
			dst[k] = i
			k += one(x[i] != x[i]) ^ flip
		}
	case sel == nil:
		for i, v := range x {
			dst[k] = int32(i)
			k += one(v >= lo)&one(v <= hi) ^ flip
		}
	default:
		for _, i := range sel {
			v := x[i]
			dst[k] = i
			k += one(v >= lo)&one(v <= hi) ^ flip
		}
	}
	return dst[:k]
}

// matchArrays compares row by row; op is Eq, Ne, Lt or Le.
func matchArrays[T comparable4](dst []int32, x, y []T, op ir.Op, sel []int32) []int32 {
	if sel == nil {
		return matchWhole(dst, x, y, op)
	}
	k, flip := 0, one(op == ir.Ne)
	switch op {
	case ir.Lt:
		for _, i := range sel {
			dst[k] = i
			k += one(x[i] < y[i])
		}
	case ir.Le:
		for _, i := range sel {
			dst[k] = i
			k += one(x[i] <= y[i])
		}
	default:
		for _, i := range sel {
			a, b := x[i], y[i]
			dst[k] = i
			k += (one(a == b) | one(a != a)&one(b != b)) ^ flip
		}
	}
	return dst[:k]
}

func matchWhole[T comparable4](dst []int32, x, y []T, op ir.Op) []int32 {
	k, flip := 0, one(op == ir.Ne)
	y = y[:len(x)]
	switch op {
	case ir.Lt:
		for i, v := range x {
			dst[k] = int32(i)
			k += one(v < y[i])
		}
	case ir.Le:
		for i, v := range x {
			dst[k] = int32(i)
			k += one(v <= y[i])
		}
	default:
		for i, a := range x {
			b := y[i]
			dst[k] = int32(i)
			k += (one(a == b) | one(a != a)&one(b != b)) ^ flip
		}
	}
	return dst[:k]
}

func matchText(op ir.Op) Match {
	return func(dst []int32, x, y Vector, n int, sel []int32) []int32 {
		op := op
		if x.Scalar {
			x, y, op = y, x, mirrored(op)
		}
		if y.Scalar && !x.Scalar && (op == ir.Eq || op == ir.Ne) {
			return matchSame(dst, x.Arr, Reader[string](y)(0), one(op == ir.Ne), n, sel)
		}
		if y.Scalar && !x.Scalar {
			return matchOrder(dst, x.Arr, Reader[string](y)(0), op, n, sel)
		}
		a, b := Reader[string](x), Reader[string](y)
		return matchBy(dst, n, sel, holds(op, func(i int) int { return strings.Compare(a(i), b(i)) }))
	}
}

// matchSame finds the rows whose text is want.
func matchSame(dst []int32, a arrow.Array, want string, flip, n int, sel []int32) []int32 {
	offsets, data := Texts(a)
	k, size := 0, int32(len(want))
	if sel == nil {
		lo := offsets[0]
		for i, hi := range offsets[1 : n+1] {
			dst[k] = int32(i)
			same := 0
			if hi-lo == size { // the contents are not branched on: they are hard to predict
				same = one(string(data[lo:hi]) == want)
			}
			k += same ^ flip
			lo = hi
		}
		return dst[:k]
	}
	for _, i := range sel {
		lo, hi := offsets[i], offsets[i+1]
		dst[k] = i
		same := 0
		if hi-lo == size {
			same = one(string(data[lo:hi]) == want)
		}
		k += same ^ flip
	}
	return dst[:k]
}

// matchOrder finds the rows whose text comes before or after another; op is none of Eq and Ne.
func matchOrder(dst []int32, a arrow.Array, bound string, op ir.Op, n int, sel []int32) []int32 {
	offsets, data := Texts(a)
	other := []byte(bound)
	least, most := 1, 1 // the orders of the two that fit
	if op == ir.Lt || op == ir.Le {
		least, most = -1, -1
	}
	if op == ir.Le || op == ir.Ge {
		least, most = min(least, 0), max(most, 0)
	}
	k := 0
	if sel == nil {
		lo := offsets[0]
		for i, hi := range offsets[1 : n+1] {
			order := bytes.Compare(data[lo:hi], other)
			dst[k] = int32(i)
			k += one(order >= least) & one(order <= most)
			lo = hi
		}
		return dst[:k]
	}
	for _, i := range sel {
		order := bytes.Compare(data[offsets[i]:offsets[i+1]], other)
		dst[k] = i
		k += one(order >= least) & one(order <= most)
	}
	return dst[:k]
}

// matchAny is for the types whose comparisons are not worth a loop of their own.
func matchAny(t *types.Type, op ir.Op) Match {
	return func(dst []int32, x, y Vector, n int, sel []int32) []int32 {
		if op == ir.Eq || op == ir.Ne {
			same := Equals(t, x.Arr, y.Arr)
			return matchBy(dst, n, sel, func(i int) bool { return same(x.Index(i), y.Index(i)) == (op == ir.Eq) })
		}
		order := Compares(t, x.Arr, y.Arr)
		return matchBy(dst, n, sel, holds(op, func(i int) int { return order(x.Index(i), y.Index(i)) }))
	}
}

func holds(op ir.Op, order func(i int) int) func(i int) bool {
	return func(i int) bool { return compareOne(op, int32(order(i)), 0) }
}

func matchBy(dst []int32, n int, sel []int32, holds func(i int) bool) []int32 {
	k := 0
	if sel == nil {
		for i := range n {
			dst[k] = int32(i)
			k += one(holds(i))
		}
		return dst[:k]
	}
	for _, i := range sel {
		dst[k] = i
		k += one(holds(int(i)))
	}
	return dst[:k]
}

// MatchNulls writes to dst the rows whose value is null or, with want false, is
// not. See Match.
func MatchNulls(dst []int32, v Vector, want bool, n int, sel []int32) []int32 {
	isNull := nulls(v.Arr)
	switch {
	case v.Scalar:
		return scalarMatch(dst, isNull(0) == want, n, sel)
	case v.Arr.DataType().ID() == arrow.NULL:
		return scalarMatch(dst, want, n, sel)
	case v.Arr.NullN() == 0:
		return scalarMatch(dst, !want, n, sel)
	}
	bits, offset := v.Arr.NullBitmapBytes(), v.Arr.Data().Offset()
	return matchBits(dst, bits, offset, one(want), n, sel)
}

// MatchTrue writes to dst the rows whose boolean is true. See Match.
func MatchTrue(dst []int32, v Vector, n int, sel []int32) []int32 {
	if v.Scalar || n == 0 {
		return scalarMatch(dst, v.Scalar && Reader[bool](v)(0), n, sel)
	}
	d := v.Arr.Data()
	if len(d.Buffers()) < 2 || d.Buffers()[1] == nil {
		return dst[:0]
	}
	return matchBits(dst, d.Buffers()[1].Bytes(), d.Offset(), 0, n, sel)
}

func matchBits(dst []int32, bits []byte, offset, flip, n int, sel []int32) []int32 {
	k := 0
	if sel == nil {
		for i := range n {
			dst[k] = int32(i)
			at := uint(offset + i)
			k += int(bits[at/8]>>(at%8)&1) ^ flip
		}
		return dst[:k]
	}
	for _, i := range sel {
		dst[k] = i
		at := uint(offset) + uint(i)
		k += int(bits[at/8]>>(at%8)&1) ^ flip
	}
	return dst[:k]
}
