// Package latest keeps, per key, the row with the largest time, of equal times the
// later one: of a window when it closes, or as a changes stream (SEMANTICS 57).
//
// An older row that comes later changes nothing, and a row equal to the one before
// it is not sent again.
package latest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Latest is the operator.
type Latest struct {
	spec       *ir.Latest
	by         []operators.Eval
	byTypes    []*types.Type
	layout     operators.Layout
	in         []types.Column
	start, end int
	order      kept.Order

	alloc  memory.Allocator
	panes  *window.Panes[*state]
	alone  *state // outside windows
	groups []int32
	buf    []byte
}

// state is the latest row of each key.
type state struct {
	table  *group.Table
	list   []*item // by group, nil for none
	fresh  []*item
	rows   *kept.Rows
	expiry *group.Expiry // outside windows
}

type item struct {
	time    int64
	arrival int64 // the largest of the key
	id      kept.ID
	row     int32  // in the batch, while it is fresh
	same    string // the row's own code, outside windows
	gone    bool
}

var (
	_ operators.Parallel = (*Latest)(nil)
	_ operators.Delayer  = (*Latest)(nil)
	_ operators.Holder   = (*Latest)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Latest, in, out []types.Column, env *operators.Env) (*Latest, error) {
	l := &Latest{spec: spec, in: in, start: -1, end: -1}
	var err error
	if l.by, err = env.Exprs(spec.By, in); err != nil {
		return nil, err
	}
	for _, e := range spec.By {
		l.byTypes = append(l.byTypes, e.Type())
	}
	if l.layout, err = operators.NewLayout(out, in); err != nil {
		return nil, err
	}
	if spec.Windowed {
		l.start, l.end = operators.ColumnIndex(in, types.WindowStart), operators.ColumnIndex(in, types.WindowEnd)
		if l.start < 0 || l.end < 0 {
			return nil, errors.New("latest: the input has no window columns")
		}
	}
	l.order = kept.NewOrder(spec.By, out, spec.Windowed)
	l.panes = window.NewPanes(spec.Lateness.Microseconds(), l.newState)
	return l, nil
}

func (l *Latest) newState() *state {
	s := &state{table: group.New(l.byTypes), rows: kept.New(l.alloc)}
	if !l.spec.Windowed {
		s.expiry = group.NewExpiry(l.spec.Keep)
	}
	return s
}

// Open implements operators.Operator.
func (l *Latest) Open(ctx *operators.Context) error {
	l.alloc = ctx.Alloc
	if !l.spec.Windowed {
		l.alone = l.newState()
	}
	return nil
}

// Delay implements operators.Delayer.
func (l *Latest) Delay() int64 {
	if !l.spec.Windowed {
		return 0
	}
	return l.panes.Lateness()
}

// Held implements operators.Holder.
func (l *Latest) Held() int64 {
	n := 0
	for _, p := range l.panes.Open() {
		n += p.State.rows.Len()
	}
	return int64(n)
}

// Keys implements operators.Parallel.
func (l *Latest) Keys() []ir.Expr { return l.order.Keys() }

// Less implements operators.Parallel.
func (l *Latest) Less(x *operators.Batch, i int, y *operators.Batch, j int) bool {
	return l.order.Less(x, i, y, j)
}

// Process implements operators.Operator.
func (l *Latest) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil || b.Time == nil {
		return errors.New("latest: the input must append rows that have a time")
	}
	rows := &operators.Rows{Alloc: l.alloc, Batch: b, Sel: b.Sel}
	by := rows.All(l.by)
	defer operators.ReleaseAll(by)
	if len(rows.Failed) > 0 {
		slices.SortStableFunc(rows.Failed, func(x, y operators.Failure) int { return cmp.Compare(x.Row, y.Row) })
		out.Fail(b, rows.Failed)
	}
	if cap(l.groups) < b.Rows {
		l.groups = make([]int32, b.Rows)
	}
	l.groups = l.groups[:b.Rows]
	if !l.spec.Windowed {
		l.follow(b, rows.Sel, by, out)
		return nil
	}
	l.panes.Split(b, rows.Sel, l.start, l.end, func(p *window.Pane[*state], sel []int32) {
		s := p.State
		s.find(by, b, sel, l.groups)
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		part.Each(func(i int) {
			if was := s.take(l.groups[i], b, int32(i)); was != nil && was.id >= 0 {
				s.rows.Drop(was.id)
			}
		})
		s.keep(b, false)
	})
	return nil
}

func (s *state) find(by []kernel.Vector, b *operators.Batch, sel, groups []int32) {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() == 0 {
		return
	}
	s.table.Find(by, b.Rows, sel, groups)
	for len(s.list) < s.table.Size() {
		s.list = append(s.list, nil)
	}
}

// take makes a row the latest of its key unless it is older, and returns the row
// whose place it takes.
func (s *state) take(g int32, b *operators.Batch, row int32) (was *item) {
	was = s.list[g]
	if was != nil {
		was.arrival = max(was.arrival, b.Arrival[row])
		if b.Time[row] < was.time {
			return nil
		}
		was.gone = true
	}
	it := &item{time: b.Time[row], arrival: b.Arrival[row], row: row, id: -1}
	if was != nil {
		it.arrival = was.arrival
	}
	s.list[g] = it
	s.fresh = append(s.fresh, it)
	return was
}

