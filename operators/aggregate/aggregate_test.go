package aggregate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/stdlib"
	"github.com/edynamic/edynamic/vm/kernel"
)

var rowCols = []types.Column{
	{Name: "k", Type: types.TLong.OrNull()},
	{Name: "s", Type: types.TString.OrNull()},
	{Name: "x", Type: types.TDouble.OrNull()},
	{Name: "big", Type: types.TLong},
	{Name: "ok", Type: types.TBoolean},
}

func col(name string) ir.Expr {
	i := operators.ColumnIndex(rowCols, name)
	return &ir.Column{Base: ir.Base{T: rowCols[i].Type}, Name: name}
}

// negative fails where x is negative.
type negative struct{ index int }

func (n negative) Eval(_ memory.Allocator, cols []arrow.Array, rows int, sel []int32) (kernel.Vector, []operators.Failure) {
	a := cols[n.index]
	a.Retain()
	var failed []operators.Failure
	values := kernel.Values[float64](a)
	each := func(i int) {
		if a.IsValid(i) && values[i] < 0 {
			failed = append(failed, operators.Failure{Row: i, Code: "failed", Reason: "negative"})
		}
	}
	if sel == nil {
		for i := range rows {
			each(i)
		}
	}
	for _, i := range sel {
		each(int(i))
	}
	return kernel.Vector{Type: types.TDouble.OrNull(), Arr: a}, failed
}

func testEnv() *operators.Env {
	return &operators.Env{
		Compile: func(e ir.Expr, cols []types.Column) (operators.Eval, error) {
			if c, ok := e.(*ir.Call); ok && c.Name == "negative" {
				return negative{operators.ColumnIndex(cols, "x")}, nil
			}
			return nil, fmt.Errorf("test: cannot compile %T", e)
		},
		Aggregate: func(name string) (*sig.Aggregate, []kernel.NewAggregator) {
			if a := stdlib.LookupAggregate(name); a != nil {
				return &a.Aggregate, a.New
			}
			return nil, nil
		},
	}
}

func aggCall(name string, overload int, t *types.Type, args ...ir.Expr) ir.AggCall {
	return ir.AggCall{Name: name, Overload: overload, Args: args, T: t}
}

// spec groups by k and s: count(), sum(x), avg(x), min(s), max(x), count where ok.
func spec(emit string, by ...string) *ir.Aggregate {
	a := &ir.Aggregate{Windowed: true, Emit: emit}
	for _, b := range by {
		a.By = append(a.By, ir.Item{Name: b, Expr: col(b)})
	}
	a.Aggs = []ir.AggCall{
		aggCall("count", 0, types.TLong),
		aggCall("sum", 1, types.TDouble, col("x")),
		aggCall("max", 0, types.TDouble.OrNull(), col("x")),
		aggCall("count", 0, types.TLong),
	}
	a.Aggs[3].Where = col("ok")
	for i, name := range []string{"n", "sum", "max", "n_ok"} {
		a.Items = append(a.Items, ir.Item{Name: name, Expr: &ir.Column{Base: ir.Base{T: a.Aggs[i].T}, Name: fmt.Sprint("$agg", i)}})
	}
	return a
}

func outCols(a *ir.Aggregate) []types.Column {
	var out []types.Column
	for _, b := range a.By {
		out = append(out, types.Column{Name: b.Name, Type: b.Expr.Type()})
	}
	for _, it := range a.Items {
		out = append(out, types.Column{Name: it.Name, Type: it.Expr.Type()})
	}
	if a.Windowed {
		out = window.Columns(out)
	}
	return out
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newAgg(t testing.TB, a *ir.Aggregate) *Aggregate {
	in := rowCols
	if a.Windowed {
		in = window.Columns(rowCols)
	}
	return must[*Aggregate](t)(New(a, in, outCols(a), testEnv()))
}

func newWindow(t testing.TB, size, every, lateness int64) operators.Operator {
	w := &ir.Window{Kind: "tumbling", Size: types.Length{Micros: size}, Lateness: micros(lateness)}
	if every > 0 {
		w.Kind, w.Every = "hopping", types.Length{Micros: every}
	}
	return must[*window.Window](t)(window.New(w))
}

func randomRows(t testing.TB, n int, delay int64) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	for i := range rows {
		var k, s, x any = int64(r.IntN(4)), string(rune('a' + r.IntN(3))), math.Trunc(r.NormFloat64()*1000) / 4
		if r.IntN(8) == 0 {
			k = nil
		}
		if r.IntN(8) == 0 {
			s = nil
		}
		if r.IntN(4) == 0 {
			x = nil
		}
		rows[i] = optest.Row{Time: int64(i)*3 + int64(r.IntN(60)), Values: []any{k, s, x, int64(i), r.IntN(2) == 0}}
	}
	return optest.Arrive(rows, delay)
}

