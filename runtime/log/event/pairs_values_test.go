package event_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	hamba "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/types"
)

// native is a value as the other implementation wants it.
func native(s hamba.Schema, t *types.Type, v any) any {
	if r, ok := s.(*hamba.RefSchema); ok {
		s = r.Schema()
	}
	if u, ok := s.(*hamba.UnionSchema); ok {
		if v == nil {
			return nil
		}
		return inUnion(u, t, v)
	}
	switch t.Kind {
	case types.Int:
		return int(v.(int64))
	case types.Float:
		return float32(v.(float64))
	case types.Date:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(v.(int64)))
	case types.Time:
		return time.Duration(v.(int64)) * time.Microsecond
	case types.Timestamp, types.LocalTimestamp:
		return time.UnixMicro(v.(int64)).UTC()
	case types.Decimal:
		d := v.(types.Dec)
		return new(big.Rat).SetFrac(d.Unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil))
	case types.UUID:
		h := hex.EncodeToString(v.([]byte))
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	case types.Fixed:
		a := reflect.New(reflect.ArrayOf(t.Size, reflect.TypeFor[byte]())).Elem()
		reflect.Copy(a, reflect.ValueOf(v))
		return a.Interface()
	case types.Array:
		out := []any{}
		for _, x := range v.([]any) {
			out = append(out, native(s.(*hamba.ArraySchema).Items(), t.Elem, x))
		}
		return out
	case types.Map:
		out := map[string]any{}
		m := v.(types.MapValue)
		for i, k := range m.Keys {
			out[k] = native(s.(*hamba.MapSchema).Values(), t.Elem, m.Values[i])
		}
		return out
	case types.Record:
		out := map[string]any{}
		for i, f := range s.(*hamba.RecordSchema).Fields() {
			out[f.Name()] = native(f.Type(), t.Fields[i].Type, v.([]any)[i])
		}
		return out
	default:
		return v
	}
}

// inUnion is a value under the name of its branch.
func inUnion(u *hamba.UnionSchema, t *types.Type, v any) any {
	branch := t.NonNull()
	if x, ok := v.(types.UnionValue); ok {
		branch, v = t.Branches[x.Branch], x.Record
	}
	for _, s := range u.Types() {
		if r, ok := s.(*hamba.RefSchema); ok {
			s = r.Schema()
		}
		if s.Type() == hamba.Null {
			continue
		}
		name := string(s.Type())
		if l, ok := s.(hamba.LogicalTypeSchema); ok && l.Logical() != nil {
			name += "." + string(l.Logical().Type())
		}
		if n, ok := s.(hamba.NamedSchema); ok {
			name = n.FullName()
			if t.Kind == types.Union && n.Name() != branch.Name {
				continue
			}
		}
		return map[string]any{name: native(s, branch, v)}
	}
	panic("no branch of " + u.String() + " for " + t.String())
}

// value is a value of the other implementation as one of a type.
func value(t *types.Type, v any) any {
	if v == nil {
		return nil
	}
	if m, ok := v.(map[string]any); ok && len(m) == 1 && t.Kind != types.Map {
		for name, x := range m { // a branch of a union under its name
			if _, isField := t.FieldNamed(name); t.Kind != types.Record || !isField {
				v = x
				if t.Kind == types.Union {
					i := slices.IndexFunc(t.Branches, func(b *types.Type) bool { return b.Name == name })
					if i < 0 { // the only field of the only branch that was read
						return values(t, m)
					}
					return types.UnionValue{Branch: i, Record: value(t.Branches[i], x).([]any)}
				}
			}
		}
	}
	if m, ok := v.(map[string]any); ok && len(m) == 1 && t.Kind == types.Map && m["map"] != nil {
		v = m["map"]
	}
	switch x := v.(type) {
	case int:
		return int64(x)
	case float32:
		return float64(x)
	case time.Duration:
		return x.Microseconds()
	case time.Time:
		if t.Kind == types.Date {
			return x.Unix() / 86400
		}
		return x.UnixMicro()
	case *big.Rat:
		n := new(big.Int).Mul(x.Num(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil))
		return types.Dec{Unscaled: n.Div(n, x.Denom()), Scale: t.Scale}
	case string:
		if t.Kind == types.UUID {
			b, _ := hex.DecodeString(strings.ReplaceAll(x, "-", ""))
			return b
		}
		return x
	case []any:
		out := []any{}
		for _, e := range x {
			out = append(out, value(t.Elem, e))
		}
		return out
	case map[string]any:
		return values(t, x)
	}
	if a := reflect.ValueOf(v); a.Kind() == reflect.Array {
		out := make([]byte, a.Len())
		reflect.Copy(reflect.ValueOf(out), a)
		return out
	}
	return v
}

// values is a map or a record.
func values(t *types.Type, m map[string]any) any {
	if t.Kind == types.Map {
		out := types.MapValue{}
		for k, x := range m {
			out.Keys, out.Values = append(out.Keys, k), append(out.Values, value(t.Elem, x))
		}
		return out
	}
	if t.Kind == types.Union { // of one branch that was read: it is that of the fields
		for i, b := range t.Branches {
			if len(b.Fields) == len(m) && !slices.ContainsFunc(b.Fields, func(f types.Field) bool { _, has := m[f.Name]; return !has }) {
				return types.UnionValue{Branch: i, Record: values(b, m).([]any)}
			}
		}
	}
	out := []any{}
	for _, f := range t.Fields {
		out = append(out, value(f.Type, m[f.Name]))
	}
	return out
}

// canonical writes a value so that equal ones are equal texts.
func canonical(t *types.Type, v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case float64:
		if t.Kind == types.Float {
			return strconv.FormatFloat(x, 'g', -1, 32)
		}
		return strconv.FormatFloat(x, 'g', -1, 64)
	case types.Dec:
		return x.String()
	case []byte:
		return hex.EncodeToString(x)
	case string:
		return strconv.Quote(x)
	case types.UnionValue:
		return t.Branches[x.Branch].Name + canonical(t.Branches[x.Branch], x.Record)
	case types.MapValue:
		var list []string
		for i, k := range x.Keys {
			list = append(list, strconv.Quote(k)+":"+canonical(t.Elem, x.Values[i]))
		}
		sort.Strings(list)
		return "{" + strings.Join(list, ",") + "}"
	case []any:
		var list []string
		for i, e := range x {
			if t.Kind == types.Record {
				list = append(list, t.Fields[i].Name+":"+canonical(t.Fields[i].Type, e))
			} else {
				list = append(list, canonical(t.Elem, e))
			}
		}
		return "[" + strings.Join(list, ",") + "]"
	default:
		return fmt.Sprint(x)
	}
}
