package paned

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// Contents is what a stage knows of keys beside when they are forgotten, so that keys can be
// put away one by one.
type Contents interface {
	// Grow makes room for groups 0..n-1.
	Grow(n int)
	// Put writes what is known of a group beside its rows.
	Put(w *wire.Writer, g int32)
	// Take reads that, and gives each entry of a row to row, which returns the row's code.
	Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte)
	// Entries appends the entries of the rows of a group, in the order in which Take gives
	// them.
	Entries(dst []*kept.Entry, g int32) []*kept.Entry
	// Drop forgets a group and its rows.
	Drop(g int32)
	// Clear gives the memory of groups back, of which there are none.
	Clear()
	// Bytes is about what a group takes for each of its rows beside what is written of them.
	Bytes() int
}

// Pinning is Contents of groups some of which must stay in memory.
type Pinning interface{ Pinned(g int32) bool }

// Shelve lets the keys leave memory: a run that has somewhere to put them. columns are
// those of the rows.
func (k *Keyed) Shelve(ctx *operators.Context, columns []types.Column, c Contents) {
	if ctx.Shelf == nil {
		return
	}
	k.apart = &apart{table: k.Table, held: k.Rows, expiry: k.Expiry, rows: kept.NewApart(k.Rows, columns), contents: c}
	k.apart.pins, _ = c.(Pinning)
	k.spill, k.mine = spill.New(k.Table, ctx.Shelf, k.apart), ctx.Mine
}

// apart writes single groups.
type apart struct {
	table    *group.Table
	held     *kept.Rows
	expiry   *group.Expiry
	rows     *kept.Apart
	contents Contents
	pins     Pinning       // nil where no group must stay in memory
	entries  []*kept.Entry // scratch
	ids      []kept.ID     // scratch
}

// Grow implements spill.Codec.
func (a *apart) Grow(n int) { a.contents.Grow(n) }

// Pinned implements spill.Pinning.
func (a *apart) Pinned(g int32) bool { return a.pins != nil && a.pins.Pinned(g) }

// Saving implements spill.Together.
func (a *apart) Saving(groups []int32) error {
	a.ids = a.ids[:0]
	for _, g := range groups {
		for _, e := range a.of(g) {
			a.ids = append(a.ids, e.ID)
		}
	}
	return a.rows.Saving(a.ids)
}

func (a *apart) of(g int32) []*kept.Entry {
	a.entries = a.contents.Entries(a.entries[:0], g)
	return a.entries
}

// Save implements spill.Codec. What the group is forgotten by stands first, but for windows.
func (a *apart) Save(w *wire.Writer, g int32) error {
	if a.expiry != nil {
		a.expiry.Save(w, []int32{g})
	}
	a.contents.Put(w, g)
	for _, e := range a.of(g) {
		a.rows.Save(w, e.ID)
	}
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	if a.expiry != nil {
		a.expiry.Load(r, []int32{g})
	}
	a.contents.Take(r, g, func(e *kept.Entry) []byte { return a.rows.Load(r, e) })
	return nil
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error { return a.rows.Loaded() }

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	for _, g := range groups {
		a.contents.Drop(g)
		if a.expiry != nil {
			a.expiry.Forget(g)
		}
	}
}

// rowBytes is what a row takes beside its values: its place among those that are kept.
const rowBytes = int(unsafe.Sizeof(kept.Entry{})) + 16

// Bytes implements spill.Codec: a group has as many rows as groups have in the mean.
func (a *apart) Bytes() int {
	groups := max(a.table.Len(), 1)
	return (a.contents.Bytes() + rowBytes) * max(a.held.Len(), groups) / groups
}

// Bring brings the keys of rows back that were put away. It follows Find.
func (k *Keyed) Bring(b *operators.Batch, sel, groups []int32) error {
	if k.spill == nil || (&operators.Batch{Rows: b.Rows, Sel: sel}).Len() == 0 {
		return nil
	}
	if k.turn != nil {
		*k.turn++
		k.asked = *k.turn
	}
	return k.spill.Found(b.Rows, sel, groups)
}

// BringBefore brings the keys of this instance back that were put away with less than a number in
// front.
func (k *Keyed) BringBefore(mine operators.Mine, number int64) error {
	if k.spill == nil {
		return nil
	}
	return k.spill.Bring(mine, number)
}

// Changed is told of keys in memory that no row has asked for, and that have changed.
func (k *Keyed) Changed(groups []int32) {
	if k.spill == nil {
		return
	}
	for _, g := range groups {
		k.spill.Changed(g)
	}
}

// Holding implements operators.Spiller.
func (k *Keyed) Holding() int64 {
	if k.spill == nil {
		return 0
	}
	return k.spill.Holding()
}

// Shed implements operators.Spiller.
func (k *Keyed) Shed(most int64) error {
	if k.spill == nil {
		return nil
	}
	return k.spill.Shed(most)
}

// SaveApart writes down where the keys are, and says whether that is all there is to say of
// them: they are on the shelf.
func (k *Keyed) SaveApart(w *wire.Writer) (all bool, err error) {
	w.Bool(k.spill != nil)
	return k.Put()
}

// Put puts the keys that have changed on the shelf, where they have one: then all are there.
func (k *Keyed) Put() (all bool, err error) {
	if k.spill == nil {
		return false, nil
	}
	return true, k.spill.Flush()
}

// errNoShelf is a state that says its keys are where nothing can be.
var errNoShelf = errors.New("the keys of the state are outside of memory, and there is no such place")

// LoadApart reads what SaveApart wrote. Rows that have other columns by now are all read,
// so that the next snapshot writes them as they are now; recode is told of the groups.
func (k *Keyed) LoadApart(r *wire.Reader, mine operators.Mine, recode func(groups []int32)) (all bool) {
	if !r.Bool() {
		return false
	}
	if k.spill == nil {
		r.Fail(errNoShelf)
		return true
	}
	groups, err := k.resume(mine)
	if err != nil {
		r.Fail(err)
		return true
	}
	if len(groups) > 0 {
		recode(groups)
	}
	return true
}

// Resume goes on with keys that are on the shelf, where they have one.
func (k *Keyed) Resume(mine operators.Mine) error {
	if k.spill == nil {
		return nil
	}
	_, err := k.resume(mine)
	return err
}

// resume returns the groups that were read.
func (k *Keyed) resume(mine operators.Mine) (groups []int32, err error) {
	k.spill.Resume()
	if !k.Rows.Adapted() {
		return nil, nil
	}
	err = k.apart.rows.Adapted(func() (err error) {
		groups, err = k.spill.BringAll(mine)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keys outside of memory: %w", err)
	}
	return groups, nil
}
