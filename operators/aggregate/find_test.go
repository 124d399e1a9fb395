package aggregate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

// listing counts rows and lists them in order of time, by k and perhaps ok, with an
// aggregate that cannot take rows back.
func listing(emit string, lateness int64, by ...string) *ir.Aggregate {
	a := &ir.Aggregate{Windowed: true, Emit: emit, Lateness: micros(lateness)}
	for _, b := range by {
		a.By = append(a.By, ir.Item{Name: b, Expr: col(b)})
	}
	list := &types.Type{Kind: types.Array, Elem: types.TLong}
	a.Aggs = []ir.AggCall{
		aggCall("count", 0, types.TLong), aggCall("collect", 0, list, col("big")), aggCall("bit_or", 0, types.TLong.OrNull(), col("big")),
	}
	for i, name := range []string{"n", "rows", "bits"} {
		a.Items = append(a.Items, ir.Item{Name: name, Expr: &ir.Column{Base: ir.Base{T: a.Aggs[i].T}, Name: fmt.Sprint("$agg", i)}})
	}
	return a
}

// found is one window of a key with its rows, in order of time.
type found struct {
	k          any
	start, end int64
	rows       []optest.Row
}

func keyText(v any) string {
	if v == nil {
		return "~" // behind all numbers
	}
	return fmt.Sprintf("%020d", v)
}

// byKey is the rows of each key that are not late, in order of time.
func byKey(rows []optest.Row, lateness int64) map[any][]optest.Row {
	out := map[any][]optest.Row{}
	for _, r := range rows {
		if r.Arrival == operators.MinTime || r.Arrival <= r.Time+lateness {
			out[r.Values[0]] = append(out[r.Values[0]], r)
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b optest.Row) int { return cmp.Compare(a.Time, b.Time) })
	}
	return out
}

// naiveSessions is rule 22, row by row.
func naiveSessions(rows []optest.Row, gap, longest, lateness int64) []found {
	var out []found
	for k, list := range byKey(rows, lateness) {
		var s *found
		close := func() {
			s.end = s.rows[len(s.rows)-1].Time + gap
			if longest > 0 {
				s.end = min(s.end, s.start+longest)
			}
			out = append(out, *s)
		}
		for _, r := range list {
			if s != nil && (r.Time-s.rows[len(s.rows)-1].Time >= gap || longest > 0 && r.Time >= s.start+longest) {
				close()
				s = nil
			}
			if s == nil {
				s = &found{k: k, start: r.Time}
			}
			s.rows = append(s.rows, r)
		}
		close()
	}
	return inOrder(out)
}

// naiveSliding is rule 23, row by row.
func naiveSliding(rows []optest.Row, size int64) []found {
	var out []found
	for k, list := range byKey(rows, 0) {
		for i, r := range list {
			if i+1 < len(list) && list[i+1].Time == r.Time {
				continue
			}
			w := found{k: k, start: r.Time - size, end: r.Time}
			for _, x := range list {
				if x.Time > r.Time-size && x.Time <= r.Time {
					w.rows = append(w.rows, x)
				}
			}
			out = append(out, w)
		}
	}
	return inOrder(out)
}

func inOrder(list []found) []found {
	slices.SortFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start), cmp.Compare(keyText(a.k), keyText(b.k)))
	})
	return list
}

// lines are the results of windows as a Sink writes them, per k or per k and ok.
func lines(list []found, byOK bool) []string {
	var out []string
	for _, w := range list {
		for _, ok := range []bool{false, true} {
			var ids []optest.Row
			for _, r := range w.rows {
				if !byOK || r.Values[4] == ok {
					ids = append(ids, r)
				}
			}
			if len(ids) == 0 || !byOK && ok {
				continue
			}
			bits, texts := int64(0), []string{}
			for _, r := range ids {
				bits |= r.Values[3].(int64)
				texts = append(texts, fmt.Sprint(r.Values[3]))
			}
			by := optest.Quote(w.k)
			if byOK {
				by += " " + optest.Quote(ok)
			}
			out = append(out, fmt.Sprintf("%s %d [%s] %d %d %d", by, len(ids), strings.Join(texts, ","), bits, w.start, w.end))
		}
	}
	return out
}

