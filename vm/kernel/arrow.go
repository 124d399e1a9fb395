package kernel

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// ArrowType is how values of a type lie in memory while they are computed:
//
//	int Int32, long Int64, float Float32, double Float64, boolean Bool, decimal Decimal128,
//	string and json String, bytes and geography Binary, fixed(n) and uuid FixedSizeBinary,
//	date Date32, time Time64(us), timestamp Timestamp(us, UTC), local_timestamp Timestamp(us),
//	duration Duration(us), period MonthDayNanoInterval, array List, map Map, record Struct.
//
// An enum is the Int32 index of its symbol: it compares by declaration and needs
// no dictionary. A union is a Struct of "$branch" (Int8) and one nullable Struct per
// branch, so that narrowing is a field access. Formats translate both at the border.
func ArrowType(t *types.Type) arrow.DataType {
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return arrow.Null
	case types.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case types.Int, types.Enum:
		return arrow.PrimitiveTypes.Int32
	case types.Long:
		return arrow.PrimitiveTypes.Int64
	case types.Float:
		return arrow.PrimitiveTypes.Float32
	case types.Double:
		return arrow.PrimitiveTypes.Float64
	case types.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case types.String, types.JSON:
		return arrow.BinaryTypes.String
	case types.Bytes, types.Geography:
		return arrow.BinaryTypes.Binary
	case types.Fixed:
		return &arrow.FixedSizeBinaryType{ByteWidth: t.Size}
	case types.UUID:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}
	case types.Date:
		return arrow.FixedWidthTypes.Date32
	case types.Time:
		return arrow.FixedWidthTypes.Time64us
	case types.Timestamp:
		return arrow.FixedWidthTypes.Timestamp_us
	case types.LocalTimestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond}
	case types.Duration:
		return arrow.FixedWidthTypes.Duration_us
	case types.Period:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case types.Array:
		return arrow.ListOf(ArrowType(t.Elem))
	case types.Map:
		return arrow.MapOf(arrow.BinaryTypes.String, ArrowType(t.Elem))
	case types.Record:
		return structOf(t.Fields)
	case types.Union:
		fields := []arrow.Field{{Name: BranchField, Type: arrow.PrimitiveTypes.Int8}}
		for _, b := range t.Branches {
			fields = append(fields, arrow.Field{Name: b.Name, Type: structOf(b.Fields), Nullable: true})
		}
		return arrow.StructOf(fields...)
	}
	return arrow.Null
}

// BranchField is the first child of a union's struct: the index of the branch.
const BranchField = "$branch"

func structOf(fields []types.Field) arrow.DataType {
	out := make([]arrow.Field, len(fields))
	for i, f := range fields {
		out[i] = arrow.Field{Name: f.Name, Type: ArrowType(f.Type), Nullable: true}
	}
	return arrow.StructOf(out...)
}

// Fixed is the element types of arrays whose values lie side by side: int32 is
// int, enum and date; int64 is long, time, timestamp, local_timestamp and duration.
type Fixed interface {
	int8 | int32 | int64 | float32 | float64
}

// Values is the elements of a fixed-width array without copying; values at
// nulls are arbitrary.
func Values[T Fixed](a arrow.Array) []T {
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return nil
	}
	buf := d.Buffers()[1].Bytes()
	all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf))), len(buf)/int(unsafe.Sizeof(*new(T))))
	return all[d.Offset() : d.Offset()+d.Len()]
}

// NewFixed allocates a fixed-width array of n elements without nulls and returns
// it with the slice to fill. Fill the slice before the array is used.
func NewFixed[T Fixed](alloc memory.Allocator, dt arrow.DataType, n int) (arrow.Array, []T) {
	size := n * int(unsafe.Sizeof(*new(T)))
	buf := NewBuffer(alloc, size)
	data := array.NewData(dt, n, []*memory.Buffer{nil, buf}, nil, 0, 0)
	buf.Release()
	arr := array.MakeFromData(data)
	data.Release()
	if n == 0 {
		return arr, nil
	}
	return arr, unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf.Bytes()))), n)
}
