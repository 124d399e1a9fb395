package fold

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// TestExtremesOfWords takes values in and back in any order, and compares with the
// extreme of those that are there. A state goes through a snapshot now and then, and
// results are also made of copies.
func TestExtremesOfWords(t *testing.T) {
	t.Run("long", func(t *testing.T) {
		extremesOfWords(t, types.TLong, []int64{0, 1, -1, 5, 7, math.MaxInt64, math.MinInt64, 1 << 40})
	})
	t.Run("int", func(t *testing.T) {
		extremesOfWords(t, types.TInt, []int32{0, 1, -1, 5, 7, math.MaxInt32, math.MinInt32})
	})
	t.Run("double", func(t *testing.T) {
		extremesOfWords(t, types.TDouble, []float64{0, 1.5, -1.5, 1e300, -1e-300, math.Inf(1), math.Inf(-1)})
	})
	t.Run("float", func(t *testing.T) { extremesOfWords(t, types.TFloat, []float32{0, 1.5, -1.5, 3e38}) })
}

func extremesOfWords[T int32 | int64 | float32 | float64](t *testing.T, of *types.Type, values []T) {
	r := rand.New(rand.NewPCG(20261129, 1))
	// In a large batch the words of a few rows are read one by one.
	batch := slices.Repeat(values, 9)
	arg := kernel.Vector{Type: of, Arr: kernel.NewValues(memory.DefaultAllocator, of, batch)}
	for _, largest := range []bool{false, true} {
		fresh := func() *extreme { return Extreme(largest)(nil, nil, of).(*extreme) }
		agg := fresh()
		agg.WillSub()
		agg.Grow(1)
		brief := agg.Brief()
		brief.Grow(1)
		counts := map[T]int{}
		for range 3000 {
			i := int32(r.IntN(len(values)))
			n := []int{len(values), len(batch)}[r.IntN(2)]
			c := &kernel.AggCall{N: n, Rows: []int32{i}, Groups: make([]int32, n), Args: []kernel.Vector{arg}}
			if v := values[i]; counts[v] > 0 && r.IntN(2) == 0 {
				agg.Sub(c)
				if counts[v]--; counts[v] == 0 {
					delete(counts, v)
				}
			} else {
				agg.Add(c)
				counts[v]++
			}
			if r.IntN(50) == 0 {
				agg = restored(t, agg, fresh())
			}
			brief.(Copying).CopyFrom(agg, 0, 0)
			for _, a := range []kernel.Aggregator{agg, brief} {
				sameExtreme(t, a, counts, largest)
			}
		}
	}
}

// restored is an aggregator that has read the snapshot of another.
func restored(t *testing.T, agg, fresh *extreme) *extreme {
	t.Helper()
	saved, err := agg.Snapshot([]int32{0})
	if err != nil {
		t.Fatal(err)
	}
	fresh.WillSub()
	fresh.Grow(1)
	if err := fresh.Restore([]int32{0}, saved); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func sameExtreme[T int32 | int64 | float32 | float64](t *testing.T, agg kernel.Aggregator, counts map[T]int, largest bool) {
	t.Helper()
	got := agg.Result(memory.DefaultAllocator, []int32{0}, nil)
	if got.IsNull(0) != (len(counts) == 0) {
		t.Fatalf("of %v got %v", counts, got)
	}
	if len(counts) == 0 {
		return
	}
	best := kernel.Values[T](got)[0]
	if counts[best] == 0 {
		t.Fatalf("of %v got %v, which has left", counts, best)
	}
	for v := range counts {
		if v != best && (v > best) == largest {
			t.Fatalf("of %v got %v, largest %v", counts, best, largest)
		}
	}
}
