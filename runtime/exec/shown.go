package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// textOf is a row that the node was given as error records show it.
func (s *station) textOf(b *operators.Batch, row int) string {
	columns, cols := s.inputColumns(b), b.Cols
	if b.Input < len(s.node.Shown) && s.node.Shown[b.Input].Columns != nil {
		columns, cols = partsOf(columns, cols, s.node.Shown[b.Input].Columns)
		defer func() {
			for _, c := range cols {
				c.Release()
			}
		}()
	}
	return rowText(columns, cols, b.Rows, row)
}

// partsOf are those of some columns that others name, and of records the fields that they
// have.
func partsOf(columns []types.Column, cols []arrow.Array, like []types.Column) (left []types.Column, arrs []arrow.Array) {
	for i, c := range columns {
		for _, l := range like {
			if l.Name == c.Name {
				t, data := partOf(c.Type, cols[i].Data(), l.Type)
				c.Type = t
				left, arrs = append(left, c), append(arrs, array.MakeFromData(data))
				data.Release()
			}
		}
	}
	return left, arrs
}

// partOf is the fields of a record that another type has; anything else whole.
func partOf(t *types.Type, data arrow.ArrayData, like *types.Type) (*types.Type, arrow.ArrayData) {
	if t.Kind != types.Record || like.Kind != types.Record || types.Equal(t, like) {
		data.Retain()
		return t, data
	}
	part := *t
	part.Fields = nil
	var fields []arrow.Field
	var kids []arrow.ArrayData
	for i, f := range t.Fields {
		if l, ok := like.FieldNamed(f.Name); ok {
			of, kid := partOf(f.Type, data.Children()[i], l.Type)
			field := data.DataType().(*arrow.StructType).Field(i)
			f.Type, field.Type = of, kid.DataType()
			part.Fields, fields, kids = append(part.Fields, f), append(fields, field), append(kids, kid)
		}
	}
	out := array.NewData(arrow.StructOf(fields...), data.Len(), data.Buffers(), kids, data.NullN(), data.Offset())
	for _, kid := range kids {
		kid.Release()
	}
	return &part, out
}
