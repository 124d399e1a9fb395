package changed

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

var (
	cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "s", Type: types.TString.OrNull()}, {Name: "v", Type: types.TString}}
	made = append(slices.Clone(cols), types.Column{Name: ir.PreviousRow, Type: &types.Type{Kind: types.Record, Fields: []types.Field{
		{Name: "v", Type: types.TString.OrNull()}, {Name: "s", Type: types.TString.OrNull()},
	}}})
)

func column(i int) ir.Expr { return &ir.Column{Base: ir.Base{T: cols[i].Type}, Name: cols[i].Name} }

// naive compares each row with the one before it.
func naive(rows []optest.Row, previous bool) []string {
	order := make([]optest.Row, 0, len(rows))
	for _, r := range rows {
		if r.Time >= r.Arrival {
			order = append(order, r)
		}
	}
	slices.SortStableFunc(order, func(a, b optest.Row) int { return cmp.Compare(a.Time, b.Time) })
	last := map[any]optest.Row{}
	var out []string
	for _, r := range order {
		was, known := last[r.Values[0]]
		last[r.Values[0]] = r
		if known && was.Values[1] == r.Values[1] {
			continue
		}
		line := fmt.Sprintf("%d/%d/%d %s %s %s", r.Time, r.Time, r.Time+1, optest.Quote(r.Values[0]), optest.Quote(r.Values[1]), optest.Quote(r.Values[2]))
		if previous {
			v, s := any(nil), any(nil)
			if known {
				v, s = was.Values[2], was.Values[1]
			}
			line += fmt.Sprintf(` {"v":%s,"s":%s}`, optest.Quote(v), optest.Quote(s))
		}
		out = append(out, line)
	}
	return out
}

func TestAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 500)
	for i := range rows {
		var k, s any = int64(r.IntN(4)), fmt.Sprint("s", r.IntN(2))
		if r.IntN(5) == 0 {
			k = nil
		}
		if r.IntN(4) == 0 {
			s = nil
		}
		rows[i] = optest.Row{Time: int64(i)/2 + int64(r.IntN(12)), Values: []any{k, s, fmt.Sprint("v", i)}}
	}
	rows = optest.Arrive(rows, 8)
	for _, previous := range []bool{false, true} {
		spec, out := &ir.Changed{Exprs: []ir.Expr{column(1)}, Per: []ir.Expr{column(0)}}, cols
		if previous {
			spec.Previous, out = []string{"v", "s"}, made
		}
		fresh := func() operators.Operator {
			op, err := New(spec, cols, out, &operators.Env{})
			if err != nil {
				t.Fatal(err)
			}
			return op
		}
		want := naive(rows, previous)
		for _, run := range optest.Runs(fresh) {
			run.Delay = 8
			sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: out, Meta: true}, fresh())
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("%+v (-want +got):\n%s", run, d)
			}
		}
		plain := optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: out}, fresh())
		got := optest.Resume(t, cols, 0, rows, 8, out, fresh)
		if d := gocmp.Diff(optest.Sorted(plain.Lines), got.Lines); d != "" {
			t.Fatalf("taken apart (-want +got):\n%s", d)
		}
	}
}