// scattered are rows of a few keys, out of order, whose number is in `big`.
func scattered(t *testing.T, n, spread int, delay int64) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	at := int64(0)
	for i := range rows {
		var k any = int64(r.IntN(3))
		if r.IntN(8) == 0 {
			k = nil
		}
		at += int64(r.IntN(6))
		rows[i] = optest.Row{Time: at - int64(r.IntN(spread)), Values: []any{k, nil, nil, int64(i), r.IntN(2) == 0}}
	}
	return optest.Arrive(rows, delay)
}

func shownCols(a *ir.Aggregate) []types.Column {
	out := outCols(a)
	out[len(out)-2].Type, out[len(out)-1].Type = types.TLong, types.TLong
	return out
}

// Both ways to a result, through held rows and through an aggregate that finds the
// windows itself, agree with the naive one.
func TestSessionsAgainstNaive(t *testing.T) {
	for _, c := range []struct{ gap, longest, lateness int64 }{{10, 0, 0}, {10, 0, 7}, {10, 25, 0}, {12, 13, 9}, {3, 2, 20}} {
		spec := &ir.Window{Kind: ir.WindowSession, Gap: micros(c.gap), Max: micros(c.longest), Lateness: micros(c.lateness), Per: []string{"k"}, Emit: "final"}
		rows := scattered(t, 160, 20, 6)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			want := lines(naiveSessions(rows, c.gap, c.longest, c.lateness), len(by) > 1)
			agree(t, spec, rows, want, c.lateness, by)
		}
	}
}

func TestSlidingAgainstNaive(t *testing.T) {
	for _, size := range []int64{1, 7, 40} {
		spec := &ir.Window{Kind: ir.WindowSliding, Size: types.Length{Micros: size}, Per: []string{"k"}, Emit: "final"}
		rows := scattered(t, 160, 12, 6)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			agree(t, spec, rows, lines(naiveSliding(rows, size), len(by) > 1), 1, by)
		}
	}
}

func agree(t *testing.T, spec *ir.Window, rows []optest.Row, want []string, lateness int64, by []string) {
	t.Helper()
	a := listing("final", lateness, by...)
	finding := *a
	finding.Find = spec
	for _, run := range optest.Runs(func() operators.Operator { return newAgg(t, &finding) }) {
		run.Delay = 6
		if run.Snapshot == nil {
			held := heldWindow(t, spec)
			sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a)}, held, newAgg(t, a))
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%v %+v held: %s", spec, run, d)
			}
		}
		passes := must[*window.Unsettled](t)(window.NewUnsettled(spec))
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a)}, passes, newAgg(t, &finding))
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%v %+v found: %s", spec, run, d)
		}
	}
}

func heldWindow(t *testing.T, spec *ir.Window) operators.Operator {
	if spec.Kind == ir.WindowSession {
		return must[*window.Session](t)(window.NewSession(spec, rowCols, testEnv()))
	}
	return must[*window.Sliding](t)(window.NewSliding(spec, rowCols, testEnv()))
}

// What readers of refined sessions have in the end is what complete sessions give, and
// how rows are fed does not show in the log of changes.
func TestRefinedSessions(t *testing.T) {
	for _, c := range []struct {
		gap, longest, lateness, every int64
		emit                          string
	}{{10, 0, 0, 0, "updates"}, {10, 25, 8, 0, "updates"}, {12, 0, 9, 5, "updates"}, {12, 30, 4, 5, "early"}} {
		spec := &ir.Window{Kind: ir.WindowSession, Gap: micros(c.gap), Max: micros(c.longest), Lateness: micros(c.lateness), Per: []string{"k"}, Emit: c.emit, Passes: true}
		rows := scattered(t, 140, 20, 6)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			a := listing(c.emit, c.lateness, by...)
			a.Find, a.EmitEvery = spec, micros(c.every)
			want := optest.Sorted(lines(naiveSessions(rows, c.gap, c.longest, c.lateness), len(by) > 1))
			var log []string
			for _, run := range optest.Runs(func() operators.Operator { return newAgg(t, a) }) {
				run.Delay = 6
				sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a), Meta: true}, must[*window.Unsettled](t)(window.NewUnsettled(spec)), newAgg(t, a))
				if log == nil {
					log = sink.Lines
				}
				if d := gocmp.Diff(log, sink.Lines); d != "" {
					t.Fatalf("%+v %+v: %s", c, run, d)
				}
				if d := gocmp.Diff(want, materialised(t, sink.Lines, len(by))); d != "" {
					t.Fatalf("%+v %+v: %s", c, run, d)
				}
			}
		}
	}
}

