package aggregate

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

// someKept lets a third of its groups stay where all are to leave memory.
type someKept struct{ *Aggregate }

func (s someKept) Shed(int64) error { return s.Aggregate.Shed(s.Holding() / 3) }

// findingCols are those of rows that come to an aggregate which finds windows: they have none.
var findingCols = window.Columns(rowCols)

// comingKeys are rows of many keys, which come again while their windows are open and long after.
func comingKeys(t *testing.T, n, keys, spread int, delay int64) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	at := int64(0)
	for i := range rows {
		at += int64(r.IntN(3))
		var k any = int64(r.IntN(keys))
		if r.IntN(keys) == 0 {
			k = nil
		}
		rows[i] = optest.Row{Time: at - int64(r.IntN(spread)), Values: []any{k, nil, nil, int64(i), r.IntN(2) == 0, int64(0), int64(0)}}
	}
	return optest.Arrive(rows, delay)
}

// taking is listing with aggregates that take rows back.
func taking(by ...string) *ir.Aggregate {
	a := listing("final", 0, by...)
	a.Aggs[1], a.Aggs[2] = aggCall("sum", 0, types.TLong, col("big")), aggCall("max", 0, types.TLong.OrNull(), col("big"))
	for i := range a.Items {
		a.Items[i].Expr = &ir.Column{Base: ir.Base{T: a.Aggs[i].T}, Name: fmt.Sprint("$agg", i)}
	}
	return a
}

// takingLines is lines of what taking gives.
func takingLines(list []found, byOK bool) []string {
	var out []string
	for _, w := range list {
		for _, ok := range []bool{false, true} {
			n, sum, most := 0, int64(0), int64(0)
			for _, r := range w.rows {
				if !byOK || r.Values[4] == ok {
					v := r.Values[3].(int64)
					n, sum, most = n+1, sum+v, max(most, v)
				}
			}
			if n == 0 || !byOK && ok {
				continue
			}
			by := optest.Quote(w.k)
			if byOK {
				by += " " + optest.Quote(ok)
			}
			out = append(out, fmt.Sprintf("%s %d %d %d %d %d", by, n, sum, most, w.start, w.end))
		}
	}
	return out
}

// TestSlidingOutsideOfMemory: keys that leave memory, all of them or some, give what the naive
// reference does, also where other instances go on.
func TestSlidingOutsideOfMemory(t *testing.T) {
	for _, size := range []int64{4, 30, 200} {
		spec := &ir.Window{Kind: ir.WindowSliding, Size: types.Length{Micros: size}, Per: []string{"k"}, Emit: "final"}
		rows := comingKeys(t, 600, 40, 12, 6)
		naive := naiveSliding(rows, size)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			for _, a := range []*ir.Aggregate{listing("final", 0, by...), taking(by...)} {
				a.Find = spec
				want := lines(naive, len(by) > 1)
				if a.Aggs[1].Name == "sum" {
					want = takingLines(naive, len(by) > 1)
				}
				outsideOfMemory(t, a, rows, want)
			}
		}
	}
}

// outsideOfMemory runs an aggregate whose groups leave memory.
func outsideOfMemory(t *testing.T, a *ir.Aggregate, rows []optest.Row, want []string) {
	t.Helper()
	all := func() operators.Operator { return newAgg(t, a) }
	some := func() operators.Operator { return someKept{newAgg(t, a)} }
	for _, fresh := range []func() operators.Operator{all, some} {
		for _, run := range optest.Runs(fresh) {
			run.Delay = 6
			sink := optest.Feed(t, run, findingCols, rows, &optest.Sink{Cols: shownCols(a)}, fresh())
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%+v %+v: %s", a.Find, run, d)
			}
		}
		apart := optest.Resume(t, findingCols, 0, rows, 6, shownCols(a), fresh)
		if d := gocmp.Diff(optest.Sorted(want), apart.Lines); d != "" {
			t.Fatalf("%+v taken apart: %s", a.Find, d)
		}
	}
}

// TestSessionsOutsideOfMemory: so do open sessions.
func TestSessionsOutsideOfMemory(t *testing.T) {
	for _, c := range []struct{ gap, longest, lateness int64 }{{10, 0, 0}, {40, 0, 7}, {40, 90, 0}, {200, 0, 3}} {
		spec := &ir.Window{Kind: ir.WindowSession, Gap: micros(c.gap), Max: micros(c.longest), Lateness: micros(c.lateness), Per: []string{"k"}, Emit: "final"}
		rows := comingKeys(t, 600, 40, 12, 6)
		naive := naiveSessions(rows, c.gap, c.longest, c.lateness)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			for _, a := range []*ir.Aggregate{listing("final", c.lateness, by...), taking(by...)} {
				a.Find, a.Lateness = spec, micros(c.lateness)
				want := lines(naive, len(by) > 1)
				if a.Aggs[1].Name == "sum" {
					want = takingLines(naive, len(by) > 1)
				}
				outsideOfMemory(t, a, rows, want)
			}
		}
	}
}

// TestForgottenOutsideOfMemory: of keys that no later window needs nothing stays on the shelf.
func TestForgottenOutsideOfMemory(t *testing.T) {
	for _, find := range []*ir.Window{
		{Kind: ir.WindowSliding, Size: types.Length{Micros: 30}, Per: []string{"k"}, Emit: "final"},
		{Kind: ir.WindowSession, Gap: micros(30), Per: []string{"k"}, Emit: "final"},
	} {
		for _, free := range []bool{true, false} {
			a := taking("k")
			a.Find = find
			if left := leftOf(t, a, free); len(left) != 1 {
				t.Errorf("%s, free %v: %d keys are left, want that of the last row alone", find.Kind, free, len(left))
			}
		}
	}
}

// leftOf are the names of what is on the shelf of a key that came last, long after all others.
func leftOf(t *testing.T, spec *ir.Aggregate, free bool) (left []string) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	board := optest.NewBoard(free)
	a := newAgg(t, spec)
	sink := &optest.Sink{Cols: shownCols(spec), In: findingCols}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(a.Open(&operators.Context{Alloc: alloc, BatchRows: 4096, Stage: "test", Shelf: board}))
	put := func() {
		if !free {
			_, err := a.Snapshot()
			check(err)
		}
		board.Commit()
		check(a.Shed(0))
	}
	rows := optest.Arrive(append(comingKeys(t, 300, 40, 1, 0), optest.Row{Time: 10_000, Values: []any{int64(99), nil, nil, int64(1), true, int64(0), int64(0)}}), 0)
	for _, r := range rows {
		check(a.Process(0, optest.Batch(alloc, findingCols, []optest.Row{r}), sink))
		check(a.OnWatermark(operators.Watermark{Time: r.Time + 1, Progress: r.Time + 1}, sink))
		put()
	}
	put() // the shelf is told of what was forgotten
	for name := range board.There {
		if strings.HasPrefix(name, keysPrefix) {
			left = append(left, name)
		}
	}
	check(a.Close())
	return left
}
