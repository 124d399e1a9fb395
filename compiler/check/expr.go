package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// expr checks an expression whose failures, if it can fail, nobody handles: that
// is reported. want is the type the surroundings expect, nil for none; it guides
// literals and enum symbols and is not enforced.
func (s *scope) expr(e ast.Expr, want *types.Type) ir.Expr {
	return s.check(e, want, false)
}

// check checks an expression. handled tells that `??`, `try` or `!` stands at it,
// so that its own call may fail (not the calls inside its arguments).
func (s *scope) check(e ast.Expr, want *types.Type, handled bool) ir.Expr {
	x := s.meaning(e, want, handled)
	s.noteExpr(e, x, want)
	return x
}

func (s *scope) meaning(e ast.Expr, want *types.Type, handled bool) ir.Expr {
	switch e := e.(type) {
	case *ast.IntLit, *ast.DecimalLit, *ast.FloatLit, *ast.StringLit, *ast.TemporalLit,
		*ast.DurationLit, *ast.SizeLit, *ast.BoolLit, *ast.NullLit:
		return s.literal(e, want)
	case *ast.FString:
		return s.fstring(e)
	case *ast.Name:
		return s.name(e, want)
	case *ast.FieldExpr:
		return s.field(e, want, handled)
	case *ast.StarExpr:
		s.m.c.report("E0101", e.Span, "a star stands only in select", "")
		return unknown(e.Span)
	case *ast.IndexExpr:
		return s.index(e, handled)
	case *ast.BangExpr:
		return s.check(e.X, want, true)
	case *ast.TryExpr:
		x := s.check(e.X, want, true)
		if isUnknown(x) {
			return x
		}
		return &ir.Try{Base: ir.Base{T: x.Type().OrNull(), At: e.Span}, X: x}
	case *ast.CallExpr:
		return s.call(e, want, handled)
	case *ast.UnaryExpr:
		return s.unary(e, want)
	case *ast.BinaryExpr:
		if e.Op == ast.Coalesce {
			return s.coalesce(e, want, handled)
		}
		return s.binary(e, want)
	case *ast.IsExpr:
		return s.is(e)
	case *ast.InExpr:
		return s.inList(e)
	case *ast.BetweenExpr:
		return s.between(e)
	case *ast.PatternExpr:
		return s.pattern(e)
	case *ast.IfExpr:
		return s.ifThen(e.Cond, e.Then, func(f *scope, want *types.Type) ir.Expr { return f.expr(e.Else, want) }, want, e)
	case *ast.CaseExpr:
		return s.caseWhen(e, 0, want)
	case *ast.LambdaExpr:
		s.m.c.report("E0224", e.Span, "a function of this kind stands only as an argument", "").
			Because("Only functions over arrays and maps take one, as in any(xs, x => x > 3).")
		return unknown(e.Span)
	case *ast.ListExpr:
		return s.list(e, want)
	case *ast.RecordExpr:
		return s.record(e, want)
	case *ast.OverExpr:
		return s.over(e)
	case *ast.ParenExpr:
		return s.check(e.X, want, handled)
	case *ast.BadExpr:
		return unknown(e.Span)
	}
	return unknown(e.Pos())
}

func (s *scope) fstring(e *ast.FString) ir.Expr {
	args := []ir.Expr{}
	for i, text := range e.Texts {
		if text != "" {
			args = append(args, constOf(types.TString, text, e.Span))
		}
		if i < len(e.Exprs) {
			x := s.expr(e.Exprs[i], nil)
			if x.Type().Nullable {
				s.m.nullInText(x)
			}
			args = append(args, s.asText(x))
		}
	}
	if len(args) == 0 {
		return constOf(types.TString, "", e.Span)
	}
	return &ir.Call{Base: ir.Base{T: types.TString, At: e.Span}, Name: "concat", Args: args}
}

func (m *module) nullInText(x ir.Expr) {
	text := x.Span().Text()
	m.c.report("E0309", x.Span(), "a null in a text would make the whole text null", x.Type().String()).
		Fix(diag.Choose, "use a value instead", text+` ?? "none"`)
}

