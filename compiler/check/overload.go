package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// bound is an overload with its arguments converted.
type bound struct {
	overload int
	args     []ir.Expr
	result   *types.Type
	cost     int
	broken   bool // an argument did not check
	zoneless bool // it needs a zone and the module has none
}

// resolve picks the overload that needs the least conversion, the first among equals.
// It returns nil when none fits; lastArgTypes then says what was given.
func (s *scope) resolve(overloads []sig.Signature, e *ast.CallExpr, want *types.Type) *bound {
	var best *bound
	s.lastArgTypes = nil
	plain := s.plainArgs(overloads, e, want)
	if plain == nil {
		return &bound{broken: true}
	}
	for i := range overloads {
		if b := s.try(&overloads[i], e, plain); b != nil && (best == nil || b.cost < best.cost) {
			b.overload = i
			best = b
		}
	}
	for _, a := range plain {
		if a != nil && a.x != nil {
			s.lastArgTypes = append(s.lastArgTypes, a.x.Type())
		} else {
			s.lastArgTypes = append(s.lastArgTypes, types.FuncOf(types.TUnknown))
		}
	}
	return best
}

// plainArg is an argument checked once, before its parameter is known; x is nil for
// a lambda.
type plainArg struct {
	name   string
	x      ir.Expr
	lambda *ast.LambdaExpr
	at     source.Span
}

// plainArgs checks the arguments that need no parameter type. nil when one of them
// is broken.
func (s *scope) plainArgs(overloads []sig.Signature, e *ast.CallExpr, want *types.Type) []*plainArg {
	out := make([]*plainArg, len(e.Args))
	broken := false
	for i, a := range e.Args {
		p := &plainArg{at: a.Span}
		if a.Name != nil {
			p.name = a.Name.Name
		}
		out[i] = p
		if l, ok := a.Value.(*ast.LambdaExpr); ok {
			p.lambda = l
			continue
		}
		p.x = s.expr(a.Value, argWant(overloads, i, a, want, out[:i]))
		broken = broken || isUnknown(p.x)
	}
	if broken {
		return nil
	}
	return out
}

// argWant is what an argument should be where all overloads agree: its concrete
// parameter type or, for a generic one, the type of an earlier argument.
func argWant(overloads []sig.Signature, i int, a ast.Arg, want *types.Type, earlier []*plainArg) *types.Type {
	if len(overloads) != 1 || a.Name != nil || i >= len(overloads[0].Params) {
		return nil
	}
	p := overloads[0].Params[i].Type
	switch {
	case p.Kind != types.Var:
		return p
	case i > 0 && overloads[0].Params[0].Type.Kind == types.Var && overloads[0].Params[0].Type.Name == p.Name && earlier[0].x != nil:
		return operandType(earlier[0].x.Type())
	case i == 0:
		return want
	}
	return nil
}

// try binds one overload, nil when it does not fit.
func (s *scope) try(o *sig.Signature, e *ast.CallExpr, plain []*plainArg) *bound {
	slots, ok := placeArgs(o, plain)
	if !ok {
		return nil
	}
	b := &bound{}
	vars := map[string]*types.Type{}
	for i, a := range slots { // first what has a type of its own
		if a == nil || a.lambda != nil {
			continue
		}
		if !bindVars(paramAt(o, i).Type, a.x.Type(), vars, o) {
			return nil
		}
	}
	var nullable bool
	var argTypes []*types.Type
	for i, a := range slots {
		p := paramAt(o, i)
		var x ir.Expr
		switch {
		case a == nil && p.Variadic:
			continue
		case a == nil:
			x = s.defaultArg(p, e)
			b.zoneless = b.zoneless || isUnknown(x)
		case a.lambda != nil:
			x = s.lambda(a.lambda, p.Type, vars)
		default:
			var cost int
			x, cost, ok = fitParam(a.x, substitute(p.Type, vars))
			if !ok || p.Const && !isConst(s.m, x) {
				return nil
			}
			b.cost += cost
			nullable = nullable || x.Type().Nullable && !p.Type.Nullable
		}
		if x == nil {
			return nil
		}
		b.args = append(b.args, x)
		argTypes = append(argTypes, x.Type())
		b.broken = b.broken || isUnknown(x)
	}
	b.result = s.m.resultType(o, b.args, argTypes, vars)
	if nullable {
		b.result = b.result.OrNull()
	}
	return b
}

