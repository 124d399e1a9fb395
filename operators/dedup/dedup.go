// Package dedup lets the first row of each key through: of a window when it closes,
// within a time at once, or of a whole bounded input (SEMANTICS 58).
//
// Rows it does not let through are counted, never sent anywhere. It does not
// extend the time for which a key is remembered.
package dedup

import (
	"errors"
	"math"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Counter counts the rows that were not let through.
const Counter = "dedup_dropped"

// Dedup is the operator.
type Dedup struct {
	paned.Windows[*state]
	paned.Grouping
	spec   *ir.Dedup
	in     []types.Column
	whole  bool          // rows are known by all of their visible columns
	within int64         // 0 for ever
	table  *group.Table  // outside windows
	passed []times       // by group
	spill  *spill.Groups // nil where all keys stay in memory
	sweep  int64
	listed []int32
	pool   *kept.Pool[item]
}

// state is the first row of each key of a window.
type state struct {
	paned.Keyed
	list []*item // by group
	pool *kept.Pool[item]
}

type item struct {
	kept.Entry
	time int64
}

var (
	_ operators.Parallel = (*Dedup)(nil)
	_ operators.Delayer  = (*Dedup)(nil)
	_ operators.Holder   = (*Dedup)(nil)
	_ operators.Spiller  = (*Dedup)(nil)
)

// New makes the operator for the columns of its input and output edges. Without
// `by` the visible columns together are the key.
func New(spec *ir.Dedup, in, out []types.Column, env *operators.Env) (*Dedup, error) {
	d := &Dedup{spec: spec, in: in, whole: len(spec.By) == 0, within: spec.Within.Microseconds(), sweep: math.MinInt64, pool: &kept.Pool[item]{}}
	by := spec.By
	if len(by) == 0 {
		for _, c := range in {
			if !c.Hidden {
				by = append(by, &ir.Column{Base: ir.Base{T: c.Type}, Name: c.Name})
			}
		}
	}
	edges := paned.Spec{Stage: "dedup", Windowed: spec.Windowed, AtOnce: spec.AtOnce, Lateness: spec.Lateness, In: in, Made: in, Out: out}
	var err error
	if d.Grouping, err = paned.NewGrouping(by, edges, env); err != nil {
		return nil, err
	}
	newState := func() *state { return &state{Keyed: d.NewKeyed(d.Ctx), pool: d.pool} }
	if d.Windows, err = paned.NewWindows(edges, newState); err != nil {
		return nil, err
	}
	d.table = group.New(d.Types)
	return d, nil
}

// Forgets implements operators.Forgetful.
func (d *Dedup) Forgets() bool { return true }

// Remembers implements operators.Migrant: outside windows only keys are remembered, which
// are all of a row where no others are written.
func (d *Dedup) Remembers() ([]operators.Remembered, bool) {
	if d.whole {
		return []operators.Remembered{{Exact: true}}, true
	}
	if d.Windowed() {
		return operators.RememberedInputs(1), true
	}
	return nil, true
}

// Process implements operators.Operator.
func (d *Dedup) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Ops != nil || b.Time == nil && (d.Windowed() || d.within > 0) {
		b.Release()
		return errors.New("dedup: the input must append rows that have a time")
	}
	rows := &operators.Rows{Alloc: d.Alloc, Batch: b, Sel: b.Sel}
	by := rows.All(d.By)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	groups := d.Groups(b.Rows)
	if !d.Windowed() {
		return d.filter(b, rows.Sel, by, groups, out)
	}
	defer b.Release()
	dropped := int64(0)
	var wrong error
	d.Split(b, rows.Sel, func(p *window.Pane[*state], sel []int32) {
		keys, done := d.Placed(b, by)
		n, err := p.State.first(b, sel, keys, groups)
		done()
		dropped, wrong = dropped+n, errors.Join(wrong, err)
	})
	if dropped > 0 {
		out.Count(Counter, dropped)
	}
	d.Full(func(p *window.Pane[*state]) { wrong = errors.Join(wrong, d.close(p, out)) })
	return wrong
}

// first keeps the first row of each key by (time, canonical order).
func (s *state) first(b *operators.Batch, sel []int32, by []kernel.Vector, groups []int32) (dropped int64, err error) {
	s.Find(by, b, sel, groups)
	s.grow()
	if err := s.Bring(b, sel, groups); err != nil {
		return 0, err
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		it := s.list[groups[i]]
		if it == nil {
			it = s.pool.Take()
			*it = item{time: b.Time[i]}
			s.list[groups[i]] = it
			s.Fresh.Add(&it.Entry, int32(i))
			return
		}
		if dropped++; b.Time[i] < it.time {
			it.time = b.Time[i]
			s.Fresh.Renew(s.Rows, &it.Entry, int32(i))
		}
	})
	s.Fresh.Copy(s.Rows, b, false)
	return dropped, nil
}

func (s *state) grow() {
	for len(s.list) < s.Table.Size() {
		s.list = append(s.list, nil)
	}
}

