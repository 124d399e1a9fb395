package upserts

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/paned"
)

// TestForgets: what is remembered of keys that may start anew is forgotten after a time,
// and counted; a row that was refused takes away one that is remembered, and a delete and
// an update also say what is to go where nothing is.
func TestForgets(t *testing.T) {
	cols := []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}}
	row := func(at, id, x int64, op operators.Op) optest.Row {
		return optest.Row{Time: at, Values: []any{id, x}, Op: op}
	}
	// A row's arrival is the largest earlier time.
	rows := optest.Arrive([]optest.Row{
		row(0, 1, 5, operators.Insert),
		row(1, 2, 6, operators.Insert),
		row(2, 3, 7, operators.Insert),
		row(10, 9, 1, operators.Insert),
		row(10, 1, 8, operators.Refused), // its arrival is 10, not more
		row(11, 9, 2, operators.Insert),
		row(12, 9, 3, operators.Insert),
		row(12, 2, 8, operators.Refused), // 12 is more than 1 and 10
		row(13, 9, 4, operators.Insert),
		row(13, 3, 7, operators.UpdateBefore), // 13 is more than 2 and 10
		row(13, 3, 9, operators.UpdateAfter),
		row(30, 9, 5, operators.Insert),
		row(30, 3, 9, operators.Delete), // 30 is more than 13 and 10
	}, 0)
	want := []string{
		"insert 1 5", "insert 2 6", "insert 3 7", "insert 9 1",
		"delete 1 5",
		"update_before 9 1", "update_after 9 2", "update_before 9 2", "update_after 9 3",
		"update_before 9 3", "update_after 9 4",
		"update_before 3 7", "update_after 3 9",
		"update_before 9 4", "update_after 9 5", // its arrival is 13
		"delete 3 9",
	}
	spec := &ir.Upserts{By: []ir.Expr{&ir.Column{Base: ir.Base{T: types.TLong}, Name: "id"}}, Keep: 10 * time.Microsecond}
	fresh := func() operators.Operator {
		u, err := New(spec, cols, cols, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v: (-want +got)\n%s", run, d)
		}
		// 2, and 3 twice
		if n := sink.Counts[paned.CounterExpired]; n != 3 {
			t.Errorf("%+v: %d keys were forgotten, want 3", run, n)
		}
		if n := sink.Counts[kept.CounterAbsent]; n != 0 {
			t.Errorf("%+v: %d deletes of absent keys", run, n)
		}
	}
}
