package packed

import (
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/edynamic/edynamic/vm/wire"
)

// leastCompressed is how many bytes there must be for compression to be tried.
const leastCompressed = 256

// section writes bytes, compressed where that takes an eighth off them, or more.
func (p *Packer) section(w *wire.Writer, h *habits, b []byte) {
	if len(b) < leastCompressed || !h.compress.due() {
		w.Bool(false)
		w.Bytes(b)
		return
	}
	most := s2.MaxEncodedLen(len(b))
	p.texts = slices.Grow(p.texts[:0], max(most, 0))
	small := s2.Encode(p.texts[:cap(p.texts)], b)
	pays := len(small) <= len(b)-len(b)/8
	h.compress.paid(pays)
	w.Bool(pays)
	if pays {
		w.Bytes(small)
		return
	}
	w.Bytes(b)
}

// readSection reads bytes of which it is known how many they are. They are the caller's.
func readSection(r *wire.Reader, size int) ([]byte, error) {
	small := r.Bool()
	b := r.Bytes()
	if !small {
		if len(b) != size || r.Failed() {
			return nil, errDamaged
		}
		return append(make([]byte, 0, size), b...), nil
	}
	if n, err := s2.DecodedLen(b); err != nil || n != size {
		return nil, errDamaged
	}
	out, err := s2.Decode(make([]byte, size), b)
	if err != nil || len(out) != size {
		return nil, errDamaged
	}
	return out, nil
}
