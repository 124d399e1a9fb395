package paned

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
)

// The keys of a window that are outside of memory are kept by the bounds of the window, then
// by their values, so that they are found in order when it closes and go at once then.

// shelved is what an operator knows of windows whose keys can leave memory.
type shelved[S State] struct {
	of     func(s S) *Keyed
	turn   int64    // counts batches of rows of a window
	closed [][]byte // prefixes of windows that have closed
}

// ShelveWindows lets the keys of the windows that are opened from here on leave memory: a run
// that has somewhere to put them. columns are those of the rows.
func (w *Windows[S]) ShelveWindows(columns []types.Column, of func(s S) (*Keyed, Contents)) {
	if w.Ctx.Shelf == nil || !w.Windowed() {
		return
	}
	w.shelved = &shelved[S]{of: func(s S) *Keyed { k, _ := of(s); return k }}
	w.Panes.Opened = func(p *window.Pane[S]) {
		k, c := of(p.State)
		prefix := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(p.End)), uint64(p.Start))
		k.part, k.turn = spill.NewPart(w.Ctx.Shelf, prefix), &w.shelved.turn
		ctx := *w.Ctx
		ctx.Shelf = k.part
		k.Shelve(&ctx, columns, c)
	}
}

// CloseApart is told of a window that has closed once its rows have left.
func (w *Windows[S]) CloseApart(p *window.Pane[S]) {
	if w.shelved == nil {
		return
	}
	if k := w.shelved.of(p.State); k.part.Has() || k.spill.Apart() {
		w.shelved.closed = append(w.shelved.closed, k.part.Prefix())
	}
}

// deleteClosed takes the keys of closed windows off the shelf. Other instances have closed
// them too: this is between two batches.
func (w *Windows[S]) deleteClosed() error {
	if w.shelved == nil {
		return nil
	}
	for _, prefix := range w.shelved.closed {
		if err := w.Ctx.Shelf.DeletePrefix(prefix); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	w.shelved.closed = nil
	return nil
}

// HeldWindows is about how many bytes the keys of windows take in memory that can be put
// away.
func (w *Windows[S]) HeldWindows() (n int64) {
	if w.shelved != nil {
		w.Panes.Each(func(p *window.Pane[S]) { n += w.shelved.of(p.State).Holding() })
	}
	return n
}

// ShedWindows puts keys away until they take at most a number of bytes: those of the windows
// go first that no row has come to for longest.
func (w *Windows[S]) ShedWindows(most int64) error {
	if w.shelved == nil {
		return nil
	}
	if w.Ctx.Shelf.Free() {
		if err := w.deleteClosed(); err != nil {
			return err
		}
	}
	var all []*Keyed
	over := -most
	w.Panes.Each(func(p *window.Pane[S]) {
		k := w.shelved.of(p.State)
		all = append(all, k)
		over += k.Holding()
	})
	slices.SortFunc(all, func(x, y *Keyed) int {
		return cmp.Or(cmp.Compare(x.asked, y.asked), bytes.Compare(x.part.Prefix(), y.part.Prefix()))
	})
	for _, k := range all {
		if over <= 0 {
			break
		}
		held := k.Holding()
		if err := k.Shed(max(held-over, 0)); err != nil {
			return err
		}
		k.shrink()
		over -= held - k.Holding()
	}
	return nil
}

// largeTable is the size from which a table without groups gives its memory back.
const largeTable = 4096

// shrink gives the memory of a window without keys back, which had room for many.
func (k *Keyed) shrink() {
	if k.spill.Len() > 0 || k.Table.Size() < largeTable {
		return
	}
	k.Table = group.New(k.Table.Types())
	k.apart.table = k.Table
	k.apart.contents.Clear()
	k.spill.Move(k.Table)
}

// Leave calls f for all keys in the order of their values, where some are outside of memory
// some of them at a time. Those have left memory when f returns.
func (k *Keyed) Leave(most int, f func(groups []int32) error) error {
	if k.spill == nil || !k.spill.Apart() {
		return f(k.Sorted())
	}
	return k.spill.Drain(k.mine, most, f)
}
