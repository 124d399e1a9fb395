package top

import (
	"unsafe"

	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// contents is what is known of single groups.
type contents struct{ s *state }

// Grow implements paned.Contents.
func (c contents) Grow(int) { c.s.grow() }

// Put implements paned.Contents.
func (c contents) Put(w *wire.Writer, g int32) {
	w.Int(c.s.most[g])
	w.Uint(uint64(len(c.s.lists[g])))
	for _, it := range c.s.lists[g] {
		w.Bytes(it.order())
	}
}

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	c.s.most[g] = r.Int()
	list := make([]*item, r.Len())
	for i := range list {
		list[i] = c.s.pool.Take()
		list[i].setOrder(r.Bytes())
	}
	for _, it := range list {
		if code := row(&it.Entry); c.s.Expiry != nil {
			it.setSame(code)
		}
	}
	c.s.lists[g] = list
}

// Entries implements paned.Contents.
func (c contents) Entries(dst []*kept.Entry, g int32) []*kept.Entry {
	for _, it := range c.s.lists[g] {
		dst = append(dst, &it.Entry)
	}
	return dst
}

// Drop implements paned.Contents.
func (c contents) Drop(g int32) { c.s.drop(g) }

// Clear implements paned.Contents.
func (c contents) Clear() { c.s.lists, c.s.most = nil, nil }

// Bytes implements paned.Contents.
func (c contents) Bytes() int { return int(unsafe.Sizeof(item{})) + 40 }

// recode gives the codes of rows anew that have other columns now.
func (s *state) recode(groups []int32) {
	if s.Expiry == nil {
		return
	}
	var items []*item
	var entries []*kept.Entry
	for _, g := range groups {
		for _, it := range s.lists[g] {
			items, entries = append(items, it), append(entries, &it.Entry)
		}
	}
	s.Recode(entries, s.in, func(i int, code []byte) { items[i].setSame(code) })
}

// Spills implements operators.Spiller.
func (t *Top) Spills() bool { return t.spec.Spills() }

// Holding implements operators.Spiller.
func (t *Top) Holding() int64 {
	if t.Windowed() {
		return t.HeldWindows()
	}
	return t.Alone.Holding()
}

// Shed implements operators.Spiller.
func (t *Top) Shed(most int64) error {
	if t.Windowed() {
		return t.ShedWindows(most)
	}
	return t.Alone.Shed(most)
}