// match binds an overload to arguments that are checked already.
func (m *module) match(o *sig.Signature, args []ir.Expr) *bound {
	vars := map[string]*types.Type{}
	for i, x := range args {
		if !bindVars(paramAt(o, i).Type, x.Type(), vars, o) {
			return nil
		}
	}
	b := &bound{}
	nullable := false
	var argTypes []*types.Type
	for i, x := range args {
		y, _, ok := fitParam(x, substitute(paramAt(o, i).Type, vars))
		if !ok {
			return nil
		}
		nullable = nullable || y.Type().Nullable && !paramAt(o, i).Type.Nullable
		b.args, argTypes = append(b.args, y), append(argTypes, y.Type())
	}
	b.result = m.resultType(o, b.args, argTypes, vars)
	if nullable {
		b.result = b.result.OrNull()
	}
	return b
}

func isConst(m *module, x ir.Expr) bool {
	_, ok := m.c.evalConst(x)
	return ok
}

// paramAt is the parameter of argument i; a variadic one takes all that follow.
func paramAt(o *sig.Signature, i int) sig.Param {
	if i >= len(o.Params) {
		return o.Params[len(o.Params)-1]
	}
	return o.Params[i]
}

// placeArgs assigns arguments to parameters; ok is false when the number or a name
// does not fit.
func placeArgs(o *sig.Signature, plain []*plainArg) ([]*plainArg, bool) {
	variadic := len(o.Params) > 0 && o.Params[len(o.Params)-1].Variadic
	if len(plain) > len(o.Params) && !variadic {
		return nil, false
	}
	slots := make([]*plainArg, max(len(o.Params), len(plain)))
	for i, a := range plain {
		at := i
		if a.name != "" {
			at = -1
			for j, p := range o.Params {
				if p.Name == a.name {
					at = j
				}
			}
		}
		if at < 0 || slots[at] != nil {
			return nil, false
		}
		slots[at] = a
	}
	for i, a := range slots {
		if p := paramAt(o, i); a == nil && !p.Optional && !p.Variadic {
			return nil, false
		}
	}
	return slots, true
}

// defaultArg fills in a left-out argument; a zone comes from the module, unknown
// where it has none.
func (s *scope) defaultArg(p sig.Param, e *ast.CallExpr) ir.Expr {
	if !p.Zone {
		return constOf(p.Type, p.Default, e.Span)
	}
	if s.m.zone == "" {
		return unknown(e.Span)
	}
	return constOf(types.TString, s.m.zone, e.Span)
}

func (s *scope) needsZone(e *ast.CallExpr) {
	name := e.Fn.Pos().Text()
	arg := "t"
	d := s.m.c.report("E0507", e.Fn.Pos(), `"`+name+`" needs a time zone`, "")
	if len(e.Args) > 0 {
		arg = e.Args[0].Value.Pos().Text()
		text := `"` + arg + `" is an instant; its local date and time depend on where you are`
		if len(s.lastArgTypes) > 0 && s.lastArgTypes[0] != nil && s.lastArgTypes[0].Kind == types.String {
			text = "a text without an offset names another instant in each zone"
		}
		d.Labels[0] = diag.Label{Span: e.Fn.Pos(), Text: text}
	}
	d.Note("2026-03-28T23:30Z is 28 March in London and 29 March in Helsinki")
	if n := len(e.Args); n > 0 {
		end := e.Args[n-1].Span
		end.Start = end.End
		call := e.Span
		call.End = end.End
		d.Fix(diag.Choose, "here", oneLine(call.Text())+`, "Europe/Helsinki")`, diag.Edit{Span: end, Text: `, "Europe/Helsinki"`})
	} else {
		d.Fix(diag.Choose, "here", name+"("+arg+`, "Europe/Helsinki")`)
	}
	if s.m.c.opts.Relaxed { // a query has no file to say it in
		return
	}
	module := "main"
	if s.m.file.Module != nil {
		module = s.m.file.Module.Name.String()
	}
	d.Fix(diag.Choose, "for this file", "module "+module+` timezone "Europe/Helsinki"`)
}

