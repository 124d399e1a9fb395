package spill

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// steady is sums none of whose groups may leave memory before the end.
type steady struct{ sums }

func (*steady) Pinned(int32) bool { return true }

// TestLast: every group is read the last time once for each choice that it is in, wherever it was
// and whatever the shelf had of it before, and none is there afterwards.
func TestLast(t *testing.T) {
	for _, free := range []bool{false, true} {
		shelf := optest.NewBoard(free)
		table, state := group.New([]*types.Type{types.TLong}), &steady{}
		groups := New(table, shelf, state)
		add := func(from, to, n int64) {
			keys := make([]any, 0, to-from)
			for k := from; k < to; k++ {
				keys = append(keys, k)
			}
			arr := optest.Array(memory.DefaultAllocator, types.TLong, len(keys), func(i int) any { return keys[i] })
			defer arr.Release()
			of := make([]int32, len(keys))
			table.Find([]kernel.Vector{{Type: types.TLong, Arr: arr}}, len(keys), nil, of)
			if err := groups.Found(len(keys), nil, of); err != nil {
				t.Fatal(err)
			}
			for i, g := range of {
				state.of[g] += n*1000 + from + int64(i)
			}
		}
		add(0, 60, 0)
		if err := groups.Flush(); err != nil {
			t.Fatal(err)
		}
		shelf.Commit()
		add(30, 90, 1)
		last, err := groups.Last(nil)
		if err != nil {
			t.Fatal(err)
		}
		var want, have, all []int64
		for k := range int64(90) {
			switch {
			case k < 30:
				want = append(want, k)
			case k < 60:
				want = append(want, 1000+2*k)
			default:
				want = append(want, 1000+k)
			}
		}
		value := func(b []byte) int64 { return wire.NewReader(b).Int() }
		if err := last.Each(func(_, b []byte) { all = append(all, value(b)) }); err != nil {
			t.Fatal(err)
		}
		for odd := range int64(2) {
			err := last.Take(func(_, b []byte) bool { return value(b)%2 == odd }, func(some []int32) error {
				for _, g := range some {
					have = append(have, state.of[g])
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(all, want) || !slices.Equal(have, want) {
			t.Errorf("free %v: all are %v, taken %v, want %v", free, all, have, want)
		}
		if err := groups.Flush(); err != nil {
			t.Fatal(err)
		}
		shelf.Commit()
		if table.Len() > 0 || !free && len(shelf.There) > 0 {
			t.Errorf("free %v: %d groups in memory, %d on the shelf", free, table.Len(), len(shelf.There))
		}
	}
}
