package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// scope is what names mean in one expression.
type scope struct {
	m     *module
	in    *types.Stream // the row; nil where there is none
	alias string        // the name of the whole row
	// vars are lambda and function parameters, innermost scope's own.
	vars map[string]ir.Expr
	// notNull are the paths known not to be null, "a.b".
	notNull map[string]bool
	// branch is what is known of the whole row or a column of a union: its branch.
	branch map[string]int
	// aggs collects aggregate calls; nil where aggregates may not stand.
	aggs *aggregates
	// overs collects calls with `over`; nil where they may not stand.
	overs *overs
	// match is what a match holds; nil outside its items.
	match *matched
	// defines: the condition of a definition of match.
	defines bool
	// fallible: an unhandled failure is the enclosing function's own.
	fallible bool
	// nulls collects the values whose nulls a relaxed condition does not match; nil
	// where nobody counts them.
	nulls *[]ir.Item
	// stage is the text of the stage the expression stands in, and above what stands
	// above it, for messages.
	stage source.Span
	above string
	// windowEnd is the stage above that took rows out of their windows, for messages.
	windowEnd source.Span
	// row is the stream whose columns may not be used here; nil where there is none.
	row *types.Stream
	// now is what now() means; nil where it would make a result change from run to run.
	now ir.Expr
	// lastArgTypes is what the last call was given, for the message that no overload fits.
	lastArgTypes []*types.Type
}

func (m *module) scope(in *types.Stream) *scope {
	return &scope{m: m, in: in}
}

// child is a scope that adds facts or variables without changing s.
func (s *scope) child() *scope {
	c := *s
	return &c
}

// withFacts is a scope in which more is known.
func (s *scope) withFacts(f facts) *scope {
	if len(f.notNull) == 0 && len(f.branch) == 0 {
		return s
	}
	c := s.child()
	c.notNull = merge(s.notNull, f.notNull)
	c.branch = merge(s.branch, f.branch)
	return c
}

