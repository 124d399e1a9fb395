package group

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestOrder compares orders of words of every width with a sort by comparison.
func TestOrder(t *testing.T) {
	r := optest.Random(t)
	var o order
	for width := range 65 {
		for _, n := range []int{0, 1, 2, fewPairs, fewPairs + 1, 1000} {
			t.Run(fmt.Sprintf("%d bits, %d groups", width, n), func(t *testing.T) {
				base, alike := r.Uint64(), r.IntN(65-width) // of the lowest bits
				seen := map[uint64]bool{}
				var words []uint64
				few := uint64(r.IntN(2)) * 63 // whose first bits, but for six, are all nought
				for i := range n {
					w := base + r.Uint64()>>(64-width)<<alike
					if few > 0 && i > 1 && width > 40 {
						w = base + r.Uint64()&(few<<(width-6)|0xffffff)<<alike
					}
					if width == 0 || !seen[w] {
						seen[w] = true
						words = append(words, w)
					}
					if width == 0 {
						break // all words differ
					}
				}
				var groups []int32
				for g := range words {
					groups = append(groups, int32(g))
				}
				r.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
				want := slices.SortedFunc(slices.Values(groups), func(a, b int32) int { return cmp.Compare(words[a], words[b]) })
				o.sort(groups, words)
				if !slices.Equal(groups, want) {
					t.Errorf("%v, want %v of %v", groups, want, words)
				}
			})
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{32, fewPairs, 1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			words := make([]uint64, n)
			groups := make([]int32, n)
			for i := range words {
				words[i] = uint64(i*7919%n + 1000)
			}
			var o order
			b.ReportAllocs()
			for b.Loop() {
				for i := range groups {
					groups[i] = int32(i)
				}
				o.sort(groups, words)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/group")
		})
	}
}
