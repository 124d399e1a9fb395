package ndjson

import (
	"encoding/binary"
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/types"
)

// quick appends a value that is written as a rule; 0 when the reader must read it.
func quick(n *node, data []byte, p int) (next int) {
	if p+5 > len(data) {
		return 0
	}
	switch data[p] {
	case 'n':
		if n.typ.Nullable && string(data[p:p+4]) == "null" {
			n.b.Null()
			return p + 4
		}
		return 0
	case '"':
		if n.typ.Kind != types.String {
			return 0
		}
		end := plainEnd(data, p+1)
		if end == len(data) || data[end] != '"' {
			return 0
		}
		n.b.Bytes(data[p+1 : end])
		return end + 1
	}
	switch n.typ.Kind {
	case types.Long, types.Int, types.Timestamp:
		return quickWhole(n, data, p)
	case types.Double:
		v, next := fraction(data, p)
		if next > 0 {
			n.b.Double(v)
		}
		return next
	case types.Decimal:
		return quickDecimal(n, data, p)
	case types.Boolean:
		if string(data[p:p+4]) == "true" {
			n.b.Bool(true)
			return p + 4
		}
		if string(data[p:p+5]) == "false" {
			n.b.Bool(false)
			return p + 5
		}
	case types.Unknown, types.Null, types.Float, types.String, types.Bytes, types.Fixed, types.UUID, types.Date,
		types.Time, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return 0
}

func quickWhole(n *node, data []byte, p int) (next int) {
	v, next := whole(data, p)
	if next == 0 {
		return 0
	}
	switch {
	case n.typ.Kind == types.Long:
		n.b.Int64(v)
	case n.typ.Kind == types.Int && v == int64(int32(v)):
		n.b.Int32(int32(v))
	case n.typ.Kind == types.Timestamp && n.unit > 0 && v < math.MaxInt64/n.unit && v > -math.MaxInt64/n.unit:
		n.b.Int64(v * n.unit)
	default:
		return 0
	}
	return next
}

// quickDecimal reads up to seven digits before and after the point, with no more
// places than the type has.
func quickDecimal(n *node, data []byte, p int) (next int) {
	neg := data[p] == '-'
	if neg {
		p++
	}
	if p+17 > len(data) || n.typ.Scale < 0 || n.typ.Scale > 8 {
		return 0
	}
	u, digitsBefore := digits(binary.LittleEndian.Uint64(data[p:]))
	if digitsBefore == 0 || digitsBefore == 8 || digitsBefore > n.typ.Precision-n.typ.Scale || data[p] == '0' && digitsBefore > 1 {
		return 0
	}
	p += digitsBefore
	places := 0
	if data[p] == '.' {
		more, m := digits(binary.LittleEndian.Uint64(data[p+1:]))
		if m == 0 || m == 8 || m > n.typ.Scale {
			return 0
		}
		u, places = u*pow10[m]+more, m
		p += 1 + m
	}
	if c := data[p]; c != ',' && c != '}' {
		return 0
	}
	v := int64(u * pow10[n.typ.Scale-places])
	if neg {
		v = -v
	}
	n.b.Decimal(decimal128.FromI64(v))
	return p
}
