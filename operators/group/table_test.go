package group

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// keyKinds draw key values of one or several columns.
var keyKinds = map[string]struct {
	ts   []*types.Type
	draw func(r *rand.Rand) []any
}{
	"long":    {[]*types.Type{types.TLong.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, r.Int64N(300)-150)} }},
	"int":     {[]*types.Type{types.TInt.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, r.Int64N(300)-150)} }},
	"far":     {[]*types.Type{types.TLong}, func(r *rand.Rand) []any { return []any{(r.Int64N(100) - 50) << 50} }},
	"double":  {[]*types.Type{types.TDouble.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, float64(r.IntN(40)-20)/4)} }},
	"bool":    {[]*types.Type{types.TBoolean.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, r.IntN(2) == 0)} }},
	"decimal": {[]*types.Type{types.DecimalOf(12, 2).OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, r.Int64N(300)-150)} }},
	"string":  {[]*types.Type{types.TString.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, fmt.Sprint(r.IntN(200)))} }},
	"long and short texts": {[]*types.Type{types.TString.OrNull()}, func(r *rand.Rand) []any {
		text := strings.Repeat("ab", r.IntN(2)*4) // half of them begin alike
		for range r.IntN(13) * r.IntN(3) {
			text += []string{"a", "b", "\x00"}[r.IntN(3)]
		}
		return []any{orNull(r, text)}
	}},
	"texts that begin alike": {[]*types.Type{types.TString}, func(r *rand.Rand) []any {
		return []any{"customer-" + []string{"", "\x00", "1", "10", "100000000", "100000001", "2"}[r.IntN(7)]}
	}},
	"uuid": {[]*types.Type{types.TUUID.OrNull()}, func(r *rand.Rand) []any { return []any{orNull(r, fmt.Sprintf("%016d", r.IntN(200)))} }},
	"two": {[]*types.Type{types.TString.OrNull(), types.TLong.OrNull()}, func(r *rand.Rand) []any {
		return []any{orNull(r, []string{"", "a", "a\x00", "b"}[r.IntN(4)]), orNull(r, r.Int64N(20)-10)}
	}},
}

func orNull(r *rand.Rand, v any) any {
	if r.IntN(10) == 0 {
		return nil
	}
	return v
}

func vectors(alloc memory.Allocator, ts []*types.Type, rows [][]any) []kernel.Vector {
	out := make([]kernel.Vector, len(ts))
	for c, t := range ts {
		out[c] = kernel.Vector{Type: t, Arr: optest.Array(alloc, t, len(rows), func(i int) any { return rows[i][c] })}
	}
	return out
}

func release(vs []kernel.Vector) {
	for _, v := range vs {
		v.Arr.Release()
	}
}

func lineOf(ts []*types.Type, arrs []arrow.Array, row int) string {
	s := ""
	for c, t := range ts {
		s += string(kernel.JSONWriter(t, arrs[c])(nil, row)) + " "
	}
	return s
}

func compareAny(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		if a == b.(bool) {
			return 0
		} else if a {
			return 1
		}
		return -1
	}
	panic("no order")
}

// TestAgainstMap adds, sorts, removes and saves groups beside a Go map.
func TestAgainstMap(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	r := optest.Random(t)
	for name, kind := range keyKinds {
		table := New(kind.ts)
		numbers := map[string]int32{}
		values := map[string][]any{}
		for step := range 60 {
			rows := make([][]any, r.IntN(80)+1)
			var sel []int32
			for i := range rows {
				rows[i] = kind.draw(r)
				if step%3 == 0 && r.IntN(2) == 0 {
					sel = append(sel, int32(i))
				}
			}
			vs := vectors(alloc, kind.ts, rows)
			out := make([]int32, len(rows))
			table.Find(vs, len(rows), sel, out)
			release(vs)
			check := func(i int) {
				key := fmt.Sprintf("%#v", rows[i])
				if have, ok := numbers[key]; ok && have != out[i] {
					t.Fatalf("%s: %s is in group %d, was in %d", name, key, out[i], have)
				}
				numbers[key], values[key] = out[i], rows[i]
			}
			if sel == nil {
				for i := range rows {
					check(i)
				}
			}
			for _, i := range sel {
				check(int(i))
			}
			if table.Len() != len(numbers) {
				t.Fatalf("%s: %d groups, want %d", name, table.Len(), len(numbers))
			}
			switch {
			case step%5 == 4:
				var gone []int32
				for key, g := range numbers {
					if r.IntN(3) == 0 {
						gone = append(gone, g)
						delete(numbers, key)
						delete(values, key)
					}
				}
				table.Remove(gone)
			case step == 30:
				table = reload(t, table, kind.ts, numbers)
			}
			checkOrder(t, name, alloc, table, kind.ts, values)
		}
		table.Clear()
		if table.Len() != 0 || table.Size() != 0 {
			t.Errorf("%s: groups left after Clear", name)
		}
	}
}

