package upserts

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestUpsertsAgainstMap: rows that say anything at all, in any order, leave what a map
// from key to last row holds, and the log is one of inserts, updates and deletes that
// can be.
func TestUpsertsAgainstMap(t *testing.T) {
	r := optest.Random(t)
	cols := []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}}
	var rows []optest.Row
	for i := range int64(400) {
		row := optest.Row{Time: i, Values: []any{r.Int64N(15), r.Int64N(4)}}
		switch r.IntN(6) {
		case 0:
			row.Op = operators.Delete
		case 1: // a pair whose key may change
			rows = append(rows, optest.Row{Time: i, Values: []any{r.Int64N(15), r.Int64N(4)}, Op: operators.UpdateBefore})
			row.Op = operators.UpdateAfter
		}
		rows = append(rows, row)
	}
	rows = optest.Arrive(rows, 3)
	spec := &ir.Upserts{By: []ir.Expr{&ir.Column{Base: ir.Base{T: types.TLong}, Name: "id"}}}
	fresh := func() operators.Operator {
		u, err := New(spec, cols, cols, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	want, absent := lastRows(rows)
	var lines []string
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if lines == nil {
			lines = sink.Lines
		}
		if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
		table := optest.Table{Keys: 1}
		table.Apply(t, sink.Lines)
		if diff := gocmp.Diff(want, table.Rows()); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
		if n := sink.Counts[kept.CounterAbsent]; n != absent {
			t.Errorf("%+v: %d deletes of absent keys, want %d", run, n, absent)
		}
	}
}

func lastRows(rows []optest.Row) (left []string, absent int64) {
	last := map[any]any{}
	remove := func(key any) {
		if _, ok := last[key]; !ok {
			absent++
		}
		delete(last, key)
	}
	for i, r := range rows {
		switch r.Op {
		case operators.Insert, operators.UpdateAfter:
			last[r.Values[0]] = r.Values[1]
		case operators.UpdateBefore:
			if rows[i+1].Values[0] != r.Values[0] {
				remove(r.Values[0])
			}
		case operators.Delete:
			remove(r.Values[0])
		}
	}
	for k, v := range last {
		left = append(left, fmt.Sprint(k, " ", v))
	}
	slices.Sort(left)
	return left, absent
}
