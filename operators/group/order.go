package group

import (
	"cmp"
	"math/bits"

	"slices"
)

// order sorts groups by words; those of equal words come as they are numbered.
type order struct {
	pairs, spare []uint64 // scratch
}

// fewPairs is up to how many comparing is as fast as looking at digits.
const fewPairs = 64

// sort orders groups by words[group]. Words of a narrow range, as the keys of a window
// mostly are, become plain numbers with their group beside them; so do words that end
// alike, as those of doubles and short texts do.
func (o *order) sort(groups []int32, words []uint64) {
	if len(groups) < 2 {
		return
	}
	first := words[groups[0]]
	lowest, highest, differ := first, first, uint64(0)
	for _, g := range groups {
		w := words[g]
		lowest, highest, differ = min(lowest, w), max(highest, w), differ|(w^first)
	}
	alike := bits.TrailingZeros64(differ) // so they are in distances from the lowest
	if (highest-lowest)>>alike >= 1<<32 {
		slices.SortFunc(groups, func(a, b int32) int {
			return cmp.Or(cmp.Compare(words[a], words[b]), cmp.Compare(a, b))
		})
		return
	}
	o.pairs = o.pairs[:0]
	for _, g := range groups {
		o.pairs = append(o.pairs, (words[g]-lowest)>>alike<<32|uint64(uint32(g)))
	}
	if len(groups) <= fewPairs {
		slices.Sort(o.pairs)
	} else {
		o.byDigits(bits.Len64((highest - lowest) >> alike))
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