// bindVars matches a parameter type with an argument type, binding variables.
func bindVars(p, a *types.Type, vars map[string]*types.Type, o *sig.Signature) bool {
	switch p.Kind {
	case types.Var:
		t := a.NonNull()
		if have, ok := vars[p.Name]; ok {
			t = join(have, t)
			if t == nil {
				return false
			}
			t = t.WithNull(have.Nullable) // a null argument by itself does not make the variable nullable
		}
		if class, ok := o.Classes[p.Name]; ok && t.Kind != types.Null && !class.Holds(t) {
			return false
		}
		vars[p.Name] = t
		return true
	case types.Array, types.Map:
		if a.Kind != p.Kind {
			return a.Kind == types.Unknown || a.Kind == types.Null
		}
		return bindElem(p.Elem, a.Elem, vars, o)
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Record, types.Union, types.Func:
		return true
	}
	return true
}

// bindElem binds inside a composite, where nullability belongs to the variable.
func bindElem(p, a *types.Type, vars map[string]*types.Type, o *sig.Signature) bool {
	if p.Kind != types.Var || p.Nullable {
		return bindVars(p, a, vars, o)
	}
	if a.Kind == types.Unknown {
		return true
	}
	if have, ok := vars[p.Name]; ok {
		t := join(have, a)
		if t == nil {
			return false
		}
		vars[p.Name] = t
		return true
	}
	if class, ok := o.Classes[p.Name]; ok && !class.Holds(a) {
		return false
	}
	vars[p.Name] = a
	return true
}

// substitute replaces bound variables.
func substitute(t *types.Type, vars map[string]*types.Type) *types.Type {
	switch t.Kind {
	case types.Var:
		b, ok := vars[t.Name]
		if !ok {
			return types.TUnknown
		}
		return b.WithNull(b.Nullable || t.Nullable)
	case types.Array, types.Map:
		c := *t
		c.Elem = substitute(t.Elem, vars)
		return &c
	case types.Func:
		c := *t
		c.Elem = substitute(t.Elem, vars)
		c.Params = make([]*types.Type, len(t.Params))
		for i, p := range t.Params {
			c.Params[i] = substitute(p, vars)
		}
		return &c
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Record, types.Union:
		return t
	}
	return t
}

// fitParam converts an argument to a parameter's type, keeping its nullability
// where the parameter takes no nulls: the call is then skipped for them. cost says
// how far it was converted.
func fitParam(x ir.Expr, p *types.Type) (ir.Expr, int, bool) {
	a := x.Type()
	if p.Kind == types.Unknown || a.Kind == types.Unknown {
		return x, 0, true
	}
	target := p.WithNull(p.Nullable || a.Nullable)
	switch {
	case p.Kind == types.Decimal && p.Precision == 0:
		if !a.IsExact() {
			return x, 0, false
		}
		if a.Kind == types.Decimal {
			return x, 0, true
		}
		y, ok := convert(x, asDecimal(a).WithNull(a.Nullable))
		return y, 3, ok
	case p.Kind == types.Enum && p.Name == "", p.Kind == types.Record && len(p.Fields) == 0:
		return x, 0, a.Kind == p.Kind
	case types.Equal(a.NonNull(), p.NonNull()):
		return x, 0, true
	case a.Kind == types.Null:
		return constOf(target.OrNull(), nil, x.Span()), 1, true
	}
	if y, ok := convert(x, target); ok {
		return y, conversionCost(a, p), true
	}
	if a.IsNumber() && p.Kind == types.Double {
		return toNumber(x, target), 5, true
	}
	return x, 0, false
}

