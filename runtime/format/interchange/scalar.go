package interchange

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/text"
)

func textOf(a arrow.Array, i int) (string, bool) {
	switch a := a.(type) {
	case array.StringLike:
		return a.Value(i), true
	case *array.Dictionary:
		return textOf(a.Dictionary(), a.GetValueIndex(i))
	}
	return "", false
}

func bytesOf(a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case *array.FixedSizeBinary:
		return a.Value(i)
	case *array.Binary:
		return a.Value(i)
	case *array.LargeBinary:
		return a.Value(i)
	case *array.BinaryView:
		return a.Value(i)
	}
	return nil
}

// scalar appends a value that is not null; it returns why it does not fit.
func (r *reader) scalar(b *column.Builder, a arrow.Array, i int) string {
	switch r.typ.Kind {
	case types.Boolean:
		b.Bool(a.(*array.Boolean).Value(i))
	case types.Int, types.Long, types.Float, types.Double, types.Decimal:
		return r.number(b, a, i)
	case types.String, types.Enum, types.UUID, types.Duration, types.Period, types.JSON:
		if s, ok := textOf(a, i); ok {
			return r.text(b, s)
		}
		return r.other(b, a, i)
	case types.Bytes, types.Geography:
		b.Bytes(bytesOf(a, i))
	case types.Fixed:
		v := bytesOf(a, i)
		if len(v) != r.typ.Size {
			return fmt.Sprintf("holds %d bytes where %s holds %d", len(v), r.typ, r.typ.Size)
		}
		b.FixedBytes(v)
	case types.Date, types.Time, types.Timestamp, types.LocalTimestamp:
		return r.other(b, a, i)
	case types.Unknown, types.Null, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return "cannot be held"
	}
	return ""
}

func (r *reader) text(b *column.Builder, s string) string {
	if r.typ.Kind == types.String {
		b.Bytes([]byte(s))
		return ""
	}
	if r.typ.Kind == types.JSON {
		if !json.Valid([]byte(s)) {
			return "is not JSON"
		}
		b.Bytes([]byte(s))
		return ""
	}
	if r.cell == nil || r.b != b {
		r.cell, r.b = text.NewCell(b, text.Times{}), b
	}
	return r.cell.Text([]byte(s))
}

// number appends integers, floating numbers and decimals to each other where
// nothing is lost but digits of a double.
func (r *reader) number(b *column.Builder, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Float64:
		return r.float(b, a.Value(i))
	case *array.Float32:
		return r.float(b, float64(a.Value(i)))
	case *array.Float16:
		return r.float(b, float64(a.Value(i).Float32()))
	case *array.Uint64:
		if v := a.Value(i); v > 1<<63-1 && r.typ.IsExact() {
			return "is too large for " + r.typ.NonNull().String()
		} else if v > 1<<63-1 {
			return r.float(b, float64(v))
		}
	}
	if v, ok := integerOf(a, i); ok {
		return r.integer(b, v)
	}
	return r.decimal(b, a, i)
}

func (r *reader) float(b *column.Builder, v float64) string {
	if r.typ.Kind == types.Float {
		b.Float(float32(v))
	} else {
		b.Double(v)
	}
	return ""
}

func (r *reader) integer(b *column.Builder, v int64) string {
	switch r.typ.Kind {
	case types.Int:
		if v != int64(int32(v)) {
			return "is too large for int"
		}
		b.Int32(int32(v))
		return ""
	case types.Long:
		b.Int64(v)
		return ""
	case types.Decimal:
		return r.unscaled(b, big.NewInt(v), 0)
	default:
		return r.float(b, float64(v))
	}
}

func integerOf(a arrow.Array, i int) (int64, bool) {
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Uint64:
		return int64(a.Value(i)), true
	}
	return 0, false
}

func (r *reader) decimal(b *column.Builder, a arrow.Array, i int) string {
	scale := int(a.DataType().(arrow.DecimalType).GetScale())
	switch a := a.(type) {
	case *array.Decimal32:
		return r.unscaled(b, big.NewInt(int64(a.Value(i))), scale)
	case *array.Decimal64:
		return r.unscaled(b, big.NewInt(int64(a.Value(i))), scale)
	case *array.Decimal128:
		return r.unscaled(b, a.Value(i).BigInt(), scale)
	case *array.Decimal256:
		return r.unscaled(b, a.Value(i).BigInt(), scale)
	}
	return "is not a decimal"
}

func (r *reader) unscaled(b *column.Builder, v *big.Int, scale int) string {
	d, why := text.Rescaled(v, scale, r.typ)
	if why == "" {
		b.Decimal(d)
	}
	return why
}

// other appends times of any unit and the values of types with their own arrays.
func (r *reader) other(b *column.Builder, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.FixedSizeBinary:
		return r.uuid(b, a.Value(i))
	case *array.Date32:
		b.Int32(int32(a.Value(i)))
	case *array.Date64:
		b.Int32(int32(floorDiv(int64(a.Value(i)), 86_400_000)))
	case *array.Time32:
		b.Int64(micros(int64(a.Value(i)), a.DataType().(*arrow.Time32Type).Unit))
	case *array.Time64:
		b.Int64(micros(int64(a.Value(i)), a.DataType().(*arrow.Time64Type).Unit))
	case *array.Timestamp:
		return r.instant(b, int64(a.Value(i)), a.DataType().(*arrow.TimestampType).Unit)
	case *array.Duration:
		return r.instant(b, int64(a.Value(i)), a.DataType().(*arrow.DurationType).Unit)
	case *array.MonthInterval:
		b.Period(int32(a.Value(i)), 0)
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		if v.Nanoseconds != 0 {
			return "holds a time of day, which a period does not"
		}
		b.Period(v.Months, v.Days)
	default:
		if v, ok := integerOf(a, i); ok && r.millis {
			return r.instant(b, v, arrow.Millisecond)
		}
		return r.uuid(b, bytesOf(a, i))
	}
	return ""
}

func (r *reader) uuid(b *column.Builder, v []byte) string {
	if len(v) != 16 {
		return "is not a uuid: it has " + strconv.Itoa(len(v)) + " bytes"
	}
	b.FixedBytes(v)
	return ""
}

// instant appends a count of a unit as microseconds, cut below.
func (r *reader) instant(b *column.Builder, v int64, unit arrow.TimeUnit) string {
	m := micros(v, unit)
	if unit < arrow.Microsecond && m/perMicro(unit) != v {
		return "is beyond the range of " + r.typ.NonNull().String()
	}
	b.Int64(m)
	return ""
}

// perMicro is how many microseconds a unit coarser than them has.
func perMicro(unit arrow.TimeUnit) int64 {
	if unit == arrow.Second {
		return 1_000_000
	}
	return 1_000
}

func micros(v int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second:
		return v * 1_000_000
	case arrow.Millisecond:
		return v * 1_000
	case arrow.Microsecond:
		return v
	case arrow.Nanosecond:
		return floorDiv(v, 1_000)
	}
	return v
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
