package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// field is a.b: a module's name, window.start, an enum's symbol, a column of the
// named row, a member of a record, a field of a union or of json.
func (s *scope) field(e *ast.FieldExpr, want *types.Type, handled bool) ir.Expr {
	if n, ok := e.X.(*ast.Name); ok {
		if s.match != nil && s.match.refuses(s, n.Name, e) {
			return unknown(e.Span)
		}
		if x := s.qualified(n, e); x != nil {
			return x
		}
	}
	if x := s.importedSymbol(e); x != nil {
		return x
	}
	x := s.check(e.X, nil, handled)
	t := x.Type()
	switch t.Kind {
	case types.Unknown:
		return unknown(e.Span)
	case types.Record:
		return s.member(x, e)
	case types.Union:
		return s.unionField(x, e.Name, t, true)
	case types.JSON:
		key := constOf(types.TString, e.Name.Name, e.Name.Span)
		return &ir.Call{Base: ir.Base{T: types.TJSON.OrNull(), At: e.Span}, Name: "json_get", Args: []ir.Expr{x, key}}
	case types.Map:
		s.m.c.report("E0307", e.Name.Span, "values of a map are read in brackets", "").
			Fix(diag.Choose, "null where it is missing", "try "+e.X.Pos().Text()+`["`+e.Name.Name+`"]`)
		return unknown(e.Span)
	}
	s.m.c.report("E0307", e.Name.Span, article(t)+` has no field "`+e.Name.Name+`"`, "").Label(e.X.Pos(), t.String())
	return unknown(e.Span)
}

// qualified resolves a dotted name whose left part is not a value; nil when it is one.
func (s *scope) qualified(n *ast.Name, e *ast.FieldExpr) ir.Expr {
	if _, isVar := s.vars[n.Name]; isVar {
		return nil
	}
	if s.in != nil {
		if _, isColumn := s.in.Column(n.Name); isColumn {
			return nil
		}
		if n.Name == "window" && (e.Name.Name == "start" || e.Name.Name == "end" || e.Name.Name == "number") {
			return s.windowBound(e)
		}
		if n.Name == s.alias && s.in.Union() == nil {
			return s.name(&ast.Name{Ident: e.Name}, nil)
		}
		if s.in.Broken {
			return unknown(e.Span)
		}
	}
	in, d, ok := s.m.lookup(ast.Path{At: n.At, Parts: []ast.Ident{n.Ident}})
	if enum, isEnum := d.(*ast.EnumDecl); ok && isEnum {
		return s.symbol(e.Name.Name, e.Name.Span, in.declaredType(enum))
	}
	if _, isModule := s.m.imported[n.Name]; isModule {
		path := ast.Path{At: e.At, Parts: []ast.Ident{n.Ident, e.Name}}
		if other, d, ok := s.m.lookup(path); ok {
			return other.valueOf(d, e.Name)
		}
	}
	return nil
}

// importedSymbol is other.Zone.furnace, a symbol of an enum of an imported file; nil
// when the text is anything else.
func (s *scope) importedSymbol(e *ast.FieldExpr) ir.Expr {
	path, ok := calleePath(e.X)
	if !ok || len(path.Parts) != 2 {
		return nil
	}
	first := path.Parts[0].Name
	if _, isVar := s.vars[first]; isVar {
		return nil
	}
	if s.in != nil {
		if _, isColumn := s.in.Column(first); isColumn {
			return nil
		}
	}
	other, isModule := s.m.imported[first]
	if !isModule {
		return nil
	}
	if _, isEnum := other.decls[path.Parts[1].Name].(*ast.EnumDecl); !isEnum {
		return nil
	}
	in, d, _ := s.m.lookup(path) // says so when it is not exported
	return s.symbol(e.Name.Name, e.Name.Span, in.declaredType(d))
}

