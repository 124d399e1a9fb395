package kernel

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// JSONWriter returns a function that appends the element at a position as JSON:
// times as RFC 3339 without trailing zeros, decimals as numbers with their full
// scale, bytes as base64, durations and periods as ISO 8601, unions as objects
// with `$type` first. NaN and the infinities, which JSON does not have, are null.
func JSONWriter(t *types.Type, a arrow.Array) func(dst []byte, i int) []byte {
	write := jsonValue(t, a)
	isNull := nulls(a)
	return func(dst []byte, i int) []byte {
		if isNull(i) {
			return append(dst, "null"...)
		}
		return write(dst, i)
	}
}

func jsonValue(t *types.Type, a arrow.Array) func(dst []byte, i int) []byte {
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return func(dst []byte, _ int) []byte { return append(dst, "null"...) }
	case types.Boolean:
		return jsonOf(elements[bool](a), strconv.AppendBool)
	case types.Int:
		return jsonOf(elements[int32](a), func(dst []byte, x int32) []byte { return strconv.AppendInt(dst, int64(x), 10) })
	case types.Long:
		return jsonOf(elements[int64](a), func(dst []byte, x int64) []byte { return strconv.AppendInt(dst, x, 10) })
	case types.Float:
		return jsonOf(elements[float32](a), func(dst []byte, x float32) []byte { return AppendJSONDouble(dst, float64(x), 32) })
	case types.Double:
		return jsonOf(elements[float64](a), func(dst []byte, x float64) []byte { return AppendJSONDouble(dst, x, 64) })
	case types.Decimal:
		return jsonOf(elements[decimal128.Num](a), func(dst []byte, x decimal128.Num) []byte { return AppendDecimal(dst, x, t.Scale) })
	case types.String:
		return jsonOf(elements[string](a), AppendJSONText)
	case types.Bytes, types.Fixed, types.Geography:
		return jsonOf(elements[[]byte](a), func(dst, x []byte) []byte {
			return append(base64.StdEncoding.AppendEncode(append(dst, '"'), x), '"')
		})
	case types.UUID:
		return jsonOf(elements[[]byte](a), func(dst, x []byte) []byte { return append(AppendUUID(append(dst, '"'), x), '"') })
	case types.Date:
		return jsonOf(elements[int32](a), func(dst []byte, x int32) []byte {
			return append(timefmt.AppendDate(append(dst, '"'), int64(x)), '"')
		})
	case types.Time:
		return jsonQuoted(a, timefmt.AppendTime)
	case types.Timestamp:
		return jsonQuoted(a, timefmt.AppendInstant)
	case types.LocalTimestamp:
		return jsonQuoted(a, timefmt.AppendLocal)
	case types.Duration:
		return jsonQuoted(a, timefmt.AppendDuration)
	case types.Period:
		return jsonOf(elements[arrow.MonthDayNanoInterval](a), func(dst []byte, x arrow.MonthDayNanoInterval) []byte {
			dst = strconv.AppendInt(append(dst, `"P`...), int64(x.Months), 10)
			dst = strconv.AppendInt(append(dst, 'M'), int64(x.Days), 10)
			return append(dst, `D"`...)
		})
	case types.Enum:
		return jsonOf(elements[int32](a), func(dst []byte, x int32) []byte { return AppendJSONText(dst, t.Symbols[x]) })
	case types.JSON:
		return jsonOf(elements[string](a), func(dst []byte, x string) []byte { return append(dst, x...) })
	case types.Array:
		return jsonArray(t, a)
	case types.Map:
		return jsonMap(t, a)
	case types.Record:
		return jsonRecord(t.Fields, a.(*array.Struct), "")
	case types.Union:
		return jsonUnion(t, a.(*array.Struct))
	}
	return func(dst []byte, _ int) []byte { return append(dst, "null"...) }
}

func jsonOf[T any](read func(int) T, write func([]byte, T) []byte) func([]byte, int) []byte {
	return func(dst []byte, i int) []byte { return write(dst, read(i)) }
}

func jsonQuoted(a arrow.Array, write func([]byte, int64) []byte) func([]byte, int) []byte {
	return jsonOf(elements[int64](a), func(dst []byte, x int64) []byte { return append(write(append(dst, '"'), x), '"') })
}

func jsonArray(t *types.Type, a arrow.Array) func([]byte, int) []byte {
	lists := ReadLists(Vector{Type: t, Arr: a})
	elem := JSONWriter(t.Elem, lists.Elems.Arr)
	return func(dst []byte, i int) []byte {
		dst = append(dst, '[')
		lo, hi := lists.Range(i)
		for p := lo; p < hi; p++ {
			if p > lo {
				dst = append(dst, ',')
			}
			dst = elem(dst, p)
		}
		return append(dst, ']')
	}
}

func jsonMap(t *types.Type, a arrow.Array) func([]byte, int) []byte {
	lists := ReadLists(Vector{Type: t, Arr: a})
	keys, value := Reader[string](lists.Keys), JSONWriter(t.Elem, lists.Elems.Arr)
	return func(dst []byte, i int) []byte {
		dst = append(dst, '{')
		lo, hi := lists.Range(i)
		for p := lo; p < hi; p++ {
			if p > lo {
				dst = append(dst, ',')
			}
			dst = value(append(AppendJSONText(dst, keys(p)), ':'), p)
		}
		return append(dst, '}')
	}
}

// jsonRecord writes an object; tag, when given, is its first member, `$type`.
func jsonRecord(fields []types.Field, a *array.Struct, tag string) func([]byte, int) []byte {
	writers := make([]func([]byte, int) []byte, len(fields))
	names := make([]string, len(fields))
	for f, field := range fields {
		writers[f] = JSONWriter(field.Type, a.Field(f))
		names[f] = string(append(AppendJSONText(nil, field.Name), ':'))
	}
	begin := "{"
	if tag != "" {
		begin = `{"$type":` + string(AppendJSONText(nil, tag))
	}
	return func(dst []byte, i int) []byte {
		dst = append(dst, begin...)
		for f, write := range writers {
			if f > 0 || tag != "" {
				dst = append(dst, ',')
			}
			dst = write(append(dst, names[f]...), i)
		}
		return append(dst, '}')
	}
}

func jsonUnion(t *types.Type, a *array.Struct) func([]byte, int) []byte {
	branches := make([]func([]byte, int) []byte, len(t.Branches))
	for b, branch := range t.Branches {
		branches[b] = jsonRecord(branch.Fields, a.Field(b+1).(*array.Struct), branch.Name)
	}
	which := Values[int8](a.Field(0))
	return func(dst []byte, i int) []byte { return branches[which[i]](dst, i) }
}

// AppendJSONDouble writes the shortest number that reads back as x, the way
// JavaScript does; bits is 32 or 64.
func AppendJSONDouble(dst []byte, x float64, bits int) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(dst, "null"...)
	}
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, x, 'e', -1, bits)
	}
	return strconv.AppendFloat(dst, x, 'f', -1, bits)
}

const hexDigits = "0123456789abcdef"

// AppendJSONText writes a string with the escapes JSON needs.
func AppendJSONText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= utf8.RuneSelf || b >= ' ' && b != '"' && b != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// AppendUUID writes 16 bytes in the form 8-4-4-4-12.
func AppendUUID(dst, id []byte) []byte {
	for i, cut := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			dst = append(dst, '-')
		}
		from := [...]int{0, 4, 6, 8, 10}[i]
		dst = hex.AppendEncode(dst, id[from:cut])
	}
	return dst
}
