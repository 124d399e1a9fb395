package interchange

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// Source reads the batches of a file.
type Source interface {
	// Next returns io.EOF after the last batch.
	Next() (*Block, error)
	Close() error
}

// Block is a batch of records.
type Block struct {
	Rows  int
	First int64 // number of the first row in the file
	// Column is a column by its position in the file; only those asked for exist.
	Column func(at int) arrow.Array
	// Release gives the columns back, where that is of use; else nil. Column must not be
	// called then.
	Release func()
	// Whole reads all columns of the batch.
	Whole func() (arrow.RecordBatch, error)
	// Held says that all columns are in memory for as long as the block is.
	Held bool
}

// NewDecoder decodes the batches of a source, whose file has a schema.
func NewDecoder(src Source, file *arrow.Schema, im *Importer, s format.Schema, alloc memory.Allocator) format.Decoder {
	return &decoder{src: src, file: file, im: im, schema: s, alloc: alloc}
}

type decoder struct {
	src    Source
	file   *arrow.Schema
	im     *Importer
	schema format.Schema
	alloc  memory.Allocator
	block  *Block
	pos    int
}

// Next implements format.Decoder.
func (d *decoder) Next(maxRows int) (*format.Rows, error) {
	for d.block == nil || d.pos == d.block.Rows {
		d.done()
		block, err := d.src.Next()
		if err != nil {
			return nil, err
		}
		d.block, d.pos = block, 0
	}
	start, n := d.pos, min(maxRows, d.block.Rows-d.pos)
	d.pos += n
	var part []int32
	if n < d.block.Rows {
		part = span(start, n)
	}
	cols, misfits := d.im.Import(n, part, d.block.Column)
	r := &records{block: d.block, start: start, file: d.file, schema: d.schema, alloc: d.alloc}
	bad := Bad(misfits, d.block.First+int64(start), func(row int) string { return r.text(start + row) })
	r.kept = Kept(n, misfits)
	return &format.Rows{Cols: cols, N: n - len(misfits), Records: r, Bad: bad}, nil
}

// span are n row numbers from a first one on.
func span(first, n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(first + i)
	}
	return out
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string { return d.im.UnknownFields() }

// Close implements format.Decoder.
func (d *decoder) Close() error {
	d.done()
	return d.src.Close()
}

// done gives up the block.
func (d *decoder) done() {
	if d.block != nil && d.block.Release != nil {
		d.block.Release()
		d.block.Column = nil // records refer to the block
	}
	d.block = nil
}

// records are rows as references into a block.
type records struct {
	block  *Block
	start  int
	kept   []int32 // the rows of the batch that fit the schema, nil for all
	file   *arrow.Schema
	schema format.Schema
	alloc  memory.Allocator
	at     []int64 // numbers of copies of rows; nil where they follow each other in the file
}

// Copy implements format.CopiedRecords. Rows that would be read from the file again are
// not in memory.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	out := &records{block: r.block, kept: make([]int32, len(rows)), file: r.file, schema: r.schema, alloc: r.alloc, at: make([]int64, len(rows))}
	for k, i := range rows {
		out.kept[k], out.at[k] = int32(r.row(int(i))), r.Byte(int(i))
	}
	if !r.block.Held || len(rows) == 0 {
		return out
	}
	if whole, err := r.block.Whole(); err == nil {
		if b, err := copied(whole, out.kept); err == nil { // else they stay where they are
			out.block, out.kept = b, nil
		}
	}
	return out
}

// copied is a block of some rows of a batch, whose columns may be of any type there is.
func copied(whole arrow.RecordBatch, rows []int32) (*Block, error) {
	cols := make([]arrow.Array, whole.NumCols())
	for i := range cols {
		var parts []arrow.Array
		for at := 0; at < len(rows); {
			n := 1
			for at+n < len(rows) && rows[at+n] == rows[at]+int32(n) {
				n++
			}
			parts = append(parts, array.NewSlice(whole.Column(i), int64(rows[at]), int64(rows[at])+int64(n)))
			at += n
		}
		var err error
		if cols[i], err = array.Concatenate(parts, memory.DefaultAllocator); err != nil {
			return nil, err
		}
	}
	own := array.NewRecordBatch(whole.Schema(), cols, int64(len(rows)))
	return &Block{Rows: len(rows), Whole: func() (arrow.RecordBatch, error) { return own, nil }, Held: true}, nil
}

// Text implements format.Records.
func (r *records) Text(i int) string { return r.text(r.row(i)) }

// row is the place in the block of a row that fits the schema.
func (r *records) row(i int) int {
	if r.kept != nil {
		i = int(r.kept[i])
	}
	return r.start + i
}

// text is a row of the block as JSON, by the types of the file (see format.Shown).
func (r *records) text(row int) string {
	by := func(t *types.Type) (string, error) {
		cols, err := r.columns([]int32{int32(row)}, format.Schema{Full: t, Row: t}, memory.DefaultAllocator)
		if err != nil {
			return "", err
		}
		w := ndjson.Writer{Tag: format.UnionTag}
		return string(w.Row(nil, t, cols, 0)), nil
	}
	var text string
	t, err := RecordOf(r.file.Fields(), "", "")
	if err == nil {
		text, err = by(format.Shown(t, r.schema.Full, func(t *types.Type) bool {
			_, err := by(t)
			return err == nil
		}))
	}
	if err != nil {
		return string(ndjson.AppendString(nil, err.Error()))
	}
	return text
}

// Byte implements format.Records. Files with columns have no place for a record,
// so it is its number.
func (r *records) Byte(i int) int64 {
	if r.at != nil {
		return r.at[i]
	}
	return r.block.First + int64(r.row(i))
}

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	at := make([]int32, len(rows))
	for i, j := range rows {
		at[i] = int32(r.row(int(j)))
	}
	s := r.schema
	s.Row = row
	return r.columns(at, s, r.alloc)
}

// columns decodes rows of the block.
func (r *records) columns(rows []int32, s format.Schema, alloc memory.Allocator) ([]arrow.Array, error) {
	whole, err := r.block.Whole()
	if err != nil {
		return nil, err
	}
	im, err := NewImporter(r.file, s, alloc)
	if err != nil {
		return nil, err
	}
	cols, misfits := im.Import(0, rows, whole.Column)
	if len(misfits) > 0 {
		for _, c := range cols {
			c.Release()
		}
		return nil, fmt.Errorf("row %d: %s", r.block.First+int64(rows[misfits[0].Row]), misfits[0].Reason)
	}
	return cols, nil
}
