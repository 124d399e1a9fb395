// Package dedup lets the first row of each key through: of a window when it closes,
// within a time at once, or of a whole bounded input (SEMANTICS 58).
//
// Rows it does not let through are counted, never sent anywhere. It does not
// extend the time for which a key is remembered.
package dedup

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Counter counts the rows that were not let through.
const Counter = "dedup_dropped"

// Dedup is the operator.
type Dedup struct {
	spec       *ir.Dedup
	by         []operators.Eval
	byTypes    []*types.Type
	layout     operators.Layout
	start, end int
	order      kept.Order
	within     int64 // 0 for ever

	alloc  memory.Allocator
	panes  *window.Panes[*state]
	groups []int32
	table  *group.Table // outside windows
	passed [][]int64    // by group: the times of rows that were let through
	sweep  int64
}

// state is the first row of each key of a window.
type state struct {
	table *group.Table
	list  []*item // by group
	fresh []*item
	rows  *kept.Rows
}

type item struct {
	time int64
	id   kept.ID
	row  int32 // in the batch, while it is fresh
	gone bool
}

var (
	_ operators.Parallel = (*Dedup)(nil)
	_ operators.Delayer  = (*Dedup)(nil)
	_ operators.Holder   = (*Dedup)(nil)
)

// New makes the operator for the columns of its input and output edges. Without
// `by` the visible columns together are the key.
func New(spec *ir.Dedup, in, out []types.Column, env *operators.Env) (*Dedup, error) {
	d := &Dedup{spec: spec, start: -1, end: -1, within: spec.Within.Microseconds(), sweep: math.MinInt64}
	by := spec.By
	if len(by) == 0 {
		for _, c := range in {
			if !c.Hidden {
				by = append(by, &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name})
			}
		}
	}
	var err error
	if d.by, err = env.Exprs(by, in); err != nil {
		return nil, err
	}
	for _, e := range by {
		d.byTypes = append(d.byTypes, e.Type())
	}
	if d.layout, err = operators.NewLayout(out, in); err != nil {
		return nil, err
	}
	if spec.Windowed {
		d.start, d.end = operators.ColumnIndex(in, types.WindowStart), operators.ColumnIndex(in, types.WindowEnd)
		if d.start < 0 || d.end < 0 {
			return nil, errors.New("dedup: the input has no window columns")
		}
	}
	d.order = kept.NewOrder(by, out, spec.Windowed)
	d.table = group.New(d.byTypes)
	d.panes = window.NewPanes(spec.Lateness.Microseconds(), func() *state {
		return &state{table: group.New(d.byTypes), rows: kept.New(d.alloc)}
	})
	return d, nil
}

// Open implements operators.Operator.
func (d *Dedup) Open(ctx *operators.Context) error {
	d.alloc = ctx.Alloc
	return nil
}

// Delay implements operators.Delayer.
func (d *Dedup) Delay() int64 {
	if !d.spec.Windowed {
		return 0
	}
	return d.panes.Lateness()
}

// Held implements operators.Holder.
func (d *Dedup) Held() int64 {
	n := 0
	for _, p := range d.panes.Open() {
		n += p.State.rows.Len()
	}
	return int64(n)
}

// Keys implements operators.Parallel.
func (d *Dedup) Keys() []ir.Expr { return d.order.Keys() }

// Less implements operators.Parallel.
func (d *Dedup) Less(x *operators.Batch, i int, y *operators.Batch, j int) bool {
	return d.order.Less(x, i, y, j)
}

// Process implements operators.Operator.
func (d *Dedup) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Ops != nil || b.Time == nil && (d.spec.Windowed || d.within > 0) {
		b.Release()
		return errors.New("dedup: the input must append rows that have a time")
	}
	rows := &operators.Rows{Alloc: d.alloc, Batch: b, Sel: b.Sel}
	by := rows.All(d.by)
	defer operators.ReleaseAll(by)
	if len(rows.Failed) > 0 {
		slices.SortStableFunc(rows.Failed, func(x, y operators.Failure) int { return cmp.Compare(x.Row, y.Row) })
		out.Fail(b, rows.Failed)
	}
	if cap(d.groups) < b.Rows {
		d.groups = make([]int32, b.Rows)
	}
	d.groups = d.groups[:b.Rows]
	if !d.spec.Windowed {
		d.filter(b, rows.Sel, by, out)
		return nil
	}
	defer b.Release()
	dropped := int64(0)
	d.panes.Split(b, rows.Sel, d.start, d.end, func(p *window.Pane[*state], sel []int32) {
		dropped += d.first(p.State, b, sel, by)
	})
	if dropped > 0 {
		out.Count(Counter, dropped)
	}
	return nil
}

// first keeps the first row of each key by (time, canonical order).
func (d *Dedup) first(s *state, b *operators.Batch, sel []int32, by []kernel.Vector) (dropped int64) {
	s.table.Find(by, b.Rows, sel, d.groups)
	for len(s.list) < s.table.Size() {
		s.list = append(s.list, nil)
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		g := d.groups[i]
		was := s.list[g]
		if was != nil {
			dropped++
			if b.Time[i] >= was.time {
				return
			}
			was.gone = true
			if was.id >= 0 {
				s.rows.Drop(was.id)
			}
		}
		s.list[g] = &item{time: b.Time[i], row: int32(i), id: -1}
		s.fresh = append(s.fresh, s.list[g])
	})
	s.keep(b)
	return dropped
}

