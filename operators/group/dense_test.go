package group

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestDense finds numbers that stand close together, or did, beside a Go map: each time some
// are found, some leave, and now and then all do.
func TestDense(t *testing.T) {
	patterns := []struct {
		name  string
		dense bool // at the end
		draw  func(r *rand.Rand, step int) int64
	}{
		{"around nought", true, func(r *rand.Rand, _ int) int64 { return r.Int64N(500) - 250 }},
		{"lowest", true, func(r *rand.Rand, _ int) int64 { return math.MinInt64 + r.Int64N(300) }},
		{"highest", true, func(r *rand.Rand, _ int) int64 { return math.MaxInt64 - r.Int64N(300) }},
		{"walking up", true, func(r *rand.Rand, step int) int64 { return int64(step)*7 + r.Int64N(200) }},
		{"walking down", true, func(r *rand.Rand, step int) int64 { return -int64(step)*7 - r.Int64N(200) }},
		{"both ways", true, func(r *rand.Rand, step int) int64 { return (1 - 2*r.Int64N(2)) * r.Int64N(int64(100+step)) }},
		{"both ends", false, func(r *rand.Rand, _ int) int64 {
			return []int64{math.MinInt64, math.MaxInt64 - 99}[r.IntN(2)] + r.Int64N(100)
		}},
		{"far", false, func(r *rand.Rand, _ int) int64 { return int64(r.Uint64()) }},
		{"one is far", false, func(r *rand.Rand, step int) int64 { return r.Int64N(400) << (step / 280 * 40) }},
		{"leaps", true, func(r *rand.Rand, step int) int64 { return int64(step/50)<<40 + r.Int64N(300) }},
	}
	r := optest.Random(t)
	for _, p := range patterns {
		table := New([]*types.Type{types.TLong})
		numbers := map[int64]int32{}
		for step := range 290 {
			values := make([]int64, 1+r.IntN(100))
			for i := range values {
				values[i] = p.draw(r, step)
			}
			var sel []int32
			for i := range values {
				if step%3 == 0 && r.IntN(2) == 0 {
					sel = append(sel, int32(i))
				}
			}
			findNumbers(t, p.name, table, numbers, values, sel)
			checkNumbers(t, p.name, table, numbers)
			switch {
			case step%100 == 99 || p.name == "leaps" && step%50 == 49:
				table.Clear()
				clear(numbers)
			case step%5 == 4:
				var gone []int32
				for v, g := range numbers {
					if r.IntN(3) == 0 {
						gone = append(gone, g)
						delete(numbers, v)
					}
				}
				table.Remove(gone)
			}
		}
		x := table.index.(*words)
		if dense := x.dense.at != nil; dense != p.dense {
			t.Errorf("%s: dense is %v", p.name, dense)
		}
		if room := cap(x.dense.at) + cap(x.dense.spare); room > 20_000 {
			t.Errorf("%s: room for %d distances", p.name, room)
		}
	}
}

// TestWideDense finds many numbers: where they stand closer than every third they have an
// array, of little more than the distances there are, and it goes along where the first leave.
func TestWideDense(t *testing.T) {
	r := optest.Random(t)
	for _, apart := range []int64{1, 7} {
		table := New([]*types.Type{types.TLong})
		numbers := map[int64]int32{}
		const n = 100_000
		order := r.Perm(n)
		for rows := range slices.Chunk(order, 4096) {
			values := make([]int64, len(rows))
			for i, k := range rows {
				values[i] = int64(k) * apart
			}
			findNumbers(t, "wide", table, numbers, values, nil)
		}
		for k := int64(0); k < n; k += 32 { // others come, and the first leave
			var come []int64
			var gone []int32
			for i := k; i < k+32; i++ {
				come, gone = append(come, (n+i)*apart), append(gone, numbers[i*apart])
				delete(numbers, i*apart)
			}
			findNumbers(t, "wide", table, numbers, come, nil)
			table.Remove(gone)
		}
		checkNumbers(t, "wide", table, numbers)
		x := table.index.(*words)
		if dense := x.dense.at != nil; dense != (apart == 1) {
			t.Errorf("%d apart: dense is %v", apart, dense)
		}
		if room := cap(x.dense.at) + cap(x.dense.spare); room > n*3/2 {
			t.Errorf("%d apart: room for %d distances", apart, room)
		}
	}
}

func findNumbers(t *testing.T, name string, table *Table, numbers map[int64]int32, values []int64, sel []int32) {
	t.Helper()
	rows := make([][]any, len(values))
	for i, v := range values {
		rows[i] = []any{v}
	}
	vs := vectors(memory.DefaultAllocator, table.Types(), rows)
	defer release(vs)
	out := make([]int32, len(values))
	table.Find(vs, len(values), sel, out)
	check := func(i int) {
		if have, ok := numbers[values[i]]; ok && have != out[i] {
			t.Fatalf("%s: %d is in group %d, was in %d", name, values[i], out[i], have)
		}
		numbers[values[i]] = out[i]
	}
	if sel == nil {
		for i := range values {
			check(i)
		}
	}
	for _, i := range sel {
		check(int(i))
	}
}

// checkNumbers compares groups, their order and what they are found by.
func checkNumbers(t *testing.T, name string, table *Table, numbers map[int64]int32) {
	t.Helper()
	if table.Len() != len(numbers) {
		t.Fatalf("%s: %d groups, want %d", name, table.Len(), len(numbers))
	}
	var want, groups []int32
	for v, g := range numbers {
		want, groups = append(want, g), append(groups, g)
		if at := table.At(table.Code(nil, g)); at != g {
			t.Fatalf("%s: %d is found as %d, not %d", name, v, at, g)
		}
	}
	byGroup := map[int32]int64{}
	for v, g := range numbers {
		byGroup[g] = v
	}
	if len(byGroup) != len(numbers) {
		t.Fatalf("%s: two numbers are in one group", name)
	}
	slices.SortFunc(want, func(a, b int32) int { return cmp.Compare(byGroup[a], byGroup[b]) })
	table.Sort(groups)
	if !slices.Equal(groups, want) {
		t.Fatalf("%s: sorted as %v, want %v", name, groups, want)
	}
}
