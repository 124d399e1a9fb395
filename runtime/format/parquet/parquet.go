// Package parquet reads and writes Parquet files, row group by row group, and of
// them only the columns that somebody reads.
//
// Parquet has no types for durations, periods and unions: the first two are
// written as ISO 8601 text and read back from it; a union becomes a record of
// $type and one nullable record per schema, and is read back from that.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	lib "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/interchange"
	"github.com/edynamic/edynamic/vm/kernel"
)

var codecs = map[string]compress.Compression{
	"none": compress.Codecs.Uncompressed, "snappy": compress.Codecs.Snappy, "gzip": compress.Codecs.Gzip, "zstd": compress.Codecs.Zstd,
}

// Format is the format of Parquet files.
func Format() format.Format {
	f := format.Format{Format: sig.Format{
		Name: "parquet", Extensions: []string{".parquet", ".pq"},
		Doc: "Parquet files. Only the columns that are used are read. A union is a record of $type and one record for each schema.",
		Settings: []sig.Setting{
			{Name: "compression", Kind: sig.SettingWord, Values: []string{"none", "snappy", "gzip", "zstd"}, Doc: "How the pages of what is written are compressed; zstd by default."},
		},
	}, RandomAccess: true}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return newDecoder(in, s, alloc)
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return &encoder{w: w, columns: columns, codec: codecs[o.Text("compression", "zstd")]}, nil
	}
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		in, err := interchange.WithRandomAccess(in)
		if err != nil {
			return nil, err
		}
		t, err := openTable(in)
		if err != nil {
			return nil, err
		}
		row, err := interchange.RecordOf(t.schema.Fields(), "", time)
		return row, errors.Join(err, t.close())
	}
	return f
}

// batchRows is how many rows are read at a time.
const batchRows = 4096

const (
	recycled  = 8 << 20   // bytes of pages that were read, to be used for others
	readAhead = 256 << 10 // bytes of a column read at a time
	headAhead = 16 << 10  // the same, where the header of a page is looked for and the page goes elsewhere
)

// table is an open file.
type table struct {
	raw    format.File
	reader *pqarrow.FileReader
	schema *arrow.Schema
}

func openTable(in format.Input) (*table, error) {
	raw, err := in.Open()
	if err != nil {
		return nil, err
	}
	t := &table{raw: raw}
	r, err := file.NewParquetReader(raw, file.WithReadProps(reading(kernel.NewRecycler(recycled), readAhead)))
	if err == nil {
		props := pqarrow.ArrowReadProperties{BatchSize: batchRows}
		t.reader, err = pqarrow.NewFileReader(r, props, memory.NewGoAllocator())
	}
	if err == nil {
		t.schema, err = t.reader.Schema()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("it is not a Parquet file: %w", err), raw.Close())
	}
	return t, nil
}

// reading is how pages are read, into memory of an allocator. Each column of each row group
// gets a buffer of the size that is read at a time, which Go clears.
func reading(alloc memory.Allocator, ahead int64) *lib.ReaderProperties {
	p := lib.NewReaderProperties(alloc)
	p.BufferedStreamEnabled, p.BufferSize = true, ahead
	return p
}

// filled reads pages alone, which fill the memory that they are given. What is read ahead of
// a page is copied into it, the rest is read where it belongs.
func (t *table) filled() (*file.Reader, error) {
	return file.NewParquetReader(t.raw, file.WithMetadata(t.reader.ParquetReader().MetaData()),
		file.WithReadProps(reading(newUnset(), headAhead)))
}

func (t *table) close() error { return t.raw.Close() }

// leaves are the leaf columns below top-level columns, in order.
func (t *table) leaves(columns map[int]bool) []int {
	schema := t.reader.ParquetReader().MetaData().Schema
	var out []int
	for i := range schema.NumColumns() {
		top := schema.Root().FieldIndexByField(schema.ColumnRoot(i))
		if columns[top] {
			out = append(out, i)
		}
	}
	return out
}

func newDecoder(in format.Input, s format.Schema, alloc memory.Allocator) (format.Decoder, error) {
	in, err := interchange.WithRandomAccess(in)
	if err != nil {
		return nil, err
	}
	t, err := openTable(in)
	if err != nil {
		return nil, err
	}
	im, err := interchange.NewImporter(t.schema, s, alloc)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	src := &source{in: in, table: t, used: map[int]bool{}}
	for _, at := range im.Columns() {
		src.used[at] = true
	}
	if len(src.used) == 0 {
		// Rows are counted by reading some column.
		src.used[0] = true
	}
	src.place = positions(src.used)
	if leaves, kinds := flatLeaves(t, src.used); leaves != nil {
		src.flat = &flat{table: t, alloc: alloc, leaves: leaves, types: kinds, unread: unreadLeaves(t, leaves, im.ColumnsOf(s.Present))}
	}
	return interchange.NewDecoder(src, t.schema, im, s, alloc), nil
}

// positions maps columns of the file to those of a batch that has some of them.
func positions(used map[int]bool) map[int]int {
	out, next := map[int]int{}, 0
	for at := 0; len(out) < len(used); at++ {
		if used[at] {
			out[at] = next
			next++
		}
	}
	return out
}

// source reads the row groups one after the other.
type source struct {
	in    format.Input
	table *table
	used  map[int]bool
	place map[int]int

	group  int // being read
	open   bool
	flat   *flat                // where it can read all columns, else nil
	reader pqarrow.RecordReader // of a row group that flat does not read
	first  int64                // number of the next row
	within int64                // its number within the group
}

