package packed

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/vm/wire"
)

// kind is how the values of a type are written.
type kind uint8

const (
	null kind = iota
	boolean
	whole32
	whole64
	decimal
	plain // as they are
	text
	nested
)

// kindOf is how a type is written. Types that it does not know are nested: Arrow knows them.
func kindOf(t arrow.DataType) kind {
	switch t.ID() {
	case arrow.NULL:
		return null
	case arrow.BOOL:
		return boolean
	case arrow.INT32, arrow.DATE32:
		return whole32
	case arrow.INT64, arrow.TIMESTAMP, arrow.TIME64, arrow.DURATION:
		return whole64
	case arrow.DECIMAL128:
		return decimal
	case arrow.FLOAT32, arrow.FLOAT64, arrow.FIXED_SIZE_BINARY, arrow.INTERVAL_MONTH_DAY_NANO:
		return plain
	case arrow.STRING, arrow.BINARY:
		return text
	}
	return nested
}

// write writes what type it is of those that are written in one way.
func (kind) write(w *wire.Writer, t arrow.DataType) {
	w.Uint(uint64(t.ID()))
	switch t := t.(type) {
	case *arrow.TimestampType:
		w.Uint(uint64(t.Unit))
		w.String(t.TimeZone)
	case *arrow.Time64Type:
		w.Uint(uint64(t.Unit))
	case *arrow.DurationType:
		w.Uint(uint64(t.Unit))
	case *arrow.Decimal128Type:
		w.Uint(uint64(t.Precision))
		w.Uint(uint64(t.Scale))
	case *arrow.FixedSizeBinaryType:
		w.Uint(uint64(t.ByteWidth))
	}
}

// mostWidth is the bytes of a value of a width that the type tells, mostDigits the digits of
// a decimal.
const (
	mostWidth  = 1 << 20
	mostDigits = 76
)

// unit reads what instants are counted in.
func unit(r *wire.Reader) arrow.TimeUnit {
	n := r.Uint()
	if n > uint64(arrow.Nanosecond) {
		r.Fail(errDamaged)
		return 0
	}
	return arrow.TimeUnit(n)
}

// read reads the type.
func (k kind) read(r *wire.Reader) (arrow.DataType, error) {
	t := typeOf(arrow.Type(r.Uint()), r)
	if t == nil || r.Failed() || kindOf(t) != k || k == nested {
		return nil, errDamaged
	}
	return t, nil
}

func typeOf(id arrow.Type, r *wire.Reader) arrow.DataType {
	switch id {
	case arrow.NULL:
		return arrow.Null
	case arrow.BOOL:
		return arrow.FixedWidthTypes.Boolean
	case arrow.INT32:
		return arrow.PrimitiveTypes.Int32
	case arrow.DATE32:
		return arrow.FixedWidthTypes.Date32
	case arrow.INT64:
		return arrow.PrimitiveTypes.Int64
	case arrow.TIMESTAMP:
		return &arrow.TimestampType{Unit: unit(r), TimeZone: r.String()}
	case arrow.TIME64:
		return &arrow.Time64Type{Unit: unit(r)}
	case arrow.DURATION:
		return &arrow.DurationType{Unit: unit(r)}
	case arrow.DECIMAL128:
		if digits, behind := r.Uint(), r.Uint(); digits <= mostDigits && behind <= digits {
			return &arrow.Decimal128Type{Precision: int32(digits), Scale: int32(behind)}
		}
	case arrow.FLOAT32:
		return arrow.PrimitiveTypes.Float32
	case arrow.FLOAT64:
		return arrow.PrimitiveTypes.Float64
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case arrow.FIXED_SIZE_BINARY:
		if width := r.Uint(); width <= mostWidth {
			return &arrow.FixedSizeBinaryType{ByteWidth: int(width)}
		}
	case arrow.STRING:
		return arrow.BinaryTypes.String
	case arrow.BINARY:
		return arrow.BinaryTypes.Binary
	}
	return nil
}
