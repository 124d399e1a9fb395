package spill

import (
	"math"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestIndexAsTimeGoes gives groups instants to come, lets time pass, and gives those whose instant has
// come another or none. All of these are in memory then, also where others go on in between with what
// is on the shelf, and what has passed leaves it.
func TestIndexAsTimeGoes(t *testing.T) {
	for _, free := range []bool{false, true} {
		testIndexAsTimeGoes(t, free)
	}
}

// aheadMost is how far ahead of time an instant is at most.
const aheadMost = 6400

func testIndexAsTimeGoes(t *testing.T, free bool) {
	r := optest.Random(t)
	ts := []*types.Type{types.TLong.OrNull()}
	shelf := optest.NewBoard(free)
	var table *group.Table
	var state *dated
	var groups *Groups
	fresh := func() {
		table, state = group.New(ts), &dated{}
		groups = New(table, NewPart(shelf, []byte("keys")), state)
		groups.Index(shelf, []byte("when"), aheadMost)
	}
	fresh()
	want := map[int]int64{}
	clock := int64(-20000)
	for step := range 600 {
		for range r.IntN(20) { // rows come
			key := r.IntN(500)
			out := find(ts, table, []int{key})
			check(t, groups.Found(1, nil, out))
			if at, there := want[key]; there && state.of[out[0]] != at {
				t.Fatalf("step %d: key %d is of %d, want %d", step, key, state.of[out[0]], at)
			}
			want[key] = instantFrom(r.Int64N(aheadMost), clock, r.IntN(10) == 0)
			state.of[out[0]] = want[key]
		}
		clock += r.Int64N(300)
		if groups.Next() < clock || step > 100 && r.IntN(2) == 0 {
			check(t, groups.Bring(nil, clock+r.Int64N(100)))
		}
		for key, at := range want {
			if at >= clock {
				continue
			}
			g := table.At(codeOf(ts, key))
			if g < 0 {
				t.Fatalf("step %d: key %d of %d is not here at %d", step, key, at, clock)
			}
			if r.IntN(2) == 0 {
				delete(want, key)
				groups.Removed([]int32{g})
				table.Remove([]int32{g})
				continue
			}
			want[key] = instantFrom(r.Int64N(aheadMost), clock, r.IntN(10) == 0)
			state.of[g] = want[key]
			groups.Changed(g)
		}
		if r.IntN(3) > 0 {
			continue
		}
		check(t, groups.Passed(clock))
		check(t, groups.Flush())
		shelf.Commit()
		if step > 100 && r.IntN(3) == 0 {
			fresh()
			groups.Resume()
		} else {
			most := int64(r.IntN(4000))
			if step < 100 { // all of them have been put there before the first leaves memory
				most = 1 << 40
			}
			check(t, groups.Shed(most))
		}
		for k := range shelf.There {
			if at, when := strings.CutPrefix(k, "when"); when && at < string(spanName(groups.index.dates.span(clock))) {
				t.Fatalf("step %d: an instant is on the shelf that passed before %d", step, clock)
			}
		}
	}
	_, err := groups.BringAll(nil)
	check(t, err)
	for key := range want {
		if !table.Has(codeOf(ts, key)) {
			t.Errorf("key %d is lost", key)
		}
	}
	if table.Len() != len(want) {
		t.Errorf("%d groups, want %d", table.Len(), len(want))
	}
}

// instantFrom is an instant from one on, or none.
func instantFrom(ahead, clock int64, never bool) int64 {
	if never {
		return math.MaxInt64
	}
	return clock + ahead
}

// TestIndexOfSeveral: instances have instants on one shelf, and each brings the groups that are its own.
func TestIndexOfSeveral(t *testing.T) {
	r := optest.Random(t)
	ts := []*types.Type{types.TLong.OrNull()}
	shelf := optest.NewBoard(true)
	const n = 3
	var tables [n]*group.Table
	var groups [n]*Groups
	var mine [n]operators.Mine
	want := map[int]int64{}
	for i := range n {
		state := &dated{}
		tables[i], mine[i] = group.New(ts), operators.Share{Index: i, Of: n}.Mine()
		groups[i] = New(tables[i], NewPart(shelf, []byte("keys")), state)
		groups[i].Index(shelf, []byte("when"), aheadMost)
		for key := range 300 {
			if !tables[i].IsMine(mine[i], codeOf(ts, key)) {
				continue
			}
			out := find(ts, tables[i], []int{key})
			check(t, groups[i].Found(1, nil, out))
			want[key] = r.Int64N(aheadMost)
			state.of[out[0]] = want[key]
		}
		check(t, groups[i].Shed(0))
		if tables[i].Len() > 0 {
			t.Fatalf("%d groups stayed", tables[i].Len())
		}
	}
	for before := int64(100); before < aheadMost; before += 100 {
		here := 0
		for i := range n {
			check(t, groups[i].Bring(mine[i], before))
			here += tables[i].Len()
		}
		due := 0
		for _, at := range want {
			if at < before {
				due++
			}
		}
		if here != due {
			t.Fatalf("%d groups are here before %d, want %d", here, before, due)
		}
		check(t, groups[int(before)%n].Passed(before))
	}
}
