package optimize_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
)

// folded is an expression as the optimiser leaves it.
func folded(e ir.Expr) ir.Expr {
	rows := &types.Stream{}
	g := &plan.Graph{Nodes: []*plan.Node{
		{Name: "topic", Op: &plan.Topic{}, Ports: []*types.Stream{rows}},
		{ID: 1, Name: "select", Op: &ir.Project{Items: []ir.Item{{Name: "x", Expr: e}}}, In: []plan.Edge{{}}, Ports: []*types.Stream{rows}},
	}, Ends: map[string]plan.Edge{"out": {Node: 1}}}
	return optimize.Run(g, only("fold-constants")).Nodes[1].Op.(*ir.Project).Items[0].Expr
}

// evaluated is what the engine makes of an expression, as text.
func evaluated(t *testing.T, e ir.Expr) string {
	t.Helper()
	p, err := vm.Compile(e, nil, vm.Env{})
	if err != nil {
		t.Fatalf("%s: %v", text(e), err)
	}
	res := p.Eval(vm.Input{Alloc: memory.NewGoAllocator(), Rows: 1})
	defer res.Release()
	if code, _, failed := res.Errors.At(0); failed {
		return "error " + code
	}
	return fmt.Sprint(vm.Value(e.Type(), res.Vector.Arr, 0))
}

func value(t *types.Type, v any) *ir.Const { return &ir.Const{Base: ir.Base{T: t}, Value: v} }

// TestFoldAgrees compares what is folded with what the engine computes, for every
// operator over the values where whole and floating numbers are special.
func TestFoldAgrees(t *testing.T) {
	wholes := []any{nil, int64(0), int64(1), int64(-1), int64(7), int64(-3), int64(1 << 20)}
	longs := append([]any{int64(math.MaxInt64), int64(math.MinInt64), int64(1 << 40)}, wholes...)
	ints := append([]any{int64(math.MaxInt32), int64(math.MinInt32)}, wholes...)
	doubles := []any{nil, 0.0, math.Copysign(0, -1), 1.5, -2.0, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64}
	texts := []any{nil, "", "a", "Z", "ä", "\U00010000", "\uffff"}
	arithmetic := []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Div, ir.Mod}
	comparisons := []ir.Op{ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge}
	count := 0
	for _, c := range []struct {
		t      *types.Type
		values []any
		ops    []ir.Op
	}{
		{types.TLong.OrNull(), longs, []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Mod}},
		{types.TInt.OrNull(), ints, []ir.Op{ir.Add, ir.Sub, ir.Mul, ir.Mod}},
		{types.TDuration.OrNull(), longs, []ir.Op{ir.Add, ir.Sub}},
		{types.TDouble.OrNull(), doubles, arithmetic},
		{types.TFloat.OrNull(), []any{nil, 1.5, float64(float32(0.1))}, arithmetic},
		{types.TString.OrNull(), texts, nil},
		{types.TBoolean.OrNull(), []any{nil, true, false}, nil},
	} {
		for _, x := range c.values {
			for _, y := range c.values {
				for _, op := range append(append([]ir.Op(nil), c.ops...), comparisons...) {
					result := c.t
					if op >= ir.Eq {
						result = types.TBoolean.OrNull()
					}
					if op == ir.Eq || op == ir.Ne {
						result = types.TBoolean
					}
					agrees(t, &ir.Binary{Base: ir.Base{T: result}, Op: op, X: value(c.t, x), Y: value(c.t, y)})
					count++
				}
			}
			if len(c.ops) > 0 {
				agrees(t, &ir.Unary{Base: ir.Base{T: c.t}, Op: ir.Neg, X: value(c.t, x)})
			}
		}
	}
	t.Logf("%d expressions", count)
}

func agrees(t *testing.T, e ir.Expr) {
	t.Helper()
	out := folded(e)
	want, got := evaluated(t, e), evaluated(t, out)
	if got != want {
		t.Errorf("%s: folded to %s, which is %s; the engine says %s", text(e), text(out), got, want)
	}
	if !types.Equal(out.Type(), e.Type()) {
		t.Errorf("%s: folded to %s, which is %s, not %s", text(e), text(out), out.Type(), e.Type())
	}
}

// TestFold folds expressions with parts that are not constant.
func TestFold(t *testing.T) {
	long, maybe := types.TLong, types.TLong.OrNull()
	x, y := &ir.Column{Base: ir.Base{T: long}, Name: "x"}, &ir.Column{Base: ir.Base{T: maybe}, Name: "y"}
	flag := &ir.Column{Base: ir.Base{T: types.TBoolean}, Name: "flag"}
	fails := &ir.Binary{Base: ir.Base{T: types.TBoolean}, Op: ir.Gt, X: &ir.Binary{Base: ir.Base{T: long}, Op: ir.Add, X: x, Y: x}, Y: x}
	yes, no := value(types.TBoolean, true), value(types.TBoolean, false)
	null, seven := value(types.TNull, nil), value(long, int64(7))
	b := func(t *types.Type) ir.Base { return ir.Base{T: t} }
	for _, c := range []struct {
		e    ir.Expr
		want string
	}{
		{&ir.And{Base: b(types.TBoolean), X: yes, Y: fails}, "((x + x) > x)"},
		{&ir.And{Base: b(types.TBoolean), X: no, Y: fails}, "false"},
		{&ir.And{Base: b(types.TBoolean), X: fails, Y: yes}, "((x + x) > x)"},
		{&ir.And{Base: b(types.TBoolean), X: fails, Y: no}, "(((x + x) > x) and false)"},
		{&ir.And{Base: b(types.TBoolean), X: flag, Y: no}, "false"},
		{&ir.Or{Base: b(types.TBoolean), X: yes, Y: fails}, "true"},
		{&ir.Or{Base: b(types.TBoolean), X: no, Y: fails}, "((x + x) > x)"},
		{&ir.Or{Base: b(types.TBoolean), X: fails, Y: yes}, "(((x + x) > x) or true)"},
		{&ir.Or{Base: b(types.TBoolean), X: flag, Y: yes}, "true"},
		{&ir.Unary{Base: b(types.TBoolean), Op: ir.Not, X: yes}, "false"},
		{&ir.If{Base: b(maybe), Cond: yes, Then: x, Else: y}, "long?(x)"},
		{&ir.If{Base: b(maybe), Cond: no, Then: x, Else: y}, "y"},
		{&ir.If{Base: b(maybe), Cond: yes, Then: null, Else: y}, "<nil>"},
		{&ir.If{Base: b(maybe), Cond: yes, Then: seven, Else: y}, "7"},
		{&ir.IsNull{Base: b(types.TBoolean), X: null}, "true"},
		{&ir.IsNull{Base: b(types.TBoolean), X: x}, "(x is null)"},
		{&ir.Coalesce{Base: b(long), X: null, Y: x}, "x"},
		{&ir.Coalesce{Base: b(long), X: seven, Y: x, Errors: true}, "7"},
		{&ir.Try{Base: b(maybe), X: seven}, "7"},
		{&ir.NotNull{Base: b(long), X: value(maybe, int64(7))}, "7"},
		{&ir.NotNull{Base: b(long), X: value(maybe, nil)}, "<nil>!"},
	} {
		out := folded(c.e)
		if got := text(out); got != c.want {
			t.Errorf("%s: got %s, want %s", text(c.e), got, c.want)
		}
		if !types.Equal(out.Type(), c.e.Type()) {
			t.Errorf("%s: the type became %s", text(c.e), out.Type())
		}
	}
}
