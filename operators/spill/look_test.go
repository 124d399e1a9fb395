package spill

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/wire"
)

// dated is sums that are the instants at which something happens to groups.
type dated struct{ sums }

func (d *dated) Next(g int32) int64 { return d.of[g] }

func (d *dated) Save(w *wire.Writer, g int32) error {
	w.Int(d.of[g])
	return nil
}

// TestLookAndBring gives groups instants, puts groups away, and looks some up or brings those
// back whose instant has come, in any order, beside a Go map. Looking makes no groups, and
// what is below Next is never away. So it is where groups are found by their instants.
func TestLookAndBring(t *testing.T) {
	for _, free := range []bool{false, true} {
		testLookAndBring(t, free, false)
		testLookAndBring(t, free, true)
	}
}

func testLookAndBring(t *testing.T, free, indexed bool) {
	r := optest.Random(t)
	ts := []*types.Type{types.TLong.OrNull()}
	shelf := optest.NewBoard(free)
	table, state := group.New(ts), &dated{}
	groups := New(table, NewPart(shelf, []byte("keys")), state)
	if indexed {
		groups.Index(shelf, []byte("when"), 1000)
	}
	want := map[int]int64{}
	mine := operators.Mine(func(hash uint64) bool { return hash%3 > 0 })
	isMine := func(key int) bool { return table.IsMine(mine, codeOf(ts, key)) }
	for step := range 400 {
		switch step % 4 {
		case 0:
			key := r.IntN(100)
			out := find(ts, table, []int{key})
			check(t, groups.Found(1, nil, out))
			state.of[out[0]] = r.Int64N(1000)
			want[key] = state.of[out[0]]
		case 1:
			check(t, groups.Flush())
			shelf.Commit()
			check(t, groups.Shed(int64(r.IntN(4000))))
		case 2:
			look(t, r.IntN(100), groups, table, state, want)
		case 3:
			before := r.Int64N(1000)
			check(t, groups.Bring(mine, before))
			for key, at := range want {
				if here := table.Has(codeOf(ts, key)); at < before && isMine(key) && !here {
					t.Fatalf("step %d: key %d of %d is not here before %d", step, key, at, before)
				}
			}
			if groups.Next() < before {
				t.Fatalf("step %d: something happens at %d, and all was brought before %d", step, groups.Next(), before)
			}
		}
		next := int64(math.MaxInt64)
		for key, at := range want {
			if isMine(key) && !table.Has(codeOf(ts, key)) {
				next = min(next, at)
			}
		}
		if groups.Next() > next {
			t.Fatalf("step %d: nothing happens before %d, and the least is %d", step, groups.Next(), next)
		}
	}
}

// look looks some keys up, of which one is changed.
func look(t *testing.T, from int, groups *Groups, table *group.Table, state *dated, want map[int]int64) {
	t.Helper()
	var codes [][]byte
	of := map[string]int{}
	for key := from; key < from+9; key++ {
		codes = append(codes, codeOf(table.Types(), key))
		of[string(codes[len(codes)-1])] = key
	}
	slices.SortFunc(codes, bytes.Compare)
	out := make([]int32, len(codes))
	check(t, groups.Look(codes, out))
	for i, g := range out {
		key := of[string(codes[i])]
		at, there := want[key]
		if there != (g >= 0) {
			t.Fatalf("key %d: group %d, and there is one: %v", key, g, there)
		}
		if there && state.of[g] != at {
			t.Fatalf("key %d is of %d, want %d", key, state.of[g], at)
		}
		if there && i == 4 {
			state.of[g] = at / 2
			want[key] = at / 2
			groups.Changed(g)
		}
	}
}
