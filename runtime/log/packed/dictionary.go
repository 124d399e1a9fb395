package packed

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// dictionary finds out how many different texts there are.
type dictionary struct {
	slots     []int32 // numbers of different texts, from 1 on
	different texts
	picks     []int64 // the different text of each row
}

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
	d.different.bytes, d.different.ends, d.picks = d.different.bytes[:0], append(d.different.ends[:0], 0), d.picks[:0]
	steps := mostSteps * n
	for i := range n {
		if i == firstLook && d.different.len() > firstLook/2 {
			return false
		}
		if t.valid != nil && !t.valid(i) {
			d.picks = append(d.picks, 0)
			continue
		}
		is := t.at(i)
		slot := hash(is)
		for ; d.slots[slot] != 0 && !bytes.Equal(d.different.at(int(d.slots[slot])-1), is); slot = (slot + 1) % (1 << tableBits) {
			if steps--; steps < 0 {
				return false
			}
		}
		if d.slots[slot] == 0 {
			if d.different.len() >= min(mostDifferent, n/4) {
				return false
			}
			d.different.bytes = append(d.different.bytes, is...)
			d.different.ends = append(d.different.ends, int32(len(d.different.bytes)))
			d.slots[slot] = int32(d.different.len())
		}
		d.picks = append(d.picks, int64(d.slots[slot]-1))
	}
	return d.different.len() > 0
}

// hash is the slot that a text is looked for first, by its length and the bytes at its
// ends.
func hash(b []byte) int {
	var first, last uint64
	switch n := len(b); {
	case n >= 8:
		first, last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		first, last = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		first = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	high, low := bits.Mul64(first^0x9e3779b97f4a7c15, last^0xbf58476d1ce4e5b9^uint64(len(b))<<32)
	return int((high ^ low) * 0x94d049bb133111eb >> (64 - tableBits))
}
