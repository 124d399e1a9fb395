package check

import (
	"math/big"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

func (s *scope) unary(e *ast.UnaryExpr, want *types.Type) ir.Expr {
	switch e.Op {
	case ast.Not:
		x := s.condition(e.X, "not")
		return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: x}
	case ast.Neg:
		x := s.expr(e.X, want)
		if c, ok := x.(*ir.Const); ok {
			if n := negated(c, want, e); n != nil {
				return n
			}
		}
		t := x.Type()
		if !t.IsNumber() && t.Kind != types.Duration && t.Kind != types.Unknown {
			s.m.c.report("E0302", e.Span, "only numbers and durations have a negative", t.String())
			return unknown(e.Span)
		}
		return &ir.Unary{Base: ir.Base{T: t, At: e.Span}, Op: ir.Neg, X: x}
	}
	return unknown(e.Span)
}

// negated folds the minus sign into a literal.
func negated(c *ir.Const, want *types.Type, e *ast.UnaryExpr) ir.Expr {
	switch v := c.Value.(type) {
	case int64:
		if c.T.IsInteger() || c.T.Kind == types.Duration {
			return constOf(c.T, -v, e.Span)
		}
	case float64:
		return constOf(c.T, -v, e.Span)
	case types.Dec:
		n := types.Dec{Unscaled: new(big.Int).Neg(v.Unscaled), Scale: v.Scale}
		if n.Scale == 0 && n.Unscaled.IsInt64() && (want == nil || want.Kind != types.Decimal) && c.T.Precision == 19 {
			return constOf(types.TLong, n.Unscaled.Int64(), e.Span)
		}
		return constOf(c.T, n, e.Span)
	}
	return nil
}

// condition checks an expression that must be a boolean and never null.
func (s *scope) condition(e ast.Expr, where string) ir.Expr {
	x := s.expr(e, types.TBoolean)
	t := x.Type()
	switch {
	case t.Kind == types.Unknown:
		return constOf(types.TBoolean, true, e.Pos())
	case t.Kind != types.Boolean:
		d := s.m.c.report("E0305", e.Pos(), `"`+where+`" needs a yes or a no, and this is `+article(t), t.String())
		truthFix(d, x)
		return constOf(types.TBoolean, true, e.Pos())
	case t.Nullable && s.m.c.opts.Relaxed:
		s.countNulls(e, x)
		return s.relaxedTruth(x)
	case t.Nullable:
		text := e.Pos().Text()
		s.nullCondition(e, x, `"`+text+`" may be null, so it is neither a yes nor a no`).
			Fix(diag.Choose, "drop such rows, counted", "|> require "+text).
			Fix(diag.Choose, "treat them as not matching", "("+text+" ?? false)")
		return constOf(types.TBoolean, true, e.Pos())
	}
	return x
}

func truthFix(d *diag.Diagnostic, x ir.Expr) {
	text := x.Span().Text()
	switch {
	case x.Type().IsNumber():
		d.Fix(diag.Choose, "compare it", text+" != 0")
	case x.Type().Kind == types.String:
		d.Fix(diag.Choose, "compare it", text+` != ""`)
	case x.Type().Nullable:
		d.Fix(diag.Choose, "test for null", text+" is not null")
	}
}

// relaxedTruth makes null not match.
func (s *scope) relaxedTruth(x ir.Expr) ir.Expr {
	no := constOf(types.TBoolean, false, x.Span())
	return &ir.Coalesce{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: x, Y: no}
}

// countNulls notes a value whose nulls do not match, once for each text.
func (s *scope) countNulls(e ast.Expr, x ir.Expr) {
	if s.nulls == nil {
		return
	}
	name := e.Pos().Text()
	for _, it := range *s.nulls {
		if it.Name == name {
			return
		}
	}
	*s.nulls = append(*s.nulls, ir.Item{Name: name, Expr: x})
}

// nullCondition is E0310 with the place that makes the value nullable.
func (s *scope) nullCondition(e ast.Expr, x ir.Expr, message string) *diag.Diagnostic {
	d := s.m.c.report("E0310", e.Pos(), message, x.Type().String())
	if at := s.declaredNullable(x); at.Known() {
		d.Label(at, `declared with "?" here`)
	}
	return d.Because("SQL would silently drop rows with a null here. edy asks you which you want.")
}