// filter lets rows through or not, at once.
func (d *Dedup) filter(b *operators.Batch, sel []int32, by []kernel.Vector, groups []int32, out operators.Output) error {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	pass := make([]int32, 0, part.Len())
	if part.Len() > 0 {
		d.table.Find(by, b.Rows, sel, groups)
		if err := d.bring(b.Rows, sel, groups); err != nil {
			b.Release()
			return err
		}
	}
	d.grow()
	part.Each(func(i int) {
		if d.passes(groups[i], b, i) {
			pass = append(pass, int32(i))
		}
	})
	if dropped := part.Len() - len(pass); dropped > 0 {
		out.Count(Counter, int64(dropped))
	}
	if len(pass) == 0 {
		b.Release()
		return nil
	}
	b.Sel = pass
	b.Cols = d.Layout.Arrange(b.Cols)
	b.Cause = make([]int32, b.Rows) // rows stay where they are
	for i := range b.Cause {
		b.Cause[i] = int32(i)
	}
	out.Emit(0, b)
	return nil
}

// passes decides on a row: it is dropped by any row let through before that is at
// most `within` away and not forgotten yet.
func (d *Dedup) passes(g int32, b *operators.Batch, i int) bool {
	if d.within == 0 {
		first := !d.passed[g].some
		if first {
			d.passed[g].add(0)
		}
		return first
	}
	t, a := b.Time[i], b.Arrival[i]
	if d.passed[g].any(func(at int64) bool {
		return !d.isOld(at, a) && t <= saturated(at, d.within) && at <= saturated(t, d.within)
	}) {
		return false
	}
	d.passed[g].add(t)
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

func (d *Dedup) grow() {
	for len(d.passed) < d.table.Size() {
		d.passed = append(d.passed, times{})
	}
}

// OnWatermark implements operators.Operator.
func (d *Dedup) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range d.Panes.Due(w.Time) {
		if err := d.close(p, out); err != nil {
			return err
		}
	}
	if d.within > 0 && !w.End && w.Time >= d.sweep && w.Time != operators.MinTime {
		return d.forget(w.Time)
	}
	return nil
}

// forget drops the times that can drop no later row, whose arrival is at least the
// watermark. It looks at all keys once per eighth of the time they are kept.
func (d *Dedup) forget(watermark int64) error {
	d.sweep = watermark + d.within/8 + 1
	d.listed = d.table.Groups(d.listed[:0])
	gone := func(at int64) bool { return d.isOld(at, watermark) }
	empty := d.listed[:0]
	for _, g := range d.listed {
		if d.passed[g].forget(gone); !d.passed[g].some {
			empty = append(empty, g)
		}
	}
	if err := d.forgetApart(gone, empty); err != nil {
		return err
	}
	d.table.Remove(empty)
	return nil
}

// close emits the rows of a window by key.
func (d *Dedup) close(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	defer s.Release()
	err := s.Leave(d.Ctx.BatchRows, func(groups []int32) error {
		ids := make([]kept.ID, len(groups))
		for i, g := range groups {
			ids[i] = s.list[g].ID
		}
		d.Send(p, s.Rows.Take(ids), out)
		return nil
	})
	for _, it := range s.list {
		if it != nil {
			d.pool.Give(it)
		}
	}
	d.CloseApart(p)
	return err
}

// Snapshot implements operators.Operator.
func (d *Dedup) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := d.SavePanes(&w); err != nil {
		return nil, err
	}
	w.Int(d.sweep)
	w.Bool(d.spill != nil)
	if d.spill != nil {
		return w.Buf, d.spill.Flush()
	}
	for _, g := range d.table.Save(&w) {
		w.Ints(d.passed[g].all())
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (d *Dedup) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	d.LoadPanes(r, mine)
	d.sweep = max(d.sweep, r.Int())
	if r.Bool() {
		if d.spill == nil {
			return errNoShelf
		}
		d.spill.Resume()
		return d.Restored(r)
	}
	groups := d.table.Load(r)
	d.grow()
	for _, g := range groups {
		d.passed[g] = timesOf(r.Ints())
	}
	if d.spill != nil {
		d.spill.Adopt() // the next snapshot puts them on the shelf
	}
	others := d.table.Others(groups, mine)
	for _, g := range others {
		d.passed[g] = times{}
	}
	if d.spill != nil {
		d.spill.Removed(others)
	}
	d.table.Remove(others)
	return d.Restored(r)
}

// Save implements paned.State. Keys that can leave memory are on the shelf: then none of them
// is written here.
func (s *state) Save(w *wire.Writer) error {
	apart, err := s.Put()
	if err != nil {
		return err
	}
	if apart {
		group.New(s.Table.Types()).Save(w)
		return s.SaveRows(w, nil, nil)
	}
	groups := s.Table.Save(w)
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		it := s.list[g]
		w.Int(it.time)
		entries[i] = &it.Entry
	}
	return s.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if err := s.Resume(mine); err != nil {
		r.Fail(err)
		return
	}
	groups := s.Table.Load(r)
	s.grow()
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		it := &item{time: r.Int()}
		s.list[g] = it
		entries[i] = &it.Entry
	}
	s.LoadRows(r, groups, entries)
	s.RemoveOthers(groups, mine, s.drop)
}

// drop forgets the row of a group.
func (s *state) drop(g int32) {
	if it := s.list[g]; it != nil {
		s.Rows.Drop(it.ID)
		s.list[g] = nil
		s.pool.Give(it)
	}
}
