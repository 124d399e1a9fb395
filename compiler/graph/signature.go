package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// Signatures are hashes of what an operator does, and of the columns of the rows it
// reads: two operators alike in both can go on from each other's states. Places in the
// text do not count.
func Signatures(n *plan.Node, ins []*types.Stream) (does, reads string, err error) {
	e := newEncoder(nil)
	e.placeless = true
	op, err := e.value(reflect.ValueOf(n).Elem().FieldByName("Op"))
	if err != nil {
		return "", "", err
	}
	if does, err = hashOf(map[string]any{"types": e.table, "op": op}); err != nil {
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