var binaryOps = map[ast.BinaryOp]ir.Op{
	ast.Eq: ir.Eq, ast.Ne: ir.Ne, ast.Lt: ir.Lt, ast.Le: ir.Le, ast.Gt: ir.Gt, ast.Ge: ir.Ge,
	ast.Add: ir.Add, ast.Sub: ir.Sub, ast.Mul: ir.Mul, ast.Div: ir.Div, ast.Mod: ir.Mod,
}

func (s *scope) binary(e *ast.BinaryExpr, want *types.Type) ir.Expr {
	switch e.Op {
	case ast.And:
		if s.joinsTexts(e) {
			return unknown(e.Span)
		}
		x := s.condition(e.X, "and")
		known, _ := factsOf(x)
		y := s.withFacts(known).condition(e.Y, "and")
		return &ir.And{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Y: y}
	case ast.Or:
		if s.joinsTexts(e) {
			return unknown(e.Span)
		}
		x := s.condition(e.X, "or")
		_, known := factsOf(x)
		y := s.withFacts(known).condition(e.Y, "or")
		return &ir.Or{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Y: y}
	case ast.Coalesce:
		return s.coalesce(e, want, false)
	case ast.Eq, ast.Ne:
		x, y := s.operands(e.X, e.Y, nil)
		return s.equality(binaryOps[e.Op], x, y, e)
	case ast.Lt, ast.Le, ast.Gt, ast.Ge:
		x, y := s.operands(e.X, e.Y, nil)
		return s.comparison(binaryOps[e.Op], x, y, e)
	case ast.Add, ast.Sub, ast.Mul, ast.Div, ast.Mod:
		x, y := s.operands(e.X, e.Y, want)
		return s.arithmetic(binaryOps[e.Op], x, y, e)
	}
	return unknown(e.Span)
}

// joinsTexts reports "||" between texts, of which the reader of the text has said what
// it is.
func (s *scope) joinsTexts(e *ast.BinaryExpr) bool {
	if e.OpSpan.Span.Text() != "||" {
		return false
	}
	text := false
	s.m.c.quietly(func() {
		text = s.expr(e.X, nil).Type().Kind == types.String || s.expr(e.Y, nil).Type().Kind == types.String
	})
	return text
}

// operands checks two operands; a literal or symbol on one side takes the type of
// the other (SEMANTICS 94).
func (s *scope) operands(a, b ast.Expr, want *types.Type) (ir.Expr, ir.Expr) {
	if s.adapts(a) && !s.adapts(b) {
		y := s.expr(b, want)
		return s.expr(a, operandType(y.Type())), y
	}
	x := s.expr(a, want)
	return x, s.expr(b, operandType(x.Type()))
}

// operandType is what a literal beside an operand of type t should be; a decimal
// gives no more than its kind, so that 0.5 beside decimal(12,2) keeps its digits.
func operandType(t *types.Type) *types.Type {
	if t.Kind == types.Decimal {
		return types.DecimalOf(0, 0)
	}
	return t
}

// adapts reports literals, which take the type around them.
func (s *scope) adapts(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.IntLit, *ast.DecimalLit, *ast.FloatLit, *ast.StringLit, *ast.NullLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == ast.Neg && s.adapts(e.X)
	case *ast.ParenExpr:
		return s.adapts(e.X)
	case *ast.Name: // an enum symbol, when nothing else has the name
		if _, isVar := s.vars[e.Name]; isVar {
			return false
		}
		if s.in != nil {
			if u := s.in.Union(); u != nil {
				return false
			}
			if _, isColumn := s.in.Column(e.Name); isColumn {
				return false
			}
		}
		_, _, declared := s.m.lookup(ast.Path{At: e.At, Parts: []ast.Ident{e.Ident}})
		return !declared
	}
	return false
}

