package ndjson

import (
	"bytes"
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// A lean batch has blank columns where nobody reads them but encoders, which copy pieces of
// its records instead. All of its records were read straight and can be copied: it ends
// before one that cannot, and the batch behind it has all columns.

// blank is what a decoder knows of lean batches.
type blank struct {
	lean  *straight // reads the lean batch at hand; nil where the batch has all columns
	full  int       // batches to read with all columns before the next lean one
	most  int       // how many those were last
	zeros []byte
}

// mostFull is how many batches are read with all columns at most before a lean one is
// tried again.
const mostFull = 64

// errBlank is a column that was left blank and that an encoder wants.
var errBlank = errors.New("bug: a column was left out that is not copied from its record")

// mayBlank finds the steps whose columns may be left blank.
func (s *straight) mayBlank(schema *format.Schema) {
	if len(s.pieces) < len(schema.Pieces) {
		return // an encoder will need columns
	}
	s.notes = schema.Beside != nil
	for i := range s.steps {
		st := &s.steps[i]
		switch {
		case st.copied && slices.Contains(schema.Copied, st.n.path) && checked(st.do) != st.do,
			s.notes && st.do == readText && slices.Contains(schema.Unread, st.n.path):
			s.blank = append(s.blank, i)
		}
	}
}

// checked is the action that reads what another does into no column.
func checked(do action) action {
	switch do {
	case readLong:
		return checkLong
	case readInt:
		return checkInt
	case readText:
		return checkText
	case passOver, readFloat, readOther, checkLong, checkInt, checkText, noteText:
	}
	return do
}

// leave has columns left blank, or not.
func (s *straight) leave(lean bool) {
	s.lean = lean
	for _, i := range s.blank {
		st := &s.steps[i]
		switch st.do, _ = actionOf(st.n); {
		case lean && s.notes:
			st.do = noteText
		case lean:
			st.do = checked(st.do)
		}
	}
}

// beginLean decides whether the next batch is lean.
func (d *decoder) beginLean() {
	if d.blank.lean != nil {
		d.blank.lean.leave(false)
		d.blank.lean = nil
	}
	if d.blank.full > 0 {
		d.blank.full--
		return
	}
	s := d.straight
	if s == nil || len(s.blank) == 0 || d.layout != byLines || d.skipped || s.turns != s.rec.turns {
		return
	}
	s.leave(true)
	d.blank.lean = s
}

// endLean is for a record that cannot be copied. It reports whether it ends a lean batch;
// else that had not begun. The last record in memory is often too near the end to be read
// straight, which says nothing of those to come.
func (d *decoder) endLean() bool {
	end := d.Pos + bytes.IndexByte(d.Chunk[d.Pos:], '\n') + 1
	if end > d.Pos && len(d.Chunk)-end >= farFromEnd {
		d.blank.most = min(max(1, 2*d.blank.most), mostFull)
		d.blank.full = d.blank.most
	} else {
		d.blank.full = 1
	}
	if len(d.rows) > 0 {
		return true
	}
	d.blank.full--
	d.blank.lean.leave(false)
	d.blank.lean = nil
	return false
}

// farFromEnd is how many bytes behind a record suffice to read it straight.
const farFromEnd = 32

// lineHere reports that there is a line, or what is to be dealt with like one.
func (d *decoder) lineHere() bool {
	return bytes.IndexByte(d.Chunk[d.Pos:], '\n') >= 0 || d.EOF && d.Pending() > 0 || d.Pending() > d.limit
}

// fillBlank gives a lean batch its blank columns.
func (d *decoder) fillBlank(out *format.Rows) {
	if d.blank.full == 0 {
		d.blank.most /= 2
	}
	if need := 8 * (out.N + 1); len(d.blank.zeros) < need {
		d.blank.zeros = make([]byte, need+need/8)
	}
	zeros := memory.NewBufferBytes(d.blank.zeros)
	for _, i := range d.blank.lean.blank {
		n := d.blank.lean.steps[i].n
		at := slices.Index(d.r.root.rec.fields, n)
		out.Cols[at].Release()
		out.Cols[at] = blankColumn(n.typ, out.N, zeros)
	}
}

// makeBeside lets what stands beside a batch be made of its columns, and of the texts of
// those that are blank.
func (d *decoder) makeBeside(out *format.Rows) {
	if d.beside == nil || out.N == 0 {
		return
	}
	var texts []format.Texts
	if lean := d.blank.lean; lean != nil {
		texts, out.Blank = make([]format.Texts, len(out.Cols)), true
		for _, i := range lean.blank {
			st := &lean.steps[i]
			texts[slices.Index(d.r.root.rec.fields, st.n)] = format.Texts{Bytes: d.Chunk, From: st.from[:out.N], To: st.to[:out.N]}
		}
	}
	if out.Beside = d.beside(out.Cols, texts); out.Beside == nil {
		d.blank.full, d.blank.most = mostFull, mostFull
	}
}

// blankColumn is zeros, or texts without characters.
func blankColumn(t *types.Type, n int, zeros *memory.Buffer) arrow.Array {
	buffers := []*memory.Buffer{nil, zeros}
	if t.Kind == types.String {
		buffers = append(buffers, memory.NewBufferBytes(nil))
	}
	d := array.NewData(kernel.ArrowType(t), n, buffers, nil, 0, 0)
	defer d.Release()
	return array.MakeFromData(d)
}

// plainText steps over a text that stands as it would be written; 0 for another.
func (s *straight) plainText(data []byte, p int) int {
	if p >= len(data) || data[p] != '"' {
		return 0
	}
	end := plainEnd(data, p+1)
	if end < len(data) && data[end] == '"' {
		return end + 1
	}
	v, next := s.r.text(p)
	if next <= 0 || len(v) != next-p-2 {
		return 0
	}
	return next
}
