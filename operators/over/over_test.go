package over

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

var cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "x", Type: types.TLong.OrNull()}, {Name: "s", Type: types.TString},
	{Name: "d", Type: types.TDouble.OrNull()}} // x as a double

func column(i int) ir.Expr { return &ir.Column{Base: ir.Base{T: cols[i].Type}, Name: cols[i].Name} }

var env = &operators.Env{
	Aggregate: func(name string) (*sig.Aggregate, []kernel.NewAggregator) {
		a := stdlib.LookupAggregate(name)
		if a == nil {
			return nil, nil
		}
		return &a.Aggregate, a.New
	},
}

// calls are the columns under test, by what a naive reader makes of their frame.
var calls = []struct {
	name     string
	overload int
	args     []int // columns of the input
	n        int64
	def      int // column of the default, 0 for none
	t        *types.Type
	numbers  bool // it has no frame
	naive    func(f naiveFrame) any
}{
	{name: "sum", args: []int{1}, t: types.TLong, naive: func(f naiveFrame) any {
		sum := int64(0)
		f.each(1, func(v any) { sum += v.(int64) })
		return sum
	}},
	{name: "count", overload: 1, args: []int{1}, t: types.TLong, naive: func(f naiveFrame) any {
		n := 0
		f.each(1, func(any) { n++ })
		return n
	}},
	{name: "avg", args: []int{1}, t: types.TDouble.OrNull(), naive: func(f naiveFrame) any {
		sum, n := 0.0, 0.0
		f.each(1, func(v any) { sum += float64(v.(int64)); n++ })
		if n == 0 {
			return nil
		}
		return sum / n
	}},
	{name: "min", args: []int{1}, t: types.TLong.OrNull(), naive: func(f naiveFrame) any { return f.best(1, -1) }},
	{name: "max", args: []int{1}, t: types.TLong.OrNull(), naive: func(f naiveFrame) any { return f.best(1, 1) }},
	{name: "max", args: []int{2}, t: types.TString, naive: func(f naiveFrame) any { return f.best(2, 1) }},
	{name: "first", args: []int{1}, t: types.TLong.OrNull(), naive: func(f naiveFrame) any {
		var first any
		f.each(1, func(v any) {
			if first == nil {
				first = v
			}
		})
		return first
	}},
	{name: "last", args: []int{1}, t: types.TLong.OrNull(), naive: func(f naiveFrame) any {
		var last any
		f.each(1, func(v any) { last = v })
		return last
	}},
	{name: "median", args: []int{3}, t: types.TDouble.OrNull(), naive: func(f naiveFrame) any {
		var all []float64
		f.each(1, func(v any) { all = append(all, float64(v.(int64))) })
		slices.Sort(all)
		switch n := len(all); {
		case n == 0:
			return nil
		case n%2 == 1:
			return all[n/2]
		default:
			return (all[n/2-1] + all[n/2]) / 2
		}
	}},
	{name: "arg_max", args: []int{2, 1}, t: types.TString.OrNull(), naive: func(f naiveFrame) any {
		var at, best any
		for _, r := range f.rows[f.lo:f.hi] {
			if v := r.Values[1]; v != nil && (best == nil || v.(int64) > best.(int64)) {
				at, best = r.Values[2], v
			}
		}
		return at
	}},
	{name: "lag", args: []int{2}, n: 1, t: types.TString.OrNull(), naive: func(f naiveFrame) any { return f.neighbour(2, -1) }},
	{name: "lag", args: []int{1}, n: 3, def: 1, t: types.TLong.OrNull(), naive: func(f naiveFrame) any {
		if f.i-3 < f.lo {
			return f.rows[f.i].Values[1]
		}
		return f.neighbour(1, -3)
	}},
	{name: "lead", args: []int{2}, n: 1, t: types.TString.OrNull(), naive: func(f naiveFrame) any { return f.neighbour(2, 1) }},
	{name: "lead", args: []int{1}, n: 2, def: 1, t: types.TLong.OrNull(), naive: func(f naiveFrame) any {
		if f.i+2 >= f.hi {
			return f.rows[f.i].Values[1]
		}
		return f.neighbour(1, 2)
	}},
	{name: "row_number", t: types.TLong, numbers: true, naive: func(f naiveFrame) any { return f.i + 1 }},
	{name: "rank", t: types.TLong, numbers: true, naive: func(f naiveFrame) any {
		n := 0
		for n < f.i && f.place(n) < f.place(f.i) {
			n++
		}
		return n + 1
	}},
	{name: "dense_rank", t: types.TLong, numbers: true, naive: func(f naiveFrame) any {
		n := 1
		for i := 1; i <= f.i; i++ {
			if f.place(i) != f.place(i-1) {
				n++
			}
		}
		return n
	}},
}

