package format

import (
	"github.com/edynamic/edynamic/lang/types"
)

// Absent is what a field holds in a record that lacks it: its default, else null
// where the type allows it. full is the field as declared and t its type in the
// row being built, which may lack fields of nested records. It reports false
// when the record is bad without the field.
func Absent(full types.Field, t *types.Type) (value any, ok bool) {
	if full.HasDef {
		return prune(full.Default, full.Type, t), full.Default != nil || t.Nullable
	}
	return nil, t.Nullable
}

// prune leaves out of a value what the type to build does not have.
func prune(v any, full, t *types.Type) any {
	if v == nil || full == t {
		return v
	}
	switch t.Kind {
	case types.Record:
		from := v.([]any)
		out := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			for j, g := range full.Fields {
				if g.Name == f.Name {
					out[i] = prune(from[j], g.Type, f.Type)
				}
			}
		}
		return out
	case types.Array:
		from := v.([]any)
		out := make([]any, len(from))
		for i, e := range from {
			out[i] = prune(e, full.Elem, t.Elem)
		}
		return out
	case types.Map:
		from := v.(types.MapValue)
		out := types.MapValue{Keys: from.Keys}
		for _, e := range from.Values {
			out.Values = append(out.Values, prune(e, full.Elem, t.Elem))
		}
		return out
	case types.Union:
		from := v.(types.UnionValue)
		record := prune(from.Record, full.Branches[from.Branch], t.Branches[from.Branch]).([]any)
		return types.UnionValue{Branch: from.Branch, Record: record}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Func, types.Var:
	}
	return v
}
