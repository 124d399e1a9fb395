package ir_test

import (
	"testing"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

func of(t *types.Type) ir.Base { return ir.Base{T: t} }

func column(t *types.Type, name string) ir.Expr { return &ir.Column{Base: of(t), Name: name} }

func binary(t *types.Type, op ir.Op, x, y ir.Expr) ir.Expr {
	return &ir.Binary{Base: of(t), Op: op, X: x, Y: y}
}

// TestCanFail is the list of traps in the comments of package ir.
func TestCanFail(t *testing.T) {
	long, double, dec := column(types.TLong, "l"), column(types.TDouble, "d"), column(types.DecimalOf(9, 2), "c")
	at, span := column(types.TTimestamp, "t"), column(types.TDuration, "s")
	cond := column(types.TBoolean, "b")
	sum := binary(types.TLong, ir.Add, long, long)
	for _, c := range []struct {
		name string
		e    ir.Expr
		want bool
	}{
		{"a column", long, false},
		{"+ of long", sum, true},
		{"- of int", binary(types.TInt, ir.Sub, column(types.TInt, "i"), column(types.TInt, "i")), true},
		{"* of double", binary(types.TDouble, ir.Mul, double, double), false},
		{"/ of double", binary(types.TDouble, ir.Div, double, double), false},
		{"/ of float", binary(types.TFloat, ir.Div, column(types.TFloat, "f"), column(types.TFloat, "f")), false},
		{"/ of decimal", binary(types.DecimalOf(18, 8), ir.Div, dec, dec), true},
		{"% of long", binary(types.TLong, ir.Mod, long, long), true},
		{"% of double", binary(types.TDouble, ir.Mod, double, double), false},
		{"timestamp + duration", binary(types.TTimestamp, ir.Add, at, span), true},
		{"- of a nullable long", &ir.Unary{Base: of(types.TLong.OrNull()), Op: ir.Neg, X: long}, true},
		{"- of double", &ir.Unary{Base: of(types.TDouble), Op: ir.Neg, X: double}, false},
		{"not", &ir.Unary{Base: of(types.TBoolean), Op: ir.Not, X: cond}, false},
		{"== of what cannot", binary(types.TBoolean, ir.Eq, long, long), false},
		{"< over what can", binary(types.TBoolean, ir.Lt, sum, long), true},
		{"a branch that can", &ir.If{Base: of(types.TLong), Cond: cond, Then: long, Else: sum}, true},
		{"try", &ir.Try{Base: of(types.TLong.OrNull()), X: sum}, false},
		{"?? for null", &ir.Coalesce{Base: of(types.TLong), X: sum, Y: long}, true},
		{"?? for errors", &ir.Coalesce{Base: of(types.TLong), X: sum, Y: long, Errors: true}, false},
		{"?? with a default that can", &ir.Coalesce{Base: of(types.TLong), X: sum, Y: sum, Errors: true}, true},
		{"a cast that widens", &ir.Cast{Base: of(types.TDouble), X: long}, false},
		{"a cast that narrows", &ir.Cast{Base: of(types.TInt), X: long, Fallible: true}, true},
		{"in", &ir.In{Base: of(types.TBoolean), X: long, List: []ir.Expr{long}}, false},
		{"a call", &ir.Call{Base: of(types.TDouble), Name: "round", Args: []ir.Expr{double}}, true},
		{"a list with one that can", &ir.MakeList{Base: of(types.ArrayOf(types.TLong)), Items: []ir.Expr{long, sum}}, true},
	} {
		if got := ir.CanFail(c.e); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// TestRewrite replaces a column in every kind of expression that has parts, leaves
// the old expression alone, and shares what did not change.
func TestRewrite(t *testing.T) {
	x, other, z := column(types.TLong, "x"), column(types.TLong, "y"), column(types.TLong, "z")
	b := of(types.TLong)
	swap := func(e ir.Expr) ir.Expr {
		if e == x {
			return z
		}
		return e
	}
	for _, e := range []ir.Expr{
		&ir.Field{Base: b, X: x, Name: "f"}, &ir.UnionField{Base: b, X: x, Name: "f"}, &ir.IsBranch{Base: b, X: x, Branch: 1},
		&ir.AsBranch{Base: b, X: x, Branch: 1}, &ir.Unary{Base: b, Op: ir.Neg, X: x}, &ir.Binary{Base: b, Op: ir.Mul, X: other, Y: x},
		&ir.And{Base: b, X: other, Y: x}, &ir.Or{Base: b, X: x, Y: other}, &ir.If{Base: b, Cond: other, Then: other, Else: x},
		&ir.IsNull{Base: b, X: x}, &ir.Coalesce{Base: b, X: other, Y: x, Errors: true}, &ir.Try{Base: b, X: x}, &ir.NotNull{Base: b, X: x},
		&ir.Cast{Base: b, X: x, Fallible: true}, &ir.In{Base: b, X: other, List: []ir.Expr{other, x}},
		&ir.Call{Base: b, Name: "f", Overload: 2, Args: []ir.Expr{other, x}, Fallible: true}, &ir.Lambda{Base: b, Params: []string{"p"}, Body: x},
		&ir.MakeRecord{Base: b, Values: []ir.Expr{other, x}}, &ir.MakeUnion{Base: b, X: x, Branch: 1}, &ir.MakeList{Base: b, Items: []ir.Expr{x}},
	} {
		out := ir.Rewrite(e, swap)
		if out == e || !reads(out, z) || reads(out, x) || reads(out, other) != reads(e, other) || out.Type() != e.Type() {
			t.Errorf("%T: got %+v", e, out)
		}
		if !reads(e, x) || reads(e, z) {
			t.Errorf("%T: the old expression changed", e)
		}
		if ir.Rewrite(out, swap) != out {
			t.Errorf("%T: nothing was to change, and it is another expression", e)
		}
	}
}

func reads(e, column ir.Expr) bool {
	for _, c := range ir.Children(e) {
		if c == column || reads(c, column) {
			return true
		}
	}
	return false
}
