package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// fn checks a function's declaration: its types, and its body with parameters as
// unknown values of those types. A call checks the body again with what it is given.
func (m *module) fn(d *ast.FnDecl) {
	if _, done := m.fnBroken[d]; done {
		return
	}
	m.fnBroken[d] = false
	switch {
	case d.Wasm != nil:
		m.fnBroken[d] = !m.wasmFn(d)
		return
	case d.Kind != "":
		m.c.report("E0408", d.Body.Pos(), `the body of "`+d.Kind+` fn `+d.Name.Name+`" is an expression`, "").
			Because("An expression of the language sees one row; of aggregates and tables of one's own a WASM module has to say what they do.")
		m.fnBroken[d] = true
		return
	}
	vars := typeVars(d)
	params := map[string]ir.Expr{}
	for _, p := range d.Params {
		t := opaque(m.resolve(p.Type, vars))
		params[p.Name.Name] = &ir.Local{Base: ir.Base{T: t, At: p.Name.Span}, Name: p.Name.Name}
		if p.Default != nil {
			m.scope(nil).coerced(p.Default, t, `the default of "`+p.Name.Name+`"`)
		}
	}
	want := opaque(m.resolve(d.Result, vars))
	before := len(m.c.diags.Items)
	m.withFn(d, func() {
		s := m.scope(nil).withVars(params)
		s.fallible = d.Fallible
		s.coerced(d.Body, want, `the result of "`+d.Name.Name+`"`)
	})
	m.fnBroken[d] = len(m.c.diags.Items) > before
}

func typeVars(d *ast.FnDecl) map[string]bool {
	vars := map[string]bool{}
	for _, v := range d.TypeParams {
		vars[v.Name] = true
	}
	return vars
}

// opaque is a type with variables unknown, so that a generic body is checked for
// everything that does not depend on them.
func opaque(t *types.Type) *types.Type {
	return substitute(t, nil)
}

// withFn guards against functions that call themselves.
func (m *module) withFn(d *ast.FnDecl, f func()) {
	m.fnStack = append(m.fnStack, d)
	f()
	m.fnStack = m.fnStack[:len(m.fnStack)-1]
}

// expand inlines a call of a function of the program.
func (s *scope) expand(in *module, d *ast.FnDecl, e *ast.CallExpr, handled bool) ir.Expr {
	for _, open := range in.fnStack {
		if open == d {
			s.m.c.report("E0212", e.Span, `"`+d.Name.Name+`" calls itself`, "").
				Label(d.Name.Span, "declared here").
				Because("Functions are expanded where they are called, so they cannot be recursive.")
			return unknown(e.Span)
		}
	}
	s.m.c.within(d, func() { in.fn(d) })
	vars := map[string]*types.Type{}
	params, ok := s.fnArgs(in, d, e, vars)
	if !ok || in.fnBroken[d] {
		return unknown(e.Span)
	}
	if d.Fallible && !handled {
		s.unhandled(e, d.Name.Name, "is declared to fail", in.resolve(d.Result, typeVars(d)))
	}
	if d.Wasm != nil {
		return in.wasmCall(d, e, params)
	}
	var body ir.Expr
	result := substitute(in.resolve(d.Result, typeVars(d)), vars)
	mistake, failed := s.m.c.trial(func() {
		in.withFn(d, func() {
			inner := in.scope(nil).withVars(params)
			inner.fallible = d.Fallible
			body = inner.coerced(d.Body, result, "")
		})
	})
	if failed || isUnknown(body) {
		s.m.c.report("E0226", e.Span, `"`+d.Name.Name+`" does not work with these arguments`, "").
			Label(bodyLabel(d, mistake))
		return unknown(e.Span)
	}
	return relabel(body, e)
}

// bodyLabel is the place in a function's body that does not work for one call, and why.
func bodyLabel(d *ast.FnDecl, mistake *diag.Diagnostic) (source.Span, string) {
	if mistake == nil || !mistake.Span().Known() || mistake.Span().File != d.Body.Pos().File {
		return d.Body.Pos(), "in its body"
	}
	return mistake.Span(), mistake.Message
}

// fnArgs checks the arguments of a call against the parameters and binds the type
// variables.
func (s *scope) fnArgs(in *module, d *ast.FnDecl, e *ast.CallExpr, vars map[string]*types.Type) (map[string]ir.Expr, bool) {
	names := make([]string, len(d.Params))
	for i, p := range d.Params {
		names[i] = p.Name.Name
	}
	args, ok := s.args(e, names, false)
	if args == nil {
		s.m.c.report("E0219", e.Span, `"`+d.Name.Name+`" takes (`+strings.Join(names, ", ")+")", "").Label(d.Name.Span, "declared here")
		return nil, false
	}
	params := map[string]ir.Expr{}
	generic := typeVars(d)
	for i, p := range d.Params {
		t := in.resolve(p.Type, generic)
		if args[i] == nil {
			if p.Default == nil {
				s.m.c.report("E0219", e.Span, `"`+d.Name.Name+`" needs an argument "`+p.Name.Name+`"`, "").Label(p.Name.Span, "declared here without a default")
				ok = false
				continue
			}
			params[p.Name.Name] = in.scope(nil).coerced(p.Default, t, "the default")
			continue
		}
		x := s.expr(args[i], substitute(t, vars))
		if !bindLocal(t, x.Type(), vars) {
			s.m.misfit(x, substitute(t, vars), `"`+p.Name.Name+`"`)
			ok = false
			continue
		}
		x = s.fit(x, substitute(t, vars), `"`+p.Name.Name+`"`)
		ok = ok && !isUnknown(x)
		params[p.Name.Name] = x
	}
	return params, ok
}

// bindLocal binds type variables of a function of the program.
func bindLocal(p, a *types.Type, vars map[string]*types.Type) bool {
	switch p.Kind {
	case types.Var:
		have, ok := vars[p.Name]
		if !ok {
			vars[p.Name] = a.WithNull(a.Nullable && !p.Nullable)
			return true
		}
		t := join(have, a)
		if t == nil {
			return false
		}
		vars[p.Name] = t.WithNull(have.Nullable || a.Nullable && !p.Nullable)
		return true
	case types.Array, types.Map:
		return a.Kind == p.Kind && bindLocal(p.Elem, a.Elem, vars) || a.Kind == types.Unknown
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
		types.String, types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp,
		types.LocalTimestamp, types.Duration, types.Period, types.Enum, types.Geography, types.JSON,
		types.Record, types.Union, types.Func:
		return true
	}
	return true
}

// relabel gives the outermost node of an expanded body the place of the call, so
// that later messages point there. Inner nodes may be shared and stay.
func relabel(x ir.Expr, e ast.Expr) ir.Expr {
	switch x := x.(type) {
	case *ir.Cast:
		c := *x
		c.At = e.Pos()
		return &c
	case *ir.Call:
		c := *x
		c.At = e.Pos()
		return &c
	case *ir.Binary:
		c := *x
		c.At = e.Pos()
		return &c
	case *ir.If:
		c := *x
		c.At = e.Pos()
		return &c
	case *ir.Coalesce:
		c := *x
		c.At = e.Pos()
		return &c
	}
	return x
}

// pipe checks that a pipe's own text makes sense as far as that is possible before
// it is applied: its parameters.
func (m *module) pipe(d *ast.PipeDecl) {
	for _, p := range d.Params {
		t := m.resolve(p.Type, nil)
		if p.Default != nil {
			m.scope(nil).coerced(p.Default, t, `the default of "`+p.Name.Name+`"`)
		}
	}
}
