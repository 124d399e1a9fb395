package kept

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

var cols = []types.Column{{Name: "v", Type: types.TLong}, {Name: "s", Type: types.TString.OrNull()}}

// TestAgainstMap adds, drops, takes and saves rows beside a Go map.
func TestAgainstMap(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	r := optest.Random(t)
	rows := New(&operators.Context{Alloc: alloc})
	want := map[ID]int64{}
	next := int64(0)
	for step := range 300 {
		in := make([]optest.Row, 1+r.IntN(60))
		var sel []int32
		for i := range in {
			var s any
			if next%3 == 0 {
				s = "x"
			}
			in[i] = optest.Row{Time: next, Values: []any{next, s}}
			next++
			if r.IntN(2) == 0 {
				sel = append(sel, int32(i))
			}
		}
		b := optest.Batch(alloc, cols, in)
		for i, id := range rows.Add(b, sel) {
			want[id] = in[sel[i]].Time
		}
		b.Release()
		for id := range want {
			if r.IntN(5) < 2 {
				rows.Drop(id)
				delete(want, id)
			}
		}
		check(t, rows, want)
		if step == 150 {
			rows, want = reload(t, rows, want, alloc)
			check(t, rows, want)
		}
	}
	if rows.stored > 2*rows.live+1024 {
		t.Errorf("%d rows are stored for %d", rows.stored, rows.live)
	}
	rows.Release()
}

func check(t *testing.T, rows *Rows, want map[ID]int64) {
	t.Helper()
	var ids []ID
	for id := range want {
		ids = append(ids, id)
	}
	if rows.Len() != len(ids) {
		t.Fatalf("%d rows, want %d", rows.Len(), len(ids))
	}
	if len(ids) == 0 {
		return
	}
	b := rows.Take(ids)
	defer b.Release()
	for i, id := range ids {
		v := kernel.Values[int64](b.Cols[0])[i]
		if v != want[id] || b.Time[i] != v || b.Cols[1].IsNull(i) != (v%3 != 0) {
			t.Fatalf("row %d is %d at %d, want %d", id, v, b.Time[i], want[id])
		}
	}
}

func reload(t *testing.T, rows *Rows, want map[ID]int64, alloc memory.Allocator) (*Rows, map[ID]int64) {
	t.Helper()
	var ids []ID
	for id := range want {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var w wire.Writer
	if err := rows.Save(&w, ids); err != nil {
		t.Fatal(err)
	}
	rows.Release()
	fresh := New(&operators.Context{Alloc: alloc})
	r := wire.NewReader(w.Buf)
	loaded := fresh.Load(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	renamed := map[ID]int64{}
	for i, id := range loaded {
		renamed[id] = want[ids[i]]
	}
	return fresh, renamed
}

func TestSettled(t *testing.T) {
	b := optest.Batch(memory.DefaultAllocator, cols, optest.Arrive([]optest.Row{{Time: 3, Values: []any{int64(1), nil}}}, 0))
	Settled(b, 10, 15)
	if b.Time[0] != 9 || b.Arrival[0] != 9 || b.Progress[0] != 15 {
		t.Errorf("times are %d, %d, %d", b.Time[0], b.Arrival[0], b.Progress[0])
	}
}

// record is a provenance that names nothing.
type record struct{ operators.Provenance }

// TestRefsBesideRowsWithout: rows without a record do not take that of others away.
func TestRefsBesideRowsWithout(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	rows := New(&operators.Context{Alloc: alloc})
	defer rows.Release()
	from := &record{}
	ids := rows.Add(&operators.Batch{Rows: 1}, []int32{0})
	ids = append(ids, rows.Add(&operators.Batch{Rows: 1, Refs: []operators.Ref{{From: from, Index: 7}}}, []int32{0})...)
	b := rows.Take(ids)
	defer b.Release()
	if len(b.Refs) != 2 || b.Refs[0].From != nil || b.Refs[1] != (operators.Ref{From: from, Index: 7}) {
		t.Errorf("the records are %v", b.Refs)
	}
}
