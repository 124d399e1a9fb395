package optimize

import (
	"cmp"
	"math"
	"math/bits"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// The functions below compute with values as package types holds them. They say no
// to whatever would fail, and to types whose arithmetic is left to the engine.

// negated is -v.
func negated(t *types.Type, v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return -v, v != math.MinInt64 && inRange(t, -v)
	case float64:
		return -v, t.Kind == types.Double
	default:
		return nil, false
	}
}

// computed is the result of an arithmetic operator.
func computed(e *ir.Binary, x, y any) (any, bool) {
	switch x := x.(type) {
	case int64:
		y, ok := y.(int64)
		if !ok || !sameWidth(e) {
			return nil, false
		}
		v, ok := wholeResult(e.Op, x, y)
		return v, ok && inRange(e.T, v)
	case float64:
		y, ok := y.(float64)
		if !ok || e.T.Kind != types.Double {
			return nil, false
		}
		return doubleResult(e.Op, x, y)
	default:
		return nil, false
	}
}

// sameWidth reports operands and result that are all whole numbers of one width.
func sameWidth(e *ir.Binary) bool {
	wide := func(t *types.Type) bool {
		return t.Kind == types.Long || t.Kind == types.Timestamp || t.Kind == types.LocalTimestamp || t.Kind == types.Duration
	}
	x, y := e.X.Type(), e.Y.Type()
	return wide(x) && wide(y) && wide(e.T) || x.Kind == types.Int && y.Kind == types.Int && e.T.Kind == types.Int
}

// wholeResult is false where the result does not fit into 64 bits or there is none.
// Division of whole numbers is that of durations, which the engine rounds.
func wholeResult(op ir.Op, x, y int64) (int64, bool) {
	switch op {
	case ir.Add:
		v := x + y
		return v, (x^v)&(y^v) >= 0
	case ir.Sub:
		v := x - y
		return v, (x^y)&(x^v) >= 0
	case ir.Mul:
		return product(x, y)
	case ir.Mod:
		if y == 0 {
			return 0, false
		}
		return x % y, true
	case ir.Div, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return 0, false
}

// product is false where it could overflow; the least number is left to the engine.
func product(x, y int64) (int64, bool) {
	if x == math.MinInt64 || y == math.MinInt64 {
		return 0, false
	}
	hi, lo := bits.Mul64(magnitude(x), magnitude(y))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	return x * y, true
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
}

func doubleResult(op ir.Op, x, y float64) (any, bool) {
	switch op {
	case ir.Add:
		return x + y, true
	case ir.Sub:
		return x - y, true
	case ir.Mul:
		return x * y, true
	case ir.Div:
		return x / y, true
	case ir.Mod, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil, false
}

// inRange reports that a whole number is one of the type.
func inRange(t *types.Type, v int64) bool {
	switch t.Kind {
	case types.Int:
		return v >= math.MinInt32 && v <= math.MaxInt32
	case types.Long, types.Timestamp, types.LocalTimestamp, types.Duration:
		return true
	default:
		return false
	}
}

// equalValues is `==` of values of one type: null equals null alone, NaN equals NaN.
func equalValues(x, y *ir.Const) (equal, ok bool) {
	if x.Value == nil || y.Value == nil {
		return x.Value == nil && y.Value == nil, true
	}
	switch v := x.Value.(type) {
	case bool:
		w, ok := y.Value.(bool)
		return v == w, ok
	case int64:
		w, ok := y.Value.(int64)
		return v == w, ok
	case float64:
		w, ok := y.Value.(float64)
		return v == w || math.IsNaN(v) && math.IsNaN(w), ok && x.T.Kind == types.Double && y.T.Kind == types.Double
	case string:
		w, ok := y.Value.(string)
		return v == w, ok && x.T.Kind == types.String && y.T.Kind == types.String
	default:
		return false, false
	}
}

// ordered is a comparison of values of one type. Text compares by code point, which
// is the order of its bytes; nothing is less than NaN or greater.
func ordered(op ir.Op, x, y *ir.Const) (holds, ok bool) {
	switch v := x.Value.(type) {
	case int64:
		w, ok := y.Value.(int64)
		return compared(op, v, w), ok
	case float64:
		w, ok := y.Value.(float64)
		return compared(op, v, w), ok && x.T.Kind == types.Double && y.T.Kind == types.Double
	case string:
		w, ok := y.Value.(string)
		return compared(op, v, w), ok && x.T.Kind == types.String && y.T.Kind == types.String
	default:
		return false, false
	}
}

func compared[T cmp.Ordered](op ir.Op, x, y T) bool {
	switch op {
	case ir.Lt:
		return x < y
	case ir.Le:
		return x <= y
	case ir.Gt:
		return x > y
	case ir.Ge:
		return x >= y
	case ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod, ir.Eq, ir.Ne, ir.Neg, ir.Not:
	}
	return false
}