// coalesce checks a ?? b. handled tells that what stands around handles a failure of
// b too: in a ?? b ?? c the second one does.
func (s *scope) coalesce(e *ast.BinaryExpr, want *types.Type, handled bool) ir.Expr {
	x := s.check(e.X, want, true)
	y := s.check(e.Y, x.Type().NonNull(), handled)
	if isUnknown(x) || isUnknown(y) {
		return unknown(e.Span)
	}
	errs := canFail(x)
	if !x.Type().Nullable && !errs {
		s.m.c.warn("W0805", e.Y.Pos(), "this is never used: the value before ?? is never null and never fails", "").
			Label(e.X.Pos(), x.Type().String()).
			Fix(diag.Maybe, "leave it out", e.X.Pos().Text(), diag.Edit{Span: e.Span, Text: e.X.Pos().Text()})
	}
	t := join(x.Type().NonNull(), y.Type())
	if x.Type().Kind == types.Null {
		t = y.Type()
	}
	if t == nil {
		d := s.m.c.report("E0306", e.Y.Pos(), "both sides of ?? must be of one type", y.Type().String()).Label(e.X.Pos(), x.Type().String())
		if zero := zeroText(x.Type()); zero != "..." {
			d.Fix(diag.Choose, "of the type before ??", e.X.Pos().Text()+" ?? "+zero, diag.Edit{Span: e.Y.Pos(), Text: zero})
		}
		return unknown(e.Span)
	}
	return &ir.Coalesce{Base: ir.Base{T: t, At: e.Span}, X: toElem(x, t.WithNull(true)), Y: toElem(y, t), Errors: errs}
}

// canFail tells whether the expression's own call can fail, looking through the
// postfix chain it stands in.
func canFail(x ir.Expr) bool {
	switch x := x.(type) {
	case *ir.Call:
		if x.Fallible {
			return true
		}
		if (x.Name == "json_get" || x.Name == "json_at") && len(x.Args) > 0 {
			return canFail(x.Args[0])
		}
	case *ir.Cast:
		return x.Fallible || canFail(x.X)
	case *ir.Field:
		return canFail(x.X)
	case *ir.NotNull:
		return canFail(x.X)
	case *ir.If: // an expanded function
		return canFail(x.Then) || canFail(x.Else)
	case *ir.Coalesce:
		return canFail(x.Y)
	}
	return false
}

func (s *scope) equality(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	x, y, ok := s.alike(x, y)
	if !ok {
		d := s.m.c.report("E0301", e.OpSpan.Span, article(x.Type())+" is never equal to "+article(y.Type()), "").
			Label(x.Span(), x.Type().String()).Label(y.Span(), y.Type().String())
		equalFix(d, e, x, y)
		return constOf(types.TBoolean, true, e.Span)
	}
	if x.Type().Kind == types.Null && y.Type().Kind != types.Null {
		x, y = y, x
	}
	if y.Type().Kind == types.Null {
		is := &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x}
		if op == ir.Ne {
			return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: is}
		}
		return is
	}
	return &ir.Binary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: op, X: x, Y: y}
}

// equalFix offers to compare texts with texts and numbers with numbers.
func equalFix(d *diag.Diagnostic, e *ast.BinaryExpr, x, y ir.Expr) {
	if _, isConst := y.(*ir.Const); isConst && x.Type().Kind == types.String && y.Type().IsNumber() {
		text := `"` + y.Span().Text() + `"`
		d.Fix(diag.Choose, "compare texts", e.X.Pos().Text()+" "+e.OpSpan.Span.Text()+" "+text, diag.Edit{Span: y.Span(), Text: text})
	}
	if compareFix(d, e, x, y); len(d.Fixes) == 0 {
		conversionFix(d, x, y.Type())
	}
}

// alike converts two operands to one type but for nullability.
func (s *scope) alike(x, y ir.Expr) (ir.Expr, ir.Expr, bool) {
	a, b := x.Type(), y.Type()
	if a.Kind == types.Unknown || b.Kind == types.Unknown || a.Kind == types.Null || b.Kind == types.Null {
		return x, y, true
	}
	t := join(a.NonNull(), b.NonNull())
	if t == nil {
		return x, y, false
	}
	return toElem(x, t.WithNull(a.Nullable)), toElem(y, t.WithNull(b.Nullable)), true
}

