package spill

import (
	"maps"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// sums is a state of one number for each group.
type sums struct{ of []int64 }

func (s *sums) Grow(n int) { s.of = append(s.of, make([]int64, max(0, n-len(s.of)))...) }
func (s *sums) Bytes() int { return 8 }
func (s *sums) Free(groups []int32) {
	for _, g := range groups {
		s.of[g] = 0
	}
}

func (s *sums) Save(w *wire.Writer, g int32) error {
	w.Int(s.of[g])
	return nil
}

func (s *sums) Load(r *wire.Reader, g int32) error {
	s.of[g] = r.Int()
	return nil
}

// TestAgainstMap adds to groups at random, removes some, writes down what has changed and
// puts groups away, in any order, beside a Go map; and goes on from the shelf alone.
func TestAgainstMap(t *testing.T) {
	for _, free := range []bool{false, true} {
		for _, text := range []bool{false, true} {
			testAgainstMap(t, free, text)
		}
	}
}

func testAgainstMap(t *testing.T, free, text bool) {
	r := optest.Random(t)
	ts := []*types.Type{types.TLong.OrNull()}
	if text {
		ts = []*types.Type{types.TString.OrNull(), types.TLong}
	}
	shelf := optest.NewBoard(free)
	table, state := group.New(ts), &sums{}
	groups := New(table, shelf, state)
	want := map[int]int64{}
	for step := range 300 {
		keys := make([]int, r.IntN(30)+1)
		for i := range keys {
			keys[i] = r.IntN(120)
		}
		out := find(ts, table, keys)
		check(t, groups.Found(len(keys), nil, out))
		for i, k := range keys {
			if state.of[out[i]] != want[k] && !slices.Contains(keys[:i], k) {
				t.Fatalf("step %d: key %d has %d, want %d", step, k, state.of[out[i]], want[k])
			}
			state.of[out[i]]++
			want[k]++
		}
		switch step % 5 {
		case 1:
			slices.Sort(out)
			gone := slices.Compact(out)
			for _, k := range keys {
				delete(want, k)
			}
			groups.Removed(gone)
			state.Free(gone)
			table.Remove(gone)
		case 2:
			check(t, groups.Flush())
			shelf.Commit()
		case 3:
			check(t, groups.Shed(int64(r.IntN(6000))))
		case 4:
			old := int64(r.IntN(5))
			before := len(want)
			inMemory := map[int]bool{}
			for k := range want {
				inMemory[k] = table.Has(codeOf(ts, k))
				if !inMemory[k] && want[k] <= old {
					delete(want, k)
				}
			}
			n, err := groups.Away(nil, func(at int64) bool { return at <= old })
			check(t, err)
			if int(n) != before-len(want) {
				t.Fatalf("step %d: %d groups are gone, want %d", step, n, before-len(want))
			}
		}
		if step == 150 {
			check(t, groups.Flush())
			shelf.Commit()
			table, state = group.New(ts), &sums{}
			groups = New(table, shelf, state)
		}
	}
	// What has not changed is not written again.
	check(t, groups.Flush())
	shelf.Commit()
	puts := shelf.Puts
	check(t, groups.Found(1, nil, find(ts, table, []int{7})))
	check(t, groups.Flush())
	if shelf.Puts != puts+1 {
		t.Errorf("%d groups were written, and one had changed", shelf.Puts-puts)
	}
	shelf.Commit()
	delete(want, 7)
	want[7] = state.of[find(ts, table, []int{7})[0]]
	drained(t, ts, shelf, want, groups, table, state)
}

// drained takes all groups out, of those Groups there are and of two instances that have
// none in memory: each of its own keys, in order.
func drained(t *testing.T, ts []*types.Type, shelf *optest.Board, want map[int]int64, groups *Groups, table *group.Table, state *sums) {
	t.Helper()
	check(t, groups.Shed(300*ownBytes)) // some of them
	codes := map[string]int64{}
	for k, v := range want {
		codes[string(codeOf(ts, k))] = v
	}
	drain := func(groups *Groups, table *group.Table, state *sums, mine operators.Mine) map[string]int64 {
		have, last := map[string]int64{}, ""
		check(t, groups.Drain(mine, 7, func(list []int32) error {
			for _, g := range list {
				code := string(table.Code(nil, g))
				if have[code] = state.of[g]; len(have) > 1 && code <= last {
					t.Fatalf("group %x comes after %x", code, last)
				}
				last = code
			}
			slices.Reverse(list) // it is mine
			return nil
		}))
		if table.Len() > 0 {
			t.Fatalf("%d groups are left in memory", table.Len())
		}
		return have
	}
	if have := drain(groups, table, state, nil); !maps.Equal(have, codes) {
		t.Fatalf("%d groups came, want %d", len(have), len(codes))
	}
	all := map[string]int64{}
	for i := range uint64(2) {
		table, state := group.New(ts), &sums{}
		have := drain(New(table, shelf, state), table, state, func(hash uint64) bool { return hash%2 == i })
		if len(have) == 0 || len(have) == len(codes) {
			t.Fatalf("instance %d has %d of %d groups", i, len(have), len(codes))
		}
		maps.Copy(all, have)
	}
	if !maps.Equal(all, codes) {
		t.Fatalf("%d groups came out of two instances, want %d", len(all), len(codes))
	}
}

// TestParts keeps the groups of two windows on one shelf, of which one goes.
func TestParts(t *testing.T) {
	ts := []*types.Type{types.TLong.OrNull()}
	shelf := optest.NewBoard(true)
	parts := []*Part{NewPart(shelf, []byte("a")), NewPart(shelf, []byte("b"))}
	tables, states := []*group.Table{group.New(ts), group.New(ts)}, []*sums{{}, {}}
	var windows []*Groups
	for i, p := range parts {
		windows = append(windows, New(tables[i], p, states[i]))
		out := find(ts, tables[i], []int{1, 2, 3})
		check(t, windows[i].Found(3, nil, out))
		states[i].of[out[1]] = int64(10 + i)
		check(t, windows[i].Shed(0))
	}
	if !windows[0].Apart() || tables[0].Len() > 0 || len(shelf.There) != 6 {
		t.Fatalf("apart %v, %d groups in memory, %d on the shelf", windows[0].Apart(), tables[0].Len(), len(shelf.There))
	}
	check(t, parts[0].DeletePrefix(nil))
	if len(shelf.There) != 3 {
		t.Fatalf("%d groups are left", len(shelf.There))
	}
	fresh := group.New(ts)
	windows[1].Move(fresh)
	out := find(ts, fresh, []int{2, 4})
	check(t, windows[1].Found(2, nil, out))
	if a, b := states[1].of[out[0]], states[1].of[out[1]]; a != 11 || b != 0 {
		t.Errorf("groups have %d and %d, want 11 and 0", a, b)
	}
	if !windows[1].Stored(out[0]) || windows[1].Stored(out[1]) {
		t.Error("the group that was put away is new, or the new one is not")
	}
}

func vectors(ts []*types.Type, keys []int) []kernel.Vector {
	long := func(i int) any {
		if keys[i] == 0 && len(ts) == 1 {
			return nil
		}
		return int64(keys[i]) * 1_000_003 % 997
	}
	if len(ts) == 1 {
		return []kernel.Vector{{Type: ts[0], Arr: optest.Array(memory.DefaultAllocator, ts[0], len(keys), long)}}
	}
	word := func(i int) any {
		if keys[i]%7 == 0 {
			return nil
		}
		return string(rune('a' + keys[i]%5))
	}
	return []kernel.Vector{{Type: ts[0], Arr: optest.Array(memory.DefaultAllocator, ts[0], len(keys), word)},
		{Type: ts[1], Arr: optest.Array(memory.DefaultAllocator, ts[1], len(keys), long)}}
}

func find(ts []*types.Type, table *group.Table, keys []int) []int32 {
	out := make([]int32, len(keys))
	table.Find(vectors(ts, keys), len(keys), nil, out)
	return out
}

func codeOf(ts []*types.Type, key int) []byte {
	t := group.New(ts)
	return t.Code(nil, find(ts, t, []int{key})[0])
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
