package kernel

import (
	"math/big"
	"strconv"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// Value is the Go types that elements are read and written as. int32 is also
// enum and date; int64 is also time, timestamp, local_timestamp and duration;
// string is also json; []byte is bytes, geography, fixed and uuid. A decimal is
// its unscaled number: the scale is in the vector's type.
type Value interface {
	bool | int32 | int64 | float32 | float64 | string | []byte | decimal128.Num | arrow.MonthDayNanoInterval
}

// Reader returns a function that reads the element of a row, for any row of the
// batch. Strings and bytes are not copied: they must not be kept or changed. At
// nulls the value is arbitrary.
func Reader[T Value](v Vector) func(row int) T {
	at := elements[T](v.Arr)
	if v.Scalar {
		if v.Arr.Len() == 0 {
			return func(int) T { return *new(T) }
		}
		first := at(0)
		return func(int) T { return first }
	}
	return at
}

// elements reads by position in the array. An array of type null stands for any type.
func elements[T Value](a arrow.Array) func(i int) T {
	if _, ok := a.(*array.Null); ok {
		return func(int) T { return *new(T) }
	}
	var read any
	switch any(*new(T)).(type) {
	case bool:
		read = readBools(a)
	case int32:
		read = readSlice(Values[int32](a))
	case int64:
		read = readSlice(Values[int64](a))
	case float32:
		read = readSlice(Values[float32](a))
	case float64:
		read = readSlice(Values[float64](a))
	case string:
		read = readText[string](a)
	case []byte:
		read = readBytes(a)
	case decimal128.Num:
		read = readSlice(wide[decimal128.Num](a))
	case arrow.MonthDayNanoInterval:
		read = readSlice(wide[arrow.MonthDayNanoInterval](a))
	}
	return read.(func(int) T)
}

func readSlice[T any](values []T) func(int) T {
	return func(i int) T { return values[i] }
}

func readBools(a arrow.Array) func(int) bool {
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return func(int) bool { return false }
	}
	bits, offset := d.Buffers()[1].Bytes(), d.Offset()
	return func(i int) bool { return bitutil.BitIsSet(bits, offset+i) }
}

// wide is the elements of an array whose values are 16 bytes each.
func wide[T decimal128.Num | arrow.MonthDayNanoInterval](a arrow.Array) []T {
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return nil
	}
	buf := d.Buffers()[1].Bytes()
	all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf))), len(buf)/int(unsafe.Sizeof(*new(T))))
	return all[d.Offset() : d.Offset()+d.Len()]
}

// readText reads arrays that hold 32-bit offsets into one run of bytes.
func readText[T string | []byte](a arrow.Array) func(int) T {
	offsets, data := Texts(a)
	if len(data) == 0 {
		return func(int) T { return T("") }
	}
	return func(i int) T {
		lo, hi := offsets[i], offsets[i+1]
		view := data[lo:hi:hi]
		return *(*T)(unsafe.Pointer(&view))
	}
}

// Texts is the offsets and bytes of a string or binary array: element i is
// data[offsets[i]:offsets[i+1]].
func Texts(a arrow.Array) (offsets []int32, data []byte) {
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return make([]int32, d.Len()+1), nil
	}
	offsets = arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	if d.Buffers()[2] != nil {
		data = d.Buffers()[2].Bytes()
	}
	return offsets, data
}

func readBytes(a arrow.Array) func(int) []byte {
	fixed, ok := a.DataType().(*arrow.FixedSizeBinaryType)
	if !ok {
		return readText[[]byte](a)
	}
	d, width := a.Data(), fixed.ByteWidth
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return func(int) []byte { return nil }
	}
	data := d.Buffers()[1].Bytes()[d.Offset()*width:]
	return func(i int) []byte { return data[i*width : (i+1)*width : (i+1)*width] }
}

// Doubles reads a number of any type as a double, rounded to the nearest.
func Doubles(v Vector) func(row int) float64 {
	switch v.Type.Kind {
	case types.Int:
		return convert(Reader[int32](v), func(x int32) float64 { return float64(x) })
	case types.Long:
		return convert(Reader[int64](v), func(x int64) float64 { return float64(x) })
	case types.Float:
		return convert(Reader[float32](v), func(x float32) float64 { return float64(x) })
	case types.Decimal:
		scale := v.Type.Scale
		return convert(Reader[decimal128.Num](v), func(x decimal128.Num) float64 { return DecimalDouble(x, scale) })
	default:
		return Reader[float64](v)
	}
}

// Longs reads an int or a long as a long.
func Longs(v Vector) func(row int) int64 {
	if v.Type.Kind == types.Int {
		return convert(Reader[int32](v), func(x int32) int64 { return int64(x) })
	}
	return Reader[int64](v)
}

func convert[A, R any](read func(int) A, f func(A) R) func(int) R {
	return func(i int) R { return f(read(i)) }
}

// DecimalDouble is the double nearest to n / 10^scale.
func DecimalDouble(n decimal128.Num, scale int) float64 {
	// Both operands are exact up to 2^53 and 10^22, so that one division rounds once.
	if hi, lo := n.HighBits(), int64(n.LowBits()); scale <= 22 && hi == lo>>63 && lo >= -1<<53 && lo <= 1<<53 {
		return float64(lo) / tens[scale]
	}
	return decimalFloat(n, scale, 64)
}

// decimalFloat is the double or float nearest to n / 10^scale, by its text.
func decimalFloat(n decimal128.Num, scale, bits int) float64 {
	var room [48]byte
	text := AppendDecimal(room[:0], n, scale)
	f, _ := strconv.ParseFloat(unsafe.String(unsafe.SliceData(text), len(text)), bits)
	return f
}

var tens = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// Dec is an element of a decimal vector as a value outside the engine.
func Dec(n decimal128.Num, scale int) types.Dec {
	return types.Dec{Unscaled: new(big.Int).Set(n.BigInt()), Scale: scale}
}

// IsNullAt reports a null at a row, also in a vector of type null.
func IsNullAt(v Vector, row int) bool {
	return v.Arr.DataType().ID() == arrow.NULL || v.IsNull(row)
}