func (s *state) keep(b *operators.Batch) {
	var rows []int32
	left := s.fresh[:0]
	for _, it := range s.fresh {
		if !it.gone {
			rows, left = append(rows, it.row), append(left, it)
		}
	}
	for i, id := range s.rows.Add(b, rows) {
		left[i].id = id
	}
	clear(s.fresh)
	s.fresh = s.fresh[:0]
}

// filter lets rows through or not, at once.
func (d *Dedup) filter(b *operators.Batch, sel []int32, by []kernel.Vector, out operators.Output) {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	pass := make([]int32, 0, part.Len())
	if part.Len() > 0 {
		d.table.Find(by, b.Rows, sel, d.groups)
	}
	for len(d.passed) < d.table.Size() {
		d.passed = append(d.passed, nil)
	}
	part.Each(func(i int) {
		if d.passes(d.groups[i], b, i) {
			pass = append(pass, int32(i))
		}
	})
	if dropped := part.Len() - len(pass); dropped > 0 {
		out.Count(Counter, int64(dropped))
	}
	if len(pass) == 0 {
		b.Release()
		return
	}
	b.Sel = pass
	b.Cols = d.layout.Arrange(b.Cols)
	b.Cause = make([]int32, b.Rows) // rows stay where they are
	for i := range b.Cause {
		b.Cause[i] = int32(i)
	}
	out.Emit(0, b)
}

// passes decides on a row: it is dropped by any row let through before that is at
// most `within` away and not forgotten yet.
func (d *Dedup) passes(g int32, b *operators.Batch, i int) bool {
	if d.within == 0 {
		first := d.passed[g] == nil
		if first {
			d.passed[g] = []int64{0}
		}
		return first
	}
	t, a := b.Time[i], b.Arrival[i]
	for _, at := range d.passed[g] {
		if !d.isOld(at, a) && t <= saturated(at, d.within) && at <= saturated(t, d.within) {
			return false
		}
	}
	d.passed[g] = append(d.passed[g], t)
	return true
}

// isOld reports that a row let through at a time drops no row with the arrival.
func (d *Dedup) isOld(at, arrival int64) bool { return arrival > saturated(at, d.within) }

func saturated(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// OnWatermark implements operators.Operator.
func (d *Dedup) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range d.panes.Due(w.Time) {
		d.close(p, out)
	}
	if d.within > 0 && !w.End && w.Time >= d.sweep && w.Time != operators.MinTime {
		d.forget(w.Time)
	}
	return nil
}

// forget drops the times that can drop no later row, whose arrival is at least the
// watermark. It looks at all keys once per eighth of the time they are kept.
func (d *Dedup) forget(watermark int64) {
	d.sweep = watermark + d.within/8 + 1
	var empty []int32
	for _, g := range d.table.Groups(nil) {
		d.passed[g] = slices.DeleteFunc(d.passed[g], func(at int64) bool { return d.isOld(at, watermark) })
		if len(d.passed[g]) == 0 {
			d.passed[g] = nil
			empty = append(empty, g)
		}
	}
	d.table.Remove(empty)
}

// close emits the rows of a window by key.
func (d *Dedup) close(p *window.Pane[*state], out operators.Output) {
	s := p.State
	defer s.rows.Release()
	groups := s.table.Groups(nil)
	s.table.Sort(groups)
	ids := make([]kept.ID, len(groups))
	for i, g := range groups {
		ids[i] = s.list[g].id
	}
	b := s.rows.Take(ids)
	kept.Settled(b, p.End, d.panes.Settled(p.End))
	b.Cols = d.layout.Arrange(b.Cols)
	out.Emit(0, b)
}

// Close implements operators.Operator.
func (d *Dedup) Close() error {
	for _, p := range d.panes.Open() {
		p.State.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (d *Dedup) Snapshot() ([]byte, error) {
	var w wire.Writer
	open := d.panes.Open()
	w.Uint(uint64(len(open)))
	for _, p := range open {
		w.Int(p.Start)
		w.Int(p.End)
		if err := p.State.save(&w); err != nil {
			return nil, err
		}
	}
	d.table.Save(&w)
	w.Uint(uint64(len(d.passed)))
	for _, times := range d.passed {
		w.Ints(times)
	}
	w.Int(d.sweep)
	return w.Buf, nil
}

func (s *state) save(w *wire.Writer) error {
	s.table.Save(w)
	ids := make([]kept.ID, len(s.list))
	for i, it := range s.list {
		w.Int(it.time)
		ids[i] = it.id
	}
	return s.rows.Save(w, ids)
}

// Restore implements operators.Operator.
func (d *Dedup) Restore(saved []byte) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		start, end := r.Int(), r.Int()
		s := &state{table: group.New(d.byTypes), rows: kept.New(d.alloc)}
		s.load(r)
		d.panes.Reopen(start, end, s)
	}
	d.table.Load(r)
	for range r.Len() {
		d.passed = append(d.passed, r.Ints())
	}
	d.sweep = r.Int()
	if err := r.Err(); err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	return nil
}

func (s *state) load(r *wire.Reader) {
	s.table.Load(r)
	for range s.table.Size() {
		s.list = append(s.list, &item{time: r.Int()})
	}
	ids := s.rows.Load(r)
	if len(ids) != len(s.list) {
		r.Fail(fmt.Errorf("%d rows for %d keys", len(ids), len(s.list)))
		return
	}
	for i, it := range s.list {
		it.id = ids[i]
	}
}
