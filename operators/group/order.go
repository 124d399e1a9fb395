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
// alike, as those of doubles and short texts do. Of words of a wide range the first bits are
// taken, which say most of the order where they are many.
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
	width := bits.Len64((highest - lowest) >> alike)
	if width > wordBits && len(groups) <= fewPairs {
		compareWords(groups, words)
		return
	}
	dropped := alike + max(0, width-wordBits)
	o.pairs = o.pairs[:0]
	for _, g := range groups {
		o.pairs = append(o.pairs, (words[g]-lowest)>>dropped<<wordBits|uint64(uint32(g)))
	}
	said := wordBits // bits of the words that pairs are sorted by, from the highest
	switch {
	case len(groups) <= fewPairs:
		slices.Sort(o.pairs)
	case width <= wordBits:
		o.byDigits(wordBits, wordBits+width)
	default:
		said = min(wordBits, (bits.Len(uint(len(groups)))+6+7)/8*8) // so that 1 in 64 is alike
		o.byDigits(2*wordBits-said, 2*wordBits)
	}
	for i, p := range o.pairs {
		groups[i] = int32(uint32(p))
	}
	if width > wordBits {
		o.mend(groups, words, 2*wordBits-said)
	}
}

// wordBits is how much of a pair is of its word, the higher half.
const wordBits = 32

// mend orders groups whose pairs are the same from some bit on.
func (o *order) mend(groups []int32, words []uint64, from int) {
	for i := 1; i < len(groups); i++ {
		begin := i - 1
		for i < len(groups) && o.pairs[i]>>from == o.pairs[begin]>>from {
			i++
		}
		if i > begin+1 {
			compareWords(groups[begin:i], words)
		}
	}
}

func compareWords(groups []int32, words []uint64) {
	slices.SortFunc(groups, func(a, b int32) int {
		return cmp.Or(cmp.Compare(words[a], words[b]), cmp.Compare(a, b))
	})
}

// byDigits sorts pairs by some of their bits, one byte after the other from the last (radix
// sort).
func (o *order) byDigits(from, to int) {
	o.spare = slices.Grow(o.spare[:0], len(o.pairs))[:len(o.pairs)]
	for shift := from; shift < to; shift += 8 {
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
