package windowjoin

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

const lateness = 4

var (
	leftCols  = window.Columns([]types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TLong}})
	rightCols = window.Columns([]types.Column{{Name: "p", Type: types.TLong}, {Name: "key", Type: types.TLong.OrNull(), Hidden: true}})
	bothOut   = []types.Column{leftCols[0], leftCols[1], leftCols[3], rightCols[0]}
	leftOut   = []types.Column{leftCols[0], leftCols[1], leftCols[3]}
)

func out(kind ir.JoinKind) []types.Column {
	if kind == ir.SemiJoin || kind == ir.AntiJoin {
		return leftOut
	}
	return bothOut
}

func fresh(t testing.TB, kind ir.JoinKind, keys bool) *Join {
	t.Helper()
	spec := &ir.Join{Kind: kind, Bound: ir.JoinWindowed, Lateness: lateness * time.Microsecond}
	spec.Alias = "p"
	if keys {
		spec.LeftKeys, spec.RightKeys = []string{"k"}, []string{"key"}
	}
	j, err := New(spec, leftCols, rightCols, out(kind), &operators.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// naive pairs the rows of each window of 10 and orders what leaves by the window, the
// later row, the left and the right one.
func naive(kind ir.JoinKind, keys bool, rows []optest.From) []string {
	type result struct {
		end, p int64
		seqs   [2]int64
		line   string
	}
	p := func(r optest.From) int64 { return max(r.Time, r.Arrival) }
	window := func(r optest.From) int64 { return r.Values[3].(int64) }
	meets := func(l, r optest.From) bool {
		return window(l) == window(r) && (!keys || l.Values[0] != nil && l.Values[0] == r.Values[1])
	}
	var all []result
	put := func(end, p, a, b int64, values ...any) {
		line := fmt.Sprintf("%d/%d/%d", end-1, end-1, end+lateness)
		for _, v := range values {
			line += " " + optest.Quote(v)
		}
		all = append(all, result{end, p, [2]int64{a, b}, line})
	}
	at := func(end int64) any { return time.UnixMicro(end).UTC().Format("2006-01-02T15:04:05.999999Z") }
	for i, l := range rows {
		if l.Input != 0 {
			continue
		}
		end, first := window(l), result{p: operators.MaxTime}
		for k, r := range rows {
			if r.Input != 1 || !meets(l, r) {
				continue
			}
			x := result{end, max(p(l), p(r)), [2]int64{int64(i), int64(k)}, ""}
			if kind != ir.SemiJoin && kind != ir.AntiJoin {
				put(end, x.p, x.seqs[0], x.seqs[1], l.Values[0], l.Values[1], at(end), r.Values[0])
			}
			if x.p < first.p {
				first = x
			}
		}
		switch alone := first.p == operators.MaxTime; {
		case kind == ir.SemiJoin && !alone:
			put(end, first.p, first.seqs[0], first.seqs[1], l.Values[0], l.Values[1], at(end))
		case kind == ir.AntiJoin && alone:
			put(end, p(l), int64(i), operators.MaxTime, l.Values[0], l.Values[1], at(end))
		case (kind == ir.LeftJoin || kind == ir.FullJoin) && alone:
			put(end, p(l), int64(i), operators.MaxTime, l.Values[0], l.Values[1], at(end), nil)
		}
	}
	for k, r := range rows {
		if kind == ir.FullJoin && r.Input == 1 && !slices.ContainsFunc(rows, func(l optest.From) bool { return l.Input == 0 && meets(l, r) }) {
			put(window(r), p(r), int64(k), operators.MaxTime, nil, nil, at(window(r)), r.Values[0])
		}
	}
	slices.SortFunc(all, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.p, b.p), cmp.Compare(a.seqs[0], b.seqs[0]), cmp.Compare(a.seqs[1], b.seqs[1]))
	})
	var lines []string
	for _, r := range all {
		lines = append(lines, r.line)
	}
	return lines
}

func TestAgainstNestedLoops(t *testing.T) {
	r := optest.Random(t)
	for round := range 40 {
		kind := []ir.JoinKind{ir.InnerJoin, ir.LeftJoin, ir.FullJoin, ir.SemiJoin, ir.AntiJoin}[r.IntN(5)]
		keys := r.IntN(4) > 0
		value := func() any {
			if r.IntN(8) == 0 {
				return nil
			}
			return r.Int64N(4)
		}
		draw := func(values func() []any) []optest.Row {
			rows := optest.RandomRows(30, 6, 10, r.Int64N, func(int) []any { return append(values(), int64(0), int64(0)) })
			for i := range rows {
				rows[i].Time = max(rows[i].Time, 0)
				start := rows[i].Time - rows[i].Time%10
				rows[i].Values[2], rows[i].Values[3] = start, start+10
			}
			// Rows behind are in time for their window: the watermark trails far enough.
			return optest.Arrive(rows, 20)
		}
		rows := optest.Merge(draw(func() []any { return []any{value(), r.Int64N(100)} }), draw(func() []any { return []any{r.Int64N(100), value()} }))
		want := naive(kind, keys, rows)
		in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{20, 20}, Rows: rows}
		for _, run := range optest.Runs(func() operators.Operator { return fresh(t, kind, keys) }) {
			sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: out(kind), Meta: true}, fresh(t, kind, keys))
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("round %d, %s, keys %t, %+v: %s", round, kind, keys, run, d)
			}
		}
	}
}
