// Package hold lets one row of a key through when a condition has been true for every
// row of it over a time: the last of them, on the watermark (SEMANTICS 124). It is
// armed again when the condition turns false.
//
// It keeps one row of each key for which the condition is true, and less once that
// has left.
package hold

import (
	"cmp"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// Hold is the operator.
type Hold struct {
	ordered.Stage
	cond   operators.Cond
	span   int64
	layout operators.Layout

	table  *group.Table
	keys   []streak // by group
	rows   *kept.Rows
	timers group.Timers // the instant at which a streak has held
	groups []int32
	fired  []leaving
	drops  []kept.ID
	fresh  []int32 // groups whose last row may lie in the batch at hand
}

// streak is rows of a key for which the condition is true.
type streak struct {
	state state
	first int64 // the time of the first
	last  place // the last, while it is waited for
}

type state uint8

const (
	off   state = iota // the condition is false, or there was no row
	on                 // it is true, and not for long enough
	spent              // the row has left
)

// place is where a row lies.
type place struct {
	id  kept.ID // -1 while the row lies in the batch at hand
	row int32
	seq int64
}

// leaving is a row whose streak has held.
type leaving struct {
	at int64
	place
}

var _ operators.Parallel = (*Hold)(nil)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Hold, in, out []types.Column, env *operators.Env) (*Hold, error) {
	h := &Hold{span: spec.For.Microseconds()}
	var err error
	if h.layout, err = operators.NewLayout(out, in); err != nil {
		return nil, err
	}
	if h.cond, err = env.Cond(spec.While, in); err != nil {
		return nil, err
	}
	h.Stage, err = ordered.NewStage("hold", spec.Per, in, env)
	return h, err
}

// Open implements operators.Operator.
func (h *Hold) Open(ctx *operators.Context) error {
	h.table, h.rows = group.New(h.Types), kept.New(ctx)
	return h.Stage.Open(ctx)
}

// Close implements operators.Operator.
func (h *Hold) Close() error {
	if h.rows != nil {
		h.rows.Release()
	}
	return h.Stage.Close()
}

// Remembers implements operators.Migrant.
func (*Hold) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Held implements operators.Holder.
func (h *Hold) Held() int64 { return h.Stage.Held() + int64(h.timers.Len()) }

// OnWatermark implements operators.Operator.
func (h *Hold) OnWatermark(w operators.Watermark, out operators.Output) error {
	return h.Each(w, func(w operators.Watermark, due *operators.Batch) error {
		h.pass(w, due, out)
		return nil
	})
}

// pass follows rows, nil for none, and lets time pass.
func (h *Hold) pass(w operators.Watermark, due *operators.Batch, out operators.Output) {
	if due != nil {
		h.watch(due, out)
		defer due.Release()
	}
	for {
		g, at, ok := h.timers.First()
		if !ok || at >= w.Time {
			break
		}
		h.fire(g)
	}
	h.copy(due)
	h.emit(out)
}

// watch follows rows in order of time.
func (h *Hold) watch(due *operators.Batch, out operators.Output) {
	rows := &operators.Rows{Alloc: h.Alloc, Batch: due}
	keys := rows.All(h.Per)
	defer operators.ReleaseAll(keys)
	holds, failed := h.cond.Select(h.Alloc, due.Cols, due.Rows, rows.Sel)
	rows.Fail(failed)
	rows.Report(out)
	part := operators.Batch{Rows: due.Rows, Sel: rows.Sel}
	if part.Len() == 0 {
		return
	}
	h.groups = slices.Grow(h.groups[:0], due.Rows)[:due.Rows]
	h.table.Find(keys, due.Rows, rows.Sel, h.groups)
	h.grow()
	var idle []int32
	part.Each(func(i int) {
		g := h.groups[i]
		k := &h.keys[g]
		if k.state == on && due.Time[i] > after(k.first, h.span) {
			h.fire(g)
		}
		for len(holds) > 0 && int(holds[0]) < i {
			holds = holds[1:]
		}
		if len(holds) > 0 && int(holds[0]) == i {
			h.rise(g, place{id: -1, row: int32(i), seq: due.Seq[i]}, due.Time[i])
			return
		}
		h.fall(g)
		idle = append(idle, g)
	})
	h.forgetIdle(idle)
}

func (h *Hold) grow() {
	for len(h.keys) < h.table.Size() {
		h.keys = append(h.keys, streak{})
	}
}

