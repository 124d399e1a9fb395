package top

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
)

var raceCols = []types.Column{{Name: "id", Type: types.TLong}, {Name: "g", Type: types.TString}, {Name: "x", Type: types.TLong}}

func raceCol(name string) ir.Expr {
	i := operators.ColumnIndex(raceCols, name)
	return &ir.Column{Base: ir.Base{T: raceCols[i].Type}, Name: name}
}

// ranked is the first n rows of each group by x, largest first, with their ranks,
// over the rows that changes leave.
func ranked(rows []optest.Row, n int, ties bool) []string {
	groups := map[any][]optest.Row{}
	for _, r := range optest.Left(rows) {
		groups[r.Values[1]] = append(groups[r.Values[1]], r)
	}
	var out []string
	for _, list := range groups {
		x := func(i int) int64 { return list[i].Values[2].(int64) }
		slices.SortStableFunc(list, func(a, b optest.Row) int { return cmp.Compare(b.Values[2].(int64), a.Values[2].(int64)) })
		for i := range list {
			if i >= n && !(ties && x(i) == x(n-1)) {
				break
			}
			rank := i
			for ties && rank > 0 && x(rank-1) == x(i) {
				rank--
			}
			out = append(out, fmt.Sprint(list[i].Values[0], " ", optest.Quote(list[i].Values[1]), " ", x(i), " ", rank+1))
		}
	}
	slices.Sort(out)
	return out
}

// TestRankingAgainstRecomputation: after any prefix of random changes the rows that
// are left of the result are the first of the rows left of the input.
func TestRankingAgainstRecomputation(t *testing.T) {
	r := optest.Random(t)
	rows := optest.Arrive(optest.RandomChanges(r, 300, 12, 4, 9, func() []any {
		return []any{string(rune('a' + r.IntN(3))), r.Int64N(5)}
	}), 5)
	out := append(raceCols[:len(raceCols):len(raceCols)], types.Column{Name: "place", Type: types.TLong})
	for _, ties := range []bool{false, true} {
		spec := &ir.Top{N: 3, By: []ir.Order{{Expr: raceCol("x"), Desc: true}}, Per: []ir.Expr{raceCol("g")}, PerNames: []string{"g"},
			Rank: "place", Ties: ties, Keep: ir.KeepForever, Input: &ir.Replaced{Key: []string{"id"}}}
		fresh := func() operators.Operator {
			op, err := NewRanking(spec, raceCols, out, &operators.Env{})
			if err != nil {
				t.Fatal(err)
			}
			return op
		}
		var lines []string
		for _, run := range optest.Runs(fresh) {
			sink := optest.Feed(t, run, raceCols, rows, &optest.Sink{Cols: out}, fresh())
			if lines == nil {
				lines = sink.Lines
			}
			if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
				t.Fatalf("%+v (-want +got):\n%s", run, diff)
			}
		}
		for n := range optest.Prefixes(rows, 7) {
			sink := optest.Feed(t, optest.Run{Batch: 4096}, raceCols, rows[:n], &optest.Sink{Cols: out}, fresh())
			table := optest.Table{Keys: 1}
			table.Apply(t, sink.Lines)
			if diff := gocmp.Diff(ranked(rows[:n], 3, ties), table.Rows()); diff != "" {
				t.Fatalf("after %d changes (-want +got):\n%s", n, diff)
			}
		}
	}
}

// TestRankingAtTicks: what has been shown by a tick is the first of the rows that had come
// before the watermark crossed it.
func TestRankingAtTicks(t *testing.T) {
	r := optest.Random(t)
	const every, delay = 25, 5
	rows := optest.Arrive(optest.RandomChanges(r, 300, 12, 4, 9, func() []any {
		return []any{string(rune('a' + r.IntN(3))), r.Int64N(5)}
	}), delay)
	out := append(raceCols[:len(raceCols):len(raceCols)], types.Column{Name: "place", Type: types.TLong})
	input := &ir.Replaced{Key: []string{"id"}}
	spec := &ir.Top{N: 3, By: []ir.Order{{Expr: raceCol("x"), Desc: true}}, Per: []ir.Expr{raceCol("g")}, PerNames: []string{"g"},
		Rank: "place", Windowed: true, Input: input, Emit: "updates", EmitEvery: every * time.Microsecond}
	fresh := func() operators.Operator {
		op, err := NewRanking(spec, window.Columns(raceCols), out, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	var lines []string
	for _, run := range optest.Runs(fresh) {
		run.Delay = delay
		w, err := window.NewChanging(&ir.Window{Kind: "tumbling", Size: types.Length{Micros: 1_000_000}, Input: input}, raceCols, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		sink := optest.Feed(t, run, raceCols, rows, &optest.Sink{Cols: out, Meta: true}, w, fresh())
		if lines == nil {
			lines = sink.Lines
		}
		if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
	}
	table, shown := optest.Table{Keys: 1}, 0
	for tick := int64(every); shown < len(lines); tick += every {
		for ; shown < len(lines); shown++ {
			meta, line, _ := strings.Cut(lines[shown], " ")
			at, err := strconv.ParseInt(meta[strings.LastIndex(meta, "/")+1:], 10, 64)
			if err != nil || at > tick {
				break
			}
			table.Apply(t, []string{line})
		}
		come := slices.IndexFunc(rows, func(r optest.Row) bool { return r.Arrival >= tick })
		if come < 0 {
			break // the end shows the rest
		}
		if diff := gocmp.Diff(ranked(rows[:come], 3, false), table.Rows()); diff != "" {
			t.Fatalf("at %d (-want +got):\n%s", tick, diff)
		}
	}
	if shown < 100 {
		t.Errorf("only %d changes were looked at", shown)
	}
}
