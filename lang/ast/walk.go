package ast

// Children are the expressions directly inside an expression, in text order.
func Children(e Expr) []Expr {
	switch e := e.(type) {
	case *IntLit, *DecimalLit, *FloatLit, *StringLit, *TemporalLit, *DurationLit, *SizeLit, *BoolLit, *NullLit, *Name, *BadExpr:
		return nil
	case *FString:
		return e.Exprs
	case *FieldExpr:
		return []Expr{e.X}
	case *StarExpr:
		return []Expr{e.X}
	case *IndexExpr:
		return []Expr{e.X, e.Index}
	case *BangExpr:
		return []Expr{e.X}
	case *TryExpr:
		return []Expr{e.X}
	case *CallExpr:
		out := []Expr{e.Fn}
		for _, a := range e.Args {
			out = append(out, a.Value)
		}
		return out
	case *UnaryExpr:
		return []Expr{e.X}
	case *BinaryExpr:
		return []Expr{e.X, e.Y}
	case *IsExpr:
		return []Expr{e.X}
	case *InExpr:
		out := append([]Expr{e.X}, e.List...)
		if e.Set != nil {
			out = append(out, e.Set)
		}
		return out
	case *BetweenExpr:
		return []Expr{e.X, e.Lo, e.Hi}
	case *PatternExpr:
		return []Expr{e.X, e.Pattern}
	case *IfExpr:
		return []Expr{e.Cond, e.Then, e.Else}
	case *CaseExpr:
		var out []Expr
		for _, w := range e.Whens {
			out = append(out, w.Cond, w.Then)
		}
		return append(out, e.Else)
	case *LambdaExpr:
		return []Expr{e.Body}
	case *ListExpr:
		return e.Items
	case *RecordExpr:
		var out []Expr
		for _, f := range e.Fields {
			if f.Value == nil {
				out = append(out, &Name{f.Name})
			} else {
				out = append(out, f.Value)
			}
		}
		return out
	case *OverExpr:
		out := append([]Expr{e.X}, e.Frame.Per...)
		for _, o := range e.Frame.By {
			out = append(out, o.Expr)
		}
		if e.Frame.Size != nil {
			out = append(out, e.Frame.Size)
		}
		return out
	case *ParenExpr:
		return []Expr{e.X}
	}
	return nil
}

// Mentions reports whether an expression uses any of the names as a bare name.
func Mentions(e Expr, names map[string]bool) bool {
	if e == nil {
		return false
	}
	if n, ok := e.(*Name); ok {
		return names[n.Name]
	}
	for _, c := range Children(e) {
		if Mentions(c, names) {
			return true
		}
	}
	return false
}
