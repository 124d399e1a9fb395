package group

import (
	"cmp"
	"math/bits"

	"slices"
)

// order sorts groups by words, no two of which are equal.
type order struct {
	pairs, spare []uint64 // scratch
}

// fewPairs is up to how many comparing is as fast as looking at digits.
const fewPairs = 64

// sort orders groups by words[group]. Words of a narrow range, as the keys of a window
// mostly are, become plain numbers with their group beside them.
func (o *order) sort(groups []int32, words []uint64) {
	if len(groups) < 2 {
		return
	}
	lowest, highest := words[groups[0]], words[groups[0]]
	for _, g := range groups {
		w := words[g]
		lowest, highest = min(lowest, w), max(highest, w)
	}
	if highest-lowest >= 1<<32 {
		slices.SortFunc(groups, func(a, b int32) int { return cmp.Compare(words[a], words[b]) })
		return
	}
	o.pairs = o.pairs[:0]
	for _, g := range groups {
		o.pairs = append(o.pairs, (words[g]-lowest)<<32|uint64(uint32(g)))
	}
	if len(groups) <= fewPairs {
		slices.Sort(o.pairs)
	} else {
		o.byDigits(bits.Len64(highest - lowest))
	}
	for i, p := range o.pairs {
		groups[i] = int32(uint32(p))
	}
}

// byDigits sorts pairs by their words of some bits, one byte after the other from the
// last (radix sort).
func (o *order) byDigits(width int) {
	o.spare = slices.Grow(o.spare[:0], len(o.pairs))[:len(o.pairs)]
	for shift := 32; shift < 32+width; shift += 8 {
		var at [256]int
		for _, p := range o.pairs {
			at[byte(p>>shift)]++
		}
		n := 0
		for digit, count := range at {
			at[digit] = n
			n += count
		}
		for _, p := range o.pairs {
			digit := byte(p >> shift)
			o.spare[at[digit]] = p
			at[digit]++
		}
		o.pairs, o.spare = o.spare, o.pairs
	}
}
