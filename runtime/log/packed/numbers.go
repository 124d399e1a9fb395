package packed

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/vm/wire"
)

// steps are what distances between numbers are often multiples of: instants of whole
// milliseconds and seconds.
var steps = [...]uint64{1, 1_000, 1_000_000}

// wholes writes the values of a column, in which those of null do not matter.
func (p *Packer) wholes(w *wire.Writer, h *habits, vs []int64, a arrow.Array) {
	if a.NullN() > 0 {
		vs = p.filled(vs, a)
	}
	p.numbers(w, h, vs)
}

// filled has the value before in the place of each null.
func (p *Packer) filled(vs []int64, a arrow.Array) []int64 {
	out := append(p.values[:0], vs...)
	last := int64(0)
	for i := range out {
		if a.IsValid(i) {
			last = out[i]
		} else {
			out[i] = last
		}
	}
	p.values = out
	return out
}

// Numbers writes whole numbers that are no column.
func (p *Packer) Numbers(w *wire.Writer, vs []int64) {
	var none habits
	none.compress.left = 1
	p.numbers(w, &none, vs)
}

// numbers writes whole numbers: what they are told from, in what steps, and in how many
// bytes.
func (p *Packer) numbers(w *wire.Writer, h *habits, vs []int64) {
	if len(vs) == 0 {
		return
	}
	least, most, back, ahead := span(vs)
	p.offsets = slices.Grow(p.offsets[:0], len(vs))[:len(vs)]
	apart := uint64(most) - uint64(least)
	// From one to the next where that is less, by half at least.
	chained := len(vs) > 1 && width(uint64(ahead)-uint64(back)) < width(apart)
	if chained {
		distances(p.offsets, vs, back)
		apart = uint64(ahead) - uint64(back)
		w.Uint(1)
		w.Int(vs[0])
		w.Int(back)
	} else {
		for i, v := range vs {
			p.offsets[i] = uint64(v) - uint64(least)
		}
		w.Uint(0)
		w.Int(least)
	}
	step := p.step(apart)
	w.Uint(uint64(step))
	n := width(apart / steps[step])
	w.Uint(uint64(n))
	if n < 8 {
		w.Buf = narrow(w.Buf, p.offsets, n)
		return
	}
	p.wide = narrow(p.wide[:0], p.offsets, n)
	p.section(w, h, p.wide)
}

// span is the least and largest of numbers, and of the distances from one to the next.
func span(vs []int64) (least, most, back, ahead int64) {
	last := vs[0]
	least, most = last, last
	if len(vs) > 1 {
		back = vs[1] - last
		ahead = back
	}
	for _, v := range vs[1:] {
		d := v - last
		least, most = min(least, v), max(most, v)
		back, ahead = min(back, d), max(ahead, d)
		last = v
	}
	return least, most, back, ahead
}

// distances are those from one number to the next, told from the least of them.
func distances(out []uint64, vs []int64, back int64) {
	out[0] = 0
	last := vs[0]
	for i, v := range vs[1:] {
		out[i+1] = uint64(v-last) - uint64(back)
		last = v
	}
}

// step takes the largest step that offsets are multiples of out of them, and returns its
// number.
func (p *Packer) step(apart uint64) int {
	if width(apart) <= 1 {
		return 0
	}
	at := 0
	for at+1 < len(steps) && apart%steps[at+1] == 0 && multiples(p.offsets, at+1) {
		at++
	}
	switch at {
	case 1:
		for i := range p.offsets {
			p.offsets[i] /= 1_000
		}
	case 2:
		for i := range p.offsets {
			p.offsets[i] /= 1_000_000
		}
	}
	return at
}

// multiples reports offsets that are multiples of a step. Divisors that the compiler knows
// become multiplications.
func multiples(offsets []uint64, step int) bool {
	if step == 1 {
		return !slices.ContainsFunc(offsets, func(v uint64) bool { return v%1_000 != 0 })
	}
	return !slices.ContainsFunc(offsets, func(v uint64) bool { return v%1_000_000 != 0 })
}

// width is the bytes that a number needs, of 0, 1, 2, 4 and 8.
func width(v uint64) int {
	switch n := bits.Len64(v); {
	case n == 0:
		return 0
	case n <= 8:
		return 1
	case n <= 16:
		return 2
	case n <= 32:
		return 4
	}
	return 8
}

// narrow appends numbers of some bytes each.
func narrow(dst []byte, vs []uint64, width int) []byte {
	from := len(dst)
	dst = slices.Grow(dst, width*len(vs))[:from+width*len(vs)]
	out := dst[from:]
	switch width {
	case 1:
		for i, v := range vs {
			out[i] = byte(v)
		}
	case 2:
		for i, v := range vs {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(v))
		}
	case 4:
		for i, v := range vs {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
		}
	case 8:
		for i, v := range vs {
			binary.LittleEndian.PutUint64(out[8*i:], v)
		}
	}
	return dst
}

// Numbers reads n whole numbers.
func Numbers(r *wire.Reader, n int) ([]int64, error) {
	out := make([]int64, n)
	if n == 0 {
		return out, nil
	}
	chained := r.Uint()
	first, back := r.Int(), int64(0)
	if chained == 1 {
		back = r.Int()
	}
	step, width := r.Uint(), int(r.Uint())
	if chained > 1 || step >= uint64(len(steps)) {
		return nil, errDamaged
	}
	if err := widen(r, out, width); err != nil {
		return nil, err
	}
	for i := range out {
		out[i] *= int64(steps[step])
	}
	if chained == 0 {
		for i := range out {
			out[i] += first
		}
		return out, nil
	}
	out[0] = first
	for i := 1; i < n; i++ {
		out[i] += out[i-1] + back
	}
	return out, nil
}

// widen reads numbers of some bytes each.
func widen(r *wire.Reader, out []int64, width int) error {
	var b []byte
	if width == 8 {
		var err error
		if b, err = readSection(r, 8*len(out)); err != nil {
			return err
		}
	} else {
		r.Rest(func(rest []byte) ([]byte, error) {
			if width < 0 || width > 4 || width*len(out) > len(rest) {
				return nil, errDamaged
			}
			b = rest[:width*len(out)]
			return rest[len(b):], nil
		})
	}
	if r.Failed() {
		return errDamaged
	}
	switch width {
	case 0:
	case 1:
		for i := range out {
			out[i] = int64(b[i])
		}
	case 2:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint16(b[2*i:]))
		}
	case 4:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case 8:
		for i := range out {
			out[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
	default:
		return errDamaged
	}
	return nil
}

// widened are small numbers as large ones.
func widened(p *Packer, vs []int32) []int64 {
	out := slices.Grow(p.values[:0], len(vs))[:len(vs)]
	for i, v := range vs {
		out[i] = int64(v)
	}
	p.values = out
	return out
}

func narrowed(vs []int64) []int32 {
	out := make([]int32, len(vs))
	for i, v := range vs {
		out[i] = int32(v)
	}
	return out
}
