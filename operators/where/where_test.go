package where_test

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/where"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

var columns = []types.Column{{Name: "v", Type: types.TLong}, {Name: "ok", Type: types.TBoolean.OrNull()}}

// values is a program that gives booleans; selector one that selects rows itself.
type (
	values   struct{ p *vm.Program }
	selector struct{ values }
)

func (v values) Eval(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) (kernel.Vector, []operators.Failure) {
	r := v.p.Eval(vm.Input{Alloc: alloc, Cols: cols, Rows: rows, Sel: sel})
	return r.Vector, failures(r.Errors)
}

func (s selector) Select(alloc memory.Allocator, cols []arrow.Array, rows int, sel []int32) ([]int32, []operators.Failure) {
	held, errs := s.p.EvalBool(vm.Input{Alloc: alloc, Cols: cols, Rows: rows, Sel: sel})
	return held, failures(errs)
}

func failures(errs *vm.Errors) []operators.Failure {
	var failed []operators.Failure
	errs.Each(func(row int, code, reason string) {
		failed = append(failed, operators.Failure{Row: row, Code: code, Reason: reason})
	})
	return failed
}

// door keeps the selections that are emitted and the rows that fail.
type door struct {
	optest.Sink
	sel    []int32
	failed []int
}

func (d *door) Emit(_ int, b *operators.Batch) {
	d.sel = []int32{}
	b.Each(func(i int) { d.sel = append(d.sel, int32(i)) })
	b.Release()
}

func (d *door) Fail(_ *operators.Batch, rows []operators.Failure) {
	for _, f := range rows {
		d.failed = append(d.failed, f.Row)
	}
}

func column(i int) ir.Expr {
	return &ir.Column{Base: ir.Base{T: columns[i].Type}, Name: columns[i].Name}
}

func long(n int64) ir.Expr { return &ir.Const{Base: ir.Base{T: types.TLong}, Value: n} }

// divides is 100 % v == 0, which fails for 0.
func divides() ir.Expr {
	rest := &ir.Binary{Base: ir.Base{T: types.TLong}, Op: ir.Mod, X: long(100), Y: column(0)}
	return &ir.Binary{Base: ir.Base{T: types.TBoolean}, Op: ir.Eq, X: rest, Y: long(0)}
}

func TestSelection(t *testing.T) {
	rows := []optest.Row{
		{Values: []any{int64(10), true}}, {Values: []any{int64(3), nil}}, {Values: []any{int64(0), true}},
		{Values: []any{int64(5), false}}, {Values: []any{int64(0), false}}, {Values: []any{int64(7), true}},
	}
	tests := []struct {
		name   string
		cond   ir.Expr
		sel    []int32
		want   []int32
		failed []int
	}{
		{"all rows", divides(), nil, []int32{0, 3}, []int{2, 4}},
		{"some rows", divides(), []int32{1, 2, 3}, []int32{3}, []int{2}},
		{"none holds", divides(), []int32{1, 5}, []int32{}, nil},
		{"no rows", divides(), []int32{}, []int32{}, nil},
		{"a column, null does not hold", column(1), nil, []int32{0, 2, 5}, nil},
		{"some rows of a column", column(1), []int32{1, 3, 5}, []int32{5}, nil},
	}
	programs := map[string]func(p *vm.Program) operators.Eval{
		"booleans":  func(p *vm.Program) operators.Eval { return values{p} },
		"selection": func(p *vm.Program) operators.Eval { return selector{values{p}} },
	}
	for kind, program := range programs {
		env := &operators.Env{Compile: func(e ir.Expr, cols []types.Column) (operators.Eval, error) {
			p, err := vm.Compile(e, cols, vm.Env{})
			return program(p), err
		}}
		for _, test := range tests {
			t.Run(kind+"/"+test.name, func(t *testing.T) {
				alloc := memory.NewCheckedAllocator(optest.Scrambler{})
				defer alloc.AssertSize(t, 0)
				op, err := where.New(&ir.Where{Cond: test.cond}, &types.Stream{Columns: columns}, env)
				if err != nil {
					t.Fatal(err)
				}
				if err := op.Open(&operators.Context{Alloc: alloc}); err != nil {
					t.Fatal(err)
				}
				b := optest.Batch(alloc, columns, rows)
				b.Sel = test.sel
				out := &door{}
				if err := op.Process(0, b, out); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, out.sel); diff != "" {
					t.Errorf("kept (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.failed, out.failed); diff != "" {
					t.Errorf("failed (-want +got):\n%s", diff)
				}
			})
		}
	}
}