func (s *scope) comparison(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	x, y, ok := s.alike(x, y)
	if isUnknown(x) || isUnknown(y) {
		return constOf(types.TBoolean, true, e.Span)
	}
	if !ok || !x.Type().IsOrdered() && x.Type().Kind != types.Null {
		d := s.m.c.report("E0302", e.OpSpan.Span, article(x.Type())+" and "+article(y.Type())+" cannot be put in order", "")
		d.Label(x.Span(), x.Type().String()).Label(y.Span(), y.Type().String())
		compareFix(d, e, x, y)
		return constOf(types.TBoolean, true, e.Span)
	}
	make := func(x, y ir.Expr) ir.Expr {
		return &ir.Binary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: op, X: x, Y: y}
	}
	if x.Type().Nullable {
		return s.orderedNull(e.X, x, e, func(nn ir.Expr) ir.Expr {
			if y.Type().Nullable {
				return s.orderedNull(e.Y, y, e, func(yy ir.Expr) ir.Expr { return make(nn, yy) })
			}
			return make(nn, y)
		})
	}
	if y.Type().Nullable {
		return s.orderedNull(e.Y, y, e, func(yy ir.Expr) ir.Expr { return make(x, yy) })
	}
	return make(x, y)
}

// orderedNull reports a nullable operand of an ordering, or in a relaxed program
// lets its nulls not match. whole is the comparison it stands in.
func (s *scope) orderedNull(e ast.Expr, x ir.Expr, whole ast.Expr, test func(ir.Expr) ir.Expr) ir.Expr {
	nn := &ir.NotNull{Base: ir.Base{T: x.Type().NonNull(), At: x.Span()}, X: x}
	if s.m.c.opts.Relaxed {
		s.countNulls(e, x)
		is := &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: x}
		not := &ir.Unary{Base: ir.Base{T: types.TBoolean, At: x.Span()}, Op: ir.Not, X: is}
		return &ir.And{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: not, Y: test(nn)}
	}
	text := e.Pos().Text()
	before, after := whole.Pos(), whole.Pos()
	before.End, after.Start = e.Pos().Start, e.Pos().End
	shown := oneLine(after.Text())
	if oneLine(before.Text()) != "" {
		shown = oneLine(whole.Pos().Text())
	}
	d := s.nullCondition(e, x, `"`+text+`" may be null, so "`+shown+`" has no yes-or-no answer`)
	else_ := ""
	if s.in != nil && s.in.ErrorsTo != "" {
		else_ = " else -> " + s.in.ErrorsTo
	}
	require := "require " + text + else_
	if s.stage.Known() {
		d.Fix(diag.Choose, "drop such rows, counted", "|> "+require, stageAbove(s.stage, require))
	}
	no, edit := replaceIn(s.stage, whole.Pos(), s.underNot(whole, text+" is not null and "+whole.Pos().Text()))
	d.Fix(diag.Choose, "treat them as not matching", no, edit)
	value, edit := replaceIn(s.stage, e.Pos(), "("+text+" ?? "+zeroText(x.Type())+")")
	d.Fix(diag.Choose, "use a value instead", value, edit)
	return constOf(types.TBoolean, true, e.Pos())
}

// underNot puts a condition that takes the place of another in parentheses where a
// "not" stands before it.
func (s *scope) underNot(e ast.Expr, text string) string {
	before := s.stage
	before.End = e.Pos().Start
	if before.File == e.Pos().File && strings.HasSuffix(strings.TrimSpace(before.Text()), "not") {
		return "(" + text + ")"
	}
	return text
}

func (s *scope) arithmetic(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) ir.Expr {
	if isUnknown(x) || isUnknown(y) {
		return unknown(e.Span)
	}
	a, b := x.Type(), y.Type()
	nullable := a.Nullable || b.Nullable
	if a.IsNumber() && b.IsNumber() {
		return s.numeric(op, x, y, e, nullable)
	}
	if t := temporalResult(op, a, b); t != nil {
		if op == ir.Mul && b.Kind == types.Duration { // duration first
			x, y = y, x
		}
		if (op == ir.Mul || op == ir.Div) && y.Type().Kind == types.Int {
			y = toNumber(y, types.TLong)
		}
		if op == ir.Add && a.Kind == types.Duration && b.Kind != types.Duration {
			x, y = y, x // the instant first
		}
		return &ir.Binary{Base: ir.Base{T: t.WithNull(nullable), At: e.Span}, Op: op, X: x, Y: y}
	}
	s.noSuchArithmetic(op, x, y, e)
	return unknown(e.Span)
}

