package dedup

import (
	"errors"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// onShelf writes when rows of single keys were let through.
type onShelf struct{ d *Dedup }

// Grow implements spill.Codec.
func (o *onShelf) Grow(int) { o.d.grow() }

// Save implements spill.Codec. The key is forgotten by the last of its times.
func (o *onShelf) Save(w *wire.Writer, g int32) error {
	w.Int(o.d.passed[g].last())
	w.Ints(o.d.passed[g].all())
	return nil
}

// Load implements spill.Codec.
func (o *onShelf) Load(r *wire.Reader, g int32) error {
	r.Int()
	o.d.passed[g] = timesOf(r.Ints())
	return nil
}

// Free implements spill.Codec.
func (o *onShelf) Free(groups []int32) {
	for _, g := range groups {
		o.d.passed[g] = times{}
	}
}

// Bytes implements spill.Codec: slices that grow have room to spare.
func (o *onShelf) Bytes() int { return int(unsafe.Sizeof(times{})) * 5 / 4 }

// contents is what is known of single keys of a window.
type contents struct{ s *state }

// Grow implements paned.Contents.
func (c contents) Grow(int) { c.s.grow() }

// Put implements paned.Contents.
func (c contents) Put(w *wire.Writer, g int32) { w.Int(c.s.list[g].time) }

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	it := c.s.pool.Take()
	*it = item{time: r.Int()}
	row(&it.Entry)
	c.s.list[g] = it
}

// Entries implements paned.Contents.
func (c contents) Entries(dst []*kept.Entry, g int32) []*kept.Entry {
	return append(dst, &c.s.list[g].Entry)
}

// Drop implements paned.Contents.
func (c contents) Drop(g int32) { c.s.drop(g) }

// Clear implements paned.Contents.
func (c contents) Clear() { c.s.list = nil }

// Bytes implements paned.Contents.
func (c contents) Bytes() int { return int(unsafe.Sizeof(item{})) + 8*5/4 }

// errNoShelf is a state that says its keys are where nothing can be.
var errNoShelf = errors.New("dedup: the keys of the state are outside of memory, and there is no such place")

// Open implements operators.Operator.
func (d *Dedup) Open(ctx *operators.Context) error {
	if ctx.Shelf != nil && !d.Windowed() {
		d.spill = spill.New(d.table, ctx.Shelf, &onShelf{d})
	}
	err := d.Windows.Open(ctx)
	d.ShelveWindows(d.in, func(s *state) (*paned.Keyed, paned.Contents) { return &s.Keyed, contents{s} })
	return err
}

// bring brings the keys of rows back that were put away.
func (d *Dedup) bring(n int, rows, groups []int32) error {
	if d.spill == nil {
		return nil
	}
	return d.spill.Found(n, rows, groups)
}

// forgetApart forgets the keys outside of memory that can drop no later row, and those in
// memory that are about to be forgotten.
func (d *Dedup) forgetApart(gone func(at int64) bool, empty []int32) error {
	if d.spill == nil {
		return nil
	}
	_, err := d.spill.Away(d.Ctx.Mine, gone)
	d.spill.Removed(empty)
	return err
}

// Spills implements operators.Spiller.
func (d *Dedup) Spills() bool { return d.spec.Spills() }

// Holding implements operators.Spiller.
func (d *Dedup) Holding() int64 {
	if d.spill == nil {
		return d.HeldWindows()
	}
	return d.spill.Holding()
}

// Shed implements operators.Spiller.
func (d *Dedup) Shed(most int64) error {
	if d.spill == nil {
		return d.ShedWindows(most)
	}
	return d.spill.Shed(most)
}
