package csv

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/chunk"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
	"github.com/edynamic/edynamic/runtime/format/text"
)

type decoder struct {
	splitter
	schema   format.Schema
	options  format.Options
	alloc    memory.Allocator
	names    []string // of the columns, nil until the header is read
	head     string   // the header as it was read, "" for none
	row      *row
	straight *straight // nil until the columns are known
	unknown  []string
	rows     []span
	lists    *chunk.Lists[span] // that rows come from
	bad      []format.Bad
}

// span is where a record stands in its chunk.
type span struct{ start, end int32 }

func newDecoder(in io.Reader, s format.Schema, o format.Options, d dialect, alloc memory.Allocator) *decoder {
	return &decoder{
		splitter: splitter{Window: chunk.Window{In: in, Pool: &chunk.Pool{}}, dialect: d},
		schema:   s, options: o, alloc: alloc, lists: &chunk.Lists[span]{},
	}
}

// Next implements format.Decoder.
func (d *decoder) Next(maxRows int) (*format.Rows, error) {
	d.rows, d.bad = d.lists.Take(min(maxRows, len(d.rows)+len(d.rows)/16)), nil
	for {
		for len(d.rows)+len(d.bad) < maxRows {
			if d.straightOn(maxRows - len(d.rows) - len(d.bad)) {
				continue
			}
			if !d.next() {
				break
			}
			if err := d.record(); err != nil {
				return nil, err
			}
		}
		if len(d.rows)+len(d.bad) > 0 {
			return d.batch(), nil
		}
		if d.EOF {
			return nil, io.EOF
		}
		if err := d.Fill(); err != nil {
			return nil, err
		}
	}
}

// record deals with the record that was cut.
func (d *decoder) record() error {
	if d.names == nil {
		if d.header {
			return d.readHeader()
		}
		d.names = []string{}
		for _, f := range d.full().Fields {
			d.names = append(d.names, f.Name)
		}
		if err := d.plan(); err != nil {
			return err
		}
	}
	if d.code != "" {
		d.addBad(d.code, d.reason)
		return nil
	}
	if !d.row.read(d.Chunk, d.cells) {
		d.addBad(d.row.code, d.row.reason)
		return nil
	}
	d.rows = append(d.rows, span{int32(d.start), int32(d.end)})
	return nil
}

func (d *decoder) full() *types.Type {
	if d.schema.Full != nil {
		return celled(d.schema.Full)
	}
	return celled(d.schema.Row)
}

func (d *decoder) readHeader() error {
	if d.code != "" {
		return fmt.Errorf("the header is not readable: %s", d.reason)
	}
	names, err := d.headerNames()
	if err != nil {
		return err
	}
	d.names, d.head = names, string(d.Chunk[d.start:d.end])
	for _, name := range names {
		known := slices.ContainsFunc(d.full().Fields, func(f types.Field) bool {
			return f.Name == name || slices.Contains(f.Was, name)
		})
		if !known {
			d.unknown = append(d.unknown, name)
		}
	}
	slices.Sort(d.unknown)
	if len(d.unknown) > 0 && d.options.Text("unknown_fields", "ignore") == "error" {
		return fmt.Errorf("the header has the unknown column %q", d.unknown[0])
	}
	return d.plan()
}

// headerNames are the cells of the record that was cut, as names.
func (s *splitter) headerNames() ([]string, error) {
	var names []string
	for _, c := range s.cells {
		v, _ := c.text(s.Chunk, nil)
		name := strings.TrimSpace(string(v))
		if name == "" {
			name = columnNames(len(names) + 1)[len(names)]
		}
		if slices.Contains(names, name) {
			return nil, fmt.Errorf("the header has the column %q twice", name)
		}
		names = append(names, name)
	}
	return names, nil
}

func (d *decoder) plan() error {
	var err error
	d.single = len(d.names) == 1
	if d.row, err = newRow(d.names, d.schema, d.options, d.dialect, d.alloc); err == nil {
		d.straight = newStraight(d.row)
	}
	return err
}

func (d *decoder) addBad(code, reason string) {
	raw := d.Chunk[d.start:min(d.end, d.start+format.MaxBadText)]
	d.bad = append(d.bad, format.Bad{
		Before: len(d.rows), Byte: d.Base + int64(d.start), Code: code, Reason: reason,
		Text: strings.ToValidUTF8(strings.TrimRight(string(raw), "\r\n"), "\uFFFD"),
	})
}

func (d *decoder) batch() *format.Rows {
	out := &format.Rows{N: len(d.rows), Bad: d.bad}
	for _, f := range d.row.fields {
		out.Cols = append(out.Cols, f.b.Finish())
	}
	out.Records = &records{decoder: d.still(), rows: d.rows, memory: d.Memory, lists: d.lists}
	d.Memory.Hold()
	return out
}

