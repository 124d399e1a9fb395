package check

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// zeroValue is what a required field holds when a test leaves it out: "", 0, false,
// the first symbol, an empty collection.
func zeroValue(t *types.Type) any {
	switch t.Kind {
	case types.Boolean:
		return false
	case types.Int, types.Long, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		return int64(0)
	case types.Float, types.Double:
		return float64(0)
	case types.Decimal:
		return types.Dec{Unscaled: new(big.Int), Scale: t.Scale}
	case types.String:
		return ""
	case types.JSON:
		return "null"
	case types.Bytes, types.Geography:
		return []byte{}
	case types.Fixed:
		return make([]byte, t.Size)
	case types.UUID:
		return make([]byte, 16)
	case types.Period:
		return types.Per{}
	case types.Enum:
		if len(t.Symbols) > 0 {
			return t.Symbols[0]
		}
		return ""
	case types.Array:
		return []any{}
	case types.Map:
		return types.MapValue{}
	case types.Record:
		out := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			out[i] = Missing(f)
		}
		return out
	case types.Union:
		return types.UnionValue{Record: zeroValue(t.Branches[0]).([]any)}
	case types.Unknown, types.Null, types.Func, types.Var:
	}
	return nil
}

// textValue reads a csv cell as a value; why is not empty when it is none.
func textValue(text string, t *types.Type) (v any, why string) {
	bad := "bad"
	switch t.Kind {
	case types.String, types.JSON:
		return text, ""
	case types.Boolean:
		if text == "true" || text == "false" {
			return text == "true", ""
		}
	case types.Int, types.Long:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, ""
		}
	case types.Float, types.Double:
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f, ""
		}
	case types.Decimal:
		if d, ok := parseDec(text); ok {
			if r, ok := rescale(d, t.Scale); ok {
				return r, ""
			}
		}
	case types.Enum:
		if symbolIndex(t, text) >= 0 {
			return text, ""
		}
	case types.Timestamp, types.Date, types.Time, types.LocalTimestamp:
		x, _ := temporal(strings.TrimPrefix(text, "@"), "", false, source.Span{})
		if c, ok := x.(*ir.Const); ok && c.T.Kind == t.Kind {
			return c.Value, ""
		}
	case types.Duration:
		if l, calendar, err := parseLength(text); err == nil && !calendar && text != "" {
			return l.Micros + int64(l.Days)*dayMicros, ""
		}
	case types.Bytes, types.Geography: // as in a csv file
		if b, err := base64.StdEncoding.DecodeString(text); err == nil {
			return b, ""
		}
	case types.Unknown, types.Null, types.Fixed, types.UUID, types.Period, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return nil, bad
}

// jsonText writes a literal as JSON text.
func jsonText(t *types.Type, v any) (string, bool) {
	switch x := v.(type) {
	case string:
		if t.Kind == types.String && json.Valid([]byte(x)) {
			return x, true
		}
		b, err := json.Marshal(x)
		return string(b), err == nil
	case bool, int64, float64:
		b, err := json.Marshal(x)
		return string(b), err == nil
	case types.Dec:
		return x.String(), true
	case []any:
		return jsonComposite(t, x)
	}
	return "", false
}

func jsonComposite(t *types.Type, items []any) (string, bool) {
	var parts []string
	for i, item := range items {
		elem := t.Elem
		if t.Kind == types.Record {
			elem = t.Fields[i].Type
		}
		text := "null"
		if item != nil {
			var ok bool
			if s, isText := item.(string); isText { // inside, a text is a text
				b, _ := json.Marshal(s)
				text, ok = string(b), true
			} else {
				text, ok = jsonText(elem, item)
			}
			if !ok {
				return "", false
			}
		}
		if t.Kind == types.Record {
			name, _ := json.Marshal(t.Fields[i].Name)
			text = string(name) + ":" + text
		}
		parts = append(parts, text)
	}
	if t.Kind == types.Record {
		return "{" + strings.Join(parts, ",") + "}", true
	}
	return "[" + strings.Join(parts, ",") + "]", true
}
