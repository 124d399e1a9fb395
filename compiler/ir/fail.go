package ir

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// CanFail reports that an expression may carry an error in some row. It errs on
// the side of yes: a call of a function may always fail, whatever the function.
func CanFail(e Expr) bool {
	switch e := e.(type) {
	case *Unary:
		if e.Op == Neg && traps(e.T) {
			return true
		}
	case *Binary:
		if binaryTraps(e) {
			return true
		}
	case *Coalesce:
		if e.Errors {
			return CanFail(e.Y)
		}
	case *Try:
		return false
	case *Cast:
		if e.Fallible {
			return true
		}
	case *Call:
		return true
	case *Const, *Column, *Local, *Param, *Field, *UnionField, *IsBranch, *AsBranch, *And, *Or, *If, *IsNull, *NotNull, *In,
		*Lambda, *MakeRecord, *MakeUnion, *MakeList:
	}
	return slices.ContainsFunc(Children(e), CanFail)
}

// binaryTraps reports the operators that overflow or refuse a divisor. Comparisons
// and the arithmetic of floating numbers do neither.
func binaryTraps(e *Binary) bool {
	switch e.Op {
	case Add, Sub, Mul, Div, Mod:
		return traps(e.T)
	case Eq, Ne, Lt, Le, Gt, Ge, Neg, Not:
		return false
	}
	return true
}

// traps reports that arithmetic with results of a type may fail.
func traps(t *types.Type) bool { return !t.IsFloating() }
