package text

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// Append writes element i of a column of a scalar type as it stands in text
// formats, without quotes. The element must not be null; a double that is not
// finite is the business of the caller (see IsFinite).
func (t *Times) Append(dst []byte, typ *types.Type, a arrow.Array, i int) []byte {
	switch typ.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return append(dst, "null"...)
	case types.Boolean:
		return strconv.AppendBool(dst, a.(*array.Boolean).Value(i))
	case types.Int:
		return AppendLong(dst, int64(a.(*array.Int32).Value(i)))
	case types.Long:
		return AppendLong(dst, a.(*array.Int64).Value(i))
	case types.Float:
		return AppendDouble(dst, float64(a.(*array.Float32).Value(i)), 32)
	case types.Double:
		return AppendDouble(dst, a.(*array.Float64).Value(i), 64)
	case types.Decimal:
		return AppendDecimal(dst, a.(*array.Decimal128).Value(i), typ.Scale)
	case types.String, types.JSON:
		return append(dst, a.(*array.String).Value(i)...)
	case types.Bytes, types.Geography:
		return base64.StdEncoding.AppendEncode(dst, a.(*array.Binary).Value(i))
	case types.Fixed:
		return base64.StdEncoding.AppendEncode(dst, a.(*array.FixedSizeBinary).Value(i))
	case types.UUID:
		return AppendUUID(dst, a.(*array.FixedSizeBinary).Value(i))
	case types.Date:
		return timefmt.AppendDate(dst, int64(a.(*array.Date32).Value(i)))
	case types.Time:
		return timefmt.AppendTime(dst, int64(a.(*array.Time64).Value(i)))
	case types.Timestamp:
		return t.AppendInstant(dst, int64(a.(*array.Timestamp).Value(i)))
	case types.LocalTimestamp:
		return t.AppendLocal(dst, int64(a.(*array.Timestamp).Value(i)))
	case types.Duration:
		return timefmt.AppendDuration(dst, int64(a.(*array.Duration).Value(i)))
	case types.Period:
		v := a.(*array.MonthDayNanoInterval).Value(i)
		return AppendPeriod(dst, v.Months, v.Days)
	case types.Enum:
		return append(dst, typ.Symbols[a.(*array.Int32).Value(i)]...)
	case types.Array, types.Map, types.Record, types.Union:
		panic("text: " + typ.Kind.String() + " is not a scalar type")
	}
	return dst
}

// IsFinite reports whether element i is not a NaN or an infinity.
func IsFinite(a arrow.Array, i int) bool {
	switch a := a.(type) {
	case *array.Float64:
		return !math.IsNaN(a.Value(i)) && !math.IsInf(a.Value(i), 0)
	case *array.Float32:
		f := float64(a.Value(i))
		return !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return true
}

// appendEpoch writes microseconds in a unit, with a fraction where there is one.
func appendEpoch(dst []byte, micros int64, scale int) []byte {
	if scale < 0 {
		dst = strconv.AppendInt(dst, micros, 10)
		if micros != 0 {
			dst = append(dst, "000"...)
		}
		return dst
	}
	unit := int64(Ten[scale])
	if whole := micros / unit; micros%unit == 0 {
		return AppendLong(dst, whole)
	}
	n := uint64(micros)
	if micros < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = append(strconv.AppendUint(dst, n/uint64(unit), 10), '.')
	for rest := n % uint64(unit); rest != 0; {
		unit /= 10
		dst = append(dst, byte('0'+rest/uint64(unit)))
		rest %= uint64(unit)
	}
	return dst
}
