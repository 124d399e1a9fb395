package avro

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/edynamic/edynamic/lang/types"
)

// readDefault is the inverse of defaultJSON; ok is false where j is no value of the
// type. Of a union it takes the first branch that fits.
func readDefault(t *types.Type, j any) (v any, ok bool) {
	if j == nil {
		return nil, t.Nullable
	}
	text, isText := j.(string)
	switch t.Kind {
	case types.Boolean:
		b, ok := j.(bool)
		return b, ok
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return readWhole(j)
	case types.Float, types.Double:
		n, isNumber := j.(json.Number)
		f, err := strconv.ParseFloat(n.String(), 64)
		return f, isNumber && err == nil
	case types.Decimal:
		b, ok := unlatin(j)
		return types.Dec{Unscaled: fromTwosComplement(b), Scale: t.Scale}, ok && len(b) > 0
	case types.String, types.JSON:
		return text, isText
	case types.Enum:
		symbols, _ := distinctNames(t.Symbols)
		if at := slices.Index(symbols, text); at >= 0 && isText {
			return t.Symbols[at], true
		}
		return nil, false
	case types.Bytes, types.Geography:
		b, ok := unlatin(j)
		return b, ok
	case types.Fixed:
		b, ok := unlatin(j)
		return b, ok && len(b) == t.Size
	case types.UUID:
		b, ok := uuidBytes(text)
		return b, ok
	case types.Period:
		b, ok := unlatin(j)
		if !ok || len(b) != periodSize || binary.LittleEndian.Uint32(b[8:]) != 0 {
			return nil, false
		}
		return types.Per{Months: int(binary.LittleEndian.Uint32(b)), Days: int(binary.LittleEndian.Uint32(b[4:]))}, true
	case types.Array:
		return readElements(t.Elem, j)
	case types.Map:
		return readEntries(t.Elem, j)
	case types.Record:
		return readRecord(t, j)
	case types.Union:
		for i, b := range t.Branches {
			if r, ok := readRecord(b, j); ok {
				return types.UnionValue{Branch: i, Record: r}, true
			}
		}
		return nil, false
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	return nil, false
}

func readElements(elem *types.Type, j any) (any, bool) {
	list, ok := j.([]any)
	out := make([]any, len(list))
	for i, x := range list {
		v, fits := readDefault(elem, x)
		out[i], ok = v, ok && fits
	}
	return out, ok
}

func readEntries(elem *types.Type, j any) (any, bool) {
	o, ok := j.(object)
	m := types.MapValue{}
	for _, x := range o {
		v, fits := readDefault(elem, x.value)
		m.Keys, m.Values = append(m.Keys, x.key), append(m.Values, v)
		ok = ok && fits
	}
	return m, ok
}

// readRecord reads an object; members that are not written have their defaults.
func readRecord(t *types.Type, j any) ([]any, bool) {
	o, ok := j.(object)
	written := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		written[i] = f.Name
	}
	names, _ := distinctNames(written)
	out := make([]any, len(t.Fields))
	for i, f := range t.Fields {
		x, there := o.get(names[i])
		if !there {
			out[i], ok = f.Default, ok && f.HasDef
			continue
		}
		v, fits := readDefault(f.Type, x)
		out[i], ok = v, ok && fits
	}
	return out, ok
}