// temporalResult is the type of arithmetic with times, nil where there is none.
func temporalResult(op ir.Op, a, b *types.Type) *types.Type {
	instant := func(t *types.Type) bool { return t.Kind == types.Timestamp || t.Kind == types.LocalTimestamp }
	switch op {
	case ir.Add:
		switch {
		case instant(a) && b.Kind == types.Duration, a.Kind == types.Date && b.Kind == types.Period:
			return a.NonNull()
		case a.Kind == types.Duration && instant(b):
			return b.NonNull()
		case a.Kind == types.Duration && b.Kind == types.Duration:
			return types.TDuration
		}
	case ir.Sub:
		switch {
		case instant(a) && b.Kind == types.Duration, a.Kind == types.Date && b.Kind == types.Period:
			return a.NonNull()
		case instant(a) && a.Kind == b.Kind, a.Kind == types.Duration && b.Kind == types.Duration:
			return types.TDuration
		}
	case ir.Mul:
		if a.Kind == types.Duration && b.IsInteger() || a.IsInteger() && b.Kind == types.Duration {
			return types.TDuration
		}
	case ir.Div:
		if a.Kind == types.Duration && b.IsInteger() {
			return types.TDuration
		}
	case ir.Mod, ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
	}
	return nil
}

func (s *scope) numeric(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr, nullable bool) ir.Expr {
	a, b := x.Type(), y.Type()
	make := func(t *types.Type, x, y ir.Expr) ir.Expr {
		return &ir.Binary{Base: ir.Base{T: t.WithNull(nullable), At: e.Span}, Op: op, X: x, Y: y}
	}
	floating := a.IsFloating() || b.IsFloating()
	if !floating && (a.Kind == types.Decimal || b.Kind == types.Decimal) && (op != ir.Div || a.Kind == b.Kind) {
		x, y = toNumber(x, asDecimal(a)), toNumber(y, asDecimal(b))
		t := decimalResult(op, x.Type(), y.Type())
		return make(t, x, y)
	}
	t := joinNumbers(a, b)
	if op == ir.Div {
		t = types.TDouble
	}
	return make(t, toNumber(x, t), toNumber(y, t))
}

// decimalResult is the type of decimal arithmetic (SEMANTICS 93).
func decimalResult(op ir.Op, a, b *types.Type) *types.Type {
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	var p, scale int
	switch op {
	case ir.Add, ir.Sub:
		scale = max(s1, s2)
		p = max(p1-s1, p2-s2) + scale + 1
	case ir.Mul:
		p, scale = p1+p2, s1+s2
	case ir.Div:
		scale = max(6, s1+p2+1)
		p = p1 - s1 + s2 + scale
	case ir.Mod:
		scale = max(s1, s2)
		p = min(p1-s1, p2-s2) + scale
	case ir.Eq, ir.Ne, ir.Lt, ir.Le, ir.Gt, ir.Ge, ir.Neg, ir.Not:
		return a
	}
	if p > types.MaxPrecision {
		scale = max(min(scale, 6), scale-(p-types.MaxPrecision))
		p = types.MaxPrecision
	}
	return types.DecimalOf(max(p, 1), scale)
}

