package exec

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/vm/kernel"
)

// kept is the provenance of rows that entered a topic from within the graph or
// from a test. It holds copies in memory of the garbage collector, because nobody
// says when the last reference to a record is gone.
type kept struct {
	name    string
	topic   int
	lane    int // behind the lanes of sources
	base    int64
	columns []types.Column
	cols    []arrow.Array
	rows    int
	refused []Entered // of error records, what they tell of; nil where none is such a one
	places  []int64   // of copies of some rows; nil where they follow each other from base on
}

// keep copies the rows of a batch that count.
func keep(t *Topic, columns []types.Column, base int64, b *operators.Batch) *kept {
	rows := rowsOf(b)
	k := &kept{name: t.Name, topic: t.Index, lane: len(t.Lanes), base: base, columns: columns, rows: len(rows)}
	for _, c := range b.Cols {
		k.cols = append(k.cols, kernel.Gather(memory.DefaultAllocator, c, rows))
	}
	return k
}

// refs points the Refs of the rows of a batch at the copies.
func (k *kept) refs(b *operators.Batch) []operators.Ref {
	refs := make([]operators.Ref, b.Rows)
	for i, r := range rowsOf(b) {
		refs[r] = operators.Ref{From: k, Index: int32(i)}
	}
	return refs
}

// Text is the row as JSON.
func (k *kept) Text(i int32) string { return rowText(k.columns, k.cols, k.rows, int(i)) }

// Origin is topic/partition/position.
func (k *kept) Origin(i int32) string {
	return fmt.Sprintf("%s/%d/%d", k.name, k.lane, k.place(i))
}

// place is the position of a row in the topic.
func (k *kept) place(i int32) int64 {
	if k.places != nil {
		return k.places[i]
	}
	return k.base + int64(i)
}

// Copy implements operators.CopiedProvenance.
func (k *kept) Copy(rows []int32) (own operators.Provenance, renumbered bool) {
	if len(rows) == k.rows {
		return k, false
	}
	c := &kept{name: k.name, topic: k.topic, lane: k.lane, columns: k.columns, rows: len(rows), places: make([]int64, len(rows))}
	for i, r := range rows {
		c.places[i] = k.place(r)
		if k.refused != nil {
			c.refused = append(c.refused, k.refused[r])
		}
	}
	for _, col := range k.cols {
		c.cols = append(c.cols, kernel.Gather(memory.DefaultAllocator, col, rows))
	}
	return c, true
}

// Place is the position in the topic.
func (k *kept) Place(i int32) (topic, partition int, position int64) {
	return k.topic, k.lane, k.place(i)
}

// Columns gives the fields of a row type by name.
func (k *kept) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	return columnsByName(memory.DefaultAllocator, k.columns, k.cols, rows, rowColumns(row))
}

// rowColumns are the columns of a stream of a row type.
func rowColumns(row *types.Type) []types.Column {
	if row.Kind == types.Union {
		return []types.Column{{Name: types.UnionColumn, Type: row}}
	}
	out := make([]types.Column, len(row.Fields))
	for i, f := range row.Fields {
		out[i] = types.Column{Name: f.Name, Type: f.Type}
	}
	return out
}

// columnsByName gathers rows of the columns of a wanted type; a column that is not
// there is null.
func columnsByName(alloc memory.Allocator, have []types.Column, cols []arrow.Array, rows []int32, want []types.Column) ([]arrow.Array, error) {
	out := make([]arrow.Array, 0, len(want))
	for _, w := range want {
		arr, err := columnNamed(alloc, have, cols, rows, w)
		if err != nil {
			for _, a := range out {
				a.Release()
			}
			return nil, err
		}
		out = append(out, arr)
	}
	return out, nil
}

func columnNamed(alloc memory.Allocator, have []types.Column, cols []arrow.Array, rows []int32, w types.Column) (arrow.Array, error) {
	for i, h := range have {
		if h.Name != w.Name {
			continue
		}
		if !types.Equal(h.Type.NonNull(), w.Type.NonNull()) {
			return nil, fmt.Errorf("column %s is %s here and %s there", w.Name, h.Type, w.Type)
		}
		return kernel.Gather(alloc, cols[i], rows), nil
	}
	return array.MakeArrayOfNull(alloc, kernel.ArrowType(w.Type), len(rows)), nil
}

// rowText is a row as a JSON object of its visible columns.
func rowText(columns []types.Column, cols []arrow.Array, rows, row int) string {
	var visible []types.Column
	var arrs []arrow.Array
	for i, c := range columns {
		if !c.Hidden {
			visible, arrs = append(visible, c), append(arrs, cols[i])
		}
	}
	var buf bytes.Buffer
	enc, err := ndjson.Lines().NewEncoder(&buf, visible, nil)
	if err == nil {
		err = enc.Write(arrs, rows, []int32{int32(row)}, nil)
	}
	if err == nil {
		err = enc.Close()
	}
	if err != nil {
		return "null"
	}
	return strings.TrimSuffix(buf.String(), "\n")
}