// keep copies the rows that came in out of their batch: all, or those that are
// still the latest.
func (s *state) keep(b *operators.Batch, all bool) {
	var rows []int32
	left := s.fresh[:0]
	for _, it := range s.fresh {
		if all || !it.gone {
			rows = append(rows, it.row)
			left = append(left, it)
		}
	}
	for i, id := range s.rows.Add(b, rows) {
		left[i].id = id
	}
	clear(s.fresh)
	s.fresh = s.fresh[:0]
}

// follow emits an insert or update for each row that becomes the latest.
func (l *Latest) follow(b *operators.Batch, sel []int32, by []kernel.Vector, out operators.Output) {
	s := l.alone
	s.find(by, b, sel, l.groups)
	vs := make([]kernel.Vector, len(b.Cols))
	for i, c := range b.Cols {
		vs[i] = kernel.Vector{Type: l.in[i].Type, Arr: c}
	}
	same := keycode.Row(vs, keycode.Exact)
	var changes []kept.Change
	var items, left []*item
	put := func(it *item, op operators.Op, row int32, arrival int64) {
		changes, items = append(changes, kept.Change{Op: op, Cause: row, Arrival: arrival}), append(items, it)
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		g, row := l.groups[i], int32(i)
		if s.expiry.Old(g, b.Arrival[i]) {
			left = append(left, s.list[g])
			s.list[g] = nil
			s.expiry.Forget(g)
			out.Count("state_expired", 1)
		}
		s.expiry.Seen(g, b.Time[i])
		was := s.take(g, b, row)
		it := s.list[g]
		if it.row != row || it.id >= 0 {
			return // an older row
		}
		l.buf = same(l.buf[:0], i)
		it.same = string(l.buf)
		switch {
		case was == nil:
			put(it, operators.Insert, row, it.arrival)
			return
		case was.same != it.same:
			put(was, operators.UpdateBefore, row, it.arrival)
			put(it, operators.UpdateAfter, row, it.arrival)
		}
		left = append(left, was)
	})
	s.keep(b, true)
	for i := range changes {
		changes[i].ID = items[i].id
	}
	if len(changes) > 0 {
		r := s.rows.Batch(b, changes)
		r.Cols = l.layout.Arrange(r.Cols)
		out.Emit(0, r)
	}
	for _, it := range left {
		s.rows.Drop(it.id)
	}
}

// OnWatermark implements operators.Operator.
func (l *Latest) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range l.panes.Due(w.Time) {
		l.close(p, out)
	}
	if l.alone != nil && !w.End {
		l.sweep(w.Time, out)
	}
	return nil
}

// close emits the rows of a window by key.
func (l *Latest) close(p *window.Pane[*state], out operators.Output) {
	s := p.State
	defer s.rows.Release()
	groups := s.table.Groups(nil)
	s.table.Sort(groups)
	ids := make([]kept.ID, len(groups))
	for i, g := range groups {
		ids[i] = s.list[g].id
	}
	b := s.rows.Take(ids)
	kept.Settled(b, p.End, l.panes.Settled(p.End))
	b.Cols = l.layout.Arrange(b.Cols)
	out.Emit(0, b)
}

// sweep forgets the keys that no later row can find.
func (l *Latest) sweep(watermark int64, out operators.Output) {
	s := l.alone
	old := s.expiry.Due(watermark)
	if len(old) == 0 {
		return
	}
	for _, g := range old {
		s.rows.Drop(s.list[g].id)
		s.list[g] = nil
		s.expiry.Forget(g)
	}
	s.table.Remove(old)
	out.Count("state_expired", int64(len(old)))
}

// Close implements operators.Operator.
func (l *Latest) Close() error {
	for _, p := range l.panes.Open() {
		p.State.rows.Release()
	}
	if l.alone != nil {
		l.alone.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (l *Latest) Snapshot() ([]byte, error) {
	var w wire.Writer
	open := l.panes.Open()
	w.Uint(uint64(len(open)))
	for _, p := range open {
		w.Int(p.Start)
		w.Int(p.End)
		if err := p.State.save(&w); err != nil {
			return nil, err
		}
	}
	if l.alone != nil {
		if err := l.alone.save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

func (s *state) save(w *wire.Writer) error {
	s.table.Save(w)
	var ids []kept.ID
	w.Uint(uint64(len(s.list)))
	for _, it := range s.list {
		w.Bool(it != nil)
		if it != nil {
			w.Int(it.time)
			w.Int(it.arrival)
			w.String(it.same)
			ids = append(ids, it.id)
		}
	}
	if s.expiry != nil {
		s.expiry.Save(w)
	}
	return s.rows.Save(w, ids)
}

// Restore implements operators.Operator.
func (l *Latest) Restore(saved []byte) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		start, end := r.Int(), r.Int()
		s := l.newState()
		s.load(r)
		l.panes.Reopen(start, end, s)
	}
	if l.alone != nil {
		l.alone.load(r)
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("latest: %w", err)
	}
	return nil
}

func (s *state) load(r *wire.Reader) {
	s.table.Load(r)
	var items []*item
	for range r.Len() {
		if !r.Bool() {
			s.list = append(s.list, nil)
			continue
		}
		it := &item{time: r.Int(), arrival: r.Int(), same: r.String()}
		s.list, items = append(s.list, it), append(items, it)
	}
	if s.expiry != nil {
		s.expiry.Load(r)
	}
	ids := s.rows.Load(r)
	if len(ids) != len(items) {
		r.Fail(fmt.Errorf("%d rows for %d keys", len(ids), len(items)))
		return
	}
	for i, it := range items {
		it.id = ids[i]
	}
}
