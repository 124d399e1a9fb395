package kernel

import (
	"bytes"
	"cmp"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// Equals returns the `==` of the language between positions of two arrays of one
// type: null equals null, NaN equals NaN, -0 equals 0, arrays and records are
// compared by content, maps without regard to order.
func Equals(t *types.Type, a, b arrow.Array) func(i, j int) bool {
	same := equalValues(t, a, b)
	nullA, nullB := nulls(a), nulls(b)
	return func(i, j int) bool {
		if x, y := nullA(i), nullB(j); x || y {
			return x && y
		}
		return same(i, j)
	}
}

// nulls tells which positions are null; all are in an array of type null, which
// has no marks.
func nulls(a arrow.Array) func(i int) bool {
	if a.DataType().ID() == arrow.NULL {
		return func(int) bool { return true }
	}
	return a.IsNull
}

func equalValues(t *types.Type, a, b arrow.Array) func(i, j int) bool {
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return func(int, int) bool { return true }
	case types.Period:
		return equalBy[arrow.MonthDayNanoInterval](a, b)
	case types.JSON:
		return equalBy[string](a, b)
	case types.Geography:
		x, y := elements[[]byte](a), elements[[]byte](b)
		return func(i, j int) bool { return bytes.Equal(x(i), y(j)) }
	case types.Array:
		return equalLists(t, a, b)
	case types.Map:
		return equalMaps(t, a, b)
	case types.Record, types.Union:
		return equalStructs(t, a, b)
	case types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.String, types.Bytes,
		types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Enum:
		order := compareValues(t, a, b)
		return func(i, j int) bool { return order(i, j) == 0 }
	}
	return func(int, int) bool { return false }
}

func equalBy[T interface {
	Value
	comparable
}](a, b arrow.Array) func(i, j int) bool {
	x, y := elements[T](a), elements[T](b)
	return func(i, j int) bool { return x(i) == y(j) }
}

func equalLists(t *types.Type, a, b arrow.Array) func(i, j int) bool {
	x, y := ReadLists(Vector{Type: t, Arr: a}), ReadLists(Vector{Type: t, Arr: b})
	same := Equals(t.Elem, x.Elems.Arr, y.Elems.Arr)
	return func(i, j int) bool {
		lo, hi := x.Range(i)
		other, end := y.Range(j)
		if hi-lo != end-other {
			return false
		}
		for p := lo; p < hi; p++ {
			if !same(p, other+p-lo) {
				return false
			}
		}
		return true
	}
}

func equalMaps(t *types.Type, a, b arrow.Array) func(i, j int) bool {
	x, y := ReadLists(Vector{Type: t, Arr: a}), ReadLists(Vector{Type: t, Arr: b})
	keys, others := Reader[string](x.Keys), Reader[string](y.Keys)
	same := Equals(t.Elem, x.Elems.Arr, y.Elems.Arr)
	return func(i, j int) bool {
		lo, hi := x.Range(i)
		if other, end := y.Range(j); hi-lo != end-other {
			return false
		}
		for p := lo; p < hi; p++ {
			q := y.Find(j, keys(p), others)
			if q < 0 || !same(p, q) {
				return false
			}
		}
		return true
	}
}

func equalStructs(t *types.Type, a, b arrow.Array) func(i, j int) bool {
	x, y := a.(*array.Struct), b.(*array.Struct)
	fields := make([]func(i, j int) bool, x.NumField())
	for f := range fields {
		switch {
		case t.Kind == types.Record:
			fields[f] = Equals(t.Fields[f].Type, x.Field(f), y.Field(f))
		case f == 0:
			branch, other := Values[int8](x.Field(0)), Values[int8](y.Field(0))
			fields[0] = func(i, j int) bool { return branch[i] == other[j] }
		default:
			fields[f] = Equals(&types.Type{Kind: types.Record, Fields: t.Branches[f-1].Fields}, x.Field(f), y.Field(f))
		}
	}
	return func(i, j int) bool {
		for _, same := range fields {
			if !same(i, j) {
				return false
			}
		}
		return true
	}
}

// Compares returns the ascending order of the language between positions of two
// arrays of one ordered type: numbers with NaN after all others, strings by code
// point, enums by declaration, null last.
func Compares(t *types.Type, a, b arrow.Array) func(i, j int) int {
	order := compareValues(t, a, b)
	nullA, nullB := nulls(a), nulls(b)
	return func(i, j int) int {
		switch x, y := nullA(i), nullB(j); {
		case x && y:
			return 0
		case x:
			return 1
		case y:
			return -1
		}
		return order(i, j)
	}
}

// AllLess is the order by the first of several that tells two positions apart.
func AllLess(orders []func(i, j int) int) func(i, j int) bool {
	return func(i, j int) bool {
		for _, order := range orders {
			if d := order(i, j); d != 0 {
				return d < 0
			}
		}
		return false
	}
}

func compareValues(t *types.Type, a, b arrow.Array) func(i, j int) int {
	switch t.Kind {
	case types.Boolean:
		x, y := elements[bool](a), elements[bool](b)
		return func(i, j int) int {
			switch p, q := x(i), y(j); {
			case p == q:
				return 0
			case p:
				return 1
			}
			return -1
		}
	case types.Int, types.Date, types.Enum:
		return compareFixed[int32](a, b)
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return compareFixed[int64](a, b)
	case types.Float:
		x, y := elements[float32](a), elements[float32](b)
		return func(i, j int) int { return CompareDoubles(float64(x(i)), float64(y(j))) }
	case types.Double:
		x, y := elements[float64](a), elements[float64](b)
		return func(i, j int) int { return CompareDoubles(x(i), y(j)) }
	case types.Decimal:
		x, y := elements[decimal128.Num](a), elements[decimal128.Num](b)
		return func(i, j int) int { return x(i).Cmp(y(j)) }
	case types.String, types.JSON:
		x, y := elements[string](a), elements[string](b)
		return func(i, j int) int { return strings.Compare(x(i), y(j)) }
	case types.Bytes, types.Fixed, types.UUID, types.Geography:
		x, y := elements[[]byte](a), elements[[]byte](b)
		return func(i, j int) int { return bytes.Compare(x(i), y(j)) }
	case types.Unknown, types.Null, types.Period, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return func(int, int) int { return 0 }
	}
	return func(int, int) int { return 0 }
}

func compareFixed[T int32 | int64](a, b arrow.Array) func(i, j int) int {
	x, y := elements[T](a), elements[T](b)
	return func(i, j int) int { return cmp.Compare(x(i), y(j)) }
}

// CompareDoubles orders doubles: -0 equals 0, NaN equals NaN and comes last.
func CompareDoubles(a, b float64) int {
	switch x, y := math.IsNaN(a), math.IsNaN(b); {
	case x && y:
		return 0
	case x:
		return 1
	case y:
		return -1
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
