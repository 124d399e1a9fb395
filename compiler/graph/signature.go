package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// Signatures are hashes of what an operator does, and of the columns of the rows it
// reads: two operators alike in both can go on from each other's states. Places in the
// text do not count.
//
// made are values that others compute for the operator alone, such as the keys of a join:
// they are part of what it does. What its inputs are made of is not, nor which columns it
// passes on.
func Signatures(n *plan.Node, ins []*types.Stream, made []ir.Expr) (does, reads string, err error) {
	e := newEncoder(nil)
	e.placeless = true
	op, err := e.value(reflect.ValueOf(n).Elem().FieldByName("Op"))
	if err != nil {
		return "", "", err
	}
	out := map[string]any{"op": op}
	if len(made) > 0 {
		if out["made"], err = e.value(reflect.ValueOf(made)); err != nil {
			return "", "", err
		}
	}
	out["types"] = e.table
	if does, err = hashOf(out); err != nil {
		return "", "", err
	}
	e = newEncoder(nil)
	var inputs []any
	for _, in := range ins {
		columns, err := e.columns(in.Columns)
		if err != nil {
			return "", "", err
		}
		inputs = append(inputs, map[string]any{"columns": columns, "kind": in.Kind.String()})
	}
	reads, err = hashOf(map[string]any{"types": e.table, "in": inputs})
	return does, reads, err
}

func hashOf(v any) (string, error) {
	text, err := canonicalJSON(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12]), nil
}

// columns are names and types: where a column came from does not matter.
func (e *encoder) columns(cols []types.Column) ([]any, error) {
	out := []any{}
	for _, c := range cols {
		t, err := e.typ(c.Type)
		if err != nil {
			return nil, err
		}
		out = append(out, []any{c.Name, number(int64(t))})
	}
	return out, nil
}

// inputs reports the fields of operators that tell of what comes in and passes, and not of
// what is done.
func inputs(of reflect.Type, f reflect.StructField) bool {
	switch of {
	case sidesType:
		return f.Name == "Right"
	case matchInputType:
		return f.Name == "Pipeline"
	case changedType:
		return f.Name == "Previous" || f.Name == "Keep" // which tells how long keys are there
	case overType:
		return f.Name == "Keep"
	case aggregateType:
		return f.Name == "Best" // which tells what the stage behind it does not want
	}
	return false
}

// partOnly is the part of a record that an expression takes, out of a record that has no
// other: what else it has does not matter.
func partOnly(f *ir.Field) *ir.Field {
	left := *f
	left.X = narrowed(f.X, &types.Type{Kind: types.Record, Fields: []types.Field{{Name: f.Name, Type: f.T}}})
	return &left
}

// narrowed is a record that is passed on, with the fields of a type only.
func narrowed(x ir.Expr, t *types.Type) ir.Expr {
	if x.Type().Kind != types.Record {
		return x
	}
	only := t.WithNull(x.Type().Nullable)
	switch x := x.(type) {
	case *ir.Column:
		left := *x
		left.T = only
		return &left
	case *ir.Field:
		left := *x
		left.T = only
		return &left
	case *ir.NotNull:
		left := *x
		left.T, left.X = only, narrowed(x.X, t)
		return &left
	}
	return x
}
