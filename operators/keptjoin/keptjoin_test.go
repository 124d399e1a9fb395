package keptjoin

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Rows of the left side have an id, a key and a value, those of the right side a value
// under the alias p, a key and an id.
var (
	leftCols  = []types.Column{{Name: "id", Type: types.TLong}, {Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TLong}}
	rightCols = []types.Column{{Name: "p", Type: types.TLong}, {Name: "key", Type: types.TLong.OrNull(), Hidden: true}, {Name: "p.id", Type: types.TLong, Hidden: true}}
	bothOut   = append(slices.Clone(leftCols), rightCols[0], rightCols[2])
)

// below is the condition v < p + 50.
type below struct{}

func (below) Eval(memory.Allocator, []arrow.Array, int, []int32) (kernel.Vector, []operators.Failure) {
	panic("not asked for")
}

func (below) Select(_ memory.Allocator, cols []arrow.Array, rows int, _ []int32) ([]int32, []operators.Failure) {
	v, p := kernel.Values[int64](cols[2]), kernel.Values[int64](cols[3])
	out := []int32{}
	for i := range rows {
		if v[i] < p[i]+50 {
			out = append(out, int32(i))
		}
	}
	return out, nil
}

// setup is one sort of join.
type setup struct {
	kind    ir.JoinKind
	changes [2]bool
	keyed   [2]bool // changes sides with a key
	keep    time.Duration
	cond    bool
}

func (s setup) out() []types.Column {
	if s.leftOnly() {
		return leftCols
	}
	return bothOut
}

func (s setup) leftOnly() bool { return s.kind == ir.SemiJoin || s.kind == ir.AntiJoin }

func (s setup) fresh(t testing.TB) *Join {
	t.Helper()
	spec := &ir.Join{Kind: s.kind, Bound: ir.JoinKept, Keep: s.keep}
	spec.Alias, spec.LeftKeys, spec.RightKeys = "p", []string{"k"}, []string{"key"}
	if s.keyed[0] {
		spec.LeftIdentity = []string{"id"}
	}
	if s.keyed[1] {
		spec.RightIdentity = []string{"p.id"}
	}
	if s.cond {
		spec.On = &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: true}
	}
	stream := func(changes bool, cols []types.Column) *types.Stream {
		st := &types.Stream{Columns: cols}
		if changes {
			st.Kind = types.Changes
		}
		return st
	}
	ops := s.changes[0] || s.changes[1] || s.kind != ir.InnerJoin && s.kind != ir.SemiJoin
	env := &operators.Env{Compile: func(ir.Expr, []types.Column) (operators.Eval, error) { return below{}, nil }}
	j, err := New(spec, stream(s.changes[0], leftCols), stream(s.changes[1], rightCols), stream(ops, s.out()), env)
	if err != nil {
		t.Fatal(err)
	}
	j.pieceRows = 2 // so that keys have pieces
	return j
}

// result is the naive join of what is there: lines of rows, sorted.
func (s setup) result(left, right [][]any) []string {
	out := []string{}
	meets := func(l, r []any) bool {
		return l[1] != nil && l[1] == r[1] && (!s.cond || l[2].(int64) < r[0].(int64)+50)
	}
	line := func(vs ...any) string {
		text := ""
		for i, v := range vs {
			if i > 0 {
				text += " "
			}
			text += optest.Quote(v)
		}
		return text
	}
	matched := make([]bool, len(right))
	for _, l := range left {
		n := 0
		for k, r := range right {
			if !meets(l, r) {
				continue
			}
			n++
			matched[k] = true
			if !s.leftOnly() {
				out = append(out, line(l[0], l[1], l[2], r[0], r[2]))
			}
		}
		switch {
		case s.kind == ir.SemiJoin && n > 0, s.kind == ir.AntiJoin && n == 0:
			out = append(out, line(l[0], l[1], l[2]))
		case n == 0 && (s.kind == ir.LeftJoin || s.kind == ir.FullJoin):
			out = append(out, line(l[0], l[1], l[2], nil, nil))
		}
	}
	for k, r := range right {
		if !matched[k] && s.kind == ir.FullJoin {
			out = append(out, line(nil, nil, nil, r[0], r[2]))
		}
	}
	slices.Sort(out)
	return out
}

