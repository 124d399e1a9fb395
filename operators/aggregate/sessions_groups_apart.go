package aggregate

import (
	"unsafe"

	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// groupsKey writes single keys with the groups of their session.
type groupsKey struct {
	s       *sessions
	known   onShelf // by group
	code    []byte  // scratch
	windows []*numbered
}

// Grow implements spill.Codec.
func (k *groupsKey) Grow(n int) { k.s.opened.Grow(n) }

// Next implements spill.Dated.
func (k *groupsKey) Next(key int32) int64 { return nextOf(k.s.opened, key) }

// Save implements spill.Codec. The number of the session is in what its groups are known by.
func (k *groupsKey) Save(w *wire.Writer, key int32) error {
	o := k.s.opened.Of(key)
	w.Int(k.Next(key))
	w.Int(o.Start)
	w.Int(o.Last - o.Start)
	w.Int(o.State.number)
	w.Int(o.State.rows)
	w.Uint(uint64(len(o.State.groups)))
	for _, g := range o.State.groups {
		k.code = k.s.table.Code(k.code[:0], g)
		w.Bytes(k.code)
		if err := k.known.Save(w, g); err != nil {
			return err
		}
	}
	return nil
}

// Load implements spill.Codec.
func (k *groupsKey) Load(r *wire.Reader, key int32) error {
	r.Int()
	o := window.Open[*numbered]{Key: key, Start: r.Int(), State: k.s.unnumbered()}
	o.Last = o.Start + r.Int()
	o.State.number, o.State.rows = r.Int(), r.Int()
	k.s.opened.Put(o)
	for range r.Len() {
		g := k.s.table.ByCode(r.Bytes())
		k.s.put(g, o.State)
		k.known.Grow(k.s.table.Size())
		if err := k.known.Load(r, g); err != nil {
			return err
		}
	}
	return nil
}

// Free implements spill.Codec.
func (k *groupsKey) Free(keys []int32) {
	s := k.s
	k.windows = k.windows[:0]
	for _, key := range keys {
		w := s.opened.Of(key).State
		s.rows += w.rows // they count wherever they are
		k.windows = append(k.windows, w)
	}
	s.drop(k.windows)
	s.opened.Leave(keys)
	s.reuse(k.windows, 256+s.opened.Len())
	clear(k.windows)
}

// Bytes implements spill.Codec: a key has as many groups as keys have in the mean.
func (k *groupsKey) Bytes() int {
	group := int(unsafe.Sizeof(&numbered{}))*5/4 + groupBytes + k.known.Bytes()
	return openBytes[*numbered]()*5/4 + int(unsafe.Sizeof(numbered{})) + k.s.table.Len()*group/max(k.s.keys.Len(), 1)
}

// groupBytes is what a group takes in its table, which is at most half full.
const groupBytes = 64 + 16
