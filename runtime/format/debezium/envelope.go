package debezium

import (
	"errors"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// The members of an envelope that are read.
const (
	memberBefore  = "before"
	memberAfter   = "after"
	memberOp      = "op"
	memberTime    = "ts_ms"
	memberPayload = "payload"
)

// others are members that are known and not read.
var others = []string{"source", "transaction", "ts_us", "ts_ns", "schema"}

// envelope is the type of records around rows of a type: with all known members where
// whole, else with those that are read.
func envelope(row *types.Type, whole bool) *types.Type {
	inner := members(row, whole)
	payload := &types.Type{Kind: types.Record, Fields: members(row, whole)}
	return &types.Type{Kind: types.Record, Fields: append(inner, types.Field{Name: memberPayload, Type: payload.OrNull()})}
}

func members(row *types.Type, whole bool) []types.Field {
	out := []types.Field{
		{Name: memberBefore, Type: partial(row).OrNull()}, {Name: memberAfter, Type: plain(row).OrNull()},
		{Name: memberOp, Type: types.TString.OrNull()}, {Name: memberTime, Type: types.TLong.OrNull()},
	}
	if whole {
		for _, name := range others {
			out = append(out, types.Field{Name: name, Type: types.TJSON.OrNull()})
		}
	}
	return out
}

// plain is a row type without its name.
func plain(row *types.Type) *types.Type { return &types.Type{Kind: types.Record, Fields: row.Fields} }

// partial is a row type of which anything may be missing.
func partial(row *types.Type) *types.Type {
	out := &types.Type{Kind: types.Record}
	for _, f := range row.Fields {
		out.Fields = append(out.Fields, types.Field{Name: f.Name, Type: f.Type.OrNull()})
	}
	return out
}

// schemaOf is the schema of the envelopes around rows.
func schemaOf(s format.Schema) (format.Schema, error) {
	if s.Full.Kind != types.Record || s.Row.Kind != types.Record {
		return s, errors.New("rows of a union cannot be read as Debezium envelopes")
	}
	if !s.Keyed {
		return s, errors.New("the format debezium gives changes of rows, and the topic only takes rows that stay: it needs a key and `mode: upsert`")
	}
	out := format.Schema{Full: envelope(s.Full, true), Row: envelope(s.Row, false)}
	if s.Time != "" {
		out.Time = memberAfter + "." + s.Time
	}
	return out, nil
}

// infer finds the type of rows out of that of their envelopes.
func infer(inner format.Format, in format.Input, o format.Options, time string) (*types.Type, error) {
	if time != "" {
		time = memberAfter + "." + time
	}
	t, err := inner.Infer(in, o, time)
	if err != nil {
		return nil, err
	}
	row, ok := t.FieldNamed(memberAfter)
	if p, wrapped := t.FieldNamed(memberPayload); wrapped && p.Type.Kind == types.Record && !ok {
		row, ok = p.Type.FieldNamed(memberAfter)
	}
	if !ok || row.Type.Kind != types.Record {
		return nil, errors.New(`no record has an object in "after", so these are no Debezium envelopes`)
	}
	return row.Type.NonNull(), nil
}
