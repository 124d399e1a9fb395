package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	lib "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// flat reads columns without nesting whose values stand in the file as they do in
// memory: from the pages straight into the buffers of a batch. The library's readers
// of records, which can read all columns, take several times as long for it. It must
// not be used for columns of other types (see flatLeaves).
type flat struct {
	table  *table
	alloc  memory.Allocator
	leaves []int // of the columns, ascending
	types  []arrow.DataType

	columns []column // of the row group being read
	left    int64    // rows of it
	levels  []int16
	texts   []lib.ByteArray
}

// column is a column of a row group.
type column struct {
	chunk    file.ColumnChunkReader
	typ      arrow.DataType
	optional bool
	hint     int // bytes of text to expect, from the batch before
}

// flatLeaves are the leaf columns of top-level columns; nil where one is not flat.
func flatLeaves(t *table, used map[int]bool) (leaves []int, kinds []arrow.DataType) {
	file := t.reader.ParquetReader().MetaData().Schema
	for _, leaf := range t.leaves(used) {
		top := file.Root().FieldIndexByField(file.ColumnRoot(leaf))
		kind := t.schema.Field(top).Type
		if !isFlat(file.Column(leaf), kind) {
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

// begin opens a row group.
func (f *flat) begin(group int) error {
	rows := f.table.reader.ParquetReader().RowGroup(group)
	f.left = rows.NumRows()
	for i, leaf := range f.leaves {
		chunk, err := rows.Column(leaf)
		if err != nil {
			return fmt.Errorf("row group %d cannot be read: %w", group, err)
		}
		c := column{chunk: chunk, typ: f.types[i], optional: chunk.Descriptor().MaxDefinitionLevel() > 0}
		f.columns = append(f.columns, c)
	}
	return nil
}

// end closes the row group.
func (f *flat) end() error {
	var err error
	for _, c := range f.columns {
		if closer, ok := c.chunk.(io.Closer); ok {
			err = errors.Join(err, closer.Close())
		}
	}
	f.columns = f.columns[:0]
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
	if len(f.levels) < n {
		f.levels, f.texts = make([]int16, n), make([]lib.ByteArray, n)
	}
	switch chunk := c.chunk.(type) {
	case *file.Int64ColumnChunkReader:
		return fixed(f, c, n, arrow.Int64Traits.CastFromBytes, arrow.Int64SizeBytes, chunk.ReadBatch)
	case *file.Int32ColumnChunkReader:
		return fixed(f, c, n, arrow.Int32Traits.CastFromBytes, arrow.Int32SizeBytes, chunk.ReadBatch)
	case *file.Float64ColumnChunkReader:
		return fixed(f, c, n, arrow.Float64Traits.CastFromBytes, arrow.Float64SizeBytes, chunk.ReadBatch)
	case *file.ByteArrayColumnChunkReader:
		return f.strings(c, n, chunk)
	}
	return nil, fmt.Errorf("parquet: a flat column of %s", c.chunk.Type()) // not reached: see isFlat
}

var errShort = errors.New("it has fewer rows than it says")

// fixed reads values of a width.
func fixed[T any](f *flat, c *column, n int, cast func([]byte) []T, size int, read func(int64, []T, []int16, []int16) (int64, int, error)) (arrow.Array, error) {
	buf := memory.NewResizableBuffer(f.alloc)
	defer buf.Release()
	buf.Resize(n * size)
	values := cast(buf.Bytes())
	present := 0 // of the values
	for at := 0; at < n; {
		rows, got, err := read(int64(n-at), values[at:], f.levels[at:n], nil)
		if err == nil && rows == 0 {
			err = errShort
		}
		if err != nil {
			return nil, err
		}
		if c.optional && got < int(rows) {
			spread(values[at:at+int(rows)], f.levels[at:], got)
		}
		present += got
		at += int(rows)
	}
	return f.finish(c, n, n-present, buf), nil
}

// spread moves values, which stand one behind the other, to the rows that have one.
func spread[T any](values []T, levels []int16, got int) {
	for i := len(values) - 1; got > 0 && i >= 0; i-- {
		if levels[i] > 0 {
			got--
			values[i] = values[got]
		}
	}
}

// strings reads text. It is copied out of the page, once.
func (f *flat) strings(c *column, n int, chunk *file.ByteArrayColumnChunkReader) (arrow.Array, error) {
	offsets := memory.NewResizableBuffer(f.alloc)
	defer offsets.Release()
	offsets.Resize((n + 1) * arrow.Int32SizeBytes)
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	ends[0] = 0
	text := memory.NewResizableBuffer(f.alloc)
	defer text.Release()
	text.Resize(c.hint)
	bytes, present := text.Bytes()[:0], 0
	for at := 0; at < n; {
		rows, got, err := chunk.ReadBatchInPage(int64(n-at), f.texts, f.levels[at:n], nil)
		if err == nil && rows == 0 {
			err = errShort
		}
		if err != nil {
			return nil, err
		}
		more := 0
		for _, v := range f.texts[:got] {
			more += len(v)
		}
		if len(bytes)+more > text.Len() {
			size := len(bytes)
			text.Resize(max(size+more, 2*size))
			bytes = text.Bytes()[:size]
		}
		taken := 0
		for i := range int(rows) {
			if got == int(rows) || f.levels[at+i] > 0 {
				bytes = append(bytes, f.texts[taken]...)
				taken++
			}
			ends[at+i+1] = int32(len(bytes))
		}
		present += got
		at += int(rows)
	}
	c.hint = len(bytes) + len(bytes)/16
	text.Resize(len(bytes))
	return f.finish(c, n, n-present, offsets, text), nil
}

// finish is the array of buffers; f.levels tell which rows have a value.
func (f *flat) finish(c *column, n, nulls int, buffers ...*memory.Buffer) arrow.Array {
	var valid *memory.Buffer
	if nulls > 0 {
		valid = memory.NewResizableBuffer(f.alloc)
		defer valid.Release()
		valid.Resize(int(bitutil.BytesForBits(int64(n))))
		bits := valid.Bytes()
		clear(bits)
		for i, level := range f.levels[:n] {
			if level > 0 {
				bitutil.SetBit(bits, i)
			}
		}
	}
	data := array.NewData(c.typ, n, append([]*memory.Buffer{valid}, buffers...), nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
