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

// pattern draws numbers for each step of a test.
type pattern struct {
	name  string
	dense bool // at the end
	draw  func(r *rand.Rand, step int) int64
}

// TestDense finds numbers that stand close together, or did.
func TestDense(t *testing.T) {
	const hour = 3_600_000_000
	for _, p := range []pattern{
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
		{"hours", true, func(r *rand.Rand, step int) int64 { return (int64(step)*7 + r.Int64N(200)) * hour }},
		{"hours before", true, func(r *rand.Rand, step int) int64 { return -(int64(step)*7 + r.Int64N(200)) * hour }},
		{"hours from the lowest", true, func(r *rand.Rand, _ int) int64 { return math.MinInt64 + r.Int64N(300)*hour }},
		{"hours to the highest", true, func(r *rand.Rand, _ int) int64 { return math.MaxInt64 - r.Int64N(300)*hour }},
		{"powers", true, func(r *rand.Rand, _ int) int64 { return (r.Int64N(200) - 100) << 56 }},
		{"hours and a minute", false, func(r *rand.Rand, step int) int64 { return r.Int64N(400)*hour + int64(step/280)*60_000_000 }},
		{"hours and a moment", false, func(r *rand.Rand, step int) int64 { return r.Int64N(400)*hour + int64(step/280)*7 }},
		{"other hours", true, func(r *rand.Rand, step int) int64 { return r.Int64N(400)*hour + int64(step/100) }},
	} {
		t.Run(p.name, func(t *testing.T) { p.test(t, longNumber) })
	}
}

// TestDenseDoubles finds quarters of numbers: only whole ones are dense.
func TestDenseDoubles(t *testing.T) {
	for _, p := range []pattern{
		{"whole", true, func(r *rand.Rand, _ int) int64 { return 4 * (r.Int64N(500) - 250) }},
		{"hundreds", true, func(r *rand.Rand, _ int) int64 { return 400 * (r.Int64N(500) - 250) }},
		{"walking up", true, func(r *rand.Rand, step int) int64 { return 4 * (int64(step)*7 + r.Int64N(200)) }},
		{"quarters", false, func(r *rand.Rand, _ int) int64 { return r.Int64N(500) - 250 }},
		{"a quarter late", false, func(r *rand.Rand, step int) int64 { return 4*r.Int64N(400) + int64(step/280) }},
		{"far whole", false, func(r *rand.Rand, step int) int64 { return 4 * r.Int64N(400) << (step / 280 * 50) }},
	} {
		t.Run(p.name, func(t *testing.T) { p.test(t, quarter) })
	}
}

// TestDenseSpecials finds doubles that are not whole numbers among those that are.
func TestDenseSpecials(t *testing.T) {
	table := New([]*types.Type{types.TDouble})
	find := func(values ...float64) []int32 {
		rows := make([][]any, len(values))
		for i, v := range values {
			rows[i] = []any{v}
		}
		vs := vectors(memory.DefaultAllocator, table.Types(), rows)
		defer release(vs)
		out := make([]int32, len(values))
		table.Find(vs, len(values), nil, out)
		return out
	}
	var whole []float64
	for i := range 100 {
		whole = append(whole, float64(i))
	}
	groups := find(whole...)
	if table.index.(*words).dense.at == nil {
		t.Fatal("not dense")
	}
	if got := find(math.Copysign(0, -1)); got[0] != groups[0] {
		t.Errorf("-0.0 is in group %d, 0.0 in %d", got[0], groups[0])
	}
	if got := find(math.NaN(), math.Float64frombits(0xfff8000000000001), math.Inf(1), math.Inf(-1), 1<<63, -1<<63, 1e300, 0.5); !slices.Equal(got, []int32{100, 100, 101, 102, 103, 104, 105, 106}) {
		t.Errorf("others are in groups %v", got)
	}
	if got := find(whole...); !slices.Equal(got, groups) {
		t.Errorf("now in groups %v, before in %v", got, groups)
	}
}

