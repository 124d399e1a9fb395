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

// total are the aggregates that always have a result.
var total = map[string]bool{"count": true, "min": true, "max": true, "first": true, "last": true, "any": true, "all": true}

// AggregateCanFail reports that an aggregate may have no result for some rows.
func AggregateCanFail(name string) bool { return !total[name] }

// CanFail reports that a call may fail, for a row or for a group.
func (c *AggCall) CanFail() bool {
	return AggregateCanFail(c.Name) || slices.ContainsFunc(c.Args, CanFail) || c.Where != nil && CanFail(c.Where)
}
