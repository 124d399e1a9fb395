package aggregate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/optest"
)

var takenCols = []types.Column{{Name: "id", Type: types.TLong}, {Name: "g", Type: types.TString.OrNull()}, {Name: "x", Type: types.TLong.OrNull()}}

func takenCol(name string) ir.Expr {
	i := operators.ColumnIndex(takenCols, name)
	return &ir.Column{Base: ir.Base{T: takenCols[i].Type}, Name: name}
}

// takenSpec is count(), sum(x), min(x), max(x), first(x), last(x), collect(x) by g.
func takenSpec(keep time.Duration, by ...string) *ir.Aggregate {
	a := &ir.Aggregate{Emit: "updates", Keep: keep, Input: &ir.Replaced{Key: []string{"id"}}}
	for _, b := range by {
		a.By = append(a.By, ir.Item{Name: b, Expr: takenCol(b)})
	}
	null := types.TLong.OrNull()
	a.Aggs = []ir.AggCall{
		aggCall("count", 0, types.TLong), aggCall("sum", 0, types.TLong, takenCol("x")), aggCall("min", 0, null, takenCol("x")),
		aggCall("max", 0, null, takenCol("x")), aggCall("first", 0, null, takenCol("x")), aggCall("last", 0, null, takenCol("x")),
		aggCall("collect", 0, types.ArrayOf(types.TLong), takenCol("x")),
	}
	for i, c := range a.Aggs {
		a.Items = append(a.Items, ir.Item{Name: fmt.Sprint(c.Name, i), Expr: &ir.Column{Base: ir.Base{T: c.T}, Name: fmt.Sprint("$agg", i)}})
	}
	return a
}

// recomputed is the result over the rows that a changes stream leaves. They stand in
// the order in which each came last.
func recomputed(rows []optest.Row, grouped bool) []string {
	live := optest.Left(rows)
	groups := map[string][]optest.Row{}
	for _, r := range live {
		g := ""
		if grouped {
			g = optest.Quote(r.Values[1]) + " "
		}
		groups[g] = append(groups[g], r)
	}
	if !grouped && len(live) == 0 && len(rows) > 0 {
		groups[""] = nil
	}
	var out []string
	for g, members := range groups {
		out = append(out, g+groupLine(members))
	}
	slices.Sort(out)
	return out
}

func groupLine(rows []optest.Row) string {
	var sum int64
	var least, most, first, last any
	var firstAt, lastAt int64
	all := []string{}
	for _, r := range rows {
		x, ok := r.Values[2].(int64)
		if !ok {
			continue
		}
		sum += x
		all = append(all, optest.Quote(x))
		if least == nil || x < least.(int64) {
			least = x
		}
		if most == nil || x > most.(int64) {
			most = x
		}
		if first == nil || r.Time < firstAt {
			first, firstAt = x, r.Time
		}
		if last == nil || r.Time >= lastAt {
			last, lastAt = x, r.Time
		}
	}
	return fmt.Sprint(len(rows), " ", sum, " ", optest.Quote(least), " ", optest.Quote(most), " ", optest.Quote(first), " ", optest.Quote(last),
		" [", strings.Join(all, ","), "]")
}

// TestChangesAgainstRecomputation: whatever prefix of random changes was taken in,
// the rows that are left of the result are those over the rows left of the input.
func TestChangesAgainstRecomputation(t *testing.T) {
	r := optest.Random(t)
	rows := optest.Arrive(optest.RandomChanges(r, 300, 12, 4, 9, func() []any {
		var g, x any = string(rune('a' + r.IntN(3))), r.Int64N(5)
		if r.IntN(6) == 0 {
			g = nil
		}
		if r.IntN(6) == 0 {
			x = nil
		}
		return []any{g, x}
	}), 5)
	for _, grouped := range []bool{true, false} {
		spec := takenSpec(ir.KeepForever)
		keys := 0
		if grouped {
			spec, keys = takenSpec(ir.KeepForever, "g"), 1
		}
		fresh := func() operators.Operator { return must[*Aggregate](t)(New(spec, takenCols, outCols(spec), testEnv())) }
		var lines []string
		for _, run := range optest.Runs(fresh) {
			sink := optest.Feed(t, run, takenCols, rows, &optest.Sink{Cols: outCols(spec)}, fresh())
			if lines == nil {
				lines = sink.Lines
			}
			if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
				t.Fatalf("%+v (-want +got):\n%s", run, diff)
			}
		}
		for n := range optest.Prefixes(rows, 7) {
			sink := optest.Feed(t, optest.Run{Batch: 4096}, takenCols, rows[:n], &optest.Sink{Cols: outCols(spec)}, fresh())
			table := optest.Table{Keys: keys}
			table.Apply(t, sink.Lines)
			if diff := gocmp.Diff(recomputed(rows[:n], grouped), table.Rows()); diff != "" {
				t.Fatalf("after %d changes (-want +got):\n%s", n, diff)
			}
		}
	}
}

// TestForgottenRows: rows of a group that was forgotten are not taken back from what
// came since.
func TestForgottenRows(t *testing.T) {
	row := func(at, id int64, g string, x int64, op operators.Op) optest.Row {
		return optest.Row{Time: at, Values: []any{id, g, x}, Op: op}
	}
	rows := optest.Arrive([]optest.Row{
		row(0, 1, "a", 10, operators.Insert), row(10, 2, "a", 7, operators.Insert),
		row(200, 9, "b", 1, operators.Insert),
		row(201, 3, "a", 5, operators.Insert), // its arrival is 200: the group is gone
		row(202, 1, "a", 10, operators.Delete),
		row(203, 2, "a", 7, operators.UpdateBefore), row(203, 2, "a", 8, operators.UpdateAfter),
		row(204, 3, "a", 5, operators.Delete),
		row(205, 2, "a", 8, operators.Delete),
	}, 0)
	spec := takenSpec(50*time.Microsecond, "g")
	fresh := func() operators.Operator { return must[*Aggregate](t)(New(spec, takenCols, outCols(spec), testEnv())) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, takenCols, rows, &optest.Sink{Cols: outCols(spec)}, fresh())
		var got []string
		for _, l := range sink.Lines {
			got = append(got, strings.Join(strings.Split(l, " ")[:4], " "))
		}
		want := []string{
			`insert "a" 1 10`, `update_before "a" 1 10`, `update_after "a" 2 17`,
			`insert "b" 1 1`, `insert "a" 1 5`,
			`update_before "a" 1 5`, `update_after "a" 2 13`,
			`update_before "a" 2 13`, `update_after "a" 1 8`, `delete "a" 1 8`,
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", run, diff)
		}
		if n := sink.Counts[kept.CounterAbsent]; n != 2 {
			t.Errorf("%+v: %d rows were absent, want 2", run, n)
		}
	}
}
