package window

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

var keyed = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "id", Type: types.TLong}, {Name: "from", Type: types.TTimestamp.OrNull()}, {Name: "to", Type: types.TTimestamp.OrNull()}}

func keyedRows(t *testing.T, n int) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	at := int64(0)
	for i := range rows {
		at += int64(r.IntN(5))
		var k, from, to any = int64(r.IntN(3)), at - int64(r.IntN(20)), at + int64(r.IntN(20)) - 4
		switch r.IntN(12) {
		case 0:
			k = nil
		case 1:
			from = nil
		case 2:
			to = nil
		}
		rows[i] = optest.Row{Time: at - int64(r.IntN(12)), Values: []any{k, int64(i), from, to}}
	}
	return optest.Arrive(rows, 5)
}

func opened[T operators.Operator](t *testing.T) func(T, error) operators.Operator {
	return func(op T, err error) operators.Operator {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
}

// shownKeyed replaces timestamps by numbers, which are shorter to read.
func shownKeyed() []types.Column {
	out := Columns(keyed)
	for i := range out {
		out[i].Type = types.TLong.OrNull()
	}
	return out
}

// However rows are fed, and wherever a snapshot is taken, the same rows leave in the
// same order.
func TestHeldRowsDoNotShowHowTheyCame(t *testing.T) {
	rows := keyedRows(t, 300)
	for name, fresh := range map[string]func() operators.Operator{
		"session": func() operators.Operator {
			return opened[*Session](t)(NewSession(&ir.Window{Kind: ir.WindowSession, Gap: 9 * time.Microsecond, Max: 30 * time.Microsecond, Lateness: 3 * time.Microsecond, Per: []string{"k"}}, keyed, &operators.Env{}))
		},
		"sliding": func() operators.Operator {
			return opened[*Sliding](t)(NewSliding(&ir.Window{Kind: ir.WindowSliding, Size: types.Length{Micros: 11}, Per: []string{"k"}}, keyed, &operators.Env{}))
		},
		"rows": func() operators.Operator {
			return opened[*Rows](t)(NewRows(&ir.Window{Kind: ir.WindowRows, Rows: 5, RowsEvery: 2, Per: []string{"k"}}, keyed, &operators.Env{}))
		},
	} {
		var want, late []string
		for _, run := range optest.Runs(fresh) {
			run.Delay = 5
			sink := optest.Feed(t, run, keyed, rows, &optest.Sink{Cols: shownKeyed(), Meta: true}, fresh())
			if want == nil {
				want, late = sink.Lines, sink.LateRows
			}
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%s %+v: %s", name, run, d)
			}
			if d := gocmp.Diff(late, sink.LateRows); d != "" {
				t.Fatalf("%s %+v late: %s", name, run, d)
			}
		}
	}
}

// Windows of rows against counting by hand.
func TestRowsAgainstNaive(t *testing.T) {
	rows := keyedRows(t, 200)
	for _, c := range []struct{ size, every int }{{1, 1}, {4, 4}, {5, 2}, {3, 1}} {
		byKey := map[any][]optest.Row{}
		type full struct {
			at   int // the row that fills it
			rows []optest.Row
		}
		var windows []full
		for i, r := range rows {
			k := r.Values[0]
			byKey[k] = append(byKey[k], r)
			if n := len(byKey[k]); n >= c.size && (n-c.size)%c.every == 0 {
				windows = append(windows, full{i, slices.Clone(byKey[k][n-c.size:])})
			}
		}
		var rest []full
		for _, list := range byKey {
			for from := 0; from < len(list); from += c.every {
				if from+c.size > len(list) {
					rest = append(rest, full{0, list[from:]})
				}
			}
		}
		bounds := func(w full) (start, end int64) {
			start, end = w.rows[0].Time, w.rows[0].Time+1
			for _, r := range w.rows {
				start, end = min(start, r.Time), max(end, r.Time+1)
			}
			return start, end
		}
		key := func(w full) int64 {
			if k, ok := w.rows[0].Values[0].(int64); ok {
				return k
			}
			return 99
		}
		slices.SortFunc(rest, func(a, b full) int {
			as, ae := bounds(a)
			bs, be := bounds(b)
			return cmp.Or(cmp.Compare(ae, be), cmp.Compare(as, bs), cmp.Compare(key(a), key(b)), cmp.Compare(len(b.rows), len(a.rows)))
		})
		var want []string
		for _, w := range append(windows, rest...) {
			start, end := bounds(w)
			for _, r := range w.rows {
				want = append(want, fmt.Sprint(r.Values[1], start, end))
			}
		}
		spec := &ir.Window{Kind: ir.WindowRows, Rows: int64(c.size), RowsEvery: int64(c.every), Per: []string{"k"}}
		fresh := func() operators.Operator { return opened[*Rows](t)(NewRows(spec, keyed, &operators.Env{})) }
		for _, run := range optest.Runs(fresh) {
			sink := optest.Feed(t, run, keyed, rows, &optest.Sink{Cols: shownKeyed()}, fresh())
			if d := gocmp.Diff(want, short(sink.Lines)); d != "" {
				t.Fatalf("%+v %+v: %s", c, run, d)
			}
		}
	}
}