func merge[V any](a, b map[string]V) map[string]V {
	out := make(map[string]V, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

// withVars is a scope with more variables.
func (s *scope) withVars(vars map[string]ir.Expr) *scope {
	c := s.child()
	c.vars = merge(s.vars, vars)
	return c
}

// name resolves a bare name (SEMANTICS 104): variable, column, const, param, enum
// symbol expected here, name of the row.
func (s *scope) name(e *ast.Name, want *types.Type) ir.Expr {
	if v, ok := s.vars[e.Name]; ok {
		return s.known(e.Name, atSpan(v, e))
	}
	if s.match != nil && s.match.refuses(s, e.Name, e) {
		return unknown(e.Span)
	}
	if x := s.column(e, want); x != nil {
		return x
	}
	if x := s.m.value(e.Ident); x != nil {
		return x
	}
	if want != nil && want.Kind == types.Enum && symbolIndex(want, e.Name) >= 0 {
		return constOf(want.NonNull(), e.Name, e.Span)
	}
	if s.in != nil && e.Name == s.alias {
		return s.wholeRow(e)
	}
	if s.in != nil && s.in.Broken || s.m.broken {
		return unknown(e.Span)
	}
	s.noSuchName(e.Ident, want)
	return unknown(e.Span)
}

// atSpan gives a shared expression the place where it is used.
func atSpan(x ir.Expr, e ast.Expr) ir.Expr {
	if c, ok := x.(*ir.Const); ok {
		return &ir.Const{Base: ir.Base{T: c.T, At: e.Pos()}, Value: c.Value}
	}
	return x
}

// column reads a column, nil where there is none of the name.
func (s *scope) column(e *ast.Name, want *types.Type) ir.Expr {
	if s.in == nil {
		return nil
	}
	col, ok := s.in.Column(e.Name)
	if strings.HasPrefix(e.Name, "$") {
		return nil
	}
	if u := s.in.Union(); u != nil && !ok {
		x := s.unionField(s.rowOf(u, e), e.Ident, u, false)
		if x != nil && s.aggs != nil {
			s.columnOutsideAggregate(e)
			return unknown(e.Span)
		}
		return x
	}
	if !ok {
		return nil
	}
	if s.aggs != nil && s.match == nil { // aggregates' arguments are checked in the scope of the row
		s.columnOutsideAggregate(e)
		return unknown(e.Span)
	}
	if want != nil && want.Kind == types.Enum && symbolIndex(want, e.Name) >= 0 {
		d := s.m.c.report("E0206", e.Span, `"`+e.Name+`" is a column here and a symbol of `+want.Name+` too`, "which one?").
			Fix(diag.Choose, "the symbol", want.Name+"."+e.Name)
		if s.alias != "" {
			d.Fix(diag.Choose, "the column", s.alias+"."+e.Name)
		}
		return unknown(e.Span)
	}
	return s.known(e.Name, &ir.Column{Base: ir.Base{T: col.Type, At: e.Span}, Name: e.Name})
}

// known applies what narrowing found out about a path.
func (s *scope) known(path string, x ir.Expr) ir.Expr {
	if x.Type().Nullable && s.notNull[path] {
		return &ir.NotNull{Base: ir.Base{T: x.Type().NonNull(), At: x.Span()}, X: x}
	}
	return x
}

// wholeRow is the row under its source's name: only a union has a use for it.
func (s *scope) wholeRow(e *ast.Name) ir.Expr {
	if u := s.in.Union(); u != nil {
		return s.rowOf(u, e)
	}
	values := make([]ir.Expr, 0, len(s.in.Columns))
	for _, c := range s.in.Visible() {
		values = append(values, &ir.Column{Base: ir.Base{T: c.Type, At: e.Span}, Name: c.Name})
	}
	return &ir.MakeRecord{Base: ir.Base{T: s.in.Row(), At: e.Span}, Values: values}
}

func (s *scope) rowOf(u *types.Type, e ast.Expr) ir.Expr {
	return &ir.Column{Base: ir.Base{T: u, At: e.Pos()}, Name: types.UnionColumn}
}

// value is a const or param of the module, nil when the name is neither.
func (m *module) value(id ast.Ident) ir.Expr {
	in, d, ok := m.lookup(ast.Path{At: id.At, Parts: []ast.Ident{id}})
	if !ok {
		return nil
	}
	return in.valueOf(d, id)
}

func (m *module) valueOf(d ast.Decl, id ast.Ident) ir.Expr {
	switch d := d.(type) {
	case *ast.ConstDecl:
		x := m.constant(d)
		return atSpan(x, &ast.Name{Ident: id})
	case *ast.ParamDecl:
		p := m.param(d)
		return &ir.Param{Base: ir.Base{T: p.Type, At: id.Span}, Name: p.Name}
	case *ast.SecretDecl:
		m.c.report("E0702", id.Span, `the secret "`+id.Name+`" may only reach a connector`, "").
			Label(d.Name.Span, "declared here").
			Because("A secret in a row could be written to a file or shown on a screen.")
		return unknown(id.Span)
	case *ast.SchemaDecl, *ast.EnumDecl, *ast.TopicDecl, *ast.SourceDecl, *ast.SinkDecl, *ast.StreamDecl, *ast.ViewDecl,
		*ast.CommandDecl, *ast.RouteDecl, *ast.FnDecl, *ast.PipeDecl, *ast.ScheduleDecl, *ast.PolicyDecl,
		*ast.GrantDecl, *ast.TestDecl, *ast.BadDecl:
	}
	return nil
}

func (s *scope) noSuchName(id ast.Ident, want *types.Type) {
	if text := id.Span.Text(); text != "" && text[0] >= '0' && text[0] <= '9' {
		return // no name at all, as the reader of the text has said
	}
	if s.in == nil && s.row != nil {
		if _, isColumn := s.row.Column(id.Name); isColumn || id.Name == s.alias {
			s.m.c.report("E0317", id.Span, `"`+id.Name+`" differs from row to row, and this must be known before the program runs`, "").
				Because("Constants, and params without a row's data, are known then.")
			return
		}
	}
	if s.in == nil {
		d := s.m.c.report("E0201", id.Span, `there is nothing named "`+id.Name+`" here`, "")
		candidates := s.m.declNames(false)
		if want != nil {
			candidates = append(candidates, want.Symbols...)
		}
		s.m.c.suggest(d, id, candidates)
		return
	}
	d := s.m.c.report("E0202", id.Span, `there is no column "`+id.Name+`" here`, "")
	var names, candidates []string
	for _, c := range s.in.Visible() {
		names = append(names, c.Name)
	}
	if u := s.in.Union(); u != nil {
		names = nil
		for _, f := range u.Common() {
			names = append(names, f.Name)
		}
	}
	candidates = append(candidates, names...)
	for _, c := range s.in.Columns {
		if c.Hidden && !strings.HasPrefix(c.Name, "$") {
			candidates = append(candidates, c.Name)
		}
	}
	for name := range s.vars {
		candidates = append(candidates, name)
	}
	if want != nil {
		candidates = append(candidates, want.Symbols...)
	}
	candidates = append(candidates, s.m.valueNames()...)
	switch bound := strings.Replace(id.Name, "_", ".", 1); {
	case s.in.Window != nil && (bound == "window.start" || bound == "window.end"):
		d.Labels[0].Text = "did you mean " + bound + "?"
		d.Fix(diag.Apply, "write "+bound, "", diag.Edit{Span: id.Span, Text: bound})
	case !s.ofJoined(d, id):
		s.m.c.suggest(d, id, candidates)
	}
	s.elsewhere(d, id)
	if want != nil && want.Kind == types.Enum {
		d.Note(listed("symbols of "+want.Name+": ", want.Symbols))
	}
	if s.match != nil {
		s.match.suggestRow(d, id)
	}
	d.Note(columnsNote(names, s.in, s.above))
	if u := s.in.Union(); u != nil {
		s.branchHint(d, id, u)
	}
}

// ofJoined points out a field of the other side of a join, which is read through its
// alias.
func (s *scope) ofJoined(d *diag.Diagnostic, id ast.Ident) bool {
	for _, c := range s.in.Visible() {
		if _, ok := c.Type.FieldNamed(id.Name); !ok || c.From == "" || c.Type.Kind != types.Record {
			continue
		}
		dot := "."
		if c.Type.Nullable {
			dot = "?."
		}
		text := c.Name + dot + id.Name
		d.Fix(diag.Maybe, "that of "+c.From, text, diag.Edit{Span: id.Span, Text: text})
		return true
	}
	return false
}

// elsewhere says where a name that is no column may be found.
func (s *scope) elsewhere(d *diag.Diagnostic, id ast.Ident) {
	switch lower := strings.ToLower(id.Name); {
	case lower == "null" || lower == "true" || lower == "false":
		d.Labels[0].Text, d.Fixes = `it is written "`+lower+`"`, nil
		d.Fix(diag.Apply, `write "`+lower+`"`, "", diag.Edit{Span: id.Span, Text: lower})
	case len(d.Fixes) > 0:
	case lower == "rank" && strings.HasSuffix(s.above, `"top"`):
		d.Note("top gives it a column when it is named: |> top 10 by price rank place")
	default:
		if path := deeper(s.in, id.Name); path != "" {
			d.Labels[0].Text = `did you mean "` + path + `"?`
			d.Fix(diag.Choose, `write "`+path+`"`, "", diag.Edit{Span: id.Span, Text: path})
		}
	}
}

func (s *scope) branchHint(d *diag.Diagnostic, id ast.Ident, u *types.Type) {
	for _, b := range u.Branches {
		if _, ok := b.FieldNamed(id.Name); ok {
			d.Note(`"` + id.Name + `" is a field of ` + b.Name + "; narrow the row first")
			row := s.alias
			if row == "" {
				row = "row"
			}
			d.Fix(diag.Choose, "only "+b.Name+" rows", "|> where "+row+" is "+b.Name)
			return
		}
	}
}

func columnsNote(names []string, in *types.Stream, above string) string {
	note := listed("columns at this point: ", names)
	if len(names) == 0 {
		note = "there are no columns at this point"
	}
	window := in.Window != nil && in.Window.Kind != ir.WindowWhole
	switch {
	case above != "" && window:
		note += "\n(the stage above, " + above + "; it also offers window.start and window.end)"
	case above != "":
		note += "\n(the stage above, " + above + ")"
	case window:
		note += "\n(the stream is in a window; it also offers window.start and window.end)"
	}
	return note
}

func (m *module) valueNames() []string {
	var names []string
	for _, d := range m.order {
		switch d.(type) {
		case *ast.ConstDecl, *ast.ParamDecl:
			names = append(names, d.DeclHead().Name.Name)
		}
	}
	return names
}

func (s *scope) columnOutsideAggregate(e *ast.Name) {
	s.m.c.report("E0218", e.Span, `"`+e.Name+`" has many values in a group; which one is meant?`, "").
		Fix(diag.Choose, "one group for each value", "... by "+e.Name).
		Fix(diag.Choose, "the largest", "max("+e.Name+")").
		Fix(diag.Choose, "the first to arrive", "first("+e.Name+")")
}