// materialised is what is left of a log of changes, whose key is `by` and the start.
func materialised(t *testing.T, log []string, by int) []string {
	t.Helper()
	rows := map[string]string{}
	for _, line := range log {
		_, line, _ = strings.Cut(line, " ")
		op, row, _ := strings.Cut(line, " ")
		parts := strings.Split(row, " ")
		key := strings.Join(parts[:by], " ") + " " + parts[len(parts)-2]
		was, had := rows[key]
		switch op {
		case "insert":
			if had {
				t.Fatalf("%s is inserted twice", key)
			}
			rows[key] = row
		case "update_before", "delete":
			if was != row {
				t.Fatalf("%s takes back %q, which is %q", op, row, was)
			}
			delete(rows, key)
		case "update_after":
			rows[key] = row
		}
	}
	var out []string
	for _, row := range rows {
		out = append(out, row)
	}
	return optest.Sorted(out)
}

// Cumulative windows found by the aggregate are those of rows that leave the window
// stage once for each window they are in.
func TestCumulativeBothWays(t *testing.T) {
	for _, lateness := range []int64{0, 7} {
		w := &ir.Window{Kind: ir.WindowCumulative, Size: types.Length{Micros: 30}, Every: types.Length{Micros: 7}, Lateness: micros(lateness), Emit: "final"}
		rows := scattered(t, 300, 25, 6)
		for _, by := range [][]string{nil, {"k"}, {"k", "ok"}} {
			a := listing("final", lateness, by...)
			a.Aggs[1] = aggCall("max", 0, types.TLong.OrNull(), col("big"))
			a.Items[1].Expr = &ir.Column{Base: ir.Base{T: types.TLong.OrNull()}, Name: "$agg1"}
			finding := *a
			finding.Find = w
			all := must[*window.Window](t)(window.New(w))
			want := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: 6}, rowCols, rows, &optest.Sink{Cols: shownCols(a), Meta: true}, all, newAgg(t, a))
			for _, run := range optest.Runs(func() operators.Operator { return newAgg(t, &finding) }) {
				run.Delay = 6
				passes := must[*window.Unsettled](t)(window.NewUnsettled(w))
				sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a), Meta: true}, passes, newAgg(t, &finding))
				if d := gocmp.Diff(want.Lines, sink.Lines); d != "" {
					t.Fatalf("%v %+v: %s", by, run, d)
				}
				if d := gocmp.Diff(want.LateRows, sink.LateRows); d != "" {
					t.Fatalf("%v %+v late: %s", by, run, d)
				}
			}
		}
	}
}

// TestCumulativeTakenApart goes on with several instances, each with its own keys, also with
// those of rows that wait.
func TestCumulativeTakenApart(t *testing.T) {
	w := &ir.Window{Kind: ir.WindowCumulative, Size: types.Length{Micros: 30}, Every: types.Length{Micros: 7}, Lateness: micros(7), Emit: "final"}
	rows := slices.DeleteFunc(scattered(t, 300, 25, 6), func(r optest.Row) bool { // late for all of its windows
		return r.Arrival != operators.MinTime && r.Arrival >= r.Time-(r.Time%30+30)%30+30+7
	})
	a := listing("final", 7, "k")
	a.Aggs[1] = aggCall("max", 0, types.TLong.OrNull(), col("big"))
	a.Items[1].Expr = &ir.Column{Base: ir.Base{T: types.TLong.OrNull()}, Name: "$agg1"}
	a.Find = w
	fresh := func() operators.Operator { return newAgg(t, a) }
	whole := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: 6}, rowCols, rows, &optest.Sink{Cols: shownCols(a)}, fresh())
	apart := optest.Resume(t, rowCols, 0, rows, 6, shownCols(a), fresh)
	if d := gocmp.Diff(optest.Sorted(whole.Lines), apart.Lines); d != "" {
		t.Error(d)
	}
}