// naiveFrame is rows [lo, hi) of a key, seen from row i.
type naiveFrame struct {
	rows      []naiveRow
	i, lo, hi int
}

type naiveRow struct {
	optest.Row
	seq   int
	place int64 // in the order of the stage
}

func (f naiveFrame) place(i int) int64 { return f.rows[i].place }

func (f naiveFrame) each(col int, do func(v any)) {
	for _, r := range f.rows[f.lo:f.hi] {
		if v := r.Values[col]; v != nil {
			do(v)
		}
	}
}

func (f naiveFrame) best(col, sign int) any {
	var best any
	f.each(col, func(v any) {
		if best == nil || sign*compare(v, best) > 0 {
			best = v
		}
	})
	return best
}

func compare(a, b any) int {
	if s, ok := a.(string); ok {
		return strings.Compare(s, b.(string))
	}
	return cmp.Compare(a.(int64), b.(int64))
}

func (f naiveFrame) neighbour(col, by int) any {
	if at := f.i + by; at >= f.lo && at < f.hi {
		return f.rows[at].Values[col]
	}
	return nil
}

// naiveBounds finds a frame by its definition.
func naiveBounds(rows []naiveRow, i int, f ir.Frame, call string) naiveFrame {
	out := naiveFrame{rows: rows, i: i, lo: 0, hi: i + 1}
	n, d := int(f.Rows), f.Span.Microseconds()
	switch {
	case f.All() && call == ir.Lead:
		out.hi = len(rows)
	case f.Rows > 0 && f.Next:
		out.lo, out.hi = i, min(i+n, len(rows))
	case f.Rows > 0:
		out.lo = max(0, i-n+1)
	case d > 0:
		in := func(t int64) bool { return t > rows[i].Time-d && t <= rows[i].Time }
		if f.Next {
			in = func(t int64) bool { return t >= rows[i].Time && t < rows[i].Time+d }
		}
		out.lo = slices.IndexFunc(rows, func(r naiveRow) bool { return in(r.Time) })
		out.hi = out.lo
		for out.hi < len(rows) && in(rows[out.hi].Time) {
			out.hi++
		}
	}
	return out
}

// frames under test.
var frames = []ir.Frame{
	{}, {Rows: 1}, {Rows: 3}, {Span: 6 * time.Microsecond}, {Rows: 1, Next: true}, {Rows: 3, Next: true}, {Span: 6 * time.Microsecond, Next: true},
}

// specs are the stages under test for rows without an end: each looks back, or ahead
// through one frame.
func specs(closed bool) []*ir.Over {
	var out []*ir.Over
	back := &ir.Over{Per: []ir.Expr{column(0)}}
	add := func(o *ir.Over, c int, f ir.Frame) {
		o.Calls = append(o.Calls, overCall(c, len(o.Calls), f))
	}
	for _, f := range frames {
		o := back
		if f.Next {
			o = &ir.Over{Per: []ir.Expr{column(0)}}
			out = append(out, o)
		}
		for c, call := range calls {
			isLead, isLag := call.name == ir.Lead, call.name == ir.Lag
			if call.numbers && !f.All() || isLead && !f.Next && !(closed && f.All()) || isLag && f.Next {
				continue
			}
			add(o, c, f)
		}
	}
	timeOnly := &ir.Over{Per: []ir.Expr{column(0)}}
	for c, call := range calls {
		if !call.numbers && call.name != ir.Lead {
			add(timeOnly, c, ir.Frame{Span: 9 * time.Microsecond})
		}
	}
	lead := &ir.Over{}
	for c, call := range calls {
		if call.name == ir.Lead {
			add(lead, c, ir.Frame{Next: true})
		}
	}
	none := &ir.Over{}
	add(none, 0, ir.Frame{})
	add(none, 10, ir.Frame{})
	return append(out, back, timeOnly, lead, none)
}

