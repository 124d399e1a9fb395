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

// board is a shelf in memory. One that is not free shows what was put there from the next
// commit on.
type board struct {
	free    bool
	there   map[string]string
	waiting map[string]*string
	puts    int
}

func (b *board) Free() bool { return b.free }
func (b *board) Has() bool  { return len(b.there) > 0 }

func (b *board) Get(keys [][]byte, f func(i int, value []byte)) error {
	for i, k := range keys {
		if v, ok := b.there[string(k)]; ok {
			f(i, []byte(v))
		}
	}
	return nil
}

func (b *board) Scan(_ []byte, f func(key, value []byte) bool) error {
	for _, k := range slices.Sorted(maps.Keys(b.there)) {
		if !f([]byte(k), []byte(b.there[k])) {
			break
		}
	}
	return nil
}

func (b *board) Put(key, value []byte) error {
	b.puts++
	v := string(value)
	b.waiting[string(key)] = &v
	b.seeFree()
	return nil
}

func (b *board) Delete(key []byte) error {
	b.waiting[string(key)] = nil
	b.seeFree()
	return nil
}

func (b *board) seeFree() {
	if b.free {
		b.commit()
	}
}

func (b *board) commit() {
	for k, v := range b.waiting {
		if v == nil {
			delete(b.there, k)
		} else {
			b.there[k] = *v
		}
	}
	clear(b.waiting)
}

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
	shelf := &board{free: free, there: map[string]string{}, waiting: map[string]*string{}}
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
			shelf.commit()
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
			n, err := groups.Away(nil, func(value []byte) bool { return wire.NewReader(value).Int() <= old })
			check(t, err)
			if int(n) != before-len(want) {
				t.Fatalf("step %d: %d groups are gone, want %d", step, n, before-len(want))
			}
		}
		if step == 150 {
			check(t, groups.Flush())
			shelf.commit()
			table, state = group.New(ts), &sums{}
			groups = New(table, shelf, state)
		}
	}
	// What has not changed is not written again.
	check(t, groups.Flush())
	shelf.commit()
	puts := shelf.puts
	check(t, groups.Found(1, nil, find(ts, table, []int{7})))
	check(t, groups.Flush())
	if shelf.puts != puts+1 {
		t.Errorf("%d groups were written, and one had changed", shelf.puts-puts)
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

var _ operators.Shelf = (*board)(nil)
