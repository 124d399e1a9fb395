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
	if apart, ok := even(vs); ok {
		fromWhere(w, vs[0], apart, apart != 0)
		w.Uint(0)
		w.Uint(0)
		return
	}
	least, most := bounds(vs)
	apart := uint64(most) - uint64(least)
	// From one to the next where that is less, by half at least.
	back, far, chained := nearer(vs, apart)
	if chained {
		fromWhere(w, vs[0], back, true)
		vs, least, apart = p.distances(vs, back), 0, far
	} else {
		fromWhere(w, least, 0, false)
	}
	step := 0
	if width(apart) > 1 && apart%steps[1] == 0 {
		vs, step = p.stepped(vs, least, apart)
		if step > 0 {
			least = 0
		}
	}
	w.Uint(uint64(step))
	n := width(apart / steps[step])
	w.Uint(uint64(n))
	if n < 8 {
		w.Buf = narrow(w.Buf, vs, least, n)
		return
	}
	p.wide = narrow(p.wide[:0], vs, least, n)
	p.section(w, h, p.wide)
}

// fromWhere writes what numbers are told from: the first and what it is to the next at
// least, or the least of all.
func fromWhere(w *wire.Writer, first, back int64, chained bool) {
	if !chained {
		w.Uint(0)
		w.Int(first)
		return
	}
	w.Uint(1)
	w.Int(first)
	w.Int(back)
}

// even is the distance from each number to the next where that is always the same.
func even(vs []int64) (apart int64, ok bool) {
	if len(vs) == 1 {
		return 0, true
	}
	last := vs[1]
	apart = last - vs[0]
	for _, v := range vs[2:] {
		if v-last != apart {
			return 0, false
		}
		last = v
	}
	return apart, true
}

// bounds are the least and the largest of numbers. Four that do not wait for each other
// are looked for at a time.
func bounds(vs []int64) (least, most int64) {
	l0, m0 := vs[0], vs[0]
	l1, m1 := l0, m0
	for ; len(vs) >= 2; vs = vs[2:] {
		a, b := vs[0], vs[1]
		l0, m0 = min(l0, a), max(m0, a)
		l1, m1 = min(l1, b), max(m1, b)
	}
	if len(vs) == 1 {
		l0, m0 = min(l0, vs[0]), max(m0, vs[0])
	}
	return min(l0, l1), max(m0, m1)
}

// firstDistances are looked at before those of all numbers are: where they are not near
// each other, all are not.
const firstDistances = 64

// nearer reports that the distances from one number to the next need fewer bytes than those
// from the least, the least of them and how far all are from it.
func nearer(vs []int64, apart uint64) (back int64, far uint64, ok bool) {
	for _, n := range []int{min(firstDistances, len(vs)), len(vs)} {
		last, ahead := vs[1], vs[1]-vs[0]
		back = ahead
		for _, v := range vs[2:n] {
			d := v - last
			back, ahead = min(back, d), max(ahead, d)
			last = v
		}
		if far = uint64(ahead) - uint64(back); width(far) >= width(apart) {
			return 0, 0, false
		}
	}
	return back, far, true
}

// distances are those from one number to the next, told from the least of them.
func (p *Packer) distances(vs []int64, back int64) []int64 {
	out := p.room(len(vs))
	out[0] = 0
	last := vs[0]
	for i, v := range vs[1:] {
		out[i+1] = v - last - back
		last = v
	}
	return out
}

// room is for the numbers being written.
func (p *Packer) room(n int) []int64 {
	p.offsets = slices.Grow(p.offsets[:0], n)[:n]
	return p.offsets
}

// stepped takes the largest step that numbers are multiples of, told from the least, out of
// them, and returns its number; 0 leaves them as they are.
func (p *Packer) stepped(vs []int64, least int64, apart uint64) ([]int64, int) {
	at := 0
	for at+1 < len(steps) && apart%steps[at+1] == 0 && multiples(vs, least, at+1) {
		at++
	}
	if at == 0 {
		return vs, 0
	}
	out := p.room(len(vs)) // perhaps those of vs
	switch at {
	case 1:
		for i, v := range vs {
			out[i] = int64((uint64(v) - uint64(least)) / 1_000)
		}
	case 2:
		for i, v := range vs {
			out[i] = int64((uint64(v) - uint64(least)) / 1_000_000)
		}
	}
	return out, at
}

// multiples reports numbers that are multiples of a step, told from the least. Divisors that
// the compiler knows become multiplications.
func multiples(vs []int64, least int64, step int) bool {
	if step == 1 {
		return !slices.ContainsFunc(vs, func(v int64) bool { return (uint64(v)-uint64(least))%1_000 != 0 })
	}
	return !slices.ContainsFunc(vs, func(v int64) bool { return (uint64(v)-uint64(least))%1_000_000 != 0 })
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

// narrow appends numbers of some bytes each, told from the least.
func narrow(dst []byte, vs []int64, least int64, width int) []byte {
	from := len(dst)
	dst = slices.Grow(dst, width*len(vs))[:from+width*len(vs)]
	out := dst[from:]
	switch width {
	case 1:
		out = out[:len(vs)]
		for i, v := range vs {
			out[i] = byte(v - least)
		}
	case 2:
		for i, v := range vs {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(v-least))
		}
	case 4:
		for i, v := range vs {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v-least))
		}
	case 8:
		for i, v := range vs {
			binary.LittleEndian.PutUint64(out[8*i:], uint64(v-least))
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
