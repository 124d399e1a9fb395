package column

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// TestRuns appends runs among single values and nulls, and takes some back, beside a
// builder that is given one value after the other.
func TestRuns(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 5))
	for range 200 {
		for _, c := range []struct {
			t   *types.Type
			run func(b *Builder, n, room int)
		}{
			{types.TLong, func(b *Builder, n, room int) { fill(b.LongRoom(room), 7); b.Longs(n) }},
			{types.TInt, func(b *Builder, n, room int) { fill(b.IntRoom(room), 7); b.Ints(n) }},
			{types.TDouble, func(b *Builder, n, room int) { fill(b.DoubleRoom(room), 7); b.Doubles(n) }},
			{types.DecimalOf(9, 0), func(b *Builder, n, room int) { fill(b.DecimalRoom(room), decimal128.FromI64(7)); b.Decimals(n) }},
			{types.TString, func(b *Builder, n, room int) {
				ends, text := b.TextRoom(room)
				for i := range n {
					if cap(text)-len(text) < 1 {
						text = b.MoreText(text, 1)
					}
					text = append(text, '7')
					ends[i] = int32(len(text))
				}
				b.Texts(n, text)
			}},
		} {
			seven := map[types.Kind]any{types.Decimal: types.Dec{Unscaled: big.NewInt(7)}, types.Long: int64(7), types.Int: int64(7), types.Double: 7.0, types.String: "7"}[c.t.Kind]
			alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
			runs, plain := New(c.t.OrNull(), alloc), New(c.t.OrNull(), alloc)
			for range r.IntN(20) {
				n := r.IntN(30)
				switch r.IntN(5) {
				case 0, 1:
					c.run(runs, n, n+r.IntN(10))
					for range n {
						plain.Value(seven)
					}
				case 3:
					var nulls []int32
					for i := range n {
						if plain.Value(seven); r.IntN(3) == 0 {
							nulls = append(nulls, int32(i))
							plain.Truncate(plain.Len() - 1)
							plain.Null()
						}
					}
					c.run(runs, n, n)
					runs.Nulled(n, nulls)
				case 2:
					runs.Null()
					plain.Null()
				default:
					n = max(0, runs.Len()-n)
					runs.Truncate(n)
					plain.Truncate(n)
				}
			}
			got, want := runs.Finish(), plain.Finish()
			if got.NullN() != want.NullN() || !array.Equal(got, want) {
				t.Fatalf("%s: %s, not %s", c.t, got, want)
			}
			got.Release()
			want.Release()
			runs.Release()
			plain.Release()
			alloc.AssertSize(t, 0)
		}
	}
}

func fill[T any](room []T, v T) {
	for i := range room {
		room[i] = v
	}
}
