package upserts

import (
	"unsafe"

	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// contents is what is known of single keys.
type contents struct{ s *state }

// Grow implements paned.Contents.
func (c contents) Grow(int) { c.s.grow() }

// Put implements paned.Contents.
func (c contents) Put(w *wire.Writer, g int32) { w.Int(c.s.list[g].arrival) }

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	it := c.s.pool.Take()
	*it = item{arrival: r.Int()}
	it.same = row(&it.Entry)
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

// recode gives the codes of rows anew that have other columns now.
func (s *state) recode(groups []int32) {
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		entries[i] = &s.list[g].Entry
	}
	s.Recode(entries, s.in, func(i int, code []byte) { s.list[groups[i]].same = code })
}

// Spills implements operators.Spiller.
func (*Upserts) Spills() bool { return true }

// Holding implements operators.Spiller.
func (u *Upserts) Holding() int64 { return u.Alone.Holding() }

// Shed implements operators.Spiller.
func (u *Upserts) Shed(most int64) error { return u.Alone.Shed(most) }
