package top

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
	"github.com/edynamic/edynamic/operators/window"
)

var cols = []types.Column{
	{Name: "k", Type: types.TString.OrNull()},
	{Name: "x", Type: types.TLong.OrNull()},
	{Name: "id", Type: types.TLong},
}

func col(name string) ir.Expr {
	return &ir.Column{Base: ir.Base{T: cols[operators.ColumnIndex(cols, name)].Type}, Name: name}
}

func newTop(t testing.TB, spec *ir.Top) *Top {
	t.Helper()
	in := cols
	if spec.Windowed {
		in = window.Columns(cols)
	}
	op, err := New(spec, in, outCols(spec), &operators.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func outCols(spec *ir.Top) []types.Column {
	in := cols
	if spec.Windowed {
		in = window.Columns(cols)
	}
	if spec.Rank == "" {
		return in
	}
	return append(in[:len(in):len(in)], types.Column{Name: spec.Rank, Type: types.TLong})
}

func tumbling(t testing.TB, size int64) operators.Operator {
	w, err := window.New(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: size}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func row(at int64, k, x any, id int64) optest.Row {
	return optest.Row{Time: at, Values: []any{k, x, id}}
}

func randomRows(t testing.TB, n int) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	for i := range rows {
		var k, x any = string(rune('a' + r.IntN(3))), int64(r.IntN(6))
		if r.IntN(7) == 0 {
			k = nil
		}
		if r.IntN(7) == 0 {
			x = nil
		}
		rows[i] = row(int64(i)*2+int64(r.IntN(9)), k, x, int64(i))
	}
	return optest.Arrive(rows, 10)
}

// order compares x with null last either way; rows come in order of id.
func order(a, b optest.Row, desc bool) int {
	x, okX := a.Values[1].(int64)
	y, okY := b.Values[1].(int64)
	switch {
	case okX && okY && desc:
		return cmp.Compare(y, x)
	case okX && okY:
		return cmp.Compare(x, y)
	case okX:
		return -1
	case okY:
		return 1
	}
	return 0
}

// naive ranks the rows of each window and group by sorting all of them.
func naive(rows []optest.Row, n int, desc, ties bool) []string {
	groups := map[string][]optest.Row{}
	var keys []string
	for _, r := range rows {
		k, ok := r.Values[0].(string)
		if !ok {
			k = "~" // after all letters
		}
		key := fmt.Sprintf("%06d%s", r.Time/50, k)
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], r)
	}
	slices.Sort(keys)
	var lines []string
	for _, key := range keys {
		list := groups[key]
		slices.SortStableFunc(list, func(a, b optest.Row) int { return order(a, b, desc) })
		rank := 0
		for i, r := range list {
			if i == 0 || !ties || order(list[i-1], r, desc) != 0 {
				rank = i + 1
			}
			if rank > n {
				break
			}
			start := r.Time / 50 * 50
			lines = append(lines, fmt.Sprint(optest.Quote(r.Values[0]), " ", optest.Quote(r.Values[1]), " ", r.Values[2], " ",
				stamp(start), " ", stamp(start+50), " ", rank))
		}
	}
	return lines
}

func stamp(us int64) string {
	return optest.Quote(time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
}

func TestWindowsAgainstNaive(t *testing.T) {
	rows := randomRows(t, 300)
	for _, desc := range []bool{false, true} {
		for _, ties := range []bool{false, true} {
			for _, n := range []int64{1, 3, 100} {
				spec := &ir.Top{N: n, By: []ir.Order{{Expr: col("x"), Desc: desc}}, Per: []ir.Expr{col("k")}, Ties: ties, Rank: "rank", Windowed: true}
				want := naive(rows, int(n), desc, ties)
				fresh := func() operators.Operator { return newTop(t, spec) }
				for _, run := range optest.Runs(fresh) {
					run.Delay = 10
					sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: outCols(spec)}, tumbling(t, 50), fresh())
					if d := gocmp.Diff(want, sink.Lines); d != "" {
						t.Fatalf("top %d desc %v ties %v, %+v: %s", n, desc, ties, run, d)
					}
				}
			}
		}
	}
}

