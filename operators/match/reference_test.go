package match

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
)

// constant is a boolean that every row has.
type constant bool

func (c constant) Eval(alloc memory.Allocator, _ []arrow.Array, _ int, _ []int32) (kernel.Vector, []operators.Failure) {
	b := array.NewBooleanBuilder(alloc)
	defer b.Release()
	b.Append(bool(c))
	return kernel.Vector{Type: types.TBoolean, Arr: b.NewArray(), Scalar: true}, nil
}

// refRow is a row of the reference.
type refRow struct {
	time, id int64
	index    int // among all rows
	fits     uint64
}

// bound is a row that a way has taken for a define.
type bound struct{ row, define int }

// way is how far one way through a pattern has come.
type way struct {
	next   int // the row to look at
	gap    bool
	forbid uint64
	base   int64 // time of the last row, or end of the last absence
	byTime bool  // it was an absence
	rows   []bound
}

// outcome is a way that has come to its end, or, where late, has run out of time.
type outcome struct {
	at     int64 // instant of the event; those by time alone come before rows of it
	row    int   // the row that completes it, -1 for time
	time   int64
	rows   []bound
	late   bool
	settle int64
}

func (o outcome) compare(p outcome) int {
	return cmp.Or(cmp.Compare(o.at, p.at), cmp.Compare(o.row, p.row))
}

// search tries all ways from one row on, the preferred first.
type search struct {
	m     *ir.Match
	rows  []refRow
	first int64
	found []outcome
	late  []outcome
}

func (s *search) end() int64 { return s.first + s.m.Within.Microseconds() }

func (s *search) outOfTime(w way) {
	s.late = append(s.late, outcome{at: s.end() + 1, row: -1, time: s.end(), settle: s.end() + 1, rows: w.rows, late: true})
}

// take finds the row that a way takes for a define.
func (s *search) take(define int, w way, then func(way)) {
	for i := w.next; i < len(s.rows); i++ {
		r := s.rows[i]
		switch {
		case r.time > s.end():
			s.outOfTime(w)
			return
		case r.fits&(1<<define) != 0:
			rows := append(slices.Clone(w.rows), bound{i, define})
			then(way{next: i + 1, base: r.time, rows: rows})
			return
		case !w.gap || r.fits&w.forbid != 0:
			return
		}
	}
	s.outOfTime(w)
}

// lack waits until no row has come for a time.
func (s *search) lack(define int, d time.Duration, w way, then func(way)) {
	end := w.base + d.Microseconds()
	forbid := w.forbid | 1<<define
	i := w.next
	for ; i < len(s.rows) && s.rows[i].time < end; i++ {
		if s.rows[i].fits&forbid != 0 && s.rows[i].time > w.base {
			return
		}
	}
	then(way{next: i, base: end, byTime: true, rows: w.rows})
}

func (s *search) try(p *ir.Pattern, w way, then func(way)) {
	switch p.Kind {
	case ir.PatternRow:
		s.take(p.Define, w, then)
	case ir.PatternNot:
		if p.For > 0 {
			s.lack(p.Define, p.For, w, then)
			return
		}
		w.gap, w.forbid = true, w.forbid|1<<p.Define
		then(w)
	case ir.PatternSeq:
		s.sequence(p.Items, p.Next, w, then)
	case ir.PatternOr:
		for _, item := range p.Items {
			s.try(item, w, then)
		}
	case ir.PatternAnd: // of two
		s.sequence(p.Items, []bool{false}, w, then)
		s.sequence([]*ir.Pattern{p.Items[1], p.Items[0]}, []bool{false}, w, then)
	case ir.PatternRepeat:
		s.repeat(p, 0, w, then)
	}
}

func (s *search) sequence(items []*ir.Pattern, next []bool, w way, then func(way)) {
	s.try(items[0], w, func(w way) {
		if len(items) == 1 {
			then(w)
			return
		}
		w.gap = w.gap || !next[0]
		s.sequence(items[1:], next[1:], w, then)
	})
}

func (s *search) repeat(p *ir.Pattern, n int, w way, then func(way)) {
	if p.Max < 0 || n < p.Max {
		s.try(p.Items[0], w, func(after way) {
			if n < p.Min || after.next > w.next || after.base > w.base { // a turn that holds nothing leads nowhere new
				s.repeat(p, n+1, after, then)
			}
		})
	}
	if n >= p.Min {
		then(w)
	}
}