// still is what records need of the decoder: all but what goes on changing.
func (d *decoder) still() *decoder {
	s := &decoder{schema: d.schema, options: d.options, alloc: d.alloc, names: d.names, head: d.head}
	s.dialect = d.dialect
	s.Chunk, s.Base, s.EOF = d.Chunk[:d.Pos:d.Pos], d.Base, true
	return s
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string { return d.unknown }

// Close implements format.Decoder. The input belongs to whoever opened it.
func (d *decoder) Close() error {
	if d.row != nil {
		d.row.release()
	}
	d.Release()
	return nil
}

// records are rows as references into a chunk.
type records struct {
	decoder *decoder
	rows    []span
	at      []int64 // of each record in the input, where it is not its place in the chunk
	memory  *chunk.Memory
	lists   *chunk.Lists[span]
}

// Header implements format.HeadedRecords.
func (r *records) Header() string { return r.decoder.head }

// Free implements format.FreedRecords.
func (r *records) Free() {
	r.lists.Give(r.rows)
	r.decoder.Chunk, r.rows = nil, nil // whoever reads them now is told
	r.memory.Free()
}

// Copy implements format.CopiedRecords.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	size := 0
	for _, i := range rows {
		size += int(r.rows[i].end - r.rows[i].start)
	}
	d := r.decoder.still()
	d.Chunk = make([]byte, 0, size)
	out := &records{decoder: d, rows: make([]span, len(rows)), at: make([]int64, len(rows))}
	for k, i := range rows {
		start := int32(len(d.Chunk))
		d.Chunk = append(d.Chunk, r.decoder.Chunk[r.rows[i].start:r.rows[i].end]...)
		out.rows[k], out.at[k] = span{start, int32(len(d.Chunk))}, r.Byte(int(i))
	}
	return out
}

// cells cuts record i again.
func (r *records) cells(s *splitter, i int) []cell {
	s.Chunk = r.decoder.Chunk[:r.rows[i].end]
	s.look(s.Chunk, true)
	s.cut(int(r.rows[i].start))
	return s.cells
}

func (r *records) splitter() *splitter {
	return &splitter{Window: chunk.Window{EOF: true}, dialect: r.decoder.dialect}
}

// Text implements format.Records: an object of the columns' names and cells.
// Numbers and booleans of the schema stand without quotes.
func (r *records) Text(i int) string {
	if r.decoder.ofUnion() {
		return r.unionText(i)
	}
	s := r.splitter()
	dst, scratch := []byte{'{'}, []byte(nil)
	for j, c := range r.cells(s, i) {
		if j > 0 {
			dst = append(dst, ',')
		}
		dst = append(ndjson.AppendString(dst, r.decoder.names[j]), ':')
		var v []byte
		v, scratch = c.text(s.Chunk, scratch)
		f, known := r.decoder.full().FieldNamed(r.decoder.names[j])
		switch {
		case !c.quoted && string(v) == s.null && (!known || f.Type.Nullable):
			dst = append(dst, "null"...)
		case known && isPlain(f.Type, v):
			dst = append(dst, v...)
		default:
			dst = ndjson.AppendString(dst, string(v))
		}
	}
	return string(append(dst, '}'))
}

// isPlain reports a cell that is JSON as it stands.
func isPlain(t *types.Type, v []byte) bool {
	if t.Kind == types.Boolean {
		return string(v) == "true" || string(v) == "false"
	}
	var n text.Number
	return t.IsNumber() && n.Scan(v) == len(v) && len(v) > 0
}

// Byte implements format.Records.
func (r *records) Byte(i int) int64 {
	if r.at != nil {
		return r.at[i]
	}
	return r.decoder.Base + int64(r.rows[i].start)
}

// Bytes implements format.PlacedRecords.
func (r *records) Bytes(at []int64) {
	if r.at != nil {
		copy(at, r.at)
		return
	}
	for i := range at {
		at[i] = r.decoder.Base + int64(r.rows[i].start)
	}
}

// Columns implements format.Records.
func (r *records) Columns(rows []int32, t *types.Type) ([]arrow.Array, error) {
	schema := r.decoder.schema
	schema.Row = t
	rd, err := newRow(r.decoder.names, schema, r.decoder.options, r.decoder.dialect, r.decoder.alloc)
	if err != nil {
		return nil, err
	}
	defer rd.release()
	s := r.splitter()
	for _, i := range rows {
		if cells := r.cells(s, int(i)); !rd.read(s.Chunk, cells) {
			return nil, fmt.Errorf("the record at byte %d: %s", r.Byte(int(i)), rd.reason)
		}
	}
	cols := make([]arrow.Array, len(rd.fields))
	for i, f := range rd.fields {
		cols[i] = f.b.Finish()
	}
	return cols, nil
}
