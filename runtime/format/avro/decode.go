// Package avro reads and writes Avro object container files.
//
// Records are decoded from Avro's binary form straight into the columns somebody
// reads, by the writer's schema in the file; other fields are stepped over. The
// rules of resolution are Avro's, but that bytes never become text. Names that
// Avro does not allow are kept in the property edy.name.
package avro

import (
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	lib "github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/column"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// codecs are the words of the setting and their names in files.
var codecs = map[string]string{"none": "null", "deflate": "deflate", "snappy": "snappy", "zstd": "zstandard"}

// Format is the format of Avro object files.
func Format() format.Format {
	f := format.Format{Format: sig.Format{
		Name: "avro", Extensions: []string{".avro"},
		Doc: "Avro object container files, with the schema in the file.",
		Settings: []sig.Setting{
			{Name: "compression", Kind: sig.SettingWord, Values: []string{"none", "deflate", "snappy", "zstd"}, Doc: "How the blocks of what is written are compressed; deflate by default."},
		},
	}, RandomAccess: true}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return newDecoder(in.Stream, s, alloc)
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return &encoder{w: w, columns: columns, codec: codecs[o.Text("compression", "deflate")]}, nil
	}
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		b, err := newBlocks(in.Stream)
		if err != nil {
			return nil, err
		}
		return rowType(b.schema, time)
	}
	return f
}

// rowType is the edy type of a file's records.
func rowType(s lib.Schema, time string) (*types.Type, error) {
	infer := inference{time: time, open: map[string]bool{}}
	t, err := infer.typeOf(s, "")
	if err != nil {
		return nil, err
	}
	if t.Kind != types.Record && t.Kind != types.Union {
		return nil, fmt.Errorf("it holds values of %s, not records", t)
	}
	return t.NonNull(), nil
}

type decoder struct {
	blocks *blocks
	read   *reader
	root   *column.Builder
	schema format.Schema
	alloc  memory.Allocator
	cursor cursor
	left   int64 // records of the block to come
	row    int64 // number of the next record
}

func newDecoder(in io.Reader, s format.Schema, alloc memory.Allocator) (format.Decoder, error) {
	b, err := newBlocks(in)
	if err != nil {
		return nil, err
	}
	read, err := rootReader(b.schema, s)
	if err != nil {
		return nil, err
	}
	return &decoder{blocks: b, read: read, root: column.New(s.Row.NonNull(), alloc), schema: s, alloc: alloc}, nil
}

func rootReader(file lib.Schema, s format.Schema) (*reader, error) {
	full := s.Full
	if full == nil {
		full = s.Row
	}
	return newReader(file, full, s.Row, "", s.Time)
}

// Next implements format.Decoder. All rows of a batch are of one block.
func (d *decoder) Next(maxRows int) (*format.Rows, error) {
	for d.left == 0 {
		if d.cursor.pos != len(d.cursor.data) {
			return nil, fmt.Errorf("block %d is damaged: its records end before it does", d.blocks.count-1)
		}
		count, data, err := d.blocks.next()
		if err != nil {
			return nil, err
		}
		d.left, d.cursor = count, cursor{data: data}
	}
	r := &records{data: d.cursor.data, first: d.row, file: d.blocks.schema, schema: d.schema, alloc: d.alloc}
	out := &format.Rows{Records: r}
	for ; d.left > 0 && len(r.starts)+len(out.Bad) < maxRows; d.left-- {
		if err := d.record(r, out); err != nil {
			d.root.Truncate(0)
			return nil, err
		}
		d.row++
	}
	r.end = int32(d.cursor.pos)
	out.N, out.Cols = len(r.starts), finish(d.root)
	return out, nil
}