// table is a side as it stands.
type table struct{ rows [][]any }

func (t *table) apply(op operators.Op, row []any) {
	if op == operators.Insert || op == operators.UpdateAfter {
		t.rows = append(t.rows, row)
		return
	}
	i := slices.IndexFunc(t.rows, func(r []any) bool { return slices.Equal(r, row) })
	t.rows = slices.Delete(t.rows, i, i+1)
}

// TestAgainstNestedLoops applies random changes to both sides. After every row the
// results so far are those of a join of the rows that stand.
func TestAgainstNestedLoops(t *testing.T) {
	r := optest.Random(t)
	for round := range 25 {
		s := setup{kind: []ir.JoinKind{ir.InnerJoin, ir.LeftJoin, ir.FullJoin, ir.SemiJoin, ir.AntiJoin}[r.IntN(5)],
			changes: [2]bool{r.IntN(2) == 0, r.IntN(2) == 0}, keep: ir.KeepForever, cond: r.IntN(2) == 0}
		for side := range s.keyed {
			s.keyed[side] = s.changes[side] && r.IntN(3) > 0
		}
		rows := randomChanges(s, 120, r.IntN, r.Int64N)
		want := s.after(rows)
		in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Changes: s.changes[:], Delays: []int64{0, 0}, Rows: rows}
		var first []string
		for _, run := range optest.Runs(func() operators.Operator { return s.fresh(t) }) {
			sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: s.out()}, s.fresh(t))
			if first == nil {
				first = sink.Lines
			}
			if d := gocmp.Diff(first, sink.Lines); d != "" {
				t.Fatalf("round %d, %+v: another log with %+v: %s", round, s, run, d)
			}
		}
		sink := optest.FeedSplit(t, 3, optest.Run{Batch: 7}, in, &optest.Sink{Cols: s.out()}, func() operators.Parallel { return s.fresh(t) })
		if d := gocmp.Diff(first, sink.Lines); d != "" {
			t.Fatalf("round %d, %+v: another log in three: %s", round, s, d)
		}
		if d := gocmp.Diff(want, standing(t, s, first)); d != "" {
			t.Fatalf("round %d, %+v: %s\n%v", round, s, d, first)
		}
	}
}

// after is the join of the rows that stand at the end. A semi join of two sides that
// append is the same.
func (s setup) after(rows []optest.From) []string {
	var sides [2]table
	for _, r := range rows {
		sides[r.Input].apply(r.Op, r.Values)
	}
	return s.result(sides[0].rows, sides[1].rows)
}

