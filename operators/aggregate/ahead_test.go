package aggregate

import (
	"cmp"
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestFirstRows compares with sorting.
func TestFirstRows(t *testing.T) {
	r := optest.Random(t)
	for range 2000 {
		values := make([]int64, 1+r.IntN(60))
		for i := range values {
			if values[i] = int64(r.IntN(20)) - 10; r.IntN(10) == 0 {
				values[i] = int64(r.Uint64())
			}
		}
		n, desc := 1+r.IntN(len(values)), r.IntN(2) == 0
		sorted := slices.Clone(values)
		slices.SortFunc(sorted, func(a, b int64) int {
			if desc {
				return cmp.Compare(b, a)
			}
			return cmp.Compare(a, b)
		})
		var want []int32
		for i, v := range values {
			if last := sorted[n-1]; v == last || desc == (v > last) {
				want = append(want, int32(i))
			}
		}
		if got := firstRows(values, n, desc); !slices.Equal(got, want) {
			t.Fatalf("the first %d of %v (descending: %v) are %v, not %v", n, values, desc, got, want)
		}
	}
}
