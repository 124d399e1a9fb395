package race

import (
	"unsafe"

	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// contents is what is known of single groups.
type contents struct{ f *Field }

// Grow implements paned.Contents.
func (c contents) Grow(int) { c.f.grow() }

// Put implements paned.Contents.
func (c contents) Put(w *wire.Writer, g int32) {
	w.Int(c.f.most[g])
	w.Uint(uint64(len(c.f.lists[g])))
	for _, it := range c.f.lists[g] {
		w.Bytes(it.Order())
		w.Bytes(it.ID())
	}
}

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	c.takeRows(g, c.takeItems(r, g), row)
}

// takeItems reads what Put wrote of the rows of a group.
func (c contents) takeItems(r *wire.Reader, g int32) []*Item {
	c.f.most[g] = r.Int()
	list := make([]*Item, r.Len())
	for i := range list {
		list[i] = c.takeItem(r, g)
		c.f.known.Add(list[i])
	}
	return list
}

func (c contents) takeItem(r *wire.Reader, g int32) *Item {
	it := c.f.pool.Take()
	order, id := r.Bytes(), r.Bytes()
	it.name(g, order, id)
	return it
}

// takeRows gives the rows of a group their own codes.
func (c contents) takeRows(g int32, list []*Item, row func(e *kept.Entry) []byte) {
	for _, it := range list {
		it.code = append(it.code, row(&it.Entry)...)
	}
	c.f.lists[g] = list
}

// Entries implements paned.Contents.
func (c contents) Entries(dst []*kept.Entry, g int32) []*kept.Entry {
	for _, it := range c.f.lists[g] {
		dst = append(dst, &it.Entry)
	}
	return dst
}

// Drop implements paned.Contents.
func (c contents) Drop(g int32) { c.f.drop(g) }

// Clear implements paned.Contents.
func (c contents) Clear() { c.f.lists, c.f.most = nil, nil }

// Bytes implements paned.Contents. Rows are found by what they are told apart by, too.
func (c contents) Bytes() int { return int(unsafe.Sizeof(Item{})) + 40 + 64 }

// Spills implements operators.Spiller. One group alone is asked for by every row.
func (s *Stage) Spills() bool { return len(s.spec.By) > 0 }

// Holding implements operators.Spiller.
func (s *Stage) Holding() int64 {
	if s.Windowed() {
		return s.HeldWindows()
	}
	return s.Alone.Holding()
}

// Shed implements operators.Spiller.
func (s *Stage) Shed(most int64) error {
	if s.Windowed() {
		return s.ShedWindows(most)
	}
	return s.Alone.Shed(most)
}
