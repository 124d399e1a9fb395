package ndjson

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/chunk"
)

// layout is how records stand in the input.
type layout int

const (
	undecided layout = iota
	byLines          // one a line
	inValues         // one after the other, over several lines at will
	inArray          // elements of one array
)

// decoder reads records of any layout.
type decoder struct {
	chunk.Window
	r       *reader
	read    func(p int) int // reads the record at p of the reader's text
	schema  format.Schema
	options format.Options
	layout  layout
	byLine  bool // records stand one a line unless an array begins
	limit   int  // bytes of a record
	comma   bool // the next element of the array needs a comma before it
	skipped bool // inside a line that is too long
	seeking bool // behind text that could not be read, looking for a record
	bad     []format.Bad
	rows    []span
	most    int     // rows of a batch as a rule
	odd     []int32 // rows whose pieces may not stand as they would be written
	marks   []int32 // where the pieces of each row begin and end
	lists   *lists

	blank  blank
	beside func(cols []arrow.Array, blank []format.Texts) any // nil for nothing

	together together
	space    spacing   // of records as a rule
	straight *straight // nil where records do not look alike, or none was read yet
	credit   int       // see creditFirst
	rest     int       // records until straight is tried again
	pause    int       // how many that were last
}

// lists are where rows and marks come from.
type lists struct {
	rows  chunk.Lists[span]
	marks chunk.Lists[int32]
}

// give takes those of a batch back.
func (l *lists) give(rows []span, marks []int32) {
	l.rows.Give(rows)
	l.marks.Give(marks)
}

// span is where a record stands in its chunk.
type span struct{ start, end int32 }

func newDecoder(in io.Reader, s format.Schema, o format.Options, alloc memory.Allocator, byLine bool) (*decoder, error) {
	p, err := newPlan(s, o, alloc)
	if err != nil {
		return nil, err
	}
	d := &decoder{Window: chunk.Window{In: in, Pool: &chunk.Pool{}}, lists: &lists{}, r: newReader(p, o), schema: s, options: o, byLine: byLine}
	d.read = d.r.row
	if s.Beside != nil {
		d.beside = s.Beside()
	}
	d.limit = o.Size("max_record", 16<<20)
	switch o.Text("layout", "auto") {
	case "lines":
		d.layout = byLines
	case "array":
		d.layout = inValues // begins an array at its bracket
	}
	return d, nil
}

// begin goes on with another input, whose first byte stands at a position of the
// whole, and which has some size.
func (d *decoder) begin(in io.Reader, at int64, size int) {
	// One byte more than there is, so that the end is found without a larger chunk.
	d.Release()
	d.Window = chunk.Window{In: in, Base: at, Pool: d.Pool}
	d.Reserve(size + 1)
	d.skipped = false
}

// Next implements format.Decoder.
func (d *decoder) Next(maxRows int) (*format.Rows, error) {
	d.beginLean()
	rows, stride := min(maxRows, d.most+d.most/16), 0
	if d.straight != nil {
		stride = d.straight.stride()
	}
	d.rows, d.bad, d.odd, d.marks = d.lists.rows.Take(rows), nil, nil, d.lists.marks.Take(rows*stride)
	if err := d.some(maxRows); err != nil {
		d.lists.give(d.rows, d.marks) // each part of a file ends here, not only the file
		return nil, err
	}
	return d.batch(), nil
}

// some reads records until there is a batch of them.
func (d *decoder) some(maxRows int) error {
	for {
		more, err := d.decode(maxRows)
		if err != nil {
			d.r.root.b.Truncate(0)
			return err
		}
		if len(d.rows)+len(d.bad) > 0 {
			return nil
		}
		if !more {
			if d.EOF {
				return io.EOF
			}
			if err := d.Fill(); err != nil {
				return err
			}
		}
	}
}