func conversionCost(from, to *types.Type) int {
	switch to.Kind {
	case types.Long:
		return 1
	case types.Decimal:
		return 3
	case types.Float, types.Double:
		if from.IsFloating() {
			return 1
		}
		return 5
	case types.Unknown, types.Null, types.Boolean, types.Int, types.String, types.Bytes, types.Fixed, types.UUID, types.Date,
		types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography,
		types.JSON, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
	}
	return 1
}

// resultType computes the exact result of an overload.
func (m *module) resultType(o *sig.Signature, args []ir.Expr, argTypes []*types.Type, vars map[string]*types.Type) *types.Type {
	if o.Refine != nil {
		return o.Refine(argTypes)
	}
	t := substitute(o.Result, vars)
	if t.Kind != types.Decimal || t.Precision != 0 {
		return t
	}
	if d := m.decimalFromConsts(o, args); d != nil {
		return d.WithNull(t.Nullable)
	}
	for _, a := range argTypes {
		if a.Kind == types.Decimal {
			return types.DecimalOf(a.Precision, a.Scale).WithNull(t.Nullable)
		}
	}
	return types.DecimalOf(types.MaxPrecision, 6).WithNull(t.Nullable)
}

// decimalFromConsts reads the digits of a decimal result from two constant whole
// numbers among the parameters, as in parse_decimal(text, 12, 2).
func (m *module) decimalFromConsts(o *sig.Signature, args []ir.Expr) *types.Type {
	var found []int
	for i, p := range o.Params {
		if p.Const && p.Type.IsInteger() && i < len(args) {
			if v, ok := m.c.evalConst(args[i]); ok {
				if n, isInt := v.(int64); isInt {
					found = append(found, int(n))
				}
			}
		}
	}
	if len(found) != 2 || found[0] < 1 || found[0] > types.MaxPrecision || found[1] < 0 || found[1] > found[0] {
		return nil
	}
	return types.DecimalOf(found[0], found[1])
}

// lambda checks `x => body` against fn(T) -> R and binds what R leaves open; nil
// when the number of parameters does not fit.
func (s *scope) lambda(l *ast.LambdaExpr, p *types.Type, vars map[string]*types.Type) ir.Expr {
	if p.Kind != types.Func || len(p.Params) != len(l.Params) {
		return nil
	}
	locals := map[string]ir.Expr{}
	names := make([]string, len(l.Params))
	for i, id := range l.Params {
		t := substitute(p.Params[i], vars)
		names[i] = id.Name
		locals[id.Name] = &ir.Local{Base: ir.Base{T: t, At: id.Span}, Name: id.Name}
	}
	inner := s.withVars(locals)
	inner.overs = nil
	want := substitute(p.Elem, vars)
	var body ir.Expr
	if want.Kind == types.Boolean && !want.Nullable {
		body = inner.condition(l.Body, "this test")
	} else {
		if want.Kind == types.Unknown {
			want = nil
		}
		body = inner.expr(l.Body, want)
	}
	if isUnknown(body) {
		return body
	}
	if p.Elem.Kind == types.Var {
		if _, ok := vars[p.Elem.Name]; !ok {
			vars[p.Elem.Name] = body.Type()
		}
	}
	body, _, ok := fitParam(body, substitute(p.Elem, vars))
	if !ok {
		return nil
	}
	return &ir.Lambda{Base: ir.Base{T: types.FuncOf(body.Type(), p.Params...), At: l.Span}, Params: names, Body: body}
}