// short leaves id, start and end of a line.
func short(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		var k, id, from, to, start, end string
		if _, err := fmt.Sscan(line, &k, &id, &from, &to, &start, &end); err != nil {
			panic(err)
		}
		out[i] = id + " " + start + " " + end
	}
	return out
}

// Spans against rule 24 row by row.
func TestSpanAgainstNaive(t *testing.T) {
	rows := keyedRows(t, 300)
	column := func(i int) ir.Expr { return &ir.Column{Base: ir.Base{T: keyed[i].Type}, Name: keyed[i].Name} }
	for _, lateness := range []int64{0, 6} {
		spec := &ir.Window{Kind: ir.WindowSpan, From: column(2), To: column(3), Lateness: time.Duration(lateness) * time.Microsecond, Per: []string{"k"}}
		var want []string
		late, failed := 0, 0
		for _, r := range rows {
			from, okFrom := r.Values[2].(int64)
			to, okTo := r.Values[3].(int64)
			switch {
			case !okFrom || !okTo || to <= from:
				failed++
			case r.Arrival >= to+lateness || r.Time >= to+lateness:
				late++
			default:
				want = append(want, fmt.Sprint(r.Values[1], from, to))
			}
		}
		for _, run := range optest.Runs(nil)[:5] {
			sink := optest.Feed(t, run, keyed, rows, &optest.Sink{Cols: shownKeyed()}, opened[*Span](t)(NewSpan(spec, keyed, &operators.Env{})))
			if d := gocmp.Diff(want, short(sink.Lines)); d != "" {
				t.Fatalf("%+v: %s", run, d)
			}
			if len(sink.LateRows) != late || len(sink.Failed) != failed {
				t.Fatalf("%+v: %d late and %d failed, want %d and %d", run, len(sink.LateRows), len(sink.Failed), late, failed)
			}
		}
	}
}

func TestCumulativeAgainstWalk(t *testing.T) {
	for _, zone := range []string{"Europe/Helsinki", "America/New_York", "Asia/Kathmandu"} {
		loc := zoned(t, zone)
		for _, c := range []struct{ size, every types.Length }{
			{types.Length{Days: 1}, micros(time.Hour)}, {types.Length{Days: 1}, micros(6 * time.Hour)},
			{types.Length{Months: 1}, types.Length{Days: 1}}, {types.Length{Days: 7}, types.Length{Days: 1}}, {types.Length{Days: 1}, micros(30 * time.Minute)},
		} {
			cum, err := newCumulative(c.size, c.every, noOffset, loc)
			if err != nil {
				t.Fatal(err)
			}
			outer, _ := newTumbling(c.size, noOffset, loc)
			inner, _ := newTumbling(c.every, noOffset, loc)
			r := optest.Random(t)
			for range 2000 {
				at := instant(t, "2026-01-01T00:00:00Z") + r.Int64N(366*24*3600)*1e6
				period := outer.of(at)[0]
				var want []span
				for b := inner.of(at)[0].end; b < period.end; b = inner.of(b)[0].end {
					want = append(want, span{period.start, b})
				}
				want = append(want, span{period.start, period.end})
				if got := cum.of(at); !slices.Equal(got, want) {
					t.Fatalf("%s %v: %s is in %s, want %s", zone, c, time.UnixMicro(at).UTC(), spanText(got), spanText(want))
				}
			}
		}
	}
}
