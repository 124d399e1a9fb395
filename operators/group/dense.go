package group

import (
	"math"
	"math/bits"
)

// dense is an index of words that stand close together, as numbers given out one after the
// other do, or at multiples of a step, as whole minutes do: a group is looked up by how many steps it
// is from the first of them. A place takes four bytes, a slot of hashed words 16 and half of them are
// empty, so that some places for a group take no more room.
type dense struct {
	at      []int32 // by steps from base: a group's number plus one, 0 for none; nil where words are hashed
	base    uint64
	step    uint64
	inverse uint64  // of the odd part of step: its product with a multiple is the quotient
	turn    int     // how many bits the odd part is shifted by
	spare   []int32 // the array that at grew out of
}

const (
	// leastDense is from how many groups on a look at how close they stand pays.
	leastDense = 32
	// sparsest is how many places there may be for a group, and of a wide index, which is
	// most of the memory that a table takes.
	sparsest, sparsestWide = 8, 3
	// wideFrom is the number of places from which on an index is wide.
	wideFrom = 1 << 16
)

// fits reports that n words stand close enough for an index, of which the last is so many steps
// from the first.
func fits(width uint64, n int) bool {
	if width >= wideFrom {
		return width < uint64(sparsestWide*n)
	}
	return width < uint64(sparsest*n)
}

// newDense makes an index of words at multiples of a step from each other.
func newDense(step uint64) dense {
	turn := bits.TrailingZeros64(step)
	odd := step >> turn
	inverse := odd // right in its three lowest bits, and in twice as many with each line (Newton)
	for range 5 {
		inverse *= 2 - odd*inverse
	}
	return dense{step: step, inverse: inverse, turn: turn}
}

// place is how many steps a word is from the base. Where it is not a multiple, the turn
// puts bits that are not zero highest, or the product is more than any quotient: it is in no array.
func (d *dense) place(w uint64) uint64 {
	return bits.RotateLeft64((w-d.base)*d.inverse, -d.turn)
}

// find is the group of a word, -1 where it has none.
func (d *dense) find(w uint64) int32 {
	if place := d.place(w); place < uint64(len(d.at)) {
		return d.at[place] - 1
	}
	return -1
}

// set gives a word that is in reach a group.
func (d *dense) set(w uint64, g int32) { d.at[d.place(w)] = g + 1 }

// unset takes the group of a word.
func (d *dense) unset(w uint64) { d.at[d.place(w)] = 0 }

// reach moves or grows the index so that it has room for a word, and reports whether the n
// words in it and this one stand close enough for that.
func (d *dense) reach(w uint64, n int) bool {
	if d.place(w) < uint64(len(d.at)) {
		return true
	}
	lowest, highest := w, w
	if n > 0 {
		first, last := d.ends()
		lowest, highest = min(w, first), max(w, last)
		if (highest-w)%d.step != 0 || (w-lowest)%d.step != 0 {
			return false
		}
	}
	return d.span(lowest, highest, n+1)
}

// span has the index reach from one word to another, which n words lie between, and reports
// whether they stand close enough for that. There is so much room on both sides that moving an
// array is rare: words would have to walk a quarter of its length between two moves.
func (d *dense) span(lowest, highest uint64, n int) bool {
	width, room := (highest-lowest)/d.step, uint64(len(d.at))
	slack := uint64(0)
	switch {
	case fits(width, n) && width >= wideFrom:
		slack = width / 8
	case fits(width, n):
		slack = max(width/2+leastDense, (max(room, width)-width)/2)
	case width < room/2: // words that have left made it that long
		slack = (room - 1 - width) / 2
	default:
		return false
	}
	below, above := min(slack, lowest/d.step), min(slack, (math.MaxUint64-highest)/d.step)
	d.move(lowest-below*d.step, int(below+width+above)+1)
	return true
}

// ends are the lowest and the highest word of a group; there must be one.
func (d *dense) ends() (first, last uint64) {
	low, high := 0, len(d.at)-1
	for d.at[low] == 0 {
		low++
	}
	for d.at[high] == 0 {
		high--
	}
	return d.word(low), d.word(high)
}

// word is what stands at a place.
func (d *dense) word(place int) uint64 { return d.base + uint64(place)*d.step }

// move gives the index another base and length, which have all groups within.
func (d *dense) move(base uint64, n int) {
	to := d.spare
	if cap(to) < n {
		to = make([]int32, n)
	} else {
		to = to[:n]
		clear(to)
	}
	if up, down := d.place(base), (d.base-base)/d.step; up < uint64(len(d.at)) {
		copy(to, d.at[up:])
	} else if base < d.base && down < uint64(n) {
		copy(to[down:], d.at)
	}
	d.at, d.spare, d.base = to, d.at, base
	if cap(d.spare) > wideFrom {
		d.spare = nil
	}
}

// list writes all groups in the order of their words.
func (d *dense) list(out []int32) {
	k := 0
	for _, g := range d.at {
		if k == len(out) {
			return
		}
		out[k] = g - 1 // stays if it is one: to ask before would be a guess for the processor
		if g != 0 {
			k++
		}
	}
}
