package avro

import (
	"encoding/json"
	"math/big"
	"strconv"

	"github.com/edynamic/edynamic/lang/types"
)

// ownJSON writes any value of a type for the property "edy.default".
func ownJSON(t *types.Type, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		return v
	case string:
		return v
	case int64:
		return wholeNumber(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case types.Dec:
		return []any{v.Unscaled.String(), v.Scale}
	case []byte:
		return latin(v)
	case types.Per:
		return []any{v.Months, v.Days}
	case types.MapValue:
		out := make([]any, 0, 2*len(v.Keys))
		for i, k := range v.Keys {
			out = append(out, k, ownJSON(t.Elem, v.Values[i]))
		}
		return out
	case types.UnionValue:
		return []any{v.Branch, ownJSON(t.Branches[v.Branch], v.Record)}
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			if t.Kind == types.Record {
				out[i] = ownJSON(t.Fields[i].Type, x)
			} else {
				out[i] = ownJSON(t.Elem, x)
			}
		}
		return out
	}
	return nil
}

// readOwn is the inverse of ownJSON; ok is false where j is no value of the type.
func readOwn(t *types.Type, j any) (v any, ok bool) {
	if j == nil {
		return nil, t.Nullable
	}
	list, _ := j.([]any)
	text, isText := j.(string)
	switch t.Kind {
	case types.Boolean:
		b, ok := j.(bool)
		return b, ok
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return readWhole(j)
	case types.Float, types.Double:
		f, err := strconv.ParseFloat(text, 64)
		return f, isText && err == nil
	case types.Decimal:
		return readOwnDecimal(list)
	case types.String, types.JSON, types.Enum:
		return text, isText
	case types.Bytes, types.Fixed, types.Geography, types.UUID:
		b, ok := unlatin(j)
		return b, ok
	case types.Period:
		if len(list) != 2 {
			return nil, false
		}
		months, ok1 := readWhole(list[0])
		days, ok2 := readWhole(list[1])
		if !ok1 || !ok2 {
			return nil, false
		}
		return types.Per{Months: int(months.(int64)), Days: int(days.(int64))}, true
	case types.Array, types.Map, types.Record, types.Union:
		if list == nil {
			return nil, false
		}
		return readOwnList(t, list)
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	return nil, false
}

func readOwnDecimal(list []any) (any, bool) {
	if len(list) != 2 {
		return nil, false
	}
	text, _ := list[0].(string)
	scale, ok := readWhole(list[1])
	n, isNumber := new(big.Int).SetString(text, 10)
	if !ok || !isNumber {
		return nil, false
	}
	return types.Dec{Unscaled: n, Scale: int(scale.(int64))}, true
}

// readOwnList reads the values that are lists.
func readOwnList(t *types.Type, list []any) (v any, ok bool) {
	ok = true
	read := func(t *types.Type, j any) any {
		x, fits := readOwn(t, j)
		ok = ok && fits
		return x
	}
	switch {
	case t.Kind == types.Array:
		out := make([]any, len(list))
		for i, x := range list {
			out[i] = read(t.Elem, x)
		}
		return out, ok
	case t.Kind == types.Map && len(list)%2 == 0:
		m := types.MapValue{}
		for i := 0; i < len(list); i += 2 {
			key, _ := read(types.TString, list[i]).(string)
			m.Keys = append(m.Keys, key)
			m.Values = append(m.Values, read(t.Elem, list[i+1]))
		}
		return m, ok
	case t.Kind == types.Record && len(list) == len(t.Fields):
		out := make([]any, len(list))
		for i, x := range list {
			out[i] = read(t.Fields[i].Type, x)
		}
		return out, ok
	case t.Kind == types.Union && len(list) == 2:
		n, isWhole := readWhole(list[0])
		branch, _ := n.(int64)
		if !isWhole || branch < 0 || branch >= int64(len(t.Branches)) {
			return nil, false
		}
		record, _ := read(t.Branches[branch], list[1]).([]any)
		return types.UnionValue{Branch: int(branch), Record: record}, ok && record != nil
	}
	return nil, false
}

func readWhole(j any) (any, bool) {
	n, ok := j.(json.Number)
	if !ok {
		return int64(0), false
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	return i, err == nil
}
