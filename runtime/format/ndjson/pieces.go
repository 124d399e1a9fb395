package ndjson

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// piece is a run of steps that a writer may copy: the keys and values of the fields of
// one of format.Schema's pieces.
type piece struct {
	form        string // "" where the records do not have it
	first, last int    // steps
	at          int    // among the marks of a record, -1 for all of the record but its last brace
}

// find looks for the pieces among the steps. Fields that stand in another order, or whose
// values can be written in several ways, are none.
func (s *straight) find(wanted []format.FieldRun) {
	for _, w := range wanted {
		names := w.Names
		first := slices.IndexFunc(s.steps, func(st step) bool { return st.n != nil && st.n.path == names[0] })
		if first < 0 || first+len(names) > len(s.steps) {
			continue
		}
		run := s.steps[first : first+len(names)]
		p := piece{first: first, last: first + len(names) - 1, at: -1}
		for i, name := range names {
			n := run[i].n
			if n == nil || n.path != name || !exactKind(n) {
				p.form = ""
				break
			}
			p.form += formOf(run[i].key[1:], n.typ.Kind, unitOf(n))
		}
		if p.form == "" || p.form != w.Form {
			continue
		}
		for i := range run {
			run[i].copied = true
		}
		if len(run) < len(s.steps) {
			p.at = 2 * len(s.marked)
			s.marked = append(s.marked, p)
		}
		s.pieces = append(s.pieces, p)
	}
}

// stride is how many marks a record has.
func (s *straight) stride() int { return 2 * len(s.marked) }

// mark appends where the pieces of the record just read begin and end.
func (s *straight) mark(marks []int32) []int32 {
	for _, p := range s.marked {
		marks = append(marks, s.ends[p.first], s.ends[p.last+1])
	}
	return marks
}

// exactKind reports that values of a node are written in one way only.
func exactKind(n *node) bool {
	k := n.typ.Kind
	return k == types.Long || k == types.Int || k == types.String || k == types.Timestamp && n.unit > 0
}

func unitOf(n *node) int64 {
	switch n.typ.Kind {
	case types.String:
		return 0
	case types.Timestamp:
		return n.unit
	default:
		return 1
	}
}

// formOf is a column of a form: how its key stands with its colon, and how its values do.
// unit is that of timestamps.
func formOf(key string, kind types.Kind, unit int64) string {
	return fmt.Sprintf("%s%s %d,", key, kind, unit)
}

// form is how columns stand as part of a record, "" where a value can be written in
// several ways.
func (w *Writer) form(columns []types.Column) string {
	form := ""
	for _, c := range columns {
		unit := int64(1)
		switch c.Type.Kind {
		case types.Long, types.Int:
		case types.String:
			unit = 0
		case types.Timestamp:
			if unit = w.Times.Unit(); unit == 0 {
				return ""
			}
		default:
			return ""
		}
		form += formOf(string(append(AppendString(nil, c.Name), ':')), c.Type.Kind, unit)
	}
	return form
}

// piece is the number of the piece of a form, -1 where the records have none.
func (r *records) piece(form string) int {
	return slices.IndexFunc(r.pieces, func(p piece) bool { return p.form == form })
}

// plain reports that the pieces of record i stand as they would be written.
func (r *records) plain(i int) bool {
	if len(r.odd) == 0 {
		return true
	}
	_, odd := slices.BinarySearch(r.odd, int32(i))
	return !odd
}

// pieceOf is a piece of record i, from the byte before its first key to the end of its last
// value.
func (r *records) pieceOf(i, piece int) []byte {
	if at := r.pieces[piece].at; at >= 0 {
		at += i * r.stride
		return r.chunk[r.marks[at]:r.marks[at+1]]
	}
	return r.chunk[r.rows[i].start : r.rows[i].end-1]
}

// section is some columns of an encoder that are written together: a piece, or one
// column that is none.
type section struct {
	format.Piece
	form  string
	piece int // its number in the records at hand, -1 for none
}

// sectionsOf divides the columns of an encoder.
func (e *encoder) sectionsOf(pieces []format.Piece) []section {
	var sections []section
	at := 0
	for _, p := range pieces {
		for ; at < p.From; at++ {
			sections = append(sections, section{Piece: format.Piece{From: at, To: at + 1}})
		}
		sections = append(sections, section{Piece: p, form: e.json.form(e.written[p.From:p.To])})
		at = p.To
	}
	for ; at < len(e.columns); at++ {
		sections = append(sections, section{Piece: format.Piece{From: at, To: at + 1}})
	}
	return sections
}

// WriteCopies implements format.CopyingEncoder.
func (e *encoder) WriteCopies(cols []arrow.Array, rows int, sel []int32, pieces []format.Piece, record func(row int) (format.Records, int)) error {
	if e.array || e.union != nil || len(pieces) == 0 {
		return e.Write(cols, rows, sel, nil)
	}
	if e.sections == nil {
		e.sections = e.sectionsOf(pieces)
	}
	e.bind(cols)
	var last *records
	err := format.EachRow(rows, sel, func(i int) error {
		r, at := record(i)
		from, ok := r.(*records)
		if !ok || !from.plain(at) {
			e.row(i, nil)
			return e.room()
		}
		if from != last {
			last = from
			if err := e.meet(from); err != nil {
				return err
			}
		}
		e.copied(i, from, at)
		return e.room()
	})
	if err != nil {
		return err
	}
	return e.flush()
}

// meet finds the pieces of other records.
func (e *encoder) meet(from *records) error {
	for k := range e.sections {
		s := &e.sections[k]
		if s.piece = from.piece(s.form); s.piece < 0 && s.form != "" && from.lean {
			return errBlank
		}
	}
	return nil
}

// copied writes row i out of pieces of record at, and what else it has.
func (e *encoder) copied(i int, from *records, at int) {
	dst := e.buf
	begin := len(dst)
	for k := range e.sections {
		s := &e.sections[k]
		if s.piece >= 0 {
			here := len(dst)
			dst = append(dst, from.pieceOf(at, s.piece)...)
			dst[here] = ',' // a brace where it was the first
			continue
		}
		for j := s.From; j < s.To; j++ {
			dst = e.column(dst, &e.columns[j], i)
		}
	}
	dst[begin] = '{' // the first column brought a comma
	e.buf = append(dst, '}', '\n')
	e.rows++
}