func (s *scope) noSuchArithmetic(op ir.Op, x, y ir.Expr, e *ast.BinaryExpr) {
	a, b := x.Type(), y.Type()
	d := s.m.c.report("E0302", e.OpSpan.Span, `"`+op.String()+`" does not work on `+article(a)+" and "+article(b), "").
		Label(x.Span(), a.String()).Label(y.Span(), b.String())
	left, right := e.X.Pos().Text(), e.Y.Pos().Text()
	switch {
	case op == ir.Add && (a.Kind == types.String || b.Kind == types.String):
		joined := `f"` + textPart(e.X) + textPart(e.Y) + `"`
		d.Fix(diag.Choose, "join texts", joined, diag.Edit{Span: e.Span, Text: joined})
	case a.Kind == types.Timestamp && b.Kind == types.Period:
		d.Because("A month has no fixed length, so the result depends on the zone.").
			Fix(diag.Choose, "in a zone", "add("+left+", "+right+`, "Europe/Helsinki")`)
	case a.Kind == types.String && b.IsNumber():
		d.Fix(diag.Choose, "read the number from the text", "parse_"+b.NonNull().String()+"("+left+")! "+op.String()+" "+right)
	case b.Kind == types.String && a.IsNumber():
		d.Fix(diag.Choose, "read the number from the text", left+" "+op.String()+" parse_"+a.NonNull().String()+"("+right+")!")
	}
}

func (s *scope) is(e *ast.IsExpr) ir.Expr {
	x := s.expr(e.X, nil)
	var out ir.Expr
	if e.Null {
		out = &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x}
	} else {
		out = s.isBranch(e, x)
	}
	if e.Not {
		return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Span}, Op: ir.Not, X: out}
	}
	return out
}

func (s *scope) isBranch(e *ast.IsExpr, x ir.Expr) ir.Expr {
	t := x.Type()
	if t.Kind == types.Unknown {
		return constOf(types.TBoolean, true, e.Span)
	}
	if t.Kind != types.Union {
		s.m.c.report("E0302", e.Span, `"is" tells the branches of a union apart, and this is `+article(t), "").Label(x.Span(), t.String())
		return constOf(types.TBoolean, true, e.Span)
	}
	name := e.Branch.Parts[len(e.Branch.Parts)-1]
	b := t.Branch(name.Name)
	if b < 0 {
		var names []string
		for _, branch := range t.Branches {
			names = append(names, branch.Name)
		}
		d := s.m.c.report("E0204", e.Branch.Span, `"`+e.Branch.String()+`" is not a branch of `+t.Name, "")
		s.m.c.suggest(d, name, names).Note("branches: " + strings.Join(names, ", "))
		return constOf(types.TBoolean, true, e.Span)
	}
	return &ir.IsBranch{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, Branch: b}
}

func (s *scope) inList(e *ast.InExpr) ir.Expr {
	x := s.expr(e.X, nil)
	var items []ir.Expr
	if e.Set == nil {
		for _, item := range e.List {
			items = append(items, s.expr(item, operandType(x.Type())))
		}
	} else {
		set := s.expr(e.Set, types.ArrayOf(x.Type().NonNull()))
		switch list := set.(type) {
		case *ir.MakeList:
			items = list.Items
		default:
			return s.inArray(e, x, set)
		}
	}
	for i, item := range items {
		xx, yy, ok := s.alike(x, item)
		if !ok {
			d := s.m.c.report("E0301", item.Span(), article(x.Type())+" is never equal to "+article(item.Type()), item.Type().String()).
				Label(x.Span(), x.Type().String())
			itemFix(d, x, item)
			return constOf(types.TBoolean, true, e.Span)
		}
		x, items[i] = xx, yy
	}
	for i, item := range items { // x may have widened on the way
		_, items[i], _ = s.alike(x, item)
		if items[i].Type().Kind == types.Null {
			items[i] = constOf(x.Type().OrNull(), nil, item.Span())
		}
	}
	return s.negate(e.Not, &ir.In{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: x, List: items}, e)
}

// inArray is `x in column`, where the list is data.
func (s *scope) inArray(e *ast.InExpr, x, set ir.Expr) ir.Expr {
	t := set.Type()
	if t.Kind == types.Unknown || isUnknown(x) {
		return constOf(types.TBoolean, true, e.Span)
	}
	if t.Kind != types.Array {
		s.m.c.report("E0301", set.Span(), `"in" looks in a list, and this is `+article(t), t.String())
		return constOf(types.TBoolean, true, e.Span)
	}
	call := s.m.callNamed("contains", e.Span, set, x)
	if isUnknown(call) {
		s.m.misfit(x, t.Elem, "the value looked for")
		return constOf(types.TBoolean, true, e.Span)
	}
	if call.Type().Nullable {
		call = &ir.Coalesce{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: call, Y: constOf(types.TBoolean, false, e.Span)}
	}
	return s.negate(e.Not, call, e)
}