// noWindow is a bound of a window where there is none, or none any more.
func (s *scope) noWindow(e *ast.FieldExpr) {
	d := s.m.c.report("E0220", e.Span, "there is no window here", "")
	if s.windowEnd.Known() {
		name, text := "window_"+e.Name.Name, e.Span.Text()
		d.Label(s.windowEnd, "rows leave their windows here").
			Because("What this stage does is about one row after the other, or about rows of several windows.").
			Fix(diag.Choose, "keep it in a column above", "|> extend "+name+" = "+text, stageAbove(s.windowEnd, "extend "+name+" = "+text), diag.Edit{Span: e.Span, Text: name})
		return
	}
	d.Because("window.start and window.end exist below a `window` stage, until `window none`.").
		Fix(diag.Maybe, "put rows into windows above", "|> window tumbling 1h")
}

func (s *scope) windowBound(e *ast.FieldExpr) ir.Expr {
	if e.Name.Name == "number" {
		return s.windowNumber(e)
	}
	name := types.WindowStart
	if e.Name.Name == "end" {
		name = types.WindowEnd
	}
	if _, ok := s.in.Column(name); !ok || s.in.Window == nil {
		if !s.in.Broken {
			s.noWindow(e)
		}
		return unknown(e.Span)
	}
	if isRefined(s.in.Window) {
		s.m.c.report("E0220", e.Span, "the bounds of a "+s.in.Window.Kind+" window that is shown early are known behind what shows it", "").
			Because("Each row may change which windows there are.").
			Fix(diag.Choose, "behind it", "|> aggregate ... |> select *, window.start, window.end")
		return unknown(e.Span)
	}
	if w := s.in.Window; w != nil && w.Kind == ir.WindowRows && s.in.Time == types.NoTime {
		s.m.c.report("E0220", e.Span, "a window of rows without time has no start and no end", "").
			Because("They are the times of its first and last row.").
			Fix(diag.Choose, "give rows a time", "time: ... in the topic, or |> time ... watermark ...")
		return unknown(e.Span)
	}
	return &ir.Column{Base: ir.Base{T: types.TTimestamp, At: e.Span}, Name: name}
}

// windowNumber tells which window of its key a window of rows is.
func (s *scope) windowNumber(e *ast.FieldExpr) ir.Expr {
	if _, ok := s.in.Column(types.WindowNumber); !ok {
		if !s.in.Broken {
			s.m.c.report("E0220", e.Span, "the windows here have no number", "").
				Because("Windows of rows that are shown before they are full are known by their number, behind their aggregate.").
				Fix(diag.Maybe, "count windows", "|> window rows n emit updates |> aggregate ...")
		}
		return unknown(e.Span)
	}
	return &ir.Column{Base: ir.Base{T: types.TLong, At: e.Span}, Name: types.WindowNumber}
}

func (s *scope) member(x ir.Expr, e *ast.FieldExpr) ir.Expr {
	t := x.Type()
	f, ok := t.FieldNamed(e.Name.Name)
	if !ok {
		d := s.m.c.report("E0202", e.Name.Span, `there is no field "`+e.Name.Name+`" in `+e.X.Pos().Text(), "")
		var names []string
		for _, f := range t.Fields {
			names = append(names, f.Name)
		}
		s.m.c.suggest(d, e.Name, names)
		d.Note("fields: " + types.RecordText(t.Fields))
		return unknown(e.Span)
	}
	if t.Nullable && !e.Safe {
		text := e.X.Pos().Text()
		s.m.c.report("E0308", e.Span, `"`+text+`" may be null, and then has no "`+f.Name+`"`, t.String()).
			Fix(diag.Choose, "null where it is null", text+"?."+f.Name).
			Fix(diag.Choose, "drop such rows above", "|> require "+text)
		return unknown(e.Span)
	}
	out := &ir.Field{Base: ir.Base{T: f.Type.WithNull(f.Type.Nullable || t.Nullable), At: e.Span}, X: x, Name: f.Name}
	return s.known(pathOf(out), out)
}

