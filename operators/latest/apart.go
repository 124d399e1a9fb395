package latest

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
func (c contents) Put(w *wire.Writer, g int32) {
	it := c.s.list[g]
	w.Int(it.time)
	w.Int(it.arrival)
}

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	it := c.s.pool.Take()
	*it = item{time: r.Int(), arrival: r.Int()}
	if code := row(&it.Entry); c.s.Expiry != nil {
		it.same = code
	}
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
	if s.Expiry == nil {
		return
	}
	entries := make([]*kept.Entry, len(groups))
	for i, g := range groups {
		entries[i] = &s.list[g].Entry
	}
	s.Recode(entries, s.in, func(i int, code []byte) { s.list[groups[i]].same = code })
}

// Spills implements operators.Spiller.
func (l *Latest) Spills() bool { return l.spec.Spills() }

// Holding implements operators.Spiller.
func (l *Latest) Holding() int64 {
	if l.Windowed() {
		return l.HeldWindows()
	}
	return l.Alone.Holding()
}

// Shed implements operators.Spiller.
func (l *Latest) Shed(most int64) error {
	if l.Windowed() {
		return l.ShedWindows(most)
	}
	return l.Alone.Shed(most)
}
