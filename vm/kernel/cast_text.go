package kernel

import (
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// castToText writes values as the language's texts show them.
func castToText(from *types.Type) Kernel {
	switch from.Kind {
	case types.Boolean:
		return MapText(strconv.AppendBool)
	case types.Int:
		return MapText(func(dst []byte, n int32) []byte { return strconv.AppendInt(dst, int64(n), 10) })
	case types.Long:
		return MapText(func(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) })
	case types.Float:
		return MapText(func(dst []byte, x float32) []byte { return AppendDouble(dst, float64(x), 32) })
	case types.Double:
		return MapText(func(dst []byte, x float64) []byte { return AppendDouble(dst, x, 64) })
	case types.Decimal:
		return MapText(func(dst []byte, d decimal128.Num) []byte { return AppendDecimal(dst, d, from.Scale) })
	case types.Date:
		return MapText(func(dst []byte, d int32) []byte { return timefmt.AppendDate(dst, int64(d)) })
	case types.Time:
		return MapText(timefmt.AppendTime)
	case types.Timestamp:
		return MapText(timefmt.AppendInstant)
	case types.LocalTimestamp:
		return MapText(timefmt.AppendLocal)
	case types.Duration:
		return MapText(timefmt.AppendDuration)
	case types.Period:
		return MapText(AppendPeriod)
	case types.Enum:
		return Map1(func(i int32) string { return from.Symbols[i] })
	case types.UUID:
		return MapText(AppendUUID)
	case types.Fixed:
		return MapText(appendHex)
	case types.Bytes:
		return castBy(func(b []byte) ([]byte, string) {
			if !utf8.Valid(b) {
				return nil, "the bytes are not UTF-8 text"
			}
			return b, ""
		})
	case types.JSON:
		return jsonCast(jsonText)
	case types.Unknown, types.Null, types.String, types.Geography, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return nil
	}
	return nil
}

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// AppendPeriod writes a period as ISO 8601: P14M, P1M2D, P0D.
func AppendPeriod(dst []byte, p arrow.MonthDayNanoInterval) []byte {
	dst = append(dst, 'P')
	if p.Months != 0 {
		dst = append(strconv.AppendInt(dst, int64(p.Months), 10), 'M')
	}
	if p.Days != 0 || p.Months == 0 {
		dst = append(strconv.AppendInt(dst, int64(p.Days), 10), 'D')
	}
	return dst
}