// decode reads records until there are enough or the chunk is used up.
func (d *decoder) decode(maxRows int) (more bool, err error) {
	if d.layout == undecided && !d.decide() {
		return false, nil
	}
	for len(d.rows)+len(d.bad) < maxRows {
		ok := false
		if d.blank.lean != nil {
			if ok = d.straightOn(maxRows - len(d.rows)); !ok {
				if !d.lineHere() || d.endLean() {
					return false, nil
				}
				continue
			}
		} else if d.layout == byLines {
			ok = d.straightOn(maxRows-len(d.rows)-len(d.bad)) || d.nextLine()
		} else {
			ok = d.nextValue()
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}

// decide looks at the first byte of the records for the layout.
func (d *decoder) decide() bool {
	if !d.SkipMark() {
		return false
	}
	first := bytes.TrimLeft(d.Chunk[d.Pos:], " \t\r\n")
	switch {
	case len(first) == 0:
		return d.EOF
	case first[0] == '[' || !d.byLine:
		d.layout = inValues
	default:
		d.layout = byLines
	}
	return true
}

func (d *decoder) nextLine() bool {
	start, end, cut, ok := d.Line()
	if !ok {
		if d.Pending() > d.limit {
			d.tooLong()
		}
		return false
	}
	if d.skipped {
		d.skipped = false
		return true
	}
	if end-start > d.limit {
		d.addBad(start, end, format.CodeTooLong, d.limitReason())
		return true
	}
	if end > start && d.Chunk[end-1] == '\r' {
		end--
	}
	d.r.reset(d.Chunk[start:end])
	p := d.r.space(0)
	if p == end-start {
		return true
	}
	before := d.r.root.b.Len()
	if p = d.read(p); p >= 0 {
		if p < end-start {
			if p = d.r.space(p); p < end-start {
				d.r.unexpected(p, "the end of the line")
			}
		}
	}
	if d.r.code == "" {
		d.rows = append(d.rows, span{int32(start), int32(end)})
		d.readOne()
		return true
	}
	d.r.root.b.Truncate(before)
	if cut && d.r.short {
		d.addBad(start, end, format.CodeTruncated, "input ended inside a record")
	} else {
		d.addBad(start, end, d.r.code, d.r.reason)
	}
	return true
}

func (d *decoder) limitReason() string {
	return fmt.Sprintf("the record is longer than max_record, %d bytes", d.limit)
}

// tooLong gives up the line that is being read, all but its place.
func (d *decoder) tooLong() {
	if !d.skipped {
		d.addBad(d.Pos, d.Pos+min(d.Pending(), format.MaxBadText), format.CodeTooLong, d.limitReason())
		d.skipped = true
	}
	d.Drop(d.Pending())
}

// nextValue reads a record that may go over several lines.
func (d *decoder) nextValue() bool {
	if d.seeking && !d.resync() {
		return false
	}
	if here, ready := d.separator(); !ready {
		if d.EOF && d.layout == inArray && d.Pending() == 0 {
			d.addBad(d.Pos, d.Pos, format.CodeTruncated, "input ended inside the array")
			d.layout = inValues
		}
		return false
	} else if !here {
		return true
	}
	before := d.r.root.b.Len()
	end := d.read(0)
	if end >= 0 {
		d.rows = append(d.rows, span{int32(d.Pos), int32(d.Pos + end)})
		d.took(end)
		return true
	}
	code, reason, short := d.r.code, d.r.reason, d.r.short
	d.r.root.b.Truncate(before)
	if !short {
		// The record is at fault, not the text: the next one stands behind it.
		d.r.reset(d.r.data)
		if end = d.r.skip(0); end >= 0 {
			if c := d.r.data[0]; end == d.Pending() && !d.EOF && c != '{' && c != '[' && c != '"' {
				return false // a number or word may go on
			}
			d.addBad(d.Pos, d.Pos+end, code, reason)
			d.took(end)
			return true
		}
		short = d.r.short
	}
	switch {
	case short && !d.EOF && d.Pending() <= d.limit:
		return false
	case short && d.Pending() > d.limit:
		code, reason = format.CodeTooLong, d.limitReason()
	case short:
		code, reason = format.CodeTruncated, "input ended inside a record"
		d.layout = inValues // what the array lacks is said already
	}
	return d.lost(code, reason)
}

// took moves behind a record.
func (d *decoder) took(n int) {
	d.Drop(n)
	d.comma = true
}

// separator steps over what stands before a record: white space, the array's
// bracket and commas. It reports whether a record stands here, and false for ready
// when more must be read to know.
func (d *decoder) separator() (here, ready bool) {
	d.r.reset(d.Chunk[d.Pos:])
	d.Drop(d.r.space(0))
	if d.Pending() == 0 {
		return false, false
	}
	// What lies behind the limit has no say in what becomes of a record, whether it
	// is read already or not.
	d.r.reset(d.Chunk[d.Pos:min(len(d.Chunk), d.Pos+d.limit)])
	switch c := d.r.data[0]; {
	case d.layout == inValues && c == '[':
		d.layout, d.comma = inArray, false
	case d.layout == inArray && c == ']':
		d.layout = inValues
	case d.layout == inArray && d.comma && c == ',':
		d.comma = false
	case d.layout == inArray && d.comma:
		d.r.unexpected(0, `"," or "]"`)
		return false, d.lost(d.r.code, d.r.reason)
	default:
		return true, true
	}
	d.Drop(1)
	return false, true
}

// lost reports the line here as bad, once it is there, and has the next record
// looked for.
func (d *decoder) lost(code, reason string) bool {
	end := len(d.Chunk)
	if i := bytes.IndexByte(d.Chunk[d.Pos:], '\n'); i >= 0 {
		end = d.Pos + i
	} else if !d.EOF && d.Pending() <= d.limit {
		return false
	}
	d.addBad(d.Pos, end, code, reason)
	d.Drop(end - d.Pos)
	d.seeking, d.comma = true, false
	return true
}

// resync moves to the next line that begins with a brace: records may be readable
// again from there. It reports false when more must be read to find it.
func (d *decoder) resync() bool {
	d.r.reset(d.Chunk[d.Pos:])
	data, p := d.r.data, 0
	for {
		i := bytes.IndexByte(data[p:], '\n')
		if i < 0 {
			p = len(data)
			break
		}
		p += i
		q := d.r.space(p)
		if q == len(data) {
			break
		}
		if data[q] == '{' {
			d.Drop(q)
			d.seeking = false
			return true
		}
		p = q
	}
	// Not found: what follows the last end of line may go on.
	d.Drop(p)
	return false
}

func (d *decoder) addBad(start, end int, code, reason string) {
	text := d.Chunk[start:min(end, len(d.Chunk), start+format.MaxBadText)]
	d.bad = append(d.bad, format.Bad{
		Before: len(d.rows), Byte: d.Base + int64(start), Code: code, Reason: reason,
		Text: strings.ToValidUTF8(string(bytes.TrimRight(text, " \t\r\n")), "\uFFFD"),
	})
}

// batch hands over what was decoded.
func (d *decoder) batch() *format.Rows {
	d.most = max(len(d.rows), d.most-d.most/16)
	out := &format.Rows{N: len(d.rows), Bad: d.bad, Cols: d.r.root.finish()}
	s := d.straight
	if d.blank.lean != nil {
		s = d.blank.lean
		d.fillBlank(out)
	}
	records := &records{
		chunk: d.Chunk[:d.Pos:d.Pos], base: d.Base, rows: d.rows,
		schema: d.schema, options: d.options, alloc: d.r.alloc, memory: d.Memory, lists: d.lists,
	}
	d.Memory.Hold()
	if s != nil {
		records.pieces, records.marks, records.stride, records.odd = s.pieces, d.marks, s.stride(), d.odd
		records.lean = d.blank.lean != nil
	}
	out.Records = records
	d.makeBeside(out)
	return out
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string {
	names := make([]string, 0, len(d.r.unknown))
	for name := range d.r.unknown {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Close implements format.Decoder. The input belongs to whoever opened it.
func (d *decoder) Close() error {
	d.r.root.b.Release()
	d.Release()
	return nil
}

// records are rows as references into a chunk.
type records struct {
	chunk   []byte
	base    int64
	rows    []span
	schema  format.Schema
	options format.Options
	alloc   memory.Allocator

	at     []int64       // of each record in the input, where it is not its place in chunk
	memory *chunk.Memory // of chunk
	lists  *lists
	pieces []piece
	marks  []int32 // where they begin and end, stride of them for a row
	stride int
	lean   bool    // some columns of the batch are blank: what they lack is in the pieces
	odd    []int32 // rows of which they may not stand in their form
}

// Free implements format.FreedRecords.
func (r *records) Free() {
	r.lists.give(r.rows, r.marks)
	r.chunk, r.rows, r.marks = nil, nil, nil // whoever reads them now is told
	r.memory.Free()
}

// Copy implements format.CopiedRecords.
func (r *records) Copy(rows []int32) format.CopiedRecords {
	size := 0
	for _, i := range rows {
		size += int(r.rows[i].end - r.rows[i].start)
	}
	out := &records{chunk: make([]byte, 0, size), rows: make([]span, len(rows)), at: make([]int64, len(rows)),
		schema: r.schema, options: r.options, alloc: r.alloc, lean: r.lean}
	for k, i := range rows {
		start := int32(len(out.chunk))
		out.chunk = append(out.chunk, r.chunk[r.rows[i].start:r.rows[i].end]...)
		out.rows[k], out.at[k] = span{start, int32(len(out.chunk))}, r.Byte(int(i))
	}
	return out
}

// Text implements format.Records.
func (r *records) Text(i int) string {
	return string(bytes.TrimSpace(r.chunk[r.rows[i].start:r.rows[i].end]))
}

// Byte implements format.Records.
func (r *records) Byte(i int) int64 {
	if r.at != nil {
		return r.at[i]
	}
	return r.base + int64(r.rows[i].start)
}

// Bytes implements format.PlacedRecords.
func (r *records) Bytes(at []int64) {
	if r.at != nil {
		copy(at, r.at)
		return
	}
	for i := range at {
		at[i] = r.base + int64(r.rows[i].start)
	}
}

// Columns implements format.Records.
func (r *records) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	s := r.schema
	s.Row = row
	p, err := newPlan(s, r.options, r.alloc)
	if err != nil {
		return nil, err
	}
	rd := newReader(p, r.options)
	defer p.root.b.Release()
	for _, i := range rows {
		rd.reset(r.chunk[r.rows[i].start:r.rows[i].end])
		if rd.row(rd.space(0)) < 0 {
			return nil, fmt.Errorf("the record at byte %d: %s", r.Byte(int(i)), rd.reason)
		}
	}
	return p.root.finish(), nil
}