// done is the end of a way.
func (s *search) done(w way) {
	last := w.rows[len(w.rows)-1].row
	switch {
	case w.forbid != 0 && w.base <= s.end():
		for i := w.next; i < len(s.rows) && s.rows[i].time <= s.end(); i++ {
			if s.rows[i].fits&w.forbid != 0 {
				return
			}
		}
		s.found = append(s.found, outcome{at: s.end() + 1, row: -1, time: s.end(), settle: s.end() + 1, rows: w.rows})
	case w.byTime:
		s.found = append(s.found, outcome{at: w.base, row: -1, time: w.base, settle: w.base, rows: w.rows})
	default:
		t := s.rows[last].time
		s.found = append(s.found, outcome{at: t, row: last, time: t, settle: t + 1, rows: w.rows})
	}
}

// attemptAt is what becomes of an attempt that begins at a row.
func attemptAt(m *ir.Match, rows []refRow, start int) (outcome, bool) {
	s := &search{m: m, rows: rows, first: rows[start].time}
	s.try(m.Pattern, way{next: start}, s.done)
	began := func(o outcome) bool { return len(o.rows) > 0 && o.rows[0].row == start }
	s.found = slices.DeleteFunc(s.found, func(o outcome) bool { return !began(o) })
	s.late = slices.DeleteFunc(s.late, func(o outcome) bool { return !began(o) })
	best := slices.MinFunc(append(s.found, outcome{at: math.MaxInt64}), outcome.compare)
	if best.at < math.MaxInt64 {
		return best, true
	}
	if m.TimesOut && len(s.late) > 0 {
		return s.late[0], true
	}
	return outcome{}, false
}

// reference is the lines that a match emits.
func reference(m *ir.Match, rows []optest.Row) []string {
	type result struct {
		outcome
		key   any
		rows  []refRow
		start int // in rows
	}
	keys := map[any][]refRow{}
	for i, r := range rows {
		if r.Time < r.Arrival {
			continue
		}
		fits := uint64(0)
		for d := range defines {
			if r.Values[2+d].(bool) {
				fits |= 1 << d
			}
		}
		keys[r.Values[0]] = append(keys[r.Values[0]], refRow{time: r.Time, id: r.Values[1].(int64), index: i, fits: fits})
	}
	var out []result
	for key, list := range keys {
		slices.SortStableFunc(list, func(a, b refRow) int { return cmp.Compare(a.time, b.time) })
		var all []result
		for start := range list {
			if o, ok := attemptAt(m, list, start); ok {
				all = append(all, result{o, key, list, start})
			}
		}
		slices.SortStableFunc(all, func(a, b result) int { return cmp.Or(a.compare(b.outcome), cmp.Compare(a.start, b.start)) })
		dropped := map[int]bool{}
		for _, x := range all {
			if dropped[x.start] {
				continue
			}
			out = append(out, x)
			if !x.late {
				drop(m, x.start, x.outcome.rows, dropped)
			}
		}
	}
	slices.SortFunc(out, func(a, b result) int {
		x, y := a.rows[a.start], b.rows[b.start]
		return cmp.Or(cmp.Compare(a.settle, b.settle), cmp.Compare(x.time, y.time), cmp.Compare(x.index, y.index))
	})
	var lines []string
	for _, x := range out {
		sums := make([]int64, len(defines))
		for _, b := range x.outcome.rows {
			sums[b.define] += x.rows[b.row].id
		}
		at := string(kernel.JSONWriter(types.TTimestamp, instants(x.time))(nil, 0))
		lines = append(lines, fmt.Sprintf("%s %d %d %d %s %v", optest.Quote(x.key), sums[0], sums[1], sums[2], at, x.late))
	}
	return lines
}

func instants(v int64) arrow.Array {
	return operators.Constant(memory.DefaultAllocator, 1, v)
}

// drop marks the starts that `skip` rules out after a match.
func drop(m *ir.Match, start int, rows []bound, dropped map[int]bool) {
	from, to := 0, 0 // of [from, to)
	switch m.Skip {
	case ir.SkipPastLast:
		to = rows[len(rows)-1].row + 1
	case ir.SkipToFirst, ir.SkipToLast:
		for _, b := range rows {
			if b.define == m.SkipTo {
				from, to = start, b.row
				if m.Skip == ir.SkipToFirst {
					break
				}
			}
		}
	}
	for i := from; i < to; i++ {
		dropped[i] = true
	}
}