// naiveHopping is rules 20 and 32, row by row: a row enters each of its windows that it
// is not late for, and is late once where it misses any.
func naiveHopping(rows []optest.Row, size, every, lateness int64) (list []found, late []string) {
	type place struct {
		start int64
		k     any
	}
	windows := map[place]*found{}
	for _, r := range rows {
		missed := false
		for start := r.Time - (r.Time%every+every)%every; start > r.Time-size; start -= every {
			if r.Arrival != operators.MinTime && r.Arrival >= start+size+lateness {
				missed = true
				continue
			}
			at := place{start, r.Values[0]}
			if windows[at] == nil {
				windows[at] = &found{k: at.k, start: start, end: start + size}
			}
			windows[at].rows = append(windows[at].rows, r)
		}
		if missed {
			late = append(late, fmt.Sprint(r.Values[3]))
		}
	}
	for _, w := range windows {
		list = append(list, *w)
	}
	return inOrder(list), late
}

// Hopping windows found by the aggregate are the naive ones and those of rows that leave
// the window stage once for each window: with panes that are put together, and with an
// aggregate that cannot do so, which lists rows.
func TestHoppingAgainstNaive(t *testing.T) {
	for _, c := range []struct{ size, every, lateness int64 }{{30, 7, 0}, {30, 7, 9}, {20, 20, 0}, {12, 3, 4}, {5, 1, 30}} {
		w := &ir.Window{
			Kind: ir.WindowHopping, Size: types.Length{Micros: c.size}, Every: types.Length{Micros: c.every},
			Lateness: micros(c.lateness), Emit: "final",
		}
		rows := scattered(t, 160, 25, 6)
		naive, late := naiveHopping(rows, c.size, c.every, c.lateness)
		for _, by := range [][]string{{"k"}, {"k", "ok"}} {
			a := listing("final", c.lateness, by...)
			want := lines(naive, len(by) > 1)
			bothWays(t, w, a, rows, want, late)
			a.Aggs[1], a.Aggs[2] = aggCall("max", 0, types.TLong.OrNull(), col("big")), aggCall("sum", 0, types.TLong, col("big"))
			for i := range a.Items {
				a.Items[i].Expr = &ir.Column{Base: ir.Base{T: a.Aggs[i].T}, Name: fmt.Sprint("$agg", i)}
			}
			bothWays(t, w, a, rows, nil, late)
		}
	}
}

// bothWays compares an aggregate that finds windows with one that is given them, and
// with what is wanted if that is known.
func bothWays(t *testing.T, w *ir.Window, a *ir.Aggregate, rows []optest.Row, want, late []string) {
	t.Helper()
	finding := *a
	finding.Find = w
	all := must[*window.Window](t)(window.New(w))
	given := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: 6}, rowCols, rows, &optest.Sink{Cols: shownCols(a), Meta: true}, all, newAgg(t, a))
	inPieces := func() operators.Operator { // of few groups, where they are outside of memory
		agg := newAgg(t, &finding)
		agg.finds.(*hopping).piece = 100
		return agg
	}
	for _, run := range optest.Runs(inPieces) {
		run.Delay = 6
		for _, meta := range []bool{true, false} {
			passes := must[*window.Unsettled](t)(window.NewUnsettled(w))
			op := operators.Operator(newAgg(t, &finding))
			if meta {
				op = inPieces()
			}
			sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: shownCols(a), Meta: meta}, passes, op)
			if d := gocmp.Diff(given.Lines, sink.Lines); meta && d != "" {
				t.Fatalf("%+v %+v: %s", w, run, d)
			}
			if d := gocmp.Diff(want, sink.Lines); !meta && want != nil && d != "" {
				t.Fatalf("%+v %+v: %s", w, run, d)
			}
			if len(sink.LateRows) != len(late) {
				t.Fatalf("%+v %+v: %d rows are late, not %d", w, run, len(sink.LateRows), len(late))
			}
			if d := gocmp.Diff(given.LateRows, sink.LateRows); d != "" {
				t.Fatalf("%+v %+v late: %s", w, run, d)
			}
		}
	}
}