func overCall(c, n int, f ir.Frame) ir.OverCall {
	spec := calls[c]
	out := ir.OverCall{Column: types.OverColumn(n), Name: spec.name, Overload: spec.overload, N: spec.n, Frame: f, T: spec.t}
	for _, a := range spec.args {
		out.Args = append(out.Args, column(a))
	}
	if spec.def > 0 {
		out.Default = column(spec.def)
	}
	out.At.Start = c // where the naive reader finds it
	return out
}

func outColumns(o *ir.Over, in []types.Column) []types.Column {
	out := append([]types.Column(nil), in...)
	for _, c := range o.Calls {
		out = append(out, types.Column{Name: c.Column, Type: c.T})
	}
	return out
}

// randomRows have few keys, few values, equal times, nulls, and some are behind.
func randomRows(t *testing.T, n int) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	for i := range rows {
		rows[i] = optest.Row{Time: int64(i)/2 + int64(r.IntN(12)), Values: []any{int64(r.IntN(4)), int64(r.IntN(9)), fmt.Sprint("s", r.IntN(7)), nil}}
		if r.IntN(8) == 0 {
			rows[i].Values[0] = nil
		}
		if r.IntN(3) == 0 {
			rows[i].Values[1] = nil
		} else {
			rows[i].Values[3] = float64(rows[i].Values[1].(int64))
		}
	}
	return optest.Arrive(rows, 8)
}

// naiveLine is a row with its columns as a Sink writes it.
func naiveLine(o *ir.Over, rows []naiveRow, i int) string {
	var parts []string
	for _, v := range rows[i].Values {
		parts = append(parts, optest.Quote(v))
	}
	for _, c := range o.Calls {
		parts = append(parts, optest.Quote(calls[c.At.Start].naive(naiveBounds(rows, i, c.Frame, c.Name))))
	}
	return strings.Join(parts, " ")
}

// byKey deals rows out to sequences; late ones are left out unless closed.
func byKey(o *ir.Over, rows []optest.Row, closed bool) [][]naiveRow {
	keys := map[any][]naiveRow{}
	for i, r := range rows {
		if r.Time < r.Arrival && !closed {
			continue
		}
		var k any
		if len(o.Per) > 0 {
			k = r.Values[0]
		}
		keys[k] = append(keys[k], naiveRow{Row: r, seq: i, place: r.Time})
	}
	var out [][]naiveRow
	for _, list := range keys {
		slices.SortStableFunc(list, func(a, b naiveRow) int { return cmp.Compare(a.Time, b.Time) })
		out = append(out, list)
	}
	return out
}

// settledAt is when the frame of a row is complete, by its definition.
func settledAt(o *ir.Over, rows []naiveRow, i int) int64 {
	at := rows[i].Time + 1
	after := func(j int) int64 {
		if j >= len(rows) {
			return operators.MaxTime
		}
		return rows[j].Time + 1
	}
	for _, c := range o.Calls {
		d := c.Frame.Span.Microseconds()
		lead := i + int(c.N)
		switch {
		case !c.Ahead():
		case c.Name == ir.Lead && c.Frame.All():
			at = max(at, after(lead))
		case c.Name == ir.Lead && d > 0 && lead < len(rows) && rows[lead].Time < rows[i].Time+d:
			at = max(at, after(lead))
		case c.Name == ir.Lead && c.Frame.Rows > 0:
			if c.N < c.Frame.Rows {
				at = max(at, after(lead))
			}
		case d > 0:
			at = max(at, rows[i].Time+d)
		default:
			at = max(at, after(i+int(c.Frame.Rows)-1))
		}
	}
	return at
}

