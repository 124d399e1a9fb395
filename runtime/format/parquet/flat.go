package parquet

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	lib "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/edynamic/edynamic/vm/kernel"
)

// flat reads columns without nesting whose values stand in the file as they do in
// memory: from the pages straight into the buffers of a batch. The library's readers
// of records, which can read all columns, take several times as long for it. It must
// not be used for columns of other types (see flatLeaves).
type flat struct {
	table  *table
	pages  *file.Reader
	alloc  memory.Allocator
	leaves []int // of the columns, ascending
	types  []arrow.DataType
	unread []bool // whether the values of a column are of no matter (see blank)

	columns []column // of the row group being read
	left    int64    // rows of it
	absent  []uint8  // 1 for each row of a batch that has no value
	picks   []span   // of texts in a dictionary
	zeros   []byte   // of blank columns
}

// flatLeaves are the leaf columns of top-level columns; nil where one is not flat.
func flatLeaves(t *table, used map[int]bool) (leaves []int, kinds []arrow.DataType) {
	columns := t.reader.ParquetReader().MetaData().Schema
	for _, leaf := range t.leaves(used) {
		top := columns.Root().FieldIndexByField(columns.ColumnRoot(leaf))
		kind := t.schema.Field(top).Type
		if !isFlat(columns.Column(leaf), kind) {
			return nil, nil
		}
		leaves, kinds = append(leaves, leaf), append(kinds, kind)
	}
	return leaves, kinds
}

// isFlat reports a leaf whose values are those of an Arrow type.
func isFlat(leaf *schema.Column, kind arrow.DataType) bool {
	if leaf.MaxRepetitionLevel() > 0 || leaf.MaxDefinitionLevel() > 1 || len(leaf.ColumnPath()) != 1 {
		return false
	}
	switch leaf.PhysicalType() {
	case lib.Types.Int64:
		return kind.ID() == arrow.INT64 || kind.ID() == arrow.TIMESTAMP
	case lib.Types.Int32:
		return kind.ID() == arrow.INT32 || kind.ID() == arrow.DATE32
	case lib.Types.Double:
		return kind.ID() == arrow.FLOAT64
	case lib.Types.ByteArray:
		return kind.ID() == arrow.STRING
	}
	return false
}

// can reports that a row group can be read: its pages are encoded in ways that are known.
func (f *flat) can(group int) bool {
	rows := f.table.reader.ParquetReader().MetaData().RowGroup(group)
	for _, leaf := range f.leaves {
		chunk, err := rows.ColumnChunk(leaf)
		if err != nil || !knows(chunk.Encodings()) {
			return false
		}
	}
	return true
}

// begin opens a row group.
func (f *flat) begin(group int) error {
	if f.pages == nil {
		pages, err := f.table.filled()
		if err != nil {
			return err
		}
		f.pages = pages
	}
	rows := f.pages.RowGroup(group)
	f.left = rows.NumRows()
	if f.columns == nil {
		f.columns = make([]column, len(f.leaves))
		f.absent, f.picks = make([]uint8, batchRows), make([]span, batchRows)
	}
	for i, leaf := range f.leaves {
		if f.unread[i] && f.isFull(group, leaf) {
			f.columns[i].typ, f.columns[i].blank = f.types[i], true
			continue
		}
		pages, err := rows.GetColumnPageReader(leaf)
		if err != nil {
			return fmt.Errorf("row group %d cannot be read: %w", group, err)
		}
		c := &f.columns[i]
		*c = column{
			pages: pages, typ: f.types[i], hint: c.hint,
			optional:  f.table.reader.ParquetReader().MetaData().Schema.Column(leaf).MaxDefinitionLevel() > 0,
			number64s: c.number64s[:0], number32s: c.number32s[:0], texts: c.texts[:0], at: c.at[:0],
		}
	}
	return nil
}

