package aggregate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

// manyKeys are rows of many keys, out of order: some keys come once and some often, the watermark
// jumps now and then, and times are multiples of a grain.
func manyKeys(t *testing.T, n, keys int, grain int64) []optest.Row {
	r := optest.Random(t)
	rows, at := make([]optest.Row, n), int64(-500)
	for i := range rows {
		var k any = r.Int64N(int64(keys))
		switch r.IntN(30) {
		case 0:
			k = nil
		case 1, 2, 3, 4, 5, 6, 7:
			k = r.Int64N(20)
		}
		if i%(n/4) == n/4-1 {
			at += 4000
		}
		at += r.Int64N(3)
		back := at - r.Int64N(20)
		rows[i] = optest.Row{Time: back - (back%grain+grain)%grain, Values: []any{k, nil, nil, int64(i), r.IntN(2) == 0}}
	}
	return optest.Arrive(rows, 15)
}

// sessionsOf is an aggregate that finds sessions of k.
func sessionsOf(gap, longest, lateness int64, by ...string) *ir.Aggregate {
	a := listing("final", lateness, by...)
	a.Find = &ir.Window{Kind: ir.WindowSession, Gap: micros(gap), Max: micros(longest), Lateness: micros(lateness), Per: []string{"k"}, Emit: "final"}
	return a
}

// TestManySessions: sessions of more keys than come into memory at once, many of which are settled
// together, by rows, by time and when the input ends, are the naive ones wherever they are.
func TestManySessions(t *testing.T) {
	for _, c := range []struct{ gap, longest, lateness, grain int64 }{{900, 0, 0, 1}, {300, 0, 70, 50}, {1200, 1300, 40, 7}, {700, 0, 0, 1000}} {
		rows := manyKeys(t, 3000, 2*leastTogether, c.grain)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			a := sessionsOf(c.gap, c.longest, c.lateness, by...)
			want := lines(naiveSessions(rows, c.gap, c.longest, c.lateness), len(by) > 1)
			one := func() operators.Operator { return newAgg(t, a) }
			for _, run := range []optest.Run{{Batch: 500, Marks: 1}, {Batch: 500, Marks: 1, Shelf: optest.Free}, {Batch: 300, Shelf: optest.Free},
				{Batch: 500, Marks: 2, Shelf: optest.Kept}, {Batch: 700, Marks: 1, Shelf: optest.Kept, Snapshot: one}, {Batch: 700, Marks: 1, Snapshot: one}} {
				run.Delay = 15
				passes := must[*window.Unsettled](t)(window.NewUnsettled(a.Find))
				sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a)}, passes, one())
				if d := gocmp.Diff(want, sink.Lines); d != "" {
					t.Fatalf("%+v by %v, %+v (-want +got):\n%s", c, by, run, d)
				}
			}
		}
	}
}

// TestSessionsTakenApart goes on with several instances, each with its own keys.
func TestSessionsTakenApart(t *testing.T) {
	rows := manyKeys(t, 900, 100, 1)
	for _, by := range [][]string{{"k"}, {"k", "ok"}} {
		a := sessionsOf(150, 0, 15, by...)
		a.Aggs[1] = aggCall("max", 0, a.Aggs[2].T, col("big"))
		a.Items[1].Expr = &ir.Column{Base: ir.Base{T: a.Aggs[1].T}, Name: "$agg1"}
		fresh := func() operators.Operator { return newAgg(t, a) }
		whole := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: 15}, rowCols, rows, &optest.Sink{Cols: shownCols(a)}, fresh())
		apart := optest.Resume(t, rowCols, 0, rows, 15, shownCols(a), fresh)
		if d := gocmp.Diff(optest.Sorted(whole.Lines), apart.Lines); d != "" {
			t.Errorf("by %v (-want +got):\n%s", by, d)
		}
	}
}

// watched notes how many keys and groups are in memory when results leave.
type watched struct {
	*optest.Sink
	rows *sessionRows
	most int
}

func (w *watched) Emit(port int, b *operators.Batch) {
	w.most = max(w.most, w.rows.keys.Len())
	w.Sink.Emit(port, b)
}

// TestSessionsLeaveMemory: keys with open sessions are outside of memory and count there, and not all
// of them are in memory when the input ends.
func TestSessionsLeaveMemory(t *testing.T) {
	for _, by := range [][]string{{"k"}, {"k", "ok"}} {
		for _, shelf := range []*optest.Board{optest.NewBoard(true), optest.NewBoard(false)} {
			t.Run(fmt.Sprintf("by %v, free %v", by, shelf.Free()), func(t *testing.T) { sessionsLeaveMemory(t, shelf, by) })
		}
	}
}

func sessionsLeaveMemory(t *testing.T, shelf *optest.Board, by []string) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	a := sessionsOf(100_000, 0, 0, by...)
	agg := newAgg(t, a)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(agg.Open(&operators.Context{Alloc: alloc, Shelf: shelf, BatchRows: 4096}))
	out := &watched{Sink: &optest.Sink{Cols: shownCols(a), In: rowCols}}
	var table interface{ Len() int }
	switch f := agg.finds.(type) {
	case *singles:
		out.rows, table = &f.sessionRows, f.table
	case *sessions:
		out.rows, table = &f.sessionRows, f.table
	}
	const turns, each = 20, 200
	for turn := range int64(turns) {
		rows := make([]optest.Row, each)
		for i := range rows {
			at := turn*1000 + int64(i)
			rows[i] = optest.Row{Time: at, Arrival: at, Values: []any{turn*each + int64(i), nil, nil, int64(i), i%2 == 0}}
		}
		check(agg.Process(0, optest.Batch(alloc, rowCols, rows), out))
		check(agg.OnWatermark(operators.Watermark{Time: turn*1000 + each}, out))
		if have := out.rows.keys.Len(); !shelf.Free() && have != each { // or they have left with the watermark
			t.Fatalf("turn %d: %d keys are in memory before they leave it, want %d", turn, have, each)
		} else if agg.Holding() < int64(have*ownLeast) {
			t.Fatalf("turn %d: %d keys take %d bytes", turn, have, agg.Holding())
		}
		if !shelf.Free() {
			_, err := agg.Snapshot()
			check(err)
			shelf.Commit()
		}
		check(agg.Shed(0))
		if keys, groups := out.rows.keys.Len(), table.Len(); keys+groups > 0 {
			t.Fatalf("turn %d: %d keys and %d groups are in memory", turn, keys, groups)
		}
	}
	if have := agg.Held(); have != turns*each {
		t.Errorf("%d rows are held, want %d", have, turns*each)
	}
	check(agg.OnWatermark(operators.Watermark{Time: operators.MaxTime, End: true}, out))
	if len(out.Lines) != turns*each || agg.Held() != 0 {
		t.Errorf("%d sessions came, and %d rows are held", len(out.Lines), agg.Held())
	}
	if out.most > 2*leastTogether {
		t.Errorf("%d keys of %d were in memory at once", out.most, turns*each)
	}
	if _, err := agg.Snapshot(); err != nil {
		t.Fatal(err)
	}
	shelf.Commit()
	for name := range shelf.There {
		if strings.HasPrefix(name, keysPrefix) {
			t.Errorf("%q is left on the shelf", name)
		}
	}
	check(agg.Close())
}

// ownLeast is what a key takes at least.
const ownLeast = 64