// naiveGroup is a group of the reference, which takes rows one by one: windows by
// division, groups in a map keyed by text.
type naiveGroup struct {
	start, end int64
	k, s       any
	n, nOK     int64
	xs         []float64
}

func (g *naiveGroup) line() string {
	sum, most := 0.0, "null"
	slices.Sort(g.xs)
	for _, x := range g.xs { // quarters add up without rounding
		sum += x
	}
	if len(g.xs) > 0 {
		most = optest.Quote(g.xs[len(g.xs)-1])
	}
	return fmt.Sprint(optest.Quote(g.k), " ", optest.Quote(g.s), " ", g.n, " ", optest.Quote(sum), " ", most, " ", g.nOK, " ",
		stamp(g.start), " ", stamp(g.end))
}

func stamp(us int64) string {
	return optest.Quote(time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
}

func rank(v any) string { // orders nulls last
	if v == nil {
		return "~"
	}
	return fmt.Sprint(v)
}

func naiveFinal(rows []optest.Row, size, every, lateness int64) (lines []string, late int) {
	if every == 0 {
		every = size
	}
	groups := map[string]*naiveGroup{}
	for _, r := range rows {
		isLate := false
		for start := r.Time/every*every - size; start <= r.Time; start += every {
			if start+size <= r.Time || start%every != 0 {
				continue
			}
			if r.Arrival >= start+size+lateness {
				isLate = true
				continue
			}
			key := fmt.Sprint(start, rank(r.Values[0]), rank(r.Values[1]))
			g := groups[key]
			if g == nil {
				g = &naiveGroup{start: start, end: start + size, k: r.Values[0], s: r.Values[1]}
				groups[key] = g
			}
			g.n++
			if r.Values[4].(bool) {
				g.nOK++
			}
			if x, ok := r.Values[2].(float64); ok {
				g.xs = append(g.xs, x)
			}
		}
		if isLate {
			late++
		}
	}
	var all []*naiveGroup
	for _, g := range groups {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *naiveGroup) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start), cmp.Compare(rank(a.k), rank(b.k)), cmp.Compare(rank(a.s), rank(b.s)))
	})
	for _, g := range all {
		lines = append(lines, g.line())
	}
	return lines, late
}

func TestFinalAgainstNaive(t *testing.T) {
	rows := randomRows(t, 400, 20)
	a := spec("final", "k", "s")
	for _, w := range []struct{ size, every, lateness int64 }{{100, 0, 0}, {100, 0, 30}, {100, 20, 0}, {90, 40, 15}} {
		if w.every == 40 {
			w.size = 80
		}
		want, late := naiveFinal(rows, w.size, w.every, w.lateness)
		a.Lateness = micros(w.lateness)
		fresh := func() operators.Operator { return newAgg(t, a) }
		for _, run := range optest.Runs(fresh) {
			run.Delay = 20
			sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: outCols(a)}, newWindow(t, w.size, w.every, w.lateness), fresh())
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%+v, %+v: %s", w, run, d)
			}
			if len(sink.LateRows) != late {
				t.Errorf("%+v: %d late rows, want %d", run, len(sink.LateRows), late)
			}
		}
	}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

func row(at int64, k, s, x any, big int64, ok bool) optest.Row {
	return optest.Row{Time: at, Values: []any{k, s, x, big, ok}}
}

