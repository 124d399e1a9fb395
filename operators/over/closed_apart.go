package over

import (
	"errors"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Where keys can leave memory the rows of a window are kept by key as they come, and compared
// some keys at a time when it closes.

// shelves reports that keys can leave memory.
func (c *closed) shelves() bool { return c.Ctx.Shelf != nil && c.spec.Spills() }

// Open implements operators.Operator.
func (c *closed) Open(ctx *operators.Context) error {
	err := c.Stage.Open(ctx)
	if c.shelves() {
		c.ShelveWindows(c.in, func(s *state) (*paned.Keyed, paned.Contents) { return s.keyed, contents{s} })
	}
	return err
}

func (c *closed) newState() *state {
	if !c.shelves() {
		return &state{of: c, rows: kept.New(c.Ctx)}
	}
	k := c.keys.NewKeyed(c.Ctx)
	return &state{of: c, rows: k.Rows, keyed: &k}
}

// take keeps rows of a batch by their key. One whose key fails is nobody's neighbour.
func (c *closed) take(b *operators.Batch, out operators.Output) error {
	rows := &operators.Rows{Alloc: c.Alloc, Batch: b, Sel: b.Sel}
	per := rows.All(c.per)
	defer operators.ReleaseAll(per)
	rows.Report(out)
	groups := c.keys.Groups(b.Rows)
	var wrong error
	c.Split(b, rows.Sel, func(p *window.Pane[*state], sel []int32) {
		wrong = errors.Join(wrong, p.State.take(b, sel, per, groups))
	})
	return wrong
}

func (s *state) take(b *operators.Batch, sel []int32, per []kernel.Vector, groups []int32) error {
	s.keyed.Find(per, b, sel, groups)
	s.grow()
	if err := s.keyed.Bring(b, sel, groups); err != nil {
		return err
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		en := &kept.Entry{}
		s.lists[groups[i]] = append(s.lists[groups[i]], en)
		s.keyed.Fresh.Add(en, int32(i))
	})
	s.keyed.Fresh.Copy(s.rows, b, false)
	return nil
}

func (s *state) grow() {
	for len(s.lists) < s.keyed.Table.Size() {
		s.lists = append(s.lists, nil)
	}
}

// leave compares the rows of a window and sends them, some keys at a time in their order.
func (c *closed) leave(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	defer s.Release()
	err := s.keyed.Leave(c.Ctx.BatchRows, func(groups []int32) error {
		var ids []kept.ID
		for _, g := range groups {
			for _, en := range s.lists[g] {
				ids = append(ids, en.ID)
			}
		}
		if len(ids) > 0 {
			c.send(p, c.compare(s.rows.Take(ids), out), out)
		}
		return nil
	})
	c.CloseApart(p)
	return err
}

// contents is the rows of single keys of a window, in the order in which they came.
type contents struct{ s *state }

// Grow implements paned.Contents.
func (c contents) Grow(int) { c.s.grow() }

// Put implements paned.Contents.
func (c contents) Put(w *wire.Writer, g int32) { w.Uint(uint64(len(c.s.lists[g]))) }

// Take implements paned.Contents.
func (c contents) Take(r *wire.Reader, g int32, row func(e *kept.Entry) []byte) {
	list := make([]*kept.Entry, r.Len())
	for i := range list {
		list[i] = &kept.Entry{}
		row(list[i])
	}
	c.s.lists[g] = list
}

// Entries implements paned.Contents.
func (c contents) Entries(dst []*kept.Entry, g int32) []*kept.Entry {
	return append(dst, c.s.lists[g]...)
}

// Drop implements paned.Contents.
func (c contents) Drop(g int32) {
	for _, en := range c.s.lists[g] {
		c.s.rows.Drop(en.ID)
	}
	c.s.lists[g] = nil
}

// Clear implements paned.Contents.
func (c contents) Clear() { c.s.lists = nil }

// Bytes implements paned.Contents.
func (c contents) Bytes() int {
	return int(unsafe.Sizeof(kept.Entry{})) + int(unsafe.Sizeof([]*kept.Entry{})) + 8*2
}

// Spills implements operators.Spiller.
func (c *closed) Spills() bool { return c.spec.Spills() }

// Holding implements operators.Spiller.
func (c *closed) Holding() int64 { return c.HeldWindows() }

// Shed implements operators.Spiller.
func (c *closed) Shed(most int64) error { return c.ShedWindows(most) }
