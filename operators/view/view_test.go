package view

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
)

var cols = []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}, {Name: "gone", Type: types.TBoolean}}

func col(name string, t *types.Type) ir.Expr { return &ir.Column{Base: ir.Base{T: t}, Name: name} }

// constant is a whole number.
type constant int64

func (c constant) Eval(alloc memory.Allocator, _ []arrow.Array, rows int, _ []int32) (kernel.Vector, []operators.Failure) {
	return kernel.Vector{Type: types.TLong, Arr: optest.Array(alloc, types.TLong, rows, func(int) any { return int64(c) })}, nil
}

func testEnv() *operators.Env {
	return &operators.Env{Compile: func(e ir.Expr, _ []types.Column) (operators.Eval, error) {
		if c, ok := e.(*ir.Const); ok {
			return constant(c.Value.(int64)), nil
		}
		return nil, fmt.Errorf("test: cannot compile %T", e)
	}}
}

// TestViewAgainstMap folds random rows: the last two values of each key, and a delete
// now and then.
func TestViewAgainstMap(t *testing.T) {
	r := optest.Random(t)
	var rows []optest.Row
	for i := range int64(400) {
		rows = append(rows, optest.Row{Time: i - r.Int64N(20), Values: []any{r.Int64N(9), r.Int64N(4), r.IntN(7) == 0}})
	}
	rows = optest.Arrive(rows, 3)
	long := types.TLong
	zero := &ir.Const{Base: ir.Base{T: long}, Value: int64(0)}
	spec := &ir.View{
		Keys:   []ir.Item{{Name: "id", Expr: col("id", long)}},
		States: []ir.StateVar{{Name: "now", T: long, Init: zero}, {Name: "before", T: long, Init: zero}},
		Reducers: []ir.Reducer{
			{Set: []ir.Item{{Name: "before", Expr: col(ir.StateColumn("now"), long)}, {Name: "now", Expr: col("x", long)}}},
			{When: col("gone", types.TBoolean), Delete: true},
		},
		Keep: ir.KeepForever,
	}
	out := []types.Column{{Name: "id", Type: long}, {Name: "now", Type: long}, {Name: "before", Type: long}}
	fresh := func() operators.Operator {
		v, err := New(spec, cols, out, testEnv())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	state := map[int64][2]int64{}
	for _, row := range rows {
		id := row.Values[0].(int64)
		state[id] = [2]int64{row.Values[1].(int64), state[id][0]}
		if row.Values[2].(bool) {
			delete(state, id)
		}
	}
	var want []string
	for id, s := range state {
		want = append(want, fmt.Sprint(id, " ", s[0], " ", s[1]))
	}
	slices.Sort(want)
	var lines []string
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: out}, fresh())
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
	}
}
