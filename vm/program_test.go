package vm

import (
	"fmt"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// TestNestedLambda reads a row's column and an outer parameter from inside two lambdas.
func TestNestedLambda(t *testing.T) {
	longs := types.ArrayOf(types.TLong)
	local := func(name string) ir.Expr { return &ir.Local{Base: ir.Base{T: types.TLong}, Name: name} }
	each := func(xs ir.Expr, param string, body ir.Expr) ir.Expr {
		l := &ir.Lambda{Base: ir.Base{T: types.FuncOf(types.TLong, types.TLong)}, Params: []string{param}, Body: body}
		return &ir.Call{Base: ir.Base{T: longs}, Name: "transform", Args: []ir.Expr{xs, l}}
	}
	xs := col(longs, "xs")
	// transform(xs, p -> if transform(xs, q -> q - p + n - n) == [0, 1] then p else n)
	n := col(types.TLong, "n")
	shifted := bin(types.TLong, ir.Sub, bin(types.TLong, ir.Add, bin(types.TLong, ir.Sub, local("q"), local("p")), n), n)
	cond := bin(types.TBoolean, ir.Eq, each(xs, "q", shifted), lit(longs, []any{int64(0), int64(1)}))
	e := each(xs, "p", &ir.If{Base: ir.Base{T: types.TLong}, Cond: cond, Then: local("p"), Else: n})

	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	p, err := Compile(e, []types.Column{{Name: "xs", Type: longs}, {Name: "n", Type: types.TLong}}, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	a := FromValues(alloc, longs, []any{[]any{}, []any{int64(5), int64(6)}, []any{int64(0), int64(1), int64(2)}})
	b := FromValues(alloc, types.TLong, []any{int64(1), int64(2), int64(3)})
	defer a.Release()
	defer b.Release()
	res := p.Eval(Input{Alloc: alloc, Cols: []arrow.Array{a, b}, Rows: 3})
	defer res.Release()
	for i, want := range []string{"[]", "[5, 2]", "[3, 3, 3]"} {
		if got := Format(longs, Value(longs, res.Vector.Arr, i)); got != want {
			t.Errorf("row %d: got %s, want %s", i, got, want)
		}
	}
}

// TestNullWithoutType is the literal null where a type is needed.
func TestNullWithoutType(t *testing.T) {
	null := lit(types.TNull, nil)
	long := types.TLong.OrNull()
	x := col(long, "x")
	for _, c := range []struct {
		e    ir.Expr
		want string
	}{
		{&ir.If{Base: ir.Base{T: long}, Cond: &ir.IsNull{Base: ir.Base{T: types.TBoolean}, X: x}, Then: lit(types.TLong, int64(7)), Else: null}, "null"},
		{&ir.Coalesce{Base: ir.Base{T: long}, X: null, Y: x}, "4"},
		{&ir.Cast{Base: ir.Base{T: long}, X: null}, "null"},
		{&ir.In{Base: ir.Base{T: types.TBoolean}, X: x, List: []ir.Expr{null, lit(types.TLong, int64(4))}}, "true"},
		{bin(types.TBoolean, ir.Eq, null, x), "false"},
		{&ir.MakeList{Base: ir.Base{T: types.ArrayOf(long)}, Items: []ir.Expr{null, x}}, "[null, 4]"},
		{&ir.MakeRecord{Base: ir.Base{T: tPoint}, Values: []ir.Expr{null, lit(types.TString, "s")}}, `{ x: null, s: "s" }`},
		{&ir.IsNull{Base: ir.Base{T: types.TBoolean}, X: null}, "true"},
		{&ir.Cast{Base: ir.Base{T: types.ArrayOf(long)}, X: lit(types.ArrayOf(types.TNull), []any{nil})}, "[null]"},
	} {
		got, reason := one(t, c.e, long, int64(4))
		if text := Format(c.e.Type(), got); text != c.want {
			t.Errorf("%s: got %s %s, want %s", dump(c.e), text, reason, c.want)
		}
	}
}

// TestNaN is SEMANTICS 96: equal to itself, in no order.
func TestNaN(t *testing.T) {
	values := []any{1.0, nan, negativeZero, 0.0}
	for _, c := range []struct {
		op   ir.Op
		y    any
		want string
	}{
		{ir.Eq, nan, "[1]"}, {ir.Ne, nan, "[0 2 3]"}, {ir.Lt, nan, "[]"}, {ir.Ge, nan, "[]"},
		{ir.Eq, 0.0, "[2 3]"}, {ir.Ne, 0.0, "[0 1]"}, {ir.Lt, 0.0, "[]"}, {ir.Gt, negativeZero, "[0]"}, {ir.Ge, negativeZero, "[0 2 3]"}, {ir.Le, 1.0, "[0 2 3]"},
	} {
		for _, constant := range []bool{true, false} {
			alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
			y := col(types.TDouble, "y")
			if constant {
				y = lit(types.TDouble, c.y)
			}
			e := bin(types.TBoolean, c.op, col(types.TDouble, "x"), y)
			p, err := Compile(e, []types.Column{{Name: "x", Type: types.TDouble}, {Name: "y", Type: types.TDouble}}, Env{})
			if err != nil {
				t.Fatal(err)
			}
			xs, ys := FromValues(alloc, types.TDouble, values), FromValue(alloc, types.TDouble, c.y, len(values))
			sel, _ := p.EvalBool(Input{Alloc: alloc, Cols: []arrow.Array{xs, ys}, Rows: len(values)})
			if got := fmt.Sprint(sel); got != c.want {
				t.Errorf("%s %v: got %s, want %s", c.op, c.y, got, c.want)
			}
			xs.Release()
			ys.Release()
			alloc.AssertSize(t, 0)
		}
	}
}

func TestScalarResultAsArray(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	programs, err := CompileAll([]ir.Expr{lit(types.TString, "a"), bin(types.TLong, ir.Add, lit(types.TLong, int64(1)), lit(types.TLong, int64(2)))}, nil, Env{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []any{"a", int64(3)} {
		res := programs[i].Eval(Input{Alloc: alloc, Rows: 3})
		arr := res.Array(alloc, 3)
		if got := Value(programs[i].Type(), arr, 2); !res.Vector.Scalar || arr.Len() != 3 || got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		arr.Release()
		res.Release()
	}
}

var nan, negativeZero = math.NaN(), math.Copysign(0, -1)