// Next implements interchange.Source.
func (s *source) Next() (*interchange.Block, error) {
	for {
		if !s.open {
			if s.group == s.table.reader.ParquetReader().NumRowGroups() {
				return nil, io.EOF
			}
			if err := s.begin(); err != nil {
				return nil, err
			}
			s.open, s.within = true, 0
		}
		cols, rows, err := s.read()
		if err != nil {
			return nil, fmt.Errorf("row group %d is damaged: %w", s.group, err)
		}
		if rows > 0 {
			return s.block(cols, rows), nil
		}
		if err := s.end(); err != nil {
			return nil, err
		}
		s.group++
	}
}

// begin opens the next row group.
func (s *source) begin() (err error) {
	if s.flat != nil && s.flat.can(s.group) {
		return s.flat.begin(s.group)
	}
	s.reader, err = s.table.read(s.table.leaves(s.used), s.group)
	return err
}

// read reads rows of the group; none at its end. The columns belong to the caller.
func (s *source) read() (cols []arrow.Array, rows int, err error) {
	if s.reader == nil {
		return s.flat.next()
	}
	if !s.reader.Next() {
		if err := s.reader.Err(); err != nil && err != io.EOF {
			return nil, 0, err
		}
		return nil, 0, nil
	}
	batch := s.reader.RecordBatch()
	for _, c := range batch.Columns() {
		c.Retain()
		cols = append(cols, c)
	}
	return cols, int(batch.NumRows()), nil
}

// end closes the row group.
func (s *source) end() error {
	if !s.open {
		return nil
	}
	s.open = false
	if s.reader == nil {
		return s.flat.end()
	}
	s.reader.Release()
	s.reader = nil
	return nil
}

func (t *table) read(leaves []int, group int) (pqarrow.RecordReader, error) {
	r, err := t.reader.GetRecordReader(context.Background(), leaves, []int{group})
	if err != nil {
		return nil, fmt.Errorf("row group %d cannot be read: %w", group, err)
	}
	return r, nil
}

func (s *source) block(cols []arrow.Array, rows int) *interchange.Block {
	w := &whole{in: s.in, group: s.group, from: s.within, rows: int64(rows)}
	b := &interchange.Block{
		Rows: rows, First: s.first, Whole: w.read,
		Column: func(at int) arrow.Array { return cols[s.place[at]] },
		Release: func() {
			for _, c := range cols {
				c.Release()
			}
		},
	}
	s.first += int64(rows)
	s.within += int64(rows)
	return b
}

// Close implements interchange.Source.
func (s *source) Close() error { return errors.Join(s.end(), s.table.close()) }

// whole reads the other columns of a batch, once somebody asks for its records.
type whole struct {
	in         format.Input
	group      int
	from, rows int64

	once  sync.Once
	batch arrow.RecordBatch
	err   error
}

func (w *whole) read() (arrow.RecordBatch, error) {
	w.once.Do(func() { w.batch, w.err = w.load() })
	return w.batch, w.err
}

func (w *whole) load() (batch arrow.RecordBatch, err error) {
	t, err := openTable(w.in)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	r, err := t.read(nil, w.group)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	var parts []arrow.RecordBatch
	at := int64(0)
	for at < w.from+w.rows && r.Next() {
		b := r.RecordBatch()
		lo, hi := max(w.from, at), min(w.from+w.rows, at+b.NumRows())
		if lo < hi {
			parts = append(parts, b.NewSlice(lo-at, hi-at))
		}
		at += b.NumRows()
	}
	if err := r.Err(); err != nil && err != io.EOF {
		return nil, err
	}
	return joined(t.schema, parts)
}

// joined is one batch of the rows of several.
func joined(schema *arrow.Schema, parts []arrow.RecordBatch) (arrow.RecordBatch, error) {
	if len(parts) == 1 {
		return parts[0], nil
	}
	cols := make([]arrow.Array, schema.NumFields())
	rows := int64(0)
	for i := range cols {
		var arrs []arrow.Array
		for _, p := range parts {
			arrs = append(arrs, p.Column(i))
		}
		var err error
		if cols[i], err = array.Concatenate(arrs, memory.DefaultAllocator); err != nil {
			return nil, err
		}
		rows = int64(cols[i].Len())
	}
	return array.NewRecordBatch(schema, cols, rows), nil
}

// encoder collects rows into row groups.
type encoder struct {
	w       io.Writer
	columns []types.Column
	codec   compress.Compression
	export  interchange.Exporter
	out     *pqarrow.FileWriter // nil until the columns are known
	end     *footer
}

// groupRows is how many rows a row group has at most.
const groupRows = 1 << 20

func (e *encoder) begin(op bool) error {
	schema := e.export.Begin(e.columns, op)
	props := lib.NewWriterProperties(lib.WithCompression(e.codec), lib.WithMaxRowGroupLength(groupRows))
	e.end = &footer{w: e.w} // which is no closer: the writer is not the library's to close
	out, err := pqarrow.NewFileWriter(schema, e.end, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	e.out = out
	return err
}

// Write implements format.Encoder.
func (e *encoder) Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error {
	if e.out == nil {
		if err := e.begin(ops != nil); err != nil {
			return err
		}
	}
	batch := e.export.Batch(cols, rows, sel, ops)
	defer batch.Release()
	return e.out.WriteBuffered(batch)
}

// Close implements format.Encoder.
func (e *encoder) Close() error {
	if e.out == nil {
		if err := e.begin(false); err != nil {
			return err
		}
	}
	e.end.closing = true
	if err := e.out.Close(); err != nil {
		return err
	}
	return e.end.finish()
}

// Warnings implements format.Encoder.
func (e *encoder) Warnings() []string { return nil }
