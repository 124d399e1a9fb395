package sort

import (
	"cmp"
	"math"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

var cols = []types.Column{{Name: "x", Type: types.TDouble.OrNull()}, {Name: "s", Type: types.TString}, {Name: "id", Type: types.TLong}}

func by(name string, desc bool) ir.Order {
	i := operators.ColumnIndex(cols, name)
	return ir.Order{Expr: &ir.Column{Base: ir.Base{T: cols[i].Type}, Name: name}, Desc: desc}
}

func newSort(t testing.TB, windowed bool, orders ...ir.Order) *Sort {
	t.Helper()
	in := cols
	if windowed {
		in = window.Columns(cols)
	}
	op, err := New(&ir.Sort{By: orders, Windowed: windowed}, in, cols, &operators.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func row(at int64, x any, s string, id int64) optest.Row {
	return optest.Row{Time: at, Values: []any{x, s, id}}
}

func TestNullsAndNaNComeLastEitherWay(t *testing.T) {
	rows := optest.Arrive([]optest.Row{
		row(1, nil, "", 1), row(2, math.NaN(), "", 2), row(3, math.Inf(1), "", 3), row(4, -1.5, "", 4), row(5, 0.0, "", 5),
		row(6, math.Copysign(0, -1), "", 6), row(7, math.Inf(-1), "", 7),
	}, 0)
	for desc, want := range map[bool][]string{ // 5 and 6 are equal and stay in order
		false: {"7", "4", "5", "6", "3", "2", "1"},
		true:  {"3", "5", "6", "4", "7", "2", "1"},
	} {
		op, err := New(&ir.Sort{By: []ir.Order{by("x", desc)}}, cols, cols[2:], &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, optest.Run{Batch: 2}, cols, rows, &optest.Sink{Cols: cols[2:]}, op)
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Errorf("desc %v: %s", desc, d)
		}
	}
}

func TestAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 300)
	texts := []string{"", "a", "a\x00", "a\x00b", "ab", "b", "é"}
	for i := range rows {
		rows[i] = row(int64(i)+int64(r.IntN(10)), float64(r.IntN(4)), texts[r.IntN(len(texts))], int64(i))
	}
	rows = optest.Arrive(rows, 10)
	for _, windowed := range []bool{false, true} {
		sorted := slices.Clone(rows)
		slices.SortStableFunc(sorted, func(a, b optest.Row) int {
			pane := 0
			if windowed {
				pane = cmp.Compare(a.Time/60, b.Time/60)
			}
			return cmp.Or(pane, cmp.Compare(b.Values[1].(string), a.Values[1].(string)), cmp.Compare(a.Values[0].(float64), b.Values[0].(float64)))
		})
		var want []string
		for _, r := range sorted {
			want = append(want, optest.Quote(r.Values[0])+" "+optest.Quote(r.Values[1])+" "+optest.Quote(r.Values[2]))
		}
		fresh := func() operators.Operator { return newSort(t, windowed, by("s", true), by("x", false)) }
		for _, run := range optest.Runs(fresh) {
			run.Delay = 10
			ops := []operators.Operator{fresh()}
			if windowed {
				w, err := window.New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 60}})
				if err != nil {
					t.Fatal(err)
				}
				ops = append([]operators.Operator{w}, ops...)
			}
			sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, ops...)
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("windowed %v, %+v: %s", windowed, run, d)
			}
		}
	}
}
