package pair

import "github.com/edynamic/edynamic/compiler/ir"

// KeepsUnmatched reports that rows of a side show without a partner.
func KeepsUnmatched(kind ir.JoinKind, side ir.Side) bool {
	switch kind {
	case ir.InnerJoin, ir.SemiJoin:
		return false
	case ir.LeftJoin, ir.AntiJoin:
		return side == ir.LeftSide
	case ir.FullJoin:
		return true
	}
	return false
}

// ShowsPair reports that a pair shows; again says that its left row has had a partner
// before.
func ShowsPair(kind ir.JoinKind, again bool) bool {
	switch kind {
	case ir.InnerJoin, ir.LeftJoin, ir.FullJoin:
		return true
	case ir.SemiJoin:
		return !again
	case ir.AntiJoin:
		return false
	}
	return false
}