func TestFinalMetaAndFailures(t *testing.T) {
	rows := optest.Arrive([]optest.Row{
		row(1, int64(1), "a", 1.5, math.MaxInt64, true),
		row(2, int64(1), "a", 2.5, 1, false),
		row(3, int64(2), "a", -1.0, 5, true),
		row(4, int64(2), "a", 3.0, 7, true),
	}, 0)
	a := &ir.Aggregate{Windowed: true, Emit: "final", Lateness: micros(5),
		By:    []ir.Item{{Name: "k", Expr: col("k")}},
		Aggs:  []ir.AggCall{aggCall("sum", 0, types.TLong, col("big")), aggCall("avg", 1, types.TDouble.OrNull(), &ir.Call{Base: ir.Base{T: types.TDouble.OrNull()}, Name: "negative"})},
		Items: []ir.Item{{Name: "total", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}}, {Name: "mean", Expr: &ir.Column{Base: ir.Base{T: types.TDouble.OrNull()}, Name: "$agg1"}}},
	}
	sink := optest.Feed(t, optest.Run{Batch: 2}, rowCols, rows, &optest.Sink{Cols: outCols(a), Meta: true}, newWindow(t, 10, 0, 5), newAgg(t, a))
	if d := gocmp.Diff([]string{`9/9/15 2 7 3 "1970-01-01T00:00:00Z" "1970-01-01T00:00:00.00001Z"`}, sink.Lines); d != "" {
		t.Error(d)
	}
	if d := gocmp.Diff([]string{`9 overflow the sum is beyond the range of long {"k":1}`}, sink.Groups); d != "" {
		t.Error(d)
	}
	if d := gocmp.Diff([]string{`negative: 2 "a" -1 5 true`}, sink.Failed); d != "" {
		t.Error(d)
	}
}

func TestUpdatesWithoutWindow(t *testing.T) {
	a := spec("updates", "k")
	a.Windowed = false
	rows := optest.Arrive([]optest.Row{
		row(10, int64(1), "a", 1.5, 0, true),
		row(20, int64(2), "a", nil, 0, false),
		row(15, int64(1), "a", 2.5, 0, false),
		row(30, nil, "a", 4.0, 0, true),
	}, 5)
	want := []string{
		`10/-/10 insert 1 1 1.5 1.5 1`,
		`20/5/20 insert 2 1 0 null 0`,
		`15/15/20 update_before 1 1 1.5 1.5 1`,
		`15/15/20 update_after 1 2 4 2.5 1`,
		`30/15/30 insert null 1 4 4 1`,
	}
	fresh := func() operators.Operator { return newAgg(t, a) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: outCols(a), Meta: true}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestOneRowWithoutBy(t *testing.T) {
	a := &ir.Aggregate{Emit: "updates", Aggs: []ir.AggCall{aggCall("max", 0, types.TLong, col("big"))},
		Items: []ir.Item{{Name: "m", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}}}}
	rows := optest.Arrive([]optest.Row{row(1, nil, nil, nil, 5, true), row(2, nil, nil, nil, 3, true), row(3, nil, nil, nil, 9, true)}, 0)
	for _, run := range optest.Runs(func() operators.Operator { return newAgg(t, a) }) {
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: outCols(a)}, newAgg(t, a))
		if d := gocmp.Diff([]string{"insert 5", "update_before 5", "update_after 9"}, sink.Lines); d != "" {
			t.Error(d)
		}
	}
	if sink := optest.Feed(t, optest.Run{Batch: 1}, rowCols, nil, &optest.Sink{Cols: outCols(a)}, newAgg(t, a)); sink.Lines != nil {
		t.Errorf("without input: %v", sink.Lines)
	}
}

func TestKeepForgetsIdleKeys(t *testing.T) {
	a := &ir.Aggregate{Emit: "updates", Keep: micros(10), By: []ir.Item{{Name: "k", Expr: col("k")}},
		Aggs:  []ir.AggCall{aggCall("count", 0, types.TLong)},
		Items: []ir.Item{{Name: "n", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}}}}
	// A row's arrival is the largest earlier time: key 1 is kept while it is at most 10.
	rows := optest.Arrive([]optest.Row{
		row(0, int64(1), nil, nil, 0, true),
		row(10, int64(2), nil, nil, 0, true),
		row(11, int64(1), nil, nil, 0, true), // arrival 10: kept
		row(22, int64(2), nil, nil, 0, true), // arrival 11: kept
		row(23, int64(1), nil, nil, 0, true), // arrival 22 > 11 + 10: anew
	}, 0)
	want := []string{"insert 1 1", "insert 2 1", "update_before 1 1", "update_after 1 2", "update_before 2 1", "update_after 2 2", "insert 1 1"}
	fresh := func() operators.Operator { return newAgg(t, a) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: outCols(a)}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
		if sink.Counts["state_expired"] != 1 {
			t.Errorf("%+v: counted %v", run, sink.Counts)
		}
	}
}