// asText converts any scalar to text.
func (s *scope) asText(x ir.Expr) ir.Expr {
	t := x.Type()
	if t.Kind == types.String || t.Kind == types.Unknown {
		return x
	}
	if t.Kind == types.Record || t.Kind == types.Union || t.Kind == types.Map || t.Kind == types.Array {
		s.m.c.report("E0301", x.Span(), article(t)+" cannot be written as text", t.String()).
			Fix(diag.Choose, "as JSON", "string(to_json("+x.Span().Text()+"))")
		return unknown(x.Span())
	}
	return &ir.Cast{Base: ir.Base{T: types.TString.WithNull(t.Nullable), At: x.Span()}, X: x}
}

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
			s.m.c.report("E0220", e.Span, "there is no window here", "").
				Because("window.start and window.end exist below a `window` stage, until `window none`.").
				Fix(diag.Maybe, "put rows into windows above", "|> window tumbling 1h")
		}
		return unknown(e.Span)
	}
	if isRefined(s.in.Window) {
		s.m.c.report("E0220", e.Span, "the bounds of a "+s.in.Window.Kind+" window that is shown early are known behind its aggregate", "").
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

func (s *scope) list(e *ast.ListExpr, want *types.Type) ir.Expr {
	var elemWant *types.Type
	if want != nil && want.Kind == types.Array {
		elemWant = want.Elem
	}
	items := make([]ir.Expr, len(e.Items))
	elem := types.TNull
	for i, item := range e.Items {
		items[i] = s.expr(item, elemWant)
		next := join(elem, items[i].Type())
		if next == nil {
			s.m.c.report("E0306", item.Pos(), "the elements of a list have one type", items[i].Type().String()).
				Label(e.Items[0].Pos(), elem.String())
			return unknown(e.Span)
		}
		elem = next
	}
	if i := firstNonNull(items); i >= 0 && !anyNullable(items) {
		elem = elem.NonNull()
	}
	if elemWant != nil && (len(items) == 0 || fitsAll(items, elemWant)) {
		elem = elemWant
	}
	if len(items) == 0 && elemWant == nil {
		elem = types.TUnknown
	}
	for i := range items {
		items[i] = toElem(items[i], elem)
	}
	return &ir.MakeList{Base: ir.Base{T: types.ArrayOf(elem), At: e.Span}, Items: items}
}

func firstNonNull(items []ir.Expr) int {
	for i, x := range items {
		if x.Type().Kind != types.Null {
			return i
		}
	}
	return -1
}

func anyNullable(items []ir.Expr) bool {
	for _, x := range items {
		if x.Type().Nullable {
			return true
		}
	}
	return false
}

func fitsAll(items []ir.Expr, t *types.Type) bool {
	for _, x := range items {
		if _, ok := convert(x, t); !ok {
			return false
		}
	}
	return true
}

// toElem converts to a type that join found.
func toElem(x ir.Expr, t *types.Type) ir.Expr {
	if y, ok := convert(x, t); ok {
		return y
	}
	return &ir.Cast{Base: ir.Base{T: t.WithNull(t.Nullable || x.Type().Nullable), At: x.Span()}, X: x}
}

// record is { a: 1, b }. A wanted record guides its members.
func (s *scope) record(e *ast.RecordExpr, want *types.Type) ir.Expr {
	if want != nil && want.Kind == types.Map {
		return s.mapLiteral(e, want)
	}
	t := &types.Type{Kind: types.Record}
	values := make([]ir.Expr, 0, len(e.Fields))
	for _, f := range e.Fields {
		var fieldWant *types.Type
		if want != nil && want.Kind == types.Record {
			if wf, ok := want.FieldNamed(f.Name.Name); ok {
				fieldWant = wf.Type
			}
		}
		var x ir.Expr
		if f.Value == nil {
			x = s.expr(&ast.Name{Ident: f.Name}, fieldWant)
		} else {
			x = s.expr(f.Value, fieldWant)
		}
		if _, dup := t.FieldNamed(f.Name.Name); dup {
			s.m.c.report("E0211", f.Name.Span, `there are two fields named "`+f.Name.Name+`"`, "")
			continue
		}
		if y, ok := convert(x, fieldWant); ok && fieldWant != nil {
			x = y
		}
		t.Fields = append(t.Fields, types.Field{Name: f.Name.Name, Type: x.Type()})
		values = append(values, x)
	}
	return &ir.MakeRecord{Base: ir.Base{T: t, At: e.Span}, Values: values}
}

// mapLiteral is { key: value } where a map is wanted.
func (s *scope) mapLiteral(e *ast.RecordExpr, want *types.Type) ir.Expr {
	keys := make([]ir.Expr, len(e.Fields))
	values := make([]ir.Expr, len(e.Fields))
	allConst := true
	v := types.MapValue{}
	for i, f := range e.Fields {
		keys[i] = constOf(types.TString, f.Name.Name, f.Name.Span)
		if f.Value == nil {
			values[i] = s.fit(s.expr(&ast.Name{Ident: f.Name}, want.Elem), want.Elem, "the value")
		} else {
			values[i] = s.coerced(f.Value, want.Elem, "the value")
		}
		c, ok := s.m.c.evalConst(values[i])
		allConst = allConst && ok
		v.Keys, v.Values = append(v.Keys, f.Name.Name), append(v.Values, c)
	}
	if allConst {
		return constOf(want.NonNull(), v, e.Span)
	}
	list := func(elem *types.Type, items []ir.Expr) ir.Expr {
		return &ir.MakeList{Base: ir.Base{T: types.ArrayOf(elem), At: e.Span}, Items: items}
	}
	return &ir.Call{Base: ir.Base{T: want.NonNull(), At: e.Span}, Name: "map_from", Args: []ir.Expr{list(types.TString, keys), list(want.Elem, values)}}
}
