package route_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/route"
	"github.com/edynamic/edynamic/vm"
)

var columns = []types.Column{{Name: "v", Type: types.TLong}}

var env = &operators.Env{Compile: compile}

// ports keeps what each port was given.
type ports struct {
	optest.Sink
	lines map[int][]string
}

func (p *ports) Emit(port int, b *operators.Batch) {
	one := optest.Sink{Cols: columns}
	one.Emit(0, b)
	p.lines[port] = append(p.lines[port], one.Lines...)
}

func column() ir.Expr { return &ir.Column{Base: ir.Base{T: types.TLong}, Name: "v"} }

func long(n int64) ir.Expr { return &ir.Const{Base: ir.Base{T: types.TLong}, Value: n} }

func binary(op ir.Op, t *types.Type, x, y ir.Expr) ir.Expr {
	return &ir.Binary{Base: ir.Base{T: t}, Op: op, X: x, Y: y}
}

// whens are: v >= 10, and 100 % v == 0, which fails for 0.
func whens() []ir.Expr {
	return []ir.Expr{
		binary(ir.Ge, types.TBoolean, column(), long(10)),
		binary(ir.Eq, types.TBoolean, binary(ir.Mod, types.TLong, long(100), column()), long(0)),
	}
}

func TestModes(t *testing.T) {
	const (
		ins, bef, aft = operators.Insert, operators.UpdateBefore, operators.UpdateAfter
	)
	tests := []struct {
		name   string
		all    bool
		values []int64
		ops    []operators.Op
		want   map[int][]string
		failed int
	}{
		{"first match", false, []int64{20, 5, 3, 0, 30}, nil, map[int][]string{0: {"20", "30"}, 1: {"5"}, 2: {"3"}}, 1},
		{"all matches", true, []int64{20, 5, 3, 0, 30}, nil, map[int][]string{0: {"20", "30"}, 1: {"20", "5"}, 2: {"3"}}, 1},
		{"an update that moves", false, []int64{20, 5}, []operators.Op{bef, aft}, map[int][]string{0: {"delete 20"}, 1: {"insert 5"}}, 0},
		{"an update that stays", false, []int64{20, 30}, []operators.Op{bef, aft}, map[int][]string{0: {"update_before 20", "update_after 30"}}, 0},
		{"an update that begins to fail", false, []int64{20, 0}, []operators.Op{bef, aft}, map[int][]string{0: {"delete 20"}}, 1},
		{"a retraction fails silently", false, []int64{0, 20}, []operators.Op{bef, aft}, map[int][]string{0: {"insert 20"}}, 0},
		{"inserts", false, []int64{20, 3}, []operators.Op{ins, ins}, map[int][]string{0: {"insert 20"}, 2: {"insert 3"}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			alloc := memory.NewCheckedAllocator(optest.Scrambler{})
			defer alloc.AssertSize(t, 0)
			op, err := route.New(&plan.Route{All: test.all, Whens: whens()}, &types.Stream{Columns: columns}, env)
			if err != nil {
				t.Fatal(err)
			}
			if err := op.Open(&operators.Context{Alloc: alloc}); err != nil {
				t.Fatal(err)
			}
			var rows []optest.Row
			for _, v := range test.values {
				rows = append(rows, optest.Row{Values: []any{v}})
			}
			b := optest.Batch(alloc, columns, rows)
			b.Ops = test.ops
			out := &ports{Sink: optest.Sink{In: columns}, lines: map[int][]string{}}
			if err := op.Process(0, b, out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.lines); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
			if len(out.Failed) != test.failed {
				t.Errorf("failed: %v, want %d", out.Failed, test.failed)
			}
		})
	}
}

// compile is the vm without functions.
func compile(e ir.Expr, cols []types.Column) (operators.Eval, error) {
	p, err := vm.Compile(e, cols, vm.Env{})
	return program{p}, err
}

// TestSharedFails: where what the arms share fails for all rows of a batch, none go anywhere.
func TestSharedFails(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	shared := ir.Item{Name: "$shared0", Expr: binary(ir.Mod, types.TLong, long(100), column())}
	spec := &plan.Route{Shared: []ir.Item{shared}, Whens: []ir.Expr{
		binary(ir.Ge, types.TBoolean, column(), long(-1)),
		binary(ir.Ge, types.TBoolean, &ir.Column{Base: ir.Base{T: types.TLong}, Name: "$shared0"}, long(10)),
	}}
	op, err := route.New(spec, &types.Stream{Columns: columns}, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Open(&operators.Context{Alloc: alloc}); err != nil {
		t.Fatal(err)
	}
	for _, values := range [][]int64{{0, 0}, {0, 7}, {0}} {
		var rows []optest.Row
		for _, v := range values {
			rows = append(rows, optest.Row{Values: []any{v}})
		}
		out := &ports{Sink: optest.Sink{In: columns}, lines: map[int][]string{}}
		if err := op.Process(0, optest.Batch(alloc, columns, rows), out); err != nil {
			t.Fatal(err)
		}
		want := map[int][]string{}
		if values[len(values)-1] == 7 {
			want[0] = []string{"7"}
		}
		if diff := cmp.Diff(want, out.lines); diff != "" {
			t.Errorf("%v: ports (-want +got):\n%s", values, diff)
		}
	}
}