func TestChangesByHand(t *testing.T) {
	spec := &ir.Top{N: 2, By: []ir.Order{{Expr: col("x"), Desc: true}}, Rank: "rank"}
	rows := optest.Arrive([]optest.Row{
		row(1, "a", int64(5), 1), row(2, "b", int64(7), 2), row(3, "c", int64(6), 3), row(4, "d", int64(1), 4), row(5, "e", int64(9), 5),
	}, 0)
	want := []string{
		`1/-/1 insert "a" 5 1 1`,
		`2/1/2 update_before "a" 5 1 1`, `2/1/2 update_after "b" 7 2 1`, `2/1/2 insert "a" 5 1 2`,
		`3/2/3 update_before "a" 5 1 2`, `3/2/3 update_after "c" 6 3 2`,
		`5/4/5 update_before "b" 7 2 1`, `5/4/5 update_after "e" 9 5 1`, `5/4/5 update_before "c" 6 3 2`, `5/4/5 update_after "b" 7 2 2`,
	}
	fresh := func() operators.Operator { return newTop(t, spec) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: outCols(spec), Meta: true}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
}

func TestTiesLeaveAsDeletes(t *testing.T) {
	spec := &ir.Top{N: 1, By: []ir.Order{{Expr: col("x")}}, Ties: true, Rank: "rank"}
	rows := optest.Arrive([]optest.Row{row(1, "a", int64(5), 1), row(2, "b", int64(5), 2), row(3, "c", int64(4), 3)}, 0)
	want := []string{
		`insert "a" 5 1 1`, `insert "b" 5 2 1`,
		`delete "b" 5 2 1`, `update_before "a" 5 1 1`, `update_after "c" 4 3 1`,
	}
	sink := optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: outCols(spec)}, newTop(t, spec))
	if d := gocmp.Diff(want, sink.Lines); d != "" {
		t.Error(d)
	}
}

// The changes, applied by place, must leave what sorting everything gives.
func TestChangesEndInTheFinalRows(t *testing.T) {
	rows := randomRows(t, 200)
	for i := range rows { // one window, so that naive's groups are those of the keys
		rows[i].Time %= 50
	}
	rows = optest.Arrive(rows, 0)
	spec := &ir.Top{N: 3, By: []ir.Order{{Expr: col("x"), Desc: true}}, Per: []ir.Expr{col("k")}, Rank: "rank"}
	fresh := func() operators.Operator { return newTop(t, spec) }
	var first []string
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: outCols(spec)}, fresh())
		if first == nil {
			first = sink.Lines
		} else if d := gocmp.Diff(first, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
	}
	shown := map[string]int{}
	for _, line := range first {
		var op, rest string
		if _, err := fmt.Sscanf(line, "%s", &op); err != nil {
			t.Fatal(err)
		}
		rest = line[len(op)+1:]
		switch op {
		case "insert", "update_after":
			shown[rest]++
		default:
			if shown[rest]--; shown[rest] < 0 {
				t.Fatalf("%s takes back what was not shown", line)
			}
		}
	}
	var got []string
	for line, n := range shown {
		for range n {
			got = append(got, line)
		}
	}
	var want []string
	for _, line := range naive(rows, 3, true, false) {
		var k, x, id, start, end, rank string
		if _, err := fmt.Sscan(line, &k, &x, &id, &start, &end, &rank); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(k, " ", x, " ", id, " ", rank))
	}
	if d := gocmp.Diff(optest.Sorted(want), optest.Sorted(got)); d != "" {
		t.Error(d)
	}
}

func TestKeepForgetsGroups(t *testing.T) {
	spec := &ir.Top{N: 1, By: []ir.Order{{Expr: col("x")}}, Per: []ir.Expr{col("k")}, Keep: 10 * time.Microsecond}
	rows := optest.Arrive([]optest.Row{row(0, "a", int64(1), 1), row(11, "b", int64(1), 2), row(12, "a", int64(5), 3)}, 0)
	fresh := func() operators.Operator { return newTop(t, spec) }
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: outCols(spec)}, fresh())
		if d := gocmp.Diff([]string{`insert "a" 1 1`, `insert "b" 1 2`, `insert "a" 5 3`}, sink.Lines); d != "" {
			t.Fatalf("%+v: %s", run, d)
		}
		if sink.Counts["state_expired"] != 1 {
			t.Errorf("%+v: %v", run, sink.Counts)
		}
	}
}
