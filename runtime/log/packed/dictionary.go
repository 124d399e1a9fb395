package packed

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/edynamic/edynamic/vm/wire"
)

// dictionary finds out how many different texts there are.
type dictionary struct {
	slots     []int32 // numbers of different texts, from 1 on
	different texts
	looks     []look  // of the different texts
	picks     []int64 // the different text of each row
}

// look is what a text is told from others by: its length and the bytes at its ends. That is
// all there is of one which is not long.
type look struct {
	first, last uint64
	n           int
}

// longText is from how many bytes on a text has more than its look.
const longText = 17

const (
	// tableBits is as many as make twice the slots that different texts take.
	tableBits     = 11
	mostDifferent = 1 << (tableBits - 1)
	// firstLook is how many texts are looked at before it is asked whether they repeat.
	firstLook = 64
	// mostSteps is how many slots may be passed over for each text, in the mean.
	mostSteps = 4
)

// find looks for the different ones of texts. It reports whether they are so few that
// writing their numbers pays.
func (d *dictionary) find(t *texts) bool {
	n := t.len()
	if n < 2*firstLook {
		return false
	}
	if d.slots == nil {
		d.slots = make([]int32, 1<<tableBits)
	}
	clear(d.slots)
	d.different = texts{Texts: Texts{d.different.Bytes[:0], d.different.From[:0], d.different.To[:0]}, whole: true}
	d.looks, d.picks = d.looks[:0], slices.Grow(d.picks[:0], n)[:n]
	steps := mostSteps * n
	for i := range n {
		if i == firstLook && d.different.len() > firstLook/2 {
			return false
		}
		if t.valid != nil && !t.valid(i) {
			d.picks[i] = 0
			continue
		}
		is := t.at(i)
		k := lookOf(is)
		slot := k.slot()
		for ; d.slots[slot] != 0 && !d.is(int(d.slots[slot])-1, k, is); slot = (slot + 1) % (1 << tableBits) {
			if steps--; steps < 0 {
				return false
			}
		}
		if d.slots[slot] == 0 {
			if d.different.len() >= min(mostDifferent, n/4) {
				return false
			}
			d.add(k, is)
			d.slots[slot] = int32(d.different.len())
		}
		d.picks[i] = int64(d.slots[slot] - 1)
	}
	return d.different.len() > 0
}

// is reports that a text is the different one of a number.
func (d *dictionary) is(number int, k look, text []byte) bool {
	return d.looks[number] == k && (k.n < longText || bytes.Equal(d.different.at(number), text))
}

func (d *dictionary) add(k look, text []byte) {
	d.looks = append(d.looks, k)
	d.different.From = append(d.different.From, int32(len(d.different.Bytes)))
	d.different.Bytes = append(d.different.Bytes, text...)
	d.different.To = append(d.different.To, int32(len(d.different.Bytes)))
}

func lookOf(b []byte) look {
	k := look{n: len(b)}
	switch n := len(b); {
	case n >= 8:
		k.first, k.last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		k.first, k.last = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		k.first = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	return k
}

// slot is where a text is looked for first.
func (k look) slot() int {
	high, low := bits.Mul64(k.first^0x9e3779b97f4a7c15, k.last^0xbf58476d1ce4e5b9^uint64(k.n)<<32)
	return int((high ^ low) * 0x94d049bb133111eb >> (64 - tableBits))
}

// writePicks writes which different text each row has.
func (p *Packer) writePicks(w *wire.Writer) {
	fromWhere(w, 0, 0, false)
	w.Uint(0)
	n := width(uint64(p.different.len() - 1))
	w.Uint(uint64(n))
	w.Buf = narrow(w.Buf, p.picks, 0, n)
}
