package ir

import "github.com/edynamic/edynamic/lang/types"

// Conjuncts are the parts of a condition that all have to hold, from left to right.
func Conjuncts(cond Expr) []Expr {
	if and, ok := cond.(*And); ok {
		return append(Conjuncts(and.X), Conjuncts(and.Y)...)
	}
	return []Expr{cond}
}

// Both is the condition that two conditions hold, the second of which is looked at where
// the first does not rule the row out. Either may be nil, which always holds.
func Both(x, y Expr) Expr {
	switch {
	case x == nil:
		return y
	case y == nil:
		return x
	}
	return &And{Base: Base{T: types.TBoolean, At: x.Span().Join(y.Span())}, X: x, Y: y}
}