// end closes the row group.
func (f *flat) end() error {
	var err error
	for i := range f.columns {
		if pages := f.columns[i].pages; pages != nil {
			err = errors.Join(err, pages.Close())
			f.columns[i].pages = nil
		}
	}
	return err
}

// next reads the next rows of the row group; none at its end.
func (f *flat) next() (cols []arrow.Array, rows int, err error) {
	rows = int(min(f.left, batchRows))
	if rows == 0 {
		return nil, 0, nil
	}
	f.left -= int64(rows)
	for i := range f.columns {
		arr, err := f.read(&f.columns[i], rows)
		if err != nil {
			for _, c := range cols {
				c.Release()
			}
			return nil, 0, err
		}
		cols = append(cols, arr)
	}
	return cols, rows, nil
}

// read reads n values of a column.
func (f *flat) read(c *column, n int) (arrow.Array, error) {
	if c.blank {
		return f.blank(c.typ, n), nil
	}
	switch width(c.typ) {
	case arrow.Uint64SizeBytes:
		return fixed(f, c, n, arrow.Uint64Traits.CastFromBytes, c.next64)
	case arrow.Uint32SizeBytes:
		return fixed(f, c, n, arrow.Uint32Traits.CastFromBytes, c.next32)
	}
	return f.strings(c, n)
}

// some has rows of a page at hand, at most n, and tells how many of them have a value.
func (f *flat) some(c *column, at, n int) (rows, values int, err error) {
	if err := c.more(); err != nil {
		return 0, 0, err
	}
	rows = min(n-at, c.left)
	values = rows
	if c.optional {
		if values, err = c.levels.present(f.absent[at : at+rows]); err != nil {
			return 0, 0, err
		}
	}
	c.left -= rows
	return rows, values, nil
}

// fixed reads numbers; next reads those of a page, as bits.
func fixed[T uint32 | uint64](f *flat, c *column, n int, cast func([]byte) []T, next func([]T) error) (arrow.Array, error) {
	buf := kernel.NewBuffer(f.alloc, n*width(c.typ))
	defer buf.Release()
	out := cast(buf.Bytes())
	present := 0 // of the values
	for at := 0; at < n; {
		rows, values, err := f.some(c, at, n)
		if err == nil {
			err = next(out[at : at+values])
		}
		if err != nil {
			return nil, err
		}
		if values < rows {
			spread(out[at:at+rows], f.absent[at:], values)
		}
		present += values
		at += rows
	}
	return f.finish(c, n, n-present, buf), nil
}

func (c *column) next64(out []uint64) error {
	if c.inDict {
		return picked(&c.indices, c.number64s, out)
	}
	return plain(c, arrow.Uint64Traits.CastToBytes(out))
}

func (c *column) next32(out []uint32) error {
	if c.inDict {
		return picked(&c.indices, c.number32s, out)
	}
	return plain(c, arrow.Uint32Traits.CastToBytes(out))
}

// plain copies values as they stand in a page.
func plain(c *column, out []byte) error {
	if len(c.plain) < len(out) {
		return errShort
	}
	copy(out, c.plain)
	c.plain = c.plain[len(out):]
	return nil
}

// spread moves values, which stand one behind the other, to the rows that have one.
func spread[T any](values []T, absent []uint8, got int) {
	for i := len(values) - 1; got > 0 && i >= 0; i-- {
		if absent[i] == 0 {
			got--
			values[i] = values[got]
		}
	}
}

// finish is the array of buffers; f.absent tell which rows have a value.
func (f *flat) finish(c *column, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	var valid *memory.Buffer
	if nulls > 0 {
		valid = memory.NewResizableBuffer(f.alloc)
		defer valid.Release()
		valid.Resize(int(bitutil.BytesForBits(int64(n))))
		bits := valid.Bytes()
		clear(bits)
		for i, no := range f.absent[:n] {
			if no == 0 {
				bitutil.SetBit(bits, i)
			}
		}
	}
	data := array.NewData(c.typ, n, append([]*memory.Buffer{valid}, buffers...), nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
