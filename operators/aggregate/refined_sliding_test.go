package aggregate

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

// What readers of sliding windows that are shown early have in the end is what complete
// windows give, and how rows are fed does not show in the log of changes: whether windows are
// made of those before them or of their rows, which are in the batch, were read ahead or are
// read alone.
func TestRefinedSliding(t *testing.T) {
	for _, size := range []int64{1, 7, 40, 400} {
		spec := &ir.Window{Kind: ir.WindowSliding, Size: types.Length{Micros: size}, Per: []string{"k"}, Emit: "updates", Passes: true}
		rows := scattered(t, 300, 12, 6)
		for i := range rows {
			rows[i].Values[2] = float64(i*i%19) / 4 // quarters add up without rounding
		}
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			made := naiveSliding(rows, size)
			a := listing("updates", 0, by...)
			sameRefined(t, spec, a, shownCols(a), rows, lines(made, len(by) > 1))
			a = adding(by...)
			sameRefined(t, spec, a, outCols(a), rows, sums(made, len(by) > 1))
		}
	}
}

// adding counts rows and adds them up, with aggregates that take rows back.
func adding(by ...string) *ir.Aggregate {
	a := spec("updates", by...)
	a.Aggs, a.Items = a.Aggs[:2], a.Items[:2]
	return a
}

func sums(list []found, byOK bool) []string {
	var out []string
	for _, w := range list {
		n, sum := map[bool]int{}, map[bool]float64{}
		for _, r := range w.rows {
			ok := byOK && r.Values[4].(bool)
			n[ok]++
			sum[ok] += r.Values[2].(float64)
		}
		for ok := range n {
			by := optest.Quote(w.k)
			if byOK {
				by += " " + optest.Quote(ok)
			}
			out = append(out, fmt.Sprint(by, " ", n[ok], " ", optest.Quote(sum[ok]), " ", stamp(w.start), " ", stamp(w.end)))
		}
	}
	return out
}

// sameRefined runs an aggregate in the windows of find, and compares the rows that are left.
func sameRefined(t *testing.T, find *ir.Window, a *ir.Aggregate, out []types.Column, rows []optest.Row, want []string) {
	t.Helper()
	a.Find, a.Lateness = find, micros(1) // a window has the row at its end
	var log []string
	for _, run := range optest.Runs(func() operators.Operator { return newAgg(t, a) }) {
		run.Delay = 6
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: out, Meta: true}, must[*window.Unsettled](t)(window.NewUnsettled(find)), newAgg(t, a))
		if log == nil {
			log = sink.Lines
		}
		if d := gocmp.Diff(log, sink.Lines); d != "" {
			t.Fatalf("%v %+v: %s", find.Size, run, d)
		}
		if d := gocmp.Diff(optest.Sorted(want), materialised(t, sink.Lines, len(a.By))); d != "" {
			t.Fatalf("%v %+v: %s", find.Size, run, d)
		}
	}
}
