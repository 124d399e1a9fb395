package column

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

var pair = types.RecordOf(types.Field{Name: "a", Type: types.TLong.OrNull()}, types.Field{Name: "b", Type: types.TString})

var columns = []struct {
	t     *types.Type
	value func(i int) any
}{
	{types.TBoolean, func(i int) any { return i%3 == 0 }},
	{types.TInt, func(i int) any { return int64(i) }},
	{types.TLong, func(i int) any { return int64(i) << 40 }},
	{types.TDouble, func(i int) any { return float64(i) / 4 }},
	{types.TString, func(i int) any { return fmt.Sprint("s", i) }},
	{types.TUUID, func(i int) any { return []byte(fmt.Sprintf("%016d", i)) }},
	{types.ArrayOf(types.TString.OrNull()), func(i int) any { return []any{"x", nil, fmt.Sprint(i)}[:i%4] }},
	{types.MapOf(types.TLong), func(i int) any { return types.MapValue{Keys: []string{"k"}, Values: []any{int64(i)}} }},
	{pair, func(i int) any { return []any{nil, fmt.Sprint(i)} }},
	{&types.Type{Kind: types.Union, Name: "U", Branches: []*types.Type{{Kind: types.Record, Name: "P", Fields: pair.Fields}, {Kind: types.Record, Name: "E"}}},
		func(i int) any {
			if i%2 == 0 {
				return types.UnionValue{Branch: 1, Record: []any{}}
			}
			return types.UnionValue{Branch: 0, Record: []any{int64(i), "u"}}
		}},
}

// TestTakingBack appends at random, takes values back at random, and compares
// with a builder that was given only what remained, over several batches.
func TestTakingBack(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 4))
	for _, c := range columns {
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		b := New(c.t.OrNull(), alloc)
		for range 5 {
			var kept []any
			for i := range 300 {
				var v any
				if r.IntN(5) > 0 {
					v = c.value(i)
				}
				b.Value(v)
				kept = append(kept, v)
				if r.IntN(10) == 0 {
					n := len(kept) - r.IntN(min(len(kept), 20)+1)
					b.Truncate(n)
					kept = kept[:n]
				}
			}
			plain := New(c.t.OrNull(), alloc)
			for _, v := range kept {
				plain.Value(v)
			}
			got, want := b.Finish(), plain.Finish()
			if !arrow.TypeEqual(got.DataType(), kernel.ArrowType(c.t)) {
				t.Errorf("%s: %s", c.t, got.DataType())
			}
			if got.NullN() != want.NullN() || !array.Equal(got, want) {
				t.Fatalf("%s: %s, not %s", c.t, got, want)
			}
			got.Release()
			want.Release()
		}
		b.Value(c.value(1))
		b.Release()
		alloc.AssertSize(t, 0)
	}
}
