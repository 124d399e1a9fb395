package ir

// Children are the expressions directly inside an expression, in evaluation order.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *Const, *Column, *Local, *Param:
		return nil
	case *Field:
		return []Expr{e.X}
	case *UnionField:
		return []Expr{e.X}
	case *IsBranch:
		return []Expr{e.X}
	case *AsBranch:
		return []Expr{e.X}
	case *Unary:
		return []Expr{e.X}
	case *Binary:
		return []Expr{e.X, e.Y}
	case *And:
		return []Expr{e.X, e.Y}
	case *Or:
		return []Expr{e.X, e.Y}
	case *If:
		return []Expr{e.Cond, e.Then, e.Else}
	case *IsNull:
		return []Expr{e.X}
	case *Coalesce:
		return []Expr{e.X, e.Y}
	case *Try:
		return []Expr{e.X}
	case *NotNull:
		return []Expr{e.X}
	case *Cast:
		return []Expr{e.X}
	case *In:
		return append([]Expr{e.X}, e.List...)
	case *Call:
		return e.Args
	case *Lambda:
		return []Expr{e.Body}
	case *MakeRecord:
		return e.Values
	case *MakeUnion:
		return []Expr{e.X}
	case *MakeList:
		return e.Items
	}
	return nil
}
