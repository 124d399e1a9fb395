package graph

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// encodeValue writes a constant, a default, a cell of a test row or a setting. What
// JSON has is written plainly; anything else is an object of one member that says
// what it is.
func encodeValue(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case bool, string:
		return v, nil
	case int64:
		return number(v), nil
	case int:
		return tagged("int", number(int64(v))), nil
	case time.Duration:
		return tagged("span", number(int64(v))), nil
	case float64:
		return tagged("double", strconv.FormatFloat(v, 'g', -1, 64)), nil
	case types.Dec:
		return tagged("decimal", []any{v.Unscaled.String(), number(int64(v.Scale))}), nil
	case []byte:
		return tagged("bytes", base64.StdEncoding.EncodeToString(v)), nil
	case types.Per:
		return tagged("period", []any{number(int64(v.Months)), number(int64(v.Days))}), nil
	case []any:
		return encodeValues(v)
	case types.MapValue:
		keys := make([]any, len(v.Keys))
		for i, k := range v.Keys {
			keys[i] = k
		}
		values, err := encodeValues(v.Values)
		return tagged("map", []any{keys, values}), err
	case types.UnionValue:
		record, err := encodeValues(v.Record)
		return tagged("union", []any{number(int64(v.Branch)), record}), err
	case ir.SettingWord:
		return tagged("word", string(v)), nil
	case ir.SettingTime:
		return tagged("instant", number(int64(v))), nil
	case ir.SettingSecret:
		return tagged("secret", []any{v.Store, v.Key}), nil
	case ir.SettingCall:
		args, err := encodeSettings(v.Args)
		return tagged("call", []any{v.Name, args}), err
	case map[string]any:
		settings, err := encodeSettings(v)
		return tagged("settings", settings), err
	}
	return nil, fmt.Errorf("graph: no way to write a %T", v)
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func tagged(word string, v any) map[string]any { return map[string]any{word: v} }

func encodeValues(list []any) ([]any, error) {
	out := make([]any, len(list))
	for i, x := range list {
		var err error
		if out[i], err = encodeValue(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func encodeSettings(m map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for k, x := range m {
		var err error
		if out[k], err = encodeValue(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// decodeValue is the inverse of encodeValue.
func decodeValue(j any) (any, error) {
	switch j := j.(type) {
	case nil:
		return nil, nil
	case bool, string:
		return j, nil
	case json.Number:
		return whole(j)
	case []any:
		return decodeValues(j)
	case map[string]any:
		for word, x := range j {
			if len(j) == 1 {
				return decodeTagged(word, x)
			}
		}
	}
	return nil, fmt.Errorf("%v is not a value", j)
}

func whole(j any) (int64, error) {
	n, ok := j.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%v is not a whole number", j)
	}
	return strconv.ParseInt(n.String(), 10, 64)
}

func decodeTagged(word string, j any) (any, error) {
	text, _ := j.(string)
	switch word {
	case "int":
		n, err := whole(j)
		return int(n), err
	case "span":
		n, err := whole(j)
		return time.Duration(n), err
	case "double":
		return strconv.ParseFloat(text, 64)
	case "bytes":
		return base64.StdEncoding.DecodeString(text)
	case "word":
		return ir.SettingWord(text), nil
	case "instant":
		n, err := whole(j)
		return ir.SettingTime(n), err
	case "settings":
		return decodeSettings(j)
	}
	pair, ok := j.([]any)
	if !ok || len(pair) != 2 {
		return nil, fmt.Errorf("%q is not followed by two values", word)
	}
	return decodePair(word, pair[0], pair[1])
}

// decodePair reads the values that are written as two.
func decodePair(word string, a, b any) (any, error) {
	text, isText := a.(string)
	switch word {
	case "decimal":
		scale, err := whole(b)
		n, ok := new(big.Int).SetString(text, 10)
		if err != nil || !ok || scale < 0 || scale > maxScale {
			return nil, fmt.Errorf("%v with %v digits after the point is not a decimal", a, b)
		}
		return types.Dec{Unscaled: n, Scale: int(scale)}, nil
	case "period":
		months, err := whole(a)
		days, err2 := whole(b)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("%v months and %v days are not a period", a, b)
		}
		return types.Per{Months: int(months), Days: int(days)}, nil
	case "map":
		return decodeMap(a, b)
	case "union":
		branch, err := whole(a)
		list, ok := b.([]any)
		if err != nil || !ok || branch < 0 {
			return nil, fmt.Errorf("%v is not a branch of a union", a)
		}
		record, err := decodeValues(list)
		return types.UnionValue{Branch: int(branch), Record: record}, err
	case "secret":
		key, ok := b.(string)
		if !isText || !ok {
			return nil, fmt.Errorf("a secret is named by two texts")
		}
		return ir.SettingSecret{Store: text, Key: key}, nil
	case "call":
		args, err := decodeSettings(b)
		if !isText || err != nil {
			return nil, fmt.Errorf("%v is not a call: %w", a, err)
		}
		return ir.SettingCall{Name: text, Args: args}, nil
	}
	return nil, fmt.Errorf("%q is not a kind of value", word)
}

// maxScale is beyond what any decimal of the language has.
const maxScale = 1 << 10

func decodeValues(list []any) ([]any, error) {
	out := make([]any, len(list))
	for i, x := range list {
		var err error
		if out[i], err = decodeValue(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decodeMap(keys, values any) (any, error) {
	ks, ok := keys.([]any)
	vs, ok2 := values.([]any)
	if !ok || !ok2 || len(ks) != len(vs) {
		return nil, fmt.Errorf("a map needs as many keys as values")
	}
	var m types.MapValue
	for _, k := range ks {
		text, ok := k.(string)
		if !ok {
			return nil, fmt.Errorf("%v is not a key of a map", k)
		}
		m.Keys = append(m.Keys, text)
	}
	var err error
	m.Values, err = decodeValues(vs)
	return m, err
}

func decodeSettings(j any) (map[string]any, error) {
	m, ok := j.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%v is not a set of settings", j)
	}
	out := make(map[string]any, len(m))
	for k, x := range m {
		var err error
		if out[k], err = decodeValue(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}