// longNumber and quarter are keys of a number.
func longNumber(n int64) any { return n }
func quarter(n int64) any    { return float64(n) / 4 }

// test finds what a pattern draws beside a Go map: each time some are found, some leave, and now and
// then all do.
func (p pattern) test(t *testing.T, key func(int64) any) {
	r := optest.Random(t)
	table := New([]*types.Type{typeOf(key)})
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
		findNumbers(t, table, key, numbers, values, sel)
		checkNumbers(t, table, numbers)
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
		t.Errorf("dense is %v", dense)
	}
	if room := cap(x.dense.at) + cap(x.dense.spare); room > 20_000 {
		t.Errorf("room for %d places", room)
	}
}

func typeOf(key func(int64) any) *types.Type {
	if _, ok := key(0).(float64); ok {
		return types.TDouble
	}
	return types.TLong
}

// TestWideDense finds many numbers: where they stand closer than every third they have an
// array, of little more than the distances there are, and it goes along where the first leave.
func TestWideDense(t *testing.T) {
	r := optest.Random(t)
	for _, apart := range []int64{1, 7} { // the second not evenly
		at := func(k int64) int64 { return k*apart + k%3*(apart/7) }
		table := New([]*types.Type{types.TLong})
		numbers := map[int64]int32{}
		const n = 100_000
		order := r.Perm(n)
		for rows := range slices.Chunk(order, 4096) {
			values := make([]int64, len(rows))
			for i, k := range rows {
				values[i] = at(int64(k))
			}
			findNumbers(t, table, longNumber, numbers, values, nil)
		}
		for k := int64(0); k < n; k += 32 { // others come, and the first leave
			var come []int64
			var gone []int32
			for i := k; i < k+32; i++ {
				come, gone = append(come, at(n+i)), append(gone, numbers[at(i)])
				delete(numbers, at(i))
			}
			findNumbers(t, table, longNumber, numbers, come, nil)
			table.Remove(gone)
		}
		checkNumbers(t, table, numbers)
		x := table.index.(*words)
		if dense := x.dense.at != nil; dense != (apart == 1) {
			t.Errorf("%d apart: dense is %v", apart, dense)
		}
		if room := cap(x.dense.at) + cap(x.dense.spare); room > n*3/2 {
			t.Errorf("%d apart: room for %d distances", apart, room)
		}
	}
}

func findNumbers(t *testing.T, table *Table, key func(int64) any, numbers map[int64]int32, values []int64, sel []int32) {
	t.Helper()
	rows := make([][]any, len(values))
	for i, v := range values {
		rows[i] = []any{key(v)}
	}
	vs := vectors(memory.DefaultAllocator, table.Types(), rows)
	defer release(vs)
	out := make([]int32, len(values))
	table.Find(vs, len(values), sel, out)
	check := func(i int) {
		if have, ok := numbers[values[i]]; ok && have != out[i] {
			t.Fatalf("%d is in group %d, was in %d", values[i], out[i], have)
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
func checkNumbers(t *testing.T, table *Table, numbers map[int64]int32) {
	t.Helper()
	if table.Len() != len(numbers) {
		t.Fatalf("%d groups, want %d", table.Len(), len(numbers))
	}
	var want, groups []int32
	for v, g := range numbers {
		want, groups = append(want, g), append(groups, g)
		if at := table.At(table.Code(nil, g)); at != g {
			t.Fatalf("%d is found as %d, not %d", v, at, g)
		}
	}
	byGroup := map[int32]int64{}
	for v, g := range numbers {
		byGroup[g] = v
	}
	if len(byGroup) != len(numbers) {
		t.Fatal("two numbers are in one group")
	}
	slices.SortFunc(want, func(a, b int32) int { return cmp.Compare(byGroup[a], byGroup[b]) })
	table.Sort(groups)
	if !slices.Equal(groups, want) {
		t.Fatalf("sorted as %v, want %v", groups, want)
	}
}