func (s *scope) negate(not bool, x ir.Expr, e ast.Expr) ir.Expr {
	if !not {
		return x
	}
	return &ir.Unary{Base: ir.Base{T: types.TBoolean, At: e.Pos()}, Op: ir.Not, X: x}
}

// between is x >= lo and x <= hi with x computed once.
func (s *scope) between(e *ast.BetweenExpr) ir.Expr {
	lo := &ast.BinaryExpr{At: e.At, Op: ast.Ge, OpSpan: e.At, X: e.X, Y: e.Lo}
	hi := &ast.BinaryExpr{At: e.At, Op: ast.Le, OpSpan: e.At, X: e.X, Y: e.Hi}
	a := s.binary(lo, nil)
	known, _ := factsOf(a)
	var b ir.Expr
	if c, ok := a.(*ir.Const); ok && c.Value == true { // already reported
		return a
	}
	b = s.withFacts(known).binary(hi, nil)
	return s.negate(e.Not, &ir.And{Base: ir.Base{T: types.TBoolean, At: e.Span}, X: a, Y: b}, e)
}

func (s *scope) pattern(e *ast.PatternExpr) ir.Expr {
	name := "like"
	if e.Regex {
		name = "matches"
	}
	x, p := s.expr(e.X, nil), s.expr(e.Pattern, nil)
	for _, v := range []ir.Expr{x, p} {
		if t := v.Type(); t.Kind != types.String && t.Kind != types.Unknown {
			s.m.c.report("E0301", v.Span(), `"`+name+`" compares texts, and this is `+article(t), t.String())
			return constOf(types.TBoolean, true, e.Span)
		}
	}
	if isUnknown(x) || isUnknown(p) {
		return constOf(types.TBoolean, true, e.Span)
	}
	s.constantRegex(e, p)
	make := func(v ir.Expr) ir.Expr {
		return &ir.Call{Base: ir.Base{T: types.TBoolean, At: e.Span}, Name: name, Args: []ir.Expr{v, p}}
	}
	if p.Type().Nullable {
		return s.orderedNull(e.Pattern, p, e, func(v ir.Expr) ir.Expr { p = v; return make(x) })
	}
	if x.Type().Nullable {
		return s.negate(e.Not, s.orderedNull(e.X, x, e, make), e)
	}
	return s.negate(e.Not, make(x), e)
}

func (s *scope) ifThen(cond, then ast.Expr, otherwise func(*scope, *types.Type) ir.Expr, want *types.Type, e ast.Expr) ir.Expr {
	c := s.condition(cond, "if")
	yes, no := factsOf(c)
	a := s.withFacts(yes).expr(then, want)
	if want == nil && !isUnknown(a) && a.Type().Kind == types.Enum {
		want = a.Type().NonNull()
	}
	b := otherwise(s.withFacts(no), want)
	if isUnknown(a) || isUnknown(b) {
		return unknown(e.Pos())
	}
	t := join(a.Type(), b.Type())
	if t == nil {
		d := s.m.c.report("E0306", b.Span(), "the branches give "+article(a.Type())+" and "+article(b.Type()), b.Type().String()).
			Label(a.Span(), a.Type().String())
		conversionFix(d, b, a.Type())
		return unknown(e.Pos())
	}
	return &ir.If{Base: ir.Base{T: t, At: e.Pos()}, Cond: c, Then: toElem(a, t), Else: toElem(b, t)}
}

func (s *scope) caseWhen(e *ast.CaseExpr, i int, want *types.Type) ir.Expr {
	if i == len(e.Whens) {
		return s.expr(e.Else, want)
	}
	w := e.Whens[i]
	return s.ifThen(w.Cond, w.Then, func(f *scope, want *types.Type) ir.Expr { return f.caseWhen(e, i+1, want) }, want, e)
}
