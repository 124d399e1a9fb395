package vm

import (
	"encoding/hex"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Format writes a value of package types the way the language would, on one line:
// `{ a: 1, b: "x" }`, `[1, 2]`, `@2026-01-31T12:00:00Z`, `1h30m`.
func Format(t *types.Type, v any) string { return string(appendFormat(nil, t, v)) }

func appendFormat(dst []byte, t *types.Type, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return appendFormatWhole(dst, t, v)
	case float64:
		bits := 64
		if t.Kind == types.Float {
			bits = 32
		}
		return kernel.AppendDouble(dst, v, bits)
	case types.Dec:
		return append(dst, v.String()...)
	case string:
		if t.Kind == types.Enum || t.Kind == types.JSON {
			return append(dst, v...)
		}
		return kernel.AppendJSONText(dst, v)
	case []byte:
		if t.Kind == types.UUID {
			return append(kernel.AppendUUID(append(dst, '"'), v), '"')
		}
		return append(hex.AppendEncode(append(dst, `from_hex("`...), v), `")`...)
	case types.Per:
		return appendFormatPeriod(dst, v)
	case types.MapValue:
		return appendFormatMap(dst, t, v)
	case types.UnionValue:
		branch := t.Branches[v.Branch]
		return appendFormatRecord(append(dst, branch.Name+" "...), branch.Fields, v.Record)
	case []any:
		if t.Kind == types.Record {
			return appendFormatRecord(dst, t.Fields, v)
		}
		dst = append(dst, '[')
		for i, x := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendFormat(dst, t.Elem, x)
		}
		return append(dst, ']')
	}
	panic("vm: not a value")
}

func appendFormatWhole(dst []byte, t *types.Type, v int64) []byte {
	switch t.Kind {
	case types.Date:
		return timefmt.AppendDate(append(dst, '@'), v)
	case types.Time:
		return timefmt.AppendTime(append(dst, '@'), v)
	case types.Timestamp:
		return timefmt.AppendInstant(append(dst, '@'), v)
	case types.LocalTimestamp:
		return timefmt.AppendLocal(append(dst, '@'), v)
	case types.Duration:
		return appendFormatDuration(dst, v)
	default:
		return strconv.AppendInt(dst, v, 10)
	}
}

// appendFormatDuration writes a duration with the units of the language.
func appendFormatDuration(dst []byte, v int64) []byte {
	if v == 0 {
		return append(dst, "0s"...)
	}
	rest := uint64(v)
	if v < 0 {
		dst, rest = append(dst, '-'), -rest
	}
	for _, u := range []struct {
		name string
		size int64
	}{{"d", timefmt.Day}, {"h", timefmt.Hour}, {"m", timefmt.Minute}, {"s", timefmt.Second}, {"ms", 1000}, {"us", 1}} {
		if n := rest / uint64(u.size); n > 0 {
			dst = append(strconv.AppendUint(dst, n, 10), u.name...)
			rest %= uint64(u.size)
		}
	}
	return dst
}

// appendFormatPeriod writes a literal where the language has one, ISO 8601 otherwise.
func appendFormatPeriod(dst []byte, p types.Per) []byte {
	if p.Days == 0 && p.Months > 0 {
		if y := p.Months / 12; y > 0 {
			dst = append(strconv.AppendInt(dst, int64(y), 10), 'y')
		}
		if m := p.Months % 12; m > 0 {
			dst = append(strconv.AppendInt(dst, int64(m), 10), "mo"...)
		}
		return dst
	}
	return kernel.AppendPeriod(dst, arrow.MonthDayNanoInterval{Months: int32(p.Months), Days: int32(p.Days)})
}

func appendFormatMap(dst []byte, t *types.Type, m types.MapValue) []byte {
	if len(m.Keys) == 0 {
		return append(dst, "{}"...)
	}
	dst = append(dst, "{ "...)
	for i, key := range m.Keys {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendFormat(append(kernel.AppendJSONText(dst, key), ": "...), t.Elem, m.Values[i])
	}
	return append(dst, " }"...)
}

func appendFormatRecord(dst []byte, fields []types.Field, values []any) []byte {
	if len(fields) == 0 {
		return append(dst, "{}"...)
	}
	dst = append(dst, "{ "...)
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendFormat(append(dst, f.Name+": "...), f.Type, values[i])
	}
	return append(dst, " }"...)
}
