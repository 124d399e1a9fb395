package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// TestMultiples compares with the language's own operator, at the ends of ranges and between.
func TestMultiples(t *testing.T) {
	const seed = 20261129
	r := rand.New(rand.NewPCG(seed, 0))
	edges := []int64{0, 1, 2, 3, 6, 7, 8, 12, 122, 123, 246, 1 << 31, 1<<31 - 1, 1 << 32, 1<<62 - 1, 1 << 62, math.MaxInt64 - 1, math.MaxInt64}
	var all []int64
	for _, e := range edges {
		all = append(all, e, -e, -e-1)
	}
	for range 200 {
		all = append(all, int64(r.Uint64())>>r.IntN(64))
	}
	multiples(t, all)
	small := make([]int32, len(all))
	for i, x := range all {
		small[i] = int32(x)
	}
	multiples(t, small)
}

func multiples[T Whole](t *testing.T, all []T) {
	t.Helper()
	of := types.TLong
	if _, narrow := any(all[0]).(int32); narrow {
		of = types.TInt
	}
	for _, by := range all {
		if by == 0 {
			continue
		}
		values := slices.Clone(all)
		for i := range values {
			if i%3 == 0 {
				values[i] = values[i] / by * by
			}
		}
		x := Vector{Type: of, Arr: NewValues(memory.DefaultAllocator, of, values)}
		odd := []int32{}
		for i := 1; i < len(values); i += 2 {
			odd = append(odd, int32(i))
		}
		for _, op := range []ir.Op{ir.Eq, ir.Ne} {
			for _, sel := range [][]int32{nil, odd} {
				got := MatchMultiples(by, op)(make([]int32, len(values)), x, Vector{}, len(values), sel)
				want := []int32{}
				for i, v := range values {
					if (sel == nil || i%2 == 1) && (by == -1 || v%by == 0) == (op == ir.Eq) {
						want = append(want, int32(i))
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%s: of %d got rows %v, want %v", op, by, got, want)
				}
			}
		}
	}
}
