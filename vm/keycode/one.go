package keycode

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// One writes the codes of single elements of a vector, as Of does, and takes no memory to
// begin with: for aggregates that are given a batch a few rows at a time. Lists, records and
// values that few have are written by one of Of.
type One struct {
	of    kernel.Vector
	mode  Mode
	nulls bool
	many  Appender // nil where elements are written one by one

	ints     []int32
	longs    []int64
	doubles  []float64
	offsets  []int32 // of text and bytes
	data     []byte  // and of those of one length
	width    int
	decimals *array.Decimal128
}

// OneOf is the writer of a vector, for as long as the vector is there. The mode is not Desc.
func OneOf(v kernel.Vector, mode Mode) One {
	o := One{of: v, mode: mode, nulls: v.Arr.NullN() > 0}
	if v.Arr.Len() > 0 && o.read() {
		return o
	}
	o.many = Of(v, mode)
	return o
}

// read reports that there is a way to write single elements.
func (o *One) read() bool {
	a := o.of.Arr
	if _, ok := a.(*array.Null); ok {
		return false
	}
	switch o.of.Type.Kind {
	case types.Int, types.Date, types.Enum:
		o.ints = kernel.Values[int32](a)
		return o.ints != nil
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		o.longs = kernel.Values[int64](a)
		return o.longs != nil
	case types.Double:
		o.doubles = kernel.Values[float64](a)
		return o.doubles != nil
	case types.Decimal:
		o.decimals, _ = a.(*array.Decimal128)
		return o.decimals != nil
	case types.String, types.JSON, types.Bytes, types.Geography:
		switch a.(type) {
		case *array.String, *array.Binary:
			o.offsets, o.data = kernel.Texts(a)
			return true
		}
		return false
	case types.Fixed, types.UUID:
		fixed, ok := a.DataType().(*arrow.FixedSizeBinaryType)
		if d := a.Data(); ok && d.Buffers()[1] != nil {
			o.width, o.data = fixed.ByteWidth, d.Buffers()[1].Bytes()[d.Offset()*fixed.ByteWidth:]
		}
		return o.width > 0
	case types.Unknown, types.Null, types.Boolean, types.Float, types.Period, types.Array, types.Map, types.Record, types.Union,
		types.Func, types.Var:
	}
	return false
}

// Append appends the code of a row's element.
func (o *One) Append(dst []byte, row int) []byte {
	if o.many != nil {
		return o.many(dst, row)
	}
	i := o.of.Index(row)
	switch {
	case o.nulls && o.of.Arr.IsNull(i):
		return append(dst, null)
	case o.ints != nil:
		return appendInt32(append(dst, present), o.ints[i])
	case o.longs != nil:
		return appendInt64(append(dst, present), o.longs[i])
	case o.doubles != nil:
		return appendFloat64(dst, o.doubles[i], o.mode)
	case o.decimals != nil:
		return appendDecimal(dst, o.decimals.Value(i))
	case o.offsets != nil:
		return AppendText(dst, o.data[o.offsets[i]:o.offsets[i+1]])
	default:
		return AppendBytes(dst, o.of.Type, o.data[i*o.width:(i+1)*o.width])
	}
}