// reload deals the groups out to two tables by their keys, and reads both into a
// third, under numbers of its own.
func reload(t *testing.T, table *Table, ts []*types.Type, numbers map[string]int32) *Table {
	t.Helper()
	read := func(into *Table, saved []byte, mine operators.Mine) []int32 {
		r := wire.NewReader(saved)
		groups := into.Load(r)
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		into.Remove(into.Others(groups, mine))
		return groups
	}
	var w wire.Writer
	old := table.Save(&w)
	fresh, at := New(ts), map[int32]int32{}
	for half := range uint64(2) {
		mine := func(hash uint64) bool { return hash%2 == half }
		part := New(ts)
		names := read(part, w.Buf, mine)
		if len(ts) == 0 && half == 1 {
			break // one group, which is everybody's
		}
		var pw wire.Writer
		saved := part.Save(&pw)
		for i, g := range read(fresh, pw.Buf, nil) {
			at[old[slices.Index(names, saved[i])]] = g
		}
	}
	for key, g := range numbers {
		numbers[key] = at[g]
	}
	return fresh
}

func checkOrder(t *testing.T, name string, alloc memory.Allocator, table *Table, ts []*types.Type, values map[string][]any) {
	t.Helper()
	groups := table.Groups(nil)
	table.Sort(groups)
	keys := table.Keys(alloc, groups)
	var want [][]any
	for _, v := range values {
		want = append(want, v)
	}
	slices.SortFunc(want, func(a, b []any) int {
		for c := range a {
			if d := compareAny(a[c], b[c]); d != 0 {
				return d
			}
		}
		return 0
	})
	vs := vectors(alloc, ts, want)
	defer release(vs)
	wanted := make([]arrow.Array, len(vs))
	for i, v := range vs {
		wanted[i] = v.Arr
	}
	for i := range want {
		if got, want := lineOf(ts, keys, i), lineOf(ts, wanted, i); got != want {
			t.Fatalf("%s: group %d is %s, want %s", name, i, got, want)
		}
	}
	for _, k := range keys {
		k.Release()
	}
}

func TestEqualDoubles(t *testing.T) {
	rows := [][]any{{0.0}, {math.Copysign(0, -1)}, {math.NaN()}, {-math.NaN()}, {nil}, {math.Inf(1)}, {nil}}
	for _, ts := range [][]*types.Type{{types.TDouble.OrNull()}, {types.TDouble.OrNull(), types.TDouble.OrNull()}} {
		for i := range rows {
			if len(ts) == 2 {
				rows[i] = append(rows[i][:1:1], rows[i][0])
			}
		}
		table := New(ts)
		out := make([]int32, len(rows))
		vs := vectors(memory.DefaultAllocator, ts, rows)
		table.Find(vs, len(rows), nil, out)
		zero, nan, null, inf := out[0], out[2], out[4], out[5]
		if !slices.Equal(out, []int32{zero, zero, nan, nan, null, inf, null}) || table.Len() != 4 {
			t.Errorf("groups are %v", out)
		}
		groups := table.Groups(nil)
		table.Sort(groups)
		if !slices.Equal(groups, []int32{zero, inf, nan, null}) {
			t.Errorf("order is %v", groups)
		}
	}
}

func TestWithoutKeys(t *testing.T) {
	table := New(nil)
	out := []int32{9, 9}
	table.Find(nil, 2, nil, out)
	if table.Len() != 1 || out[0] != 0 || out[1] != 0 {
		t.Errorf("%d groups, %v", table.Len(), out)
	}
}

func TestScalarKey(t *testing.T) {
	table := New([]*types.Type{types.TLong})
	v := kernel.Vector{Type: types.TLong, Arr: optest.Array(memory.DefaultAllocator, types.TLong, 1, func(int) any { return int64(7) }), Scalar: true}
	out := make([]int32, 3)
	table.Find([]kernel.Vector{v}, 3, nil, out)
	if table.Len() != 1 {
		t.Errorf("%d groups", table.Len())
	}
}