func after(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// rise takes a row for which the condition is true.
func (h *Hold) rise(g int32, at place, t int64) {
	k := &h.keys[g]
	switch k.state {
	case spent:
		return
	case off:
		*k = streak{state: on, first: t, last: place{id: -1, row: -1}}
		h.timers.Set(g, after(t, h.span))
	case on:
	}
	h.drop(k)
	k.last = at
	h.fresh = append(h.fresh, g)
}

// drop lets go of the row that is waited for.
func (h *Hold) drop(k *streak) {
	if k.last.id >= 0 {
		h.drops = append(h.drops, k.last.id)
	}
	k.last = place{id: -1, row: -1}
}

// fall takes a row for which the condition is false.
func (h *Hold) fall(g int32) {
	k := &h.keys[g]
	if k.state == on {
		h.drop(k)
		h.timers.Clear(g)
	}
	k.state = off
}

// fire lets the last row of a streak out, which has held.
func (h *Hold) fire(g int32) {
	k := &h.keys[g]
	h.fired = append(h.fired, leaving{after(k.first, h.span), k.last})
	k.state, k.last = spent, place{id: -1, row: -1}
	h.timers.Clear(g)
}

// forgetIdle forgets keys whose last row was not in a streak.
func (h *Hold) forgetIdle(groups []int32) {
	slices.Sort(groups)
	groups = slices.DeleteFunc(slices.Compact(groups), func(g int32) bool { return h.keys[g].state != off })
	h.table.Remove(groups)
}

// copy keeps the rows that are needed on of the batch at hand.
func (h *Hold) copy(due *operators.Batch) {
	var rows []int32
	var to []*place
	for i := range h.fired {
		if p := &h.fired[i].place; p.id < 0 {
			rows, to = append(rows, p.row), append(to, p)
		}
	}
	slices.Sort(h.fresh)
	for _, g := range slices.Compact(h.fresh) {
		if p := &h.keys[g].last; h.keys[g].state == on && p.id < 0 {
			rows, to = append(rows, p.row), append(to, p)
		}
	}
	h.fresh = h.fresh[:0]
	if len(rows) > 0 {
		for i, id := range h.rows.Add(due, rows) {
			to[i].id = id
		}
	}
}

// emit sends the rows that leave, in the order of the instants at which they do.
func (h *Hold) emit(out operators.Output) {
	if len(h.fired) > 0 {
		slices.SortFunc(h.fired, func(a, b leaving) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
		ids := make([]kept.ID, len(h.fired))
		for i, f := range h.fired {
			ids[i] = f.id
		}
		b := h.rows.Take(ids)
		b.Time, b.Progress, b.Seq = make([]int64, b.Rows), make([]int64, b.Rows), make([]int64, b.Rows)
		for i, f := range h.fired {
			b.Time[i], b.Progress[i], b.Seq[i] = f.at, after(f.at, 1), f.seq
		}
		b.Arrival = b.Time // what the watermark had reached below it
		b.Cols = h.layout.Arrange(b.Cols)
		out.Emit(0, b)
		h.drops = append(h.drops, ids...)
		h.fired = h.fired[:0]
	}
	for _, id := range h.drops {
		h.rows.Drop(id)
	}
	h.drops = h.drops[:0]
}

// Snapshot implements operators.Operator.
func (h *Hold) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := h.Save(&w); err != nil {
		return nil, err
	}
	var ids []kept.ID
	for _, g := range h.table.Save(&w) {
		k := &h.keys[g]
		w.Uint(uint64(k.state))
		w.Int(k.first)
		if k.state == on {
			w.Int(k.last.seq)
			ids = append(ids, k.last.id)
		}
	}
	err := h.rows.Save(&w, ids)
	return w.Buf, err
}

// Restore implements operators.Operator.
func (h *Hold) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	h.Load(r, mine)
	groups := h.table.Load(r)
	h.grow()
	var waiting []int32
	for _, g := range groups {
		k := &h.keys[g]
		*k = streak{state: state(r.Uint()), first: r.Int(), last: place{id: -1, row: -1}}
		if k.state == on {
			k.last.seq = r.Int()
			waiting = append(waiting, g)
			h.timers.Set(g, after(k.first, h.span))
		}
	}
	ids := h.rows.Load(r)
	if err := h.Restored(r); err != nil || len(ids) != len(waiting) {
		return err
	}
	for i, g := range waiting {
		h.keys[g].last.id = ids[i]
	}
	others := h.table.Others(groups, mine)
	for _, g := range others {
		h.fall(g)
	}
	h.table.Remove(others)
	h.emit(nil)
	return nil
}