func TestUpdatesInWindows(t *testing.T) {
	a := &ir.Aggregate{Windowed: true, Emit: "updates", Aggs: []ir.AggCall{aggCall("sum", 0, types.TLong, col("big"))},
		Items: []ir.Item{{Name: "m", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}}}}
	out := outCols(a)[:1]
	fresh := func() operators.Operator {
		return must[*Aggregate](t)(New(a, window.Columns(rowCols), out, testEnv()))
	}
	rows := optest.Arrive([]optest.Row{
		row(1, nil, nil, nil, 5, true), row(2, nil, nil, nil, 0, true), row(12, nil, nil, nil, 1, true),
		row(3, nil, nil, nil, 2, true), row(30, nil, nil, nil, 7, true),
	}, 5)
	want := []string{ // the second row changes nothing; the fourth has arrival 7 < 10
		"9/-/1 insert 5", "19/-3/12 insert 1", "9/7/12 update_before 5", "9/7/12 update_after 7", "39/7/30 insert 7",
	}
	for _, run := range optest.Runs(fresh) {
		run.Delay = 5
		sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: out, Meta: true}, newWindow(t, 10, 0, 0), fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestUpdatesAtTicks(t *testing.T) {
	a := &ir.Aggregate{Windowed: true, Lateness: micros(10), EmitEvery: micros(4), Aggs: []ir.AggCall{aggCall("count", 0, types.TLong)},
		Items: []ir.Item{{Name: "m", Expr: &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$agg0"}}}}
	out := outCols(a)[:1]
	rows := optest.Arrive([]optest.Row{
		row(1, nil, nil, nil, 0, true), row(2, nil, nil, nil, 0, true),
		row(5, nil, nil, nil, 0, true),  // arrival 2
		row(6, nil, nil, nil, 0, true),  // arrival 5: 4 has passed with three rows
		row(9, nil, nil, nil, 0, true),  // arrival 6
		row(4, nil, nil, nil, 0, true),  // arrival 9: 8 has passed with five rows
		row(15, nil, nil, nil, 0, true), // arrival 9
		row(7, nil, nil, nil, 0, true),  // arrival 15: 10 and 14 have passed; the first window is open until 20
		row(40, nil, nil, nil, 0, true), // arrival 15
	}, 0)
	// [0,10) has ticks at 4, 8, its end 10, and 20; [10,20) at 14, 18, 20 and 30. What is
	// shown at one has arrived just before it, so that it belongs to it below.
	want := map[string][]string{
		"updates": {"9/3/4 insert 3", "9/7/8 update_before 3", "9/7/8 update_after 5", "9/9/10 update_before 5", "9/9/10 update_after 6",
			"19/13/14 insert 1", "9/9/20 update_before 6", "9/9/20 update_after 7", "49/43/44 insert 1"},
		"early": {"9/3/4 insert 3", "9/7/8 update_before 3", "9/7/8 update_after 5",
			"19/13/14 insert 1", "9/9/20 update_before 5", "9/9/20 update_after 7", "49/43/44 insert 1"},
	}
	for emit, lines := range want {
		a.Emit = emit
		fresh := func() operators.Operator {
			return must[*Aggregate](t)(New(a, window.Columns(rowCols), out, testEnv()))
		}
		for _, run := range optest.Runs(fresh) {
			sink := optest.Feed(t, run, rowCols, rows, &optest.Sink{Cols: out, Meta: true}, newWindow(t, 10, 0, 10), fresh())
			if d := gocmp.Diff(lines, sink.Lines); d != "" {
				t.Fatalf("%s %+v: %s", emit, run, d)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*ir.Aggregate){
		"final outside a window": func(a *ir.Aggregate) { a.Windowed = false },
		"unknown aggregate":      func(a *ir.Aggregate) { a.Aggs[0].Name = "nope" },
		"unknown mode":           func(a *ir.Aggregate) { a.Emit = "never" },
	} {
		a := spec("final", "k")
		change(a)
		if _, err := New(a, window.Columns(rowCols), outCols(a), testEnv()); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := New(spec("final", "k"), rowCols, nil, testEnv()); err == nil {
		t.Error("an input without window columns was accepted")
	}
}