// TestFindOf finds the groups of other tables: those of the same keys.
func TestFindOf(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	r := optest.Random(t)
	for name, kind := range keyKinds {
		here, all := New(kind.ts), map[string]int32{}
		for range 5 {
			from := New(kind.ts)
			rows := make([][]any, 60)
			for i := range rows {
				rows[i] = kind.draw(r)
			}
			keys := vectors(alloc, kind.ts, rows)
			groups, found := make([]int32, len(rows)), make([]int32, len(rows))
			from.Find(keys, len(rows), nil, groups)
			here.FindOf(from, groups, found)
			release(keys)
			for i, g := range found {
				code := string(from.Code(nil, groups[i]))
				if was, ok := all[code]; ok && was != g || string(here.Code(nil, g)) != code {
					t.Fatalf("%s: %v is group %d, of %q", name, rows[i], g, here.Code(nil, g))
				}
				all[code] = g
			}
		}
		if here.Len() != len(all) {
			t.Errorf("%s: %d groups of %d keys", name, here.Len(), len(all))
		}
	}
}

// BenchmarkFind finds 500 keys of several types, as a window of a busy topic has.
func BenchmarkFind(b *testing.B) {
	const count = 500
	for _, kind := range []struct {
		name string
		ts   []*types.Type
		key  func(k int64) []any
	}{
		{"long", []*types.Type{types.TLong}, func(k int64) []any { return []any{k} }},
		{"far long", []*types.Type{types.TLong}, func(k int64) []any { return []any{k * 1000003} }},
		{"double", []*types.Type{types.TDouble}, func(k int64) []any { return []any{float64(k)} }},
		{"decimal", []*types.Type{types.DecimalOf(12, 2)}, func(k int64) []any { return []any{100 * k} }},
		{"text", []*types.Type{types.TString}, func(k int64) []any { return []any{fmt.Sprintf("customer-%d", k)} }},
		{"two", []*types.Type{types.TLong, types.TString}, func(k int64) []any { return []any{k / 10, fmt.Sprint(k)} }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			rows := make([][]any, 4096)
			for i := range rows {
				rows[i] = kind.key(int64(r.IntN(count)))
			}
			vs := vectors(memory.DefaultAllocator, kind.ts, rows)
			table, out := New(kind.ts), make([]int32, len(rows))
			b.ReportAllocs()
			for b.Loop() {
				table.Find(vs, len(rows), nil, out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

// TestNumbered finds groups by a number behind other columns, as Find does.
func TestNumbered(t *testing.T) {
	for _, ts := range [][]*types.Type{{types.TLong}, {types.TString, types.TLong}, {types.TLong.OrNull(), types.TDouble, types.TLong}} {
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		table := New(ts)
		numbers := []int64{-5, 0, 7}
		for i, number := range numbers {
			keys := make([]kernel.Vector, len(ts))
			for c, typ := range ts {
				keys[c] = kernel.Vector{Type: typ, Arr: optest.Array(alloc, typ, 1, func(int) any {
					switch {
					case c == len(ts)-1:
						return number
					case typ == types.TString:
						return "a"
					case typ == types.TDouble:
						return 1.5
					}
					return nil
				})}
			}
			code := keycode.Row(keys[:len(ts)-1], keycode.Key)(nil, 0)
			before := table.Numbered(code, number)
			var found [1]int32
			table.Find(keys, 1, nil, found[:])
			if before != int32(i) || found[0] != before {
				t.Errorf("%v: %d is group %d, and %d by its columns", ts, number, before, found[0])
			}
			for _, k := range keys {
				k.Arr.Release()
			}
		}
		alloc.AssertSize(t, 0)
	}
}

// TestIsMine: a code belongs to the instance that its group belongs to, and At finds that.
func TestIsMine(t *testing.T) {
	r := optest.Random(t)
	for name, kind := range keyKinds {
		table := New(kind.ts)
		rows := make([][]any, 200)
		for i := range rows {
			rows[i] = kind.draw(r)
		}
		vs := vectors(memory.DefaultAllocator, kind.ts, rows)
		table.Find(vs, len(rows), nil, make([]int32, len(rows)))
		all := table.Groups(nil)
		mine := operators.Mine(func(hash uint64) bool { return hash%2 == 0 })
		others := table.Others(all, mine)
		for _, g := range all {
			code := table.Code(nil, g)
			if table.IsMine(mine, code) == slices.Contains(others, g) {
				t.Errorf("%s: code %x is of the other instance", name, code)
			}
			if at := table.At(code); at != g {
				t.Errorf("%s: code %x is group %d, and %d is found", name, code, g, at)
			}
		}
		if name != "bool" && (len(others) == 0 || len(others) == len(all)) {
			t.Errorf("%s: %d of %d groups are others", name, len(others), len(all))
		}
	}
}
