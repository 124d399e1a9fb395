package reload

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// place is where a row of a table is.
type place struct{ batch, row int }

// changes make one table of another: deletes of the rows whose key is no longer there,
// then the rows that are new or other ones.
func (s *Source) changes(was, now []*format.Rows) (out []*format.Rows) {
	before, after := s.lasts(was), s.lasts(now)
	s.each(was, func(at place, key string) bool {
		_, there := after[key]
		return !there && before[key] == at
	}, func(rows *format.Rows, left []int32) {
		gone := s.some(rows, left)
		gone.Ops = slices.Repeat([]operators.Op{operators.Delete}, len(left))
		out = append(out, gone)
	})
	codesBefore, codesAfter := s.codes(was), s.codes(now)
	var a, b []byte
	s.each(now, func(at place, key string) bool {
		if s.Shared {
			return true
		}
		if after[key] != at {
			return false // another row of its key stands behind it
		}
		old, there := before[key]
		if !there {
			return true
		}
		a, b = codesBefore[old.batch](a[:0], old.row), codesAfter[at.batch](b[:0], at.row)
		return !bytes.Equal(a, b)
	}, func(rows *format.Rows, left []int32) {
		if len(left) == rows.N {
			out = append(out, shared(rows))
			return
		}
		out = append(out, s.some(rows, left))
	})
	return out
}

// each visits the rows of a table of which something is so, batch by batch.
func (s *Source) each(table []*format.Rows, which func(at place, key string) bool, visit func(rows *format.Rows, left []int32)) {
	var key []byte
	for n, rows := range table {
		code := s.keys(rows)
		var left []int32
		for i := range rows.N {
			key = code(key[:0], i)
			if which(place{n, i}, string(key)) {
				left = append(left, int32(i))
			}
		}
		if len(left) > 0 {
			visit(rows, left)
		}
	}
}

// lasts are the last rows of the keys of a table.
func (s *Source) lasts(table []*format.Rows) map[string]place {
	out := map[string]place{}
	var key []byte
	for n, rows := range table {
		code := s.keys(rows)
		for i := range rows.N {
			key = code(key[:0], i)
			out[string(key)] = place{n, i}
		}
	}
	return out
}

func (s *Source) keys(rows *format.Rows) keycode.Appender {
	vs := make([]kernel.Vector, len(s.Key))
	for i, at := range s.Key {
		vs[i] = kernel.Vector{Type: s.Row.Fields[at].Type, Arr: rows.Cols[at]}
	}
	return keycode.Row(vs, keycode.Key)
}

// codes write the rows of the batches of a table, so that they can be read back.
func (s *Source) codes(table []*format.Rows) []keycode.Appender {
	out := make([]keycode.Appender, len(table))
	for n, rows := range table {
		vs := make([]kernel.Vector, len(rows.Cols))
		for i, c := range rows.Cols {
			vs[i] = kernel.Vector{Type: s.Row.Fields[i].Type, Arr: c}
		}
		out[n] = keycode.Row(vs, keycode.Exact)
	}
	return out
}

// some are rows of a batch by themselves.
func (s *Source) some(rows *format.Rows, which []int32) *format.Rows {
	out := &format.Rows{N: len(which), Records: picked{records{rows.Records}, which}}
	for _, c := range rows.Cols {
		out.Cols = append(out.Cols, kernel.Gather(s.Alloc, c, which))
	}
	return out
}

// shared is the rows of a batch once more.
func shared(rows *format.Rows) *format.Rows {
	out := &format.Rows{N: rows.N, Cols: slices.Clone(rows.Cols), Records: records{rows.Records}}
	for _, c := range out.Cols {
		c.Retain()
	}
	return out
}

// records hide that memory of records may be used again, since the table keeps them.
type records struct{ format.Records }

// picked are some of the records of a batch.
type picked struct {
	format.Records
	rows []int32
}

// Text implements format.Records.
func (p picked) Text(i int) string { return p.Records.Text(int(p.rows[i])) }

// Byte implements format.Records.
func (p picked) Byte(i int) int64 { return p.Records.Byte(int(p.rows[i])) }

// Columns implements format.Records.
func (p picked) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	of := make([]int32, len(rows))
	for i, r := range rows {
		of[i] = p.rows[r]
	}
	return p.Records.Columns(of, row)
}
