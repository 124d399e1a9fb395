package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestModulo compares with the language's own operator, at the ends of ranges and between.
func TestModulo(t *testing.T) {
	const seed = 20261128
	r := rand.New(rand.NewPCG(seed, 0))
	edges := []int64{0, 1, 2, 3, 7, 122, 123, 124, 1 << 31, 1<<31 - 1, 1 << 32, 1<<62 - 1, 1 << 62, 1<<62 + 1, math.MaxInt64 - 1, math.MaxInt64}
	var all []int64
	for _, e := range edges {
		all = append(all, e, -e, -e-1)
	}
	for range 300 {
		all = append(all, int64(r.Uint64())>>r.IntN(64))
	}
	got := make([]int64, len(all))
	for _, by := range all {
		if by == 0 {
			continue
		}
		modulo(got, all, by)
		for i, x := range all {
			if by != -1 && got[i] != x%by || by == -1 && got[i] != 0 {
				t.Fatalf("%d %% %d is %d", x, by, got[i])
			}
		}
	}
	small, of := make([]int32, len(all)), make([]int32, len(all))
	for i, x := range all {
		of[i] = int32(x)
	}
	for _, by := range of {
		if by == 0 || by == -1 {
			continue
		}
		modulo(small, of, int64(by))
		for i, x := range of {
			if small[i] != x%by {
				t.Fatalf("%d %% %d is %d", x, by, small[i])
			}
		}
	}
}
