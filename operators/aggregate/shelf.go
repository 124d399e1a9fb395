package aggregate

import (
	"errors"
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/wire"
)

// onShelf writes single groups of a changes result.
type onShelf struct{ s *state }

// Grow implements spill.Codec.
func (o *onShelf) Grow(n int) {
	for _, agg := range o.s.aggs {
		agg.Grow(n)
	}
	o.s.live.grow(n)
}

// Save implements spill.Codec. What the group is forgotten by stands first.
func (o *onShelf) Save(w *wire.Writer, g int32) error {
	groups := []int32{g}
	w.Int(o.s.live.groups[g].time)
	for _, agg := range o.s.aggs {
		b, err := agg.Snapshot(groups)
		if err != nil {
			return err
		}
		w.Bytes(b)
	}
	o.s.live.save(w, groups)
	return nil
}

// Load implements spill.Codec.
func (o *onShelf) Load(r *wire.Reader, g int32) error {
	groups := []int32{g}
	r.Int()
	for _, agg := range o.s.aggs {
		if err := agg.Restore(groups, r.Bytes()); err != nil {
			return err
		}
	}
	o.s.live.load(r, groups)
	return nil
}

// timeOnShelf is the time that a group on the shelf is forgotten by.
func timeOnShelf(value []byte) int64 {
	r := wire.NewReader(value)
	if at := r.Int(); !r.Failed() {
		return at
	}
	return math.MaxInt64
}

// Free implements spill.Codec.
func (o *onShelf) Free(groups []int32) {
	for _, agg := range o.s.aggs {
		agg.Free(groups)
	}
	for _, g := range groups {
		o.s.live.forget(g)
	}
}

// Bytes implements spill.Codec: slices that grow have room to spare.
func (o *onShelf) Bytes() int {
	n := int(unsafe.Sizeof(shown{})) * 5 / 4
	for _, agg := range o.s.aggs {
		if sized, ok := agg.(fold.Sized); ok {
			n += 2 * sized.StateBytes()
		}
	}
	return n
}

// Spills implements operators.Spiller.
func (a *Aggregate) Spills() bool { return a.spec.Spills() }

// Holding implements operators.Spiller.
func (a *Aggregate) Holding() int64 {
	if a.updates == nil || a.updates.alone == nil {
		return 0
	}
	return a.updates.alone.State.spill.Holding()
}

// Shed implements operators.Spiller.
func (a *Aggregate) Shed(most int64) error {
	if a.updates == nil || a.updates.alone == nil {
		return nil
	}
	return a.updates.alone.State.spill.Shed(most)
}

// saveAlone writes the state of a stream outside windows, of which the groups may be on
// the shelf.
func (s *state) saveAlone(w *wire.Writer) error {
	w.Bool(s.spill != nil)
	if s.spill == nil {
		return s.Save(w)
	}
	w.Int(s.rows)
	return s.spill.Flush()
}

// errNoShelf is a state that says its groups are where nothing can be.
var errNoShelf = errors.New("the groups of the state are outside of memory, and there is no such place")

// loadAlone reads what saveAlone wrote. Groups that were written with it are put on the
// shelf, where there is one, by the next snapshot.
func (s *state) loadAlone(r *wire.Reader, mine operators.Mine) {
	onShelf := r.Bool()
	switch {
	case onShelf && s.spill == nil:
		r.Fail(errNoShelf)
	case onShelf:
		if rows := r.Int(); mine == nil || mine(0) {
			s.rows += rows
		}
	default:
		s.Load(r, mine)
		if s.spill != nil {
			s.spill.Adopt()
		}
	}
}