// unionField reads a field of a union value: of its branch where that is known,
// else one common to all branches. nil (with report false) where there is none.
func (s *scope) unionField(x ir.Expr, name ast.Ident, u *types.Type, report bool) ir.Expr {
	if b, ok := s.branch[pathOf(x)]; ok {
		if f, ok := u.Branches[b].FieldNamed(name.Name); ok {
			rec := &ir.AsBranch{Base: ir.Base{T: u.Branches[b], At: name.Span}, X: x, Branch: b}
			out := &ir.Field{Base: ir.Base{T: f.Type, At: name.Span}, X: rec, Name: name.Name}
			return s.known(name.Name, out)
		}
	}
	for _, f := range u.Common() {
		if f.Name == name.Name {
			return s.known(f.Name, &ir.UnionField{Base: ir.Base{T: f.Type, At: name.Span}, X: x, Name: name.Name})
		}
	}
	if report {
		d := s.m.c.report("E0324", name.Span, `not every branch of `+u.Name+` has a field "`+name.Name+`"`, "")
		s.branchHint(d, name, u)
		return unknown(name.Span)
	}
	return nil
}

// index is xs[i] or m["k"]; both can fail.
func (s *scope) index(e *ast.IndexExpr, handled bool) ir.Expr {
	x := s.check(e.X, nil, handled)
	t := x.Type()
	var name string
	var elem, key *types.Type
	switch t.Kind {
	case types.Array:
		name, elem, key = "element", t.Elem, types.TLong
	case types.Map:
		name, elem, key = "map_get", t.Elem, types.TString
	case types.JSON:
		i := s.expr(e.Index, nil)
		fn := "json_at"
		if i.Type().Kind == types.String {
			fn = "json_get"
		} else {
			i = s.fit(i, types.TLong, "the index")
		}
		return &ir.Call{Base: ir.Base{T: types.TJSON.OrNull(), At: e.Span}, Name: fn, Args: []ir.Expr{x, i}}
	case types.Unknown:
		s.expr(e.Index, nil)
		return unknown(e.Span)
	default:
		d := s.m.c.report("E0307", e.X.Pos(), article(t)+" has no elements", t.String())
		if name, ok := e.Index.(*ast.StringLit); ok && t.Kind == types.Record {
			if _, has := t.FieldNamed(name.Value); has {
				text := e.X.Pos().Text() + "." + name.Value
				d.Fix(diag.Apply, "read the field", text, diag.Edit{Span: e.Span, Text: text})
			}
		}
		return unknown(e.Span)
	}
	i := s.expr(e.Index, key)
	if i.Type().Nullable && i.Type().Kind != types.Null {
		key = key.OrNull()
	}
	i = s.fit(i, key, "the index")
	if !handled {
		what := "fails where there is no such element"
		s.unhandled(e, e.Span.Text(), what, elem)
	}
	nullable := t.Nullable || key.Nullable || elem.Nullable
	return &ir.Call{Base: ir.Base{T: elem.WithNull(nullable), At: e.Span}, Name: name, Args: []ir.Expr{x, i}, Fallible: true}
}

// unhandled reports a failure nobody handles, unless the enclosing function is
// declared to fail.
func (s *scope) unhandled(e ast.Expr, name, when string, result *types.Type) {
	if s.fallible {
		return
	}
	text := e.Pos().Text()
	front, back := e.Pos(), e.Pos()
	front.End, back.Start = front.Start, back.End
	null := "try " + text
	if result != nil && result.Kind != types.Unknown && !result.Nullable {
		null += "   (type becomes " + result.OrNull().String() + ")"
	}
	d := s.m.c.report("E0401", e.Pos(), `"`+name+`" can fail and nothing here says what should happen then`, when)
	if zero := zeroText(result); zero != "..." {
		d.Fix(diag.Choose, "a default", text+" ?? "+zero)
	}
	d.Fix(diag.Choose, "null", null, diag.Edit{Span: front, Text: "try "}).
		Fix(diag.Choose, "send the row to "+s.errorsName(), text+"!", diag.Edit{Span: back, Text: "!"})
}

func (s *scope) errorsName() string {
	if s.in != nil && s.in.ErrorsTo != "" {
		return s.in.ErrorsTo
	}
	return ErrorsTopic
}