func TestTimedAgainstNaive(t *testing.T) {
	rows := randomRows(t, 400)
	for n, o := range specs(false) {
		type line struct {
			at   int64
			seq  int
			text string
		}
		var lines []line
		for _, list := range byKey(o, rows, false) {
			for i, r := range list {
				at := settledAt(o, list, i)
				lines = append(lines, line{at, r.seq, fmt.Sprintf("%d/%d/%d ", r.Time, r.Time, at) + naiveLine(o, list, i)})
			}
		}
		slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
		var want, late []string
		for _, l := range lines {
			want = append(want, l.text)
		}
		for _, r := range rows {
			if r.Time < r.Arrival {
				late = append(late, naiveLine(&ir.Over{}, []naiveRow{{Row: r}}, 0))
			}
		}
		out := outColumns(o, cols)
		fresh := func() operators.Operator {
			op, err := New(o, cols, out, env)
			if err != nil {
				t.Fatal(err)
			}
			return op
		}
		for _, run := range optest.Runs(fresh) {
			run.Delay = 8
			sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: out, Meta: true}, fresh())
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("stage %d, %+v (-want +got):\n%s", n, run, d)
			}
			if d := gocmp.Diff(late, sink.LateRows); d != "" {
				t.Fatalf("stage %d, %+v, late (-want +got):\n%s", n, run, d)
			}
		}
	}
}

func TestWindowsAgainstNaive(t *testing.T) {
	rows := randomRows(t, 300)
	orders := [][]ir.Order{nil, {{Expr: column(2), Desc: true}}}
	for n, o := range specs(true) {
		for _, by := range orders {
			o.Windowed, o.By = true, by
			if by != nil && slices.ContainsFunc(o.Calls, func(c ir.OverCall) bool { return c.Frame.Span > 0 }) {
				continue
			}
			in := window.Columns(cols)
			out := outColumns(o, in)
			fresh := func() operators.Operator {
				op, err := New(o, in, out, env)
				if err != nil {
					t.Fatal(err)
				}
				return op
			}
			want := naiveWindows(o, rows, 40)
			visible := append(slices.Clone(cols), out[len(in):]...)
			for _, run := range optest.Runs(fresh) {
				run.Delay = 8
				w, err := window.New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 40}})
				if err != nil {
					t.Fatal(err)
				}
				sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: out}, w, fresh())
				if d := gocmp.Diff(want, withoutWindow(sink.Lines, len(visible)-len(cols))); d != "" {
					t.Fatalf("stage %d by %v, %+v (-want +got):\n%s", n, by != nil, run, d)
				}
			}
		}
	}
}

// withoutWindow leaves out the window's columns, which stand before the calls.
func withoutWindow(lines []string, calls int) []string {
	var out []string
	for _, l := range lines {
		parts := strings.Split(l, " ")
		out = append(out, strings.Join(append(parts[:len(cols):len(cols)], parts[len(parts)-calls:]...), " "))
	}
	return out
}

func naiveWindows(o *ir.Over, rows []optest.Row, size int64) []string {
	windows := map[int64][]optest.Row{}
	for _, r := range rows {
		if start := r.Time / size; r.Arrival < (start+1)*size {
			windows[start] = append(windows[start], r)
		}
	}
	var want []string
	for start := int64(0); start < 100; start++ {
		lists := byKey(o, windows[start], true)
		slices.SortFunc(lists, func(a, b []naiveRow) int {
			x, y := a[0].Values[0], b[0].Values[0]
			switch {
			case x == nil:
				return 1
			case y == nil:
				return -1
			}
			return cmp.Compare(x.(int64), y.(int64))
		})
		for _, list := range lists {
			if o.By != nil {
				slices.SortStableFunc(list, func(a, b naiveRow) int { return -compare(a.Values[2], b.Values[2]) })
				for i := range list {
					list[i].place = -int64(list[i].Values[2].(string)[1])
				}
			}
			for i := range list {
				want = append(want, naiveLine(o, list, i))
			}
		}
	}
	return want
}

// TestResume: states move between instances.
func TestResume(t *testing.T) {
	rows := randomRows(t, 400)
	for n, o := range specs(false) {
		if len(o.Per) == 0 {
			continue // it never runs as several
		}
		out := outColumns(o, cols)
		fresh := func() operators.Operator {
			op, err := New(o, cols, out, env)
			if err != nil {
				t.Fatal(err)
			}
			return op
		}
		want := optest.Sorted(optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: out}, fresh()).Lines)
		got := optest.Resume(t, cols, 0, rows, 8, out, fresh)
		if d := gocmp.Diff(want, got.Lines); d != "" {
			t.Fatalf("stage %d (-want +got):\n%s", n, d)
		}
	}
}
