package ir

// Rewrite gives an expression in which f has replaced every part, the inner ones
// first. What f leaves alone is shared with the old expression, which is never
// changed: an expression may stand in several places.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	old := Children(e)
	parts, changed := make([]Expr, len(old)), false
	for i, c := range old {
		parts[i] = Rewrite(c, f)
		changed = changed || parts[i] != c
	}
	if changed {
		e = withChildren(e, parts)
	}
	return f(e)
}

// withChildren is a copy of an expression with other parts, in the order of
// Children.
func withChildren(e Expr, parts []Expr) Expr {
	switch e := e.(type) {
	case *Const, *Column, *Local, *Param:
		return e
	case *Field:
		return &Field{Base: e.Base, X: parts[0], Name: e.Name}
	case *UnionField:
		return &UnionField{Base: e.Base, X: parts[0], Name: e.Name}
	case *IsBranch:
		return &IsBranch{Base: e.Base, X: parts[0], Branch: e.Branch}
	case *AsBranch:
		return &AsBranch{Base: e.Base, X: parts[0], Branch: e.Branch}
	case *Unary:
		return &Unary{Base: e.Base, Op: e.Op, X: parts[0]}
	case *Binary:
		return &Binary{Base: e.Base, Op: e.Op, X: parts[0], Y: parts[1]}
	case *And:
		return &And{Base: e.Base, X: parts[0], Y: parts[1]}
	case *Or:
		return &Or{Base: e.Base, X: parts[0], Y: parts[1]}
	case *If:
		return &If{Base: e.Base, Cond: parts[0], Then: parts[1], Else: parts[2]}
	case *IsNull:
		return &IsNull{Base: e.Base, X: parts[0]}
	case *Coalesce:
		return &Coalesce{Base: e.Base, X: parts[0], Y: parts[1], Errors: e.Errors}
	case *Try:
		return &Try{Base: e.Base, X: parts[0]}
	case *NotNull:
		return &NotNull{Base: e.Base, X: parts[0]}
	case *Cast:
		return &Cast{Base: e.Base, X: parts[0], Fallible: e.Fallible}
	case *In:
		return &In{Base: e.Base, X: parts[0], List: parts[1:]}
	case *Call:
		return &Call{Base: e.Base, Name: e.Name, Overload: e.Overload, Args: parts, Fallible: e.Fallible}
	case *Lambda:
		return &Lambda{Base: e.Base, Params: e.Params, Body: parts[0]}
	case *MakeRecord:
		return &MakeRecord{Base: e.Base, Values: parts}
	case *MakeUnion:
		return &MakeUnion{Base: e.Base, X: parts[0], Branch: e.Branch}
	case *MakeList:
		return &MakeList{Base: e.Base, Items: parts}
	}
	return e
}
