package aggregate

import (
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// singleKey writes single keys with what the aggregators know of their session.
type singleKey struct {
	s      *singles
	known  onShelf // by place
	places []int32 // scratch
}

// Grow implements spill.Codec.
func (k *singleKey) Grow(n int) { k.s.opened.Grow(n) }

// Next implements spill.Dated.
func (k *singleKey) Next(key int32) int64 { return nextOf(k.s.opened, key) }

// Save implements spill.Codec.
func (k *singleKey) Save(w *wire.Writer, key int32) error {
	o := k.s.opened.Of(key)
	w.Int(k.Next(key))
	w.Int(o.Start)
	w.Int(o.Last - o.Start)
	w.Int(k.s.counts[o.State])
	return k.known.Save(w, o.State)
}

// Load implements spill.Codec.
func (k *singleKey) Load(r *wire.Reader, key int32) error {
	r.Int()
	o := window.Open[int32]{Key: key, Start: r.Int(), State: k.s.place()}
	o.Last = o.Start + r.Int()
	k.s.counts[o.State] = r.Int()
	k.s.opened.Put(o)
	k.known.Grow(len(k.s.counts))
	return k.known.Load(r, o.State)
}

// Free implements spill.Codec.
func (k *singleKey) Free(keys []int32) {
	k.places = k.places[:0]
	for _, key := range keys {
		k.places = append(k.places, k.s.opened.Of(key).State)
	}
	k.s.freePlaces(k.places)
	k.s.opened.Leave(keys)
}

// Bytes implements spill.Codec: slices that grow have room to spare.
func (k *singleKey) Bytes() int { return openBytes[int32]()*5/4 + 8 + k.known.Bytes() }
