package aggregate

import (
	"errors"
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/wire"
)

// onShelf writes single groups.
type onShelf struct{ s *state }

// Grow implements spill.Codec.
func (o *onShelf) Grow(n int) {
	for _, agg := range o.s.aggs {
		agg.Grow(n)
	}
	if o.s.live != nil {
		o.s.live.grow(n)
	}
}

// Save implements spill.Codec. What the group is forgotten by stands first.
func (o *onShelf) Save(w *wire.Writer, g int32) error {
	groups := []int32{g}
	if o.s.live != nil {
		w.Int(o.s.live.groups[g].time)
	}
	for _, agg := range o.s.aggs {
		b, err := agg.Snapshot(groups)
		if err != nil {
			return err
		}
		w.Bytes(b)
	}
	if o.s.live != nil {
		o.s.live.save(w, groups)
	}
	return nil
}

// Load implements spill.Codec.
func (o *onShelf) Load(r *wire.Reader, g int32) error {
	groups := []int32{g}
	if o.s.live != nil {
		r.Int()
	}
	for _, agg := range o.s.aggs {
		if err := agg.Restore(groups, r.Bytes()); err != nil {
			return err
		}
	}
	if o.s.live != nil {
		o.s.live.load(r, groups)
	}
	return nil
}

// Free implements spill.Codec.
func (o *onShelf) Free(groups []int32) {
	for _, agg := range o.s.aggs {
		agg.Free(groups)
	}
	if o.s.live == nil {
		return
	}
	for _, g := range groups {
		o.s.live.forget(g)
	}
}

// Bytes implements spill.Codec: slices that grow have room to spare.
func (o *onShelf) Bytes() int {
	n := 0
	if o.s.live != nil {
		n = int(unsafe.Sizeof(shown{})) * 5 / 4
	}
	for _, agg := range o.s.aggs {
		if sized, ok := agg.(fold.Sized); ok {
			n += 2 * sized.StateBytes()
		}
	}
	return n
}

// atTicks writes single groups of windows that show at an instant what has changed since they
// last did: until then a group that has stays in memory.
type atTicks struct{ onShelf }

// changedFirst is what stands first of groups that have changed, and the others.
const changedFirst, unchanged = math.MinInt64, math.MaxInt64

// Next implements spill.Dated.
func (o *atTicks) Next(g int32) int64 {
	if o.Pinned(g) {
		return changedFirst
	}
	return unchanged
}

// Pinned implements spill.Pinning.
func (o *atTicks) Pinned(g int32) bool { return o.s.live.groups[g].changed }

// Save implements spill.Codec.
func (o *atTicks) Save(w *wire.Writer, g int32) error {
	w.Int(o.Next(g))
	return o.onShelf.Save(w, g)
}

// Load implements spill.Codec.
func (o *atTicks) Load(r *wire.Reader, g int32) error {
	r.Int()
	return o.onShelf.Load(r, g)
}

// Spills implements operators.Spiller: of groups, or of rows that wait.
func (a *Aggregate) Spills() bool { return a.spec.Spills() || a.waits() != nil }

// waits is what a finder puts away by itself, nil for nothing.
func (a *Aggregate) waits() waiting {
	waits, _ := a.finds.(waiting)
	return waits
}

// waiting is a finder that puts away what waits until it is settled: rows whose order is not,
// or keys with windows that are not.
type waiting interface {
	holding() int64
	shed(most int64) error
}

// shelves reports that groups can leave memory.
func (a *Aggregate) shelves() bool { return a.Ctx.Shelf != nil && a.spec.Spills() }

// errNoShelf is a state that says its groups are where nothing can be.
var errNoShelf = errors.New("the groups of the state are outside of memory, and there is no such place")

// resume reads what was saved of a state whose groups are on the shelf.
func (s *state) resume(r *wire.Reader, mine operators.Mine) {
	if s.spill == nil {
		r.Fail(errNoShelf)
		return
	}
	s.spill.Resume()
	if s.ticked {
		if err := s.spill.Bring(mine, changedFirst+1); err != nil {
			r.Fail(err)
		}
	}
	if rows := r.Int(); mine == nil || mine(0) { // of all keys: one instance counts them
		s.rows += rows
	}
}
