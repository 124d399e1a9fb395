package kept

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// TestAwayAgainstMap adds and drops rows, lets them leave memory, takes some and goes on from
// what was written down, in any order, beside a Go map.
func TestAwayAgainstMap(t *testing.T) {
	for _, free := range []bool{false, true} {
		r := optest.Random(t)
		alloc := memory.NewCheckedAllocator(optest.Scrambler{})
		ctx := &operators.Context{Alloc: alloc}
		shelf := optest.NewBoard(free)
		fresh := func() *Rows {
			rows := NewDetached(ctx, 0)
			rows.Shelve(shelf, cols)
			return rows
		}
		rows, want := fresh(), map[ID]int64{}
		for step := range 300 {
			switch step % 6 {
			case 0, 1:
				in := make([]optest.Row, r.IntN(40)+1)
				sel := make([]int32, len(in))
				for i := range in {
					sel[i] = int32(i)
					in[i] = optest.Row{Time: int64(step), Values: []any{r.Int64N(1 << 40), "s"}}
				}
				b := optest.Batch(alloc, cols, in)
				for i, id := range rows.Add(b, sel) {
					if _, there := want[id]; there {
						t.Fatalf("step %d: two rows are named %d", step, id)
					}
					want[id] = in[i].Values[0].(int64)
				}
				b.Release()
			case 2:
				for id := range want {
					if r.IntN(4) == 0 {
						rows.Drop(id)
						delete(want, id)
					}
				}
			case 3:
				if r.IntN(2) == 0 {
					checkErr(t, rows.Flush())
					shelf.Commit()
				}
				most := r.Int64N(rows.Holding() + 1)
				checkErr(t, rows.Shed(most))
				if have := rows.Holding(); free && have > most {
					t.Fatalf("step %d: rows take %d bytes, and may take %d", step, have, most)
				}
			case 4:
				takeAway(t, rows, want)
			case 5:
				if r.IntN(5) > 0 {
					continue
				}
				var ids []ID
				for id := range want {
					ids = append(ids, id)
				}
				var w wire.Writer
				checkErr(t, rows.SaveOrNames(&w, ids))
				shelf.Commit()
				rows.Release()
				rows = fresh()
				in := wire.NewReader(w.Buf)
				if have := rows.LoadOrNames(in, len(ids)); in.Err() != nil || !slices.Equal(have, ids) {
					t.Fatalf("step %d: %d rows are named, want %d (%v)", step, len(have), len(ids), in.Err())
				}
			}
			if rows.Len() != len(want) {
				t.Fatalf("step %d: %d rows, want %d", step, rows.Len(), len(want))
			}
		}
		takeAway(t, rows, want)
		rows.Release()
		alloc.AssertSize(t, 0)
	}
}

// takeAway takes every third row, wherever it is, and lets those go again that were away.
func takeAway(t *testing.T, rows *Rows, want map[ID]int64) {
	t.Helper()
	var ids []ID
	for id := range want {
		if id%3 == 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	held := rows.Holding()
	checkErr(t, rows.Bring(ids[:1], ids))
	b := rows.Take(ids)
	for i, v := range kernel.Values[int64](b.Cols[0]) {
		if v != want[ids[i]] {
			t.Errorf("row %d has %d, want %d", ids[i], v, want[ids[i]])
		}
	}
	b.Release()
	if rows.Return(); rows.Holding() > held {
		t.Errorf("rows take %d bytes after they were brought back, and took %d", rows.Holding(), held)
	}
}

func checkErr(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
