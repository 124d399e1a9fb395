package event

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
)

// Readable is a type that rows can be read as whatever they were: fields that they do not
// have, or have otherwise, are null.
func Readable(had, row *types.Type) *types.Type {
	out := &types.Type{Kind: types.Record, Name: row.Name}
	for _, f := range row.Fields {
		alone := &types.Type{Kind: types.Record, Name: row.Name, Fields: []types.Field{f}}
		if len(avro.Resolve(had, alone)) > 0 {
			f.Type, f.HasDef, f.Default = f.Type.OrNull(), true, nil
			if alone.Fields[0] = f; len(avro.Resolve(had, alone)) > 0 {
				f.Name, f.Was = "", nil
			}
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// ReadColumns is Read for all columns of rows of a type.
func ReadColumns(cols []arrow.Array, n int, had, reads *types.Type) ([]arrow.Array, error) {
	if len(cols) != len(had.Fields) {
		return nil, fmt.Errorf("%d columns instead of %d", len(cols), len(had.Fields))
	}
	names := make([]string, len(had.Fields))
	for i, f := range had.Fields {
		names[i] = f.Name
	}
	return Read(&Rows{Names: names, Cols: cols, N: n}, had, reads)
}
