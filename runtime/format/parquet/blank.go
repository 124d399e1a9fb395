package parquet

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// unreadLeaves tells of leaf columns whether their values are of no matter. Texts are read
// all the same: a blank one would need offsets too, and no topic has its time in one.
func unreadLeaves(t *table, leaves, unread []int) []bool {
	columns := t.reader.ParquetReader().MetaData().Schema
	out := make([]bool, len(leaves))
	for i, leaf := range leaves {
		top := columns.Root().FieldIndexByField(columns.ColumnRoot(leaf))
		out[i] = slices.Contains(unread, top) && width(t.schema.Field(top).Type) > 0
	}
	return out
}

// isFull reports that a column has a value in each row of a row group, by what the file
// says of it: then it can be left blank, where its values are of no matter, and no row is
// taken for one that has what it lacks.
func (f *flat) isFull(group, leaf int) bool {
	meta := f.table.reader.ParquetReader().MetaData()
	if meta.Schema.Column(leaf).MaxDefinitionLevel() == 0 {
		return true
	}
	chunk, err := meta.RowGroup(group).ColumnChunk(leaf)
	if err != nil {
		return false
	}
	stats, err := chunk.Statistics()
	return err == nil && stats != nil && stats.HasNullCount() && stats.NullCount() == 0
}

// blank is n zeros, which all blank columns share.
func (f *flat) blank(typ arrow.DataType, n int) arrow.Array {
	if need := n * width(typ); len(f.zeros) < need {
		f.zeros = make([]byte, max(need, batchRows*arrow.Uint64SizeBytes))
	}
	data := array.NewData(typ, n, []*memory.Buffer{nil, memory.NewBufferBytes(f.zeros)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
