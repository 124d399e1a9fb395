package group

import "math"

// dense is an index of words that stand close together, as numbers given out one after the
// other do: a group is looked up by its distance from the first of them. A distance takes
// four bytes, a slot of hashed words 16 and half of them are empty, so that some distances for a
// group take no more room.
type dense struct {
	at    []int32 // by distance from base: a group's number plus one, 0 for none; nil where words are hashed
	base  uint64
	spare []int32 // the array that at grew out of
}

const (
	// leastDense is from how many groups on a look at how close they stand pays.
	leastDense = 32
	// sparsest is how many distances there may be for a group, and of a wide index, which is
	// most of the memory that a table takes.
	sparsest, sparsestWide = 8, 3
	// wideFrom is the number of distances from which on an index is wide.
	wideFrom = 1 << 16
)

// fits reports that n words stand close enough for an index, of which the last is so far from
// the first.
func fits(width uint64, n int) bool {
	if width >= wideFrom {
		return width < uint64(sparsestWide*n)
	}
	return width < uint64(sparsest*n)
}

// find is the group of a word, -1 where it has none.
func (d *dense) find(w uint64) int32 {
	if off := w - d.base; off < uint64(len(d.at)) {
		return d.at[off] - 1
	}
	return -1
}

// set gives a word that is in reach a group.
func (d *dense) set(w uint64, g int32) { d.at[w-d.base] = g + 1 }

// unset takes the group of a word.
func (d *dense) unset(w uint64) { d.at[w-d.base] = 0 }

// reach moves or grows the index so that it has room for a word, and reports whether the n
// words in it and this one stand close enough for that.
func (d *dense) reach(w uint64, n int) bool {
	if w-d.base < uint64(len(d.at)) {
		return true
	}
	lowest, highest := w, w
	if n > 0 {
		first, last := d.ends()
		lowest, highest = min(w, first), max(w, last)
	}
	return d.span(lowest, highest, n+1)
}

// span has the index reach from one word to another, which n words lie between, and reports
// whether they stand close enough for that. There is so much room on both sides that moving an
// array is rare: words would have to walk a quarter of its length between two moves.
func (d *dense) span(lowest, highest uint64, n int) bool {
	width, room := highest-lowest, uint64(len(d.at))
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
	base := lowest - min(slack, lowest)
	end := highest + min(slack, math.MaxUint64-highest)
	d.move(base, int(end-base)+1)
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
	return d.base + uint64(low), d.base + uint64(high)
}

// move gives the index another base and length, which have all groups within.
func (d *dense) move(base uint64, n int) {
	to := d.spare
	if cap(to) < n {
		to = make([]int32, n)
	} else {
		to = to[:n]
		clear(to)
	}
	if up, down := base-d.base, d.base-base; up < uint64(len(d.at)) {
		copy(to, d.at[up:])
	} else if down < uint64(n) {
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