// record reads the next record as a row or a bad one.
func (d *decoder) record(r *records, out *format.Rows) error {
	start, why := d.cursor.pos, misfit{}
	if d.read.value(&d.cursor, d.root, &why) {
		r.starts, r.numbers = append(r.starts, int32(start)), append(r.numbers, d.row)
		return nil
	}
	d.root.Truncate(len(r.starts))
	if d.cursor.err == nil {
		// The record is at fault, not its bytes: the next one stands behind it.
		d.cursor.pos = start
		d.cursor.skip(d.blocks.schema)
	}
	if err := d.cursor.err; err != nil {
		return fmt.Errorf("block %d is damaged: %w", d.blocks.count-1, err)
	}
	out.Bad = append(out.Bad, format.Bad{
		Before: len(r.starts), Byte: d.row, Text: r.text(start), Code: why.code, Reason: why.reason,
	})
	return nil
}

// finish returns the columns of a row's builder.
func finish(root *column.Builder) []arrow.Array {
	if root.Type.Kind != types.Record {
		return []arrow.Array{root.Finish()}
	}
	cols := make([]arrow.Array, len(root.Kids))
	for i, k := range root.Kids {
		cols[i] = k.Finish()
	}
	root.Reset()
	return cols
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string {
	record, ok := d.blocks.schema.(*lib.RecordSchema)
	full := d.schema.Full
	if !ok || full == nil || full.Kind != types.Record {
		return nil
	}
	var out []string
	for i, w := range record.Fields() {
		known := slices.ContainsFunc(full.Fields, func(f types.Field) bool { return writerField(record, f) == i })
		if !known {
			out = append(out, fieldName(w))
		}
	}
	slices.Sort(out)
	return out
}

// Close implements format.Decoder. The input belongs to whoever opened it.
func (d *decoder) Close() error {
	d.root.Release()
	return nil
}

// records are rows as references into a block.
type records struct {
	data    []byte
	starts  []int32
	end     int32 // of the last one
	numbers []int64
	first   int64
	file    lib.Schema
	schema  format.Schema
	alloc   memory.Allocator
}

// Copy implements format.CopiedRecords.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	out := &records{starts: make([]int32, len(rows)), numbers: make([]int64, len(rows)), first: r.first, file: r.file, schema: r.schema, alloc: r.alloc}
	for k, i := range rows {
		end := r.end
		if int(i)+1 < len(r.starts) {
			end = r.starts[i+1]
		}
		out.starts[k], out.numbers[k] = int32(len(out.data)), r.numbers[i]
		out.data = append(out.data, r.data[r.starts[i]:end]...)
	}
	out.end = int32(len(out.data))
	return out
}

// Text implements format.Records.
func (r *records) Text(i int) string { return r.text(int(r.starts[i])) }

// text is the record at a position as JSON, by the types of the file (see format.Shown).
func (r *records) text(start int) string {
	by := func(t *types.Type) (string, error) {
		cols, err := r.decode([]int32{int32(start)}, format.Schema{Full: t, Row: t}, memory.DefaultAllocator)
		if err != nil {
			return "", err
		}
		w := ndjson.Writer{Tag: format.UnionTag}
		return string(w.Row(nil, t, cols, 0)), nil
	}
	var text string
	t, err := rowType(r.file, "")
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

// Byte implements format.Records. Records of a compressed file have no place, so
// it is the record's number.
func (r *records) Byte(i int) int64 { return r.numbers[i] }

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	starts := make([]int32, len(rows))
	for i, j := range rows {
		starts[i] = r.starts[j]
	}
	s := r.schema
	s.Row = row
	return r.decode(starts, s, r.alloc)
}

func (r *records) decode(starts []int32, s format.Schema, alloc memory.Allocator) ([]arrow.Array, error) {
	read, err := rootReader(r.file, s)
	if err != nil {
		return nil, err
	}
	root := column.New(s.Row.NonNull(), alloc)
	defer root.Release()
	for _, start := range starts {
		c, why := cursor{data: r.data, pos: int(start)}, misfit{}
		if !read.value(&c, root, &why) {
			if c.err != nil {
				return nil, c.err
			}
			return nil, fmt.Errorf("%s", why.reason)
		}
	}
	return finish(root), nil
}