// standing applies a log of changes and lists what is left, sorted. Each delete must
// name a row that is there, and the rows of an update stand next to each other.
func standing(t *testing.T, s setup, lines []string) []string {
	t.Helper()
	out := []string{}
	open := false
	for _, line := range lines {
		var op, row string
		if _, err := fmt.Sscan(line, &op); err != nil {
			t.Fatal(err)
		}
		if op != "insert" && op != "delete" && op != "update_before" && op != "update_after" { // an append stream
			out = append(out, line)
			continue
		}
		row = line[len(op)+1:]
		if open != (op == "update_after") {
			t.Fatalf("%+v: an update is torn apart at %q", s, line)
		}
		open = op == "update_before"
		if op == "insert" || op == "update_after" {
			out = append(out, row)
			continue
		}
		i := slices.Index(out, row)
		if i < 0 {
			t.Fatalf("%+v: %q goes, and is not there", s, row)
		}
		out = slices.Delete(out, i, i+1)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// randomChanges draws inserts, updates and deletes, in canonical order.
func randomChanges(s setup, n int, intn func(int) int, int64n func(int64) int64) []optest.From {
	var sides [2]table
	var rows []optest.From
	at, id := int64(0), int64(0)
	value := func() any {
		if intn(8) == 0 {
			return nil
		}
		return int64n(4)
	}
	fresh := func(side int, key int64) []any {
		if side == 0 {
			return []any{key, value(), int64n(100)}
		}
		return []any{int64n(100), value(), key}
	}
	put := func(side int, op operators.Op, row []any) {
		sides[side].apply(op, row)
		rows = append(rows, optest.From{Input: side, Op: op, Row: optest.Row{Time: at, Arrival: at, Progress: at, Values: row}})
	}
	for range n {
		at += int64n(3)
		side := intn(2)
		there := sides[side].rows
		if !s.changes[side] || len(there) == 0 || intn(3) == 0 {
			id++
			put(side, operators.Insert, fresh(side, id))
			continue
		}
		old := there[intn(len(there))]
		if intn(3) == 0 {
			put(side, operators.Delete, old)
			continue
		}
		key := old[0]
		if side == 1 {
			key = old[2]
		}
		row := fresh(side, key.(int64))
		if intn(2) == 0 {
			row[1] = old[1] // the same key of the join
		}
		put(side, operators.UpdateBefore, old)
		put(side, operators.UpdateAfter, row)
	}
	return rows
}

// TestKeep: rows of a key are gone for a row whose arrival is past the last of them by
// more than keep (SEMANTICS 69).
func TestKeep(t *testing.T) {
	s := setup{kind: ir.LeftJoin, keep: 10 * time.Microsecond}
	at := func(input int, time, arrival int64, values ...any) optest.From {
		return optest.From{Input: input, Row: optest.Row{Time: time, Arrival: arrival, Progress: max(time, arrival), Values: values}}
	}
	rows := []optest.From{
		at(0, 0, operators.MinTime, int64(1), int64(7), int64(0)),
		at(1, 10, 10, int64(5), int64(7), int64(1)), // in time: pairs, and keeps the key until 20
		at(1, 20, 20, int64(6), int64(7), int64(2)), // in time
		at(1, 31, 31, int64(8), int64(7), int64(3)), // 31 > 20 + 10: the key is gone
		at(0, 41, 41, int64(2), int64(7), int64(0)), // pairs with the last one alone
		at(0, 60, 60, int64(3), int64(7), int64(0)), // the key is gone again
	}
	want := []string{
		"insert 1 7 0 null null",
		"delete 1 7 0 null null", "insert 1 7 0 5 1",
		"insert 1 7 0 6 2",
		"insert 2 7 0 8 3",
		"insert 3 7 0 null null",
	}
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{0, 0}, Rows: rows}
	for _, run := range optest.Runs(func() operators.Operator { return s.fresh(t) }) {
		sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: s.out()}, s.fresh(t))
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Errorf("%+v: %s", run, d)
		}
		if n := sink.Counts["state_expired"]; n != 2 {
			t.Errorf("%+v: %d keys expired, want 2", run, n)
		}
	}
}

// TestAbsent: a delete of a row that is not there is counted (SEMANTICS 72).
func TestAbsent(t *testing.T) {
	s := setup{kind: ir.InnerJoin, keep: ir.KeepForever, changes: [2]bool{true, false}, keyed: [2]bool{true, false}}
	rows := []optest.From{{Op: operators.Delete, Row: optest.Row{Values: []any{int64(1), int64(7), int64(0)}}}}
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Changes: s.changes[:], Delays: []int64{0, 0}, Rows: rows}
	sink := optest.FeedMerged(t, optest.Run{Batch: 1}, in, &optest.Sink{Cols: s.out()}, s.fresh(t))
	if len(sink.Lines) > 0 || sink.Counts[CounterIgnored] != 1 {
		t.Errorf("rows %v, counts %v", sink.Lines, sink.Counts)
	}
}
