package csv

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// unionColumn holds the rows of a union as JSON: its records have no columns in common
// that a header could name.
const unionColumn = "row"

// celled is a row type as a record of cells.
func celled(t *types.Type) *types.Type {
	if t == nil || t.Kind != types.Union {
		return t
	}
	return types.RecordOf(types.Field{Name: unionColumn, Type: t})
}

// ofUnion reports that the rows are those of a union.
func (d *decoder) ofUnion() bool { return d.schema.Row.Kind == types.Union }

// unionText is a row of a union as it was read: the JSON in its cell.
func (r *records) unionText(i int) string {
	s := r.splitter()
	at := slices.Index(r.decoder.names, unionColumn)
	v, _ := r.cells(s, i)[at].text(s.Chunk, nil)
	return string(v)
}
