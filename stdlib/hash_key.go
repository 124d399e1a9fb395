package stdlib

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// keyWriter returns a function that appends the element at a position as bytes,
// the same for values that `==` calls equal: texts and bytes as they are, whole
// numbers and times as 8 bytes, doubles with one zero and one NaN. Within arrays
// and records each value is preceded by its length.
func keyWriter(t *types.Type, a arrow.Array) func(dst []byte, i int) []byte {
	v := kernel.Vector{Type: t, Arr: a}
	switch t.Kind {
	case types.Boolean:
		return writeKey(kernel.Reader[bool](v), func(dst []byte, x bool) []byte {
			if x {
				return append(dst, 1)
			}
			return append(dst, 0)
		})
	case types.Int, types.Date, types.Enum:
		return writeKey(kernel.Reader[int32](v), func(dst []byte, x int32) []byte { return appendLong(dst, int64(x)) })
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return writeKey(kernel.Reader[int64](v), appendLong)
	case types.Float:
		return writeKey(kernel.Reader[float32](v), func(dst []byte, x float32) []byte { return appendDouble(dst, float64(x)) })
	case types.Double:
		return writeKey(kernel.Reader[float64](v), appendDouble)
	case types.Decimal:
		return writeKey(kernel.Reader[decimal128.Num](v), func(dst []byte, x decimal128.Num) []byte {
			return appendLong(appendLong(dst, int64(x.LowBits())), x.HighBits())
		})
	case types.String, types.JSON:
		return writeKey(kernel.Reader[string](v), func(dst []byte, x string) []byte { return append(dst, x...) })
	case types.Bytes, types.Fixed, types.UUID, types.Geography:
		return writeKey(kernel.Reader[[]byte](v), func(dst, x []byte) []byte { return append(dst, x...) })
	case types.Period:
		return writeKey(kernel.Reader[arrow.MonthDayNanoInterval](v), func(dst []byte, x arrow.MonthDayNanoInterval) []byte {
			return appendLong(appendLong(dst, int64(x.Months)), int64(x.Days))
		})
	case types.Array:
		return arrayKey(v)
	case types.Record:
		return recordKey(t, a.(*array.Struct))
	case types.Unknown, types.Null, types.Map, types.Union, types.Func, types.Var:
		return func(dst []byte, _ int) []byte { return dst }
	}
	return func(dst []byte, _ int) []byte { return dst }
}

func writeKey[T any](read func(int) T, write func([]byte, T) []byte) func([]byte, int) []byte {
	return func(dst []byte, i int) []byte { return write(dst, read(i)) }
}

func appendLong(dst []byte, x int64) []byte { return binary.LittleEndian.AppendUint64(dst, uint64(x)) }

func appendDouble(dst []byte, x float64) []byte {
	switch {
	case x == 0:
		x = 0 // minus zero equals zero
	case math.IsNaN(x):
		x = math.NaN()
	}
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
}

func arrayKey(v kernel.Vector) func(dst []byte, i int) []byte {
	lists := kernel.ReadLists(v)
	elem := memberKey(v.Type.Elem, lists.Elems.Arr)
	return func(dst []byte, i int) []byte {
		lo, hi := lists.Range(i)
		for p := lo; p < hi; p++ {
			dst = elem(dst, p)
		}
		return dst
	}
}

func recordKey(t *types.Type, a *array.Struct) func(dst []byte, i int) []byte {
	fields := make([]func([]byte, int) []byte, len(t.Fields))
	for f, field := range t.Fields {
		fields[f] = memberKey(field.Type, a.Field(f))
	}
	return func(dst []byte, i int) []byte {
		for _, field := range fields {
			dst = field(dst, i)
		}
		return dst
	}
}

// memberKey writes a value with its length before it, -1 for null.
func memberKey(t *types.Type, a arrow.Array) func(dst []byte, i int) []byte {
	write := keyWriter(t, a)
	return func(dst []byte, i int) []byte {
		if kernel.IsNullAt(kernel.Vector{Type: t, Arr: a}, i) {
			return appendLong(dst, -1)
		}
		at := len(dst)
		dst = write(appendLong(dst, 0), i)
		binary.LittleEndian.PutUint64(dst[at:], uint64(len(dst)-at-8))
		return dst
	}
}
