package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// call checks f(args): an aggregate, a cast, a schema's constructor, a function of
// the program or a built-in one.
func (s *scope) call(e *ast.CallExpr, want *types.Type, handled bool) ir.Expr {
	path, ok := calleePath(e.Fn)
	if !ok {
		s.m.c.report("E0203", e.Fn.Pos(), "this is not the name of a function", "")
		return unknown(e.Span)
	}
	name := path.String()
	if len(path.Parts) == 1 {
		if s.match != nil && name == matchTimeName {
			return s.match.time(s, e)
		}
		if agg := s.m.c.opts.Catalog.Aggregate(name); agg != nil && s.isAggregate(agg, e) {
			return s.aggregateCall(agg, e)
		}
	}
	if in, d, ok := s.m.lookup(path); ok {
		switch d := d.(type) {
		case *ast.FnDecl:
			if d.Kind == ast.FnAggregate {
				return s.ownAggregate(in, d, e)
			}
			return s.expand(in, d, e, handled)
		case *ast.SchemaDecl:
			return s.construct(in.declaredType(d), e)
		}
	}
	builtin := path.Parts[len(path.Parts)-1].Name
	if len(path.Parts) > 1 && !s.m.isStdAlias(path) {
		builtin = ""
	}
	if f := s.m.c.opts.Catalog.Function(builtin); f != nil {
		if x := s.builtin(f, e, want, handled); x != nil {
			return x
		}
	}
	if t := castTarget(builtin); t != nil {
		return s.cast(t, e, handled)
	}
	if s.m.c.opts.Catalog.Function(builtin) != nil {
		return unknown(e.Span) // reported by builtin
	}
	if isRowFunction(name) {
		s.rowFunctionAlone(name, e)
		return unknown(e.Span)
	}
	s.noSuchFunction(path, e)
	return unknown(e.Span)
}

// calleePath is the dotted name that is called.
func calleePath(fn ast.Expr) (ast.Path, bool) {
	switch fn := fn.(type) {
	case *ast.Name:
		return ast.Path{At: fn.At, Parts: []ast.Ident{fn.Ident}}, true
	case *ast.FieldExpr:
		p, ok := calleePath(fn.X)
		p.Parts = append(p.Parts, fn.Name)
		p.Span = fn.Span
		return p, ok && !fn.Safe
	}
	return ast.Path{}, false
}

// isStdAlias reports std.geo.f, geo.f or privacy.f after `import std.privacy as privacy`.
func (m *module) isStdAlias(path ast.Path) bool {
	first := path.Parts[0].Name
	if first == "std" {
		return true
	}
	for _, imp := range m.file.Imports {
		if imp.File == nil && len(imp.Path.Parts) > 0 && imp.Path.Parts[0].Name == "std" && importAlias(imp) == first {
			return true
		}
	}
	return false
}

func (s *scope) noSuchFunction(path ast.Path, e *ast.CallExpr) {
	last := path.Parts[len(path.Parts)-1]
	for _, a := range e.Args { // the arguments may have mistakes of their own
		if _, isLambda := a.Value.(*ast.LambdaExpr); !isLambda {
			s.m.c.quietly(func() { s.expr(a.Value, nil) })
		}
	}
	if s.m.broken && len(path.Parts) > 1 {
		return
	}
	if len(path.Parts) > 1 && s.m.isStdAlias(path) {
		s.m.c.report("E0921", path.Span, `"`+path.String()+`" is not in this version of the standard library`, "").
			Note("edyc doc lists the functions there are")
		return
	}
	known, habit := habits[strings.ToLower(last.Name)]
	names := s.functionNames()
	if _, near := diag.Closest(last.Name, names); s.m.broken && !habit && !near {
		return // it may be declared in what could not be read
	}
	d := s.m.c.report("E0203", path.Span, `there is no function "`+path.String()+`"`, "")
	if habit {
		d.Labels[0].Text = "edy writes " + known
		if text := insteadOf(e, strings.ToLower(last.Name)); text != "" {
			d.Fix(diag.Apply, "write it so", text, diag.Edit{Span: e.Span, Text: text})
		}
		return
	}
	if len(path.Parts) > 1 && slices.Contains(names, last.Name) {
		s.methodHabit(d, path, e)
		return
	}
	s.m.c.suggest(d, last, names)
}

// methodHabit is `text.lower()`, which is a function of the text.
func (s *scope) methodHabit(d *diag.Diagnostic, path ast.Path, e *ast.CallExpr) {
	last := path.Parts[len(path.Parts)-1]
	args := []string{source.Span{File: path.Span.File, Start: path.Span.Start, End: path.Parts[len(path.Parts)-2].Span.End}.Text()}
	for _, a := range e.Args {
		args = append(args, a.Span.Text())
	}
	text := last.Name + "(" + strings.Join(args, ", ") + ")"
	d.Labels[0].Text = "functions stand before their values"
	d.Fix(diag.Apply, "call it", text, diag.Edit{Span: e.Span, Text: text})
}

// functionNames lists what can be called, for suggestions.
func (s *scope) functionNames() []string {
	var names []string
	names = append(names, s.m.c.opts.Catalog.FunctionNames()...)
	names = append(names, s.m.c.opts.Catalog.AggregateNames()...)
	names = append(names, rowFunctions...)
	for _, decl := range s.m.order {
		if _, ok := decl.(*ast.FnDecl); ok {
			names = append(names, decl.DeclHead().Name.Name)
		}
	}
	return names
}

// habits are functions people bring along that edy has under another form.
var habits = map[string]string{
	"coalesce": "a ?? b", "ifnull": "a ?? b", "nvl": "a ?? b", "isnull": "x is null", "iif": "if c then a else b",
	"cast": "the type's name as a function, as in long(x)", "try_cast": "try long(x)", "to_char": "format_time(t, pattern)",
	"to_timestamp": "parse_time(text, pattern)", "strftime": "format_time(t, pattern)", "strptime": "parse_time(text, pattern)",
	"substr": "substring(text, from, length)", "percentile": "quantile(x, 0.9)", "percentile_cont": "quantile(x, 0.9)",
	"percentile_disc": "quantile_disc(x, 0.9)", "array_agg": "collect(x)", "group_concat": "string_agg(x, separator)",
	"listagg": "string_agg(x, separator)", "mean": "avg(x)", "average": "avg(x)", "stdev": "stddev(x)", "power": "pow(x, n)",
	"instr": "strpos(text, part)", "charindex": "strpos(text, part)", "date_trunc": "truncate(t, 1d)", "len": "length(x)", "ucase": "upper(x)", "lcase": "lower(x)",
	"tumble": "a stage: |> window tumbling 1m", "hop": "a stage: |> window hopping 10m every 1m",
	"cumulate": "a stage: |> window cumulative 1h every 10m", "session": "a stage: |> window session gap 10m per ...",
	"window":            "a stage: |> window tumbling 1m",
	"current_timestamp": "the row's own time; a replay must give the same rows",
}

// isAggregate decides between an aggregate and a function of the same name (any,
// all): a function over an array takes a lambda.
func (s *scope) isAggregate(agg *sig.Aggregate, e *ast.CallExpr) bool {
	if s.m.c.opts.Catalog.Function(agg.Name) == nil {
		return true
	}
	for _, a := range e.Args {
		if _, isLambda := a.Value.(*ast.LambdaExpr); isLambda {
			return false
		}
	}
	return s.aggs != nil
}

// args puts the arguments of a call into the order of parameter names; missing ones
// are nil. It reports what does not fit.
func (s *scope) args(e *ast.CallExpr, names []string, variadic bool) ([]ast.Expr, bool) {
	out := make([]ast.Expr, len(names))
	next, ok := 0, true
	for _, a := range e.Args {
		if a.Name == nil {
			if next >= len(names) {
				if variadic && len(names) > 0 {
					out = append(out, a.Value)
					continue
				}
				return nil, false
			}
			out[next] = a.Value
			next++
			continue
		}
		i := indexOf(names, a.Name.Name)
		if i < 0 {
			d := s.m.c.report("E0219", a.Name.Span, `"`+e.Fn.Pos().Text()+`" has no parameter "`+a.Name.Name+`"`, "")
			s.m.c.suggest(d, *a.Name, names)
			ok = false
			continue
		}
		if out[i] != nil {
			s.m.c.report("E0219", a.Name.Span, `"`+a.Name.Name+`" is given twice`, "")
			ok = false
		}
		out[i] = a.Value
	}
	return out, ok
}

func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// builtin resolves the overload and builds the call; nil when no overload fits and
// the name is a cast too.
func (s *scope) builtin(f *sig.Function, e *ast.CallExpr, want *types.Type, handled bool) ir.Expr {
	if now := s.nowOf(f.Name, e.Span); now != nil {
		return now
	}
	if f.Volatile {
		d := s.m.c.report("E0506", e.Span, `"`+f.Name+`" gives another answer on every run`, "").
			Because("A replay of the same data must give the same rows, so only commands and schedules may call it.")
		if s.in != nil && s.in.TimeOf != "" {
			d.Fix(diag.Maybe, "the time of the row", s.in.TimeOf, diag.Edit{Span: e.Span, Text: s.in.TimeOf})
		}
		return unknown(e.Span)
	}
	b := s.resolve(f.Overloads, e, want)
	if b == nil {
		if castTarget(f.Name) != nil && len(e.Args) >= 1 {
			return nil
		}
		s.m.noOverload(f.Name, f.Overloads, e, s.lastArgTypes)
		return unknown(e.Span)
	}
	if b.zoneless {
		s.needsZone(e)
	}
	if b.broken {
		return unknown(e.Span)
	}
	o := f.Overloads[b.overload]
	if o.Fallible && !handled {
		s.unhandled(e, f.Name, failsWhen(f.Failure), b.result)
	}
	s.checkConstPattern(f.Name, b.args)
	return &ir.Call{Base: ir.Base{T: b.result, At: e.Span}, Name: f.Name, Overload: b.overload, Args: b.args, Fallible: o.Fallible}
}

// callNamed builds a call of a built-in on checked arguments, unknown when it does
// not fit.
func (m *module) callNamed(name string, at source.Span, args ...ir.Expr) ir.Expr {
	f := m.c.opts.Catalog.Function(name)
	if f == nil {
		return unknown(at)
	}
	for i := range f.Overloads {
		if len(f.Overloads[i].Params) != len(args) {
			continue
		}
		if b := m.match(&f.Overloads[i], args); b != nil {
			return &ir.Call{Base: ir.Base{T: b.result, At: at}, Name: name, Overload: i, Args: b.args, Fallible: f.Overloads[i].Fallible}
		}
	}
	return unknown(at)
}

func (m *module) noOverload(name string, overloads []sig.Signature, e *ast.CallExpr, got []*types.Type) {
	var shown []string
	for _, t := range got {
		shown = append(shown, t.String())
	}
	d := m.c.report("E0303", e.Span, `"`+name+`" does not take (`+strings.Join(shown, ", ")+")", "")
	for _, o := range overloads {
		d.Note("it takes: " + o.Text)
	}
	convertedCall(d, name, overloads, e, got)
}

// checkConstPattern finds mistakes in constant regular expressions when the program
// is compiled.
func (s *scope) checkConstPattern(name string, args []ir.Expr) {
	if !strings.HasPrefix(name, "regex_") || len(args) < 2 {
		return
	}
	s.regex(args[1])
}

func (s *scope) constantRegex(e *ast.PatternExpr, p ir.Expr) {
	if e.Regex {
		s.regex(p)
	}
}

func (s *scope) regex(p ir.Expr) {
	c, ok := p.(*ir.Const)
	text, isText := "", false
	if ok {
		text, isText = c.Value.(string)
	}
	if !isText {
		return
	}
	if _, err := regexp.Compile(text); err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		s.m.c.report("E0225", p.Span(), "this is not a regular expression: "+why, "").
			Note("patterns are RE2: no look-ahead and no back-references")
	}
}

// castTarget is the type a cast function names, nil when it names none.
func castTarget(name string) *types.Type {
	if name == "decimal" {
		return types.DecimalOf(0, 0)
	}
	return types.Scalars[name]
}

// cast is long(x), decimal(x, 12, 2), string(x).
func (s *scope) cast(t *types.Type, e *ast.CallExpr, handled bool) ir.Expr {
	if t.Kind == types.Decimal {
		t = s.decimalCast(e)
	} else if f := s.m.c.opts.Catalog.Function(t.Kind.String()); f != nil && len(e.Args) > 1 && len(s.lastArgTypes) == len(e.Args) {
		s.m.noOverload(f.Name, f.Overloads, e, s.lastArgTypes)
		return unknown(e.Span)
	} else if len(e.Args) != 1 {
		s.m.c.report("E0219", e.Span, t.String()+"(x) converts one value", "")
		return unknown(e.Span)
	}
	if t == nil {
		return unknown(e.Span)
	}
	x := s.expr(e.Args[0].Value, t)
	from := x.Type()
	if from.Kind == types.Unknown {
		return constOf(types.TUnknown, nil, e.Span)
	}
	kind := castKind(from, t)
	if kind == castNever {
		d := s.m.c.report("E0302", e.Span, article(from)+" cannot be converted to "+article(t), "").Label(x.Span(), from.String())
		conversionFix(d, x, t)
		return unknown(e.Span)
	}
	out := &ir.Cast{Base: ir.Base{T: t.WithNull(from.Nullable), At: e.Span}, X: x, Fallible: kind == castFallible}
	if from.Kind == types.JSON {
		out.T = t.OrNull() // a JSON null
	}
	if types.Equal(from.NonNull(), t) {
		return x
	}
	if out.Fallible && !handled {
		s.unhandled(e, t.Kind.String(), castFailure(from, t), t)
	}
	return out
}

func (s *scope) decimalCast(e *ast.CallExpr) *types.Type {
	if len(e.Args) == 3 {
		p, okP := s.m.constInt(e.Args[1].Value)
		scale, okS := s.m.constInt(e.Args[2].Value)
		if okP && okS && p >= 1 && p <= types.MaxPrecision && scale >= 0 && scale <= p {
			return types.DecimalOf(int(p), int(scale))
		}
	}
	s.m.c.report("E0219", e.Span, "decimal(x, digits, after the point) converts a value", "").
		Fix(diag.Maybe, "12 digits, 2 of them after the point", "decimal(x, 12, 2)")
	return nil
}

type castClass int

const (
	castNever castClass = iota
	castSafe
	castFallible
)

// castKind classifies explicit conversions. Which values fail is fixed by the two
// types, never by the values.
func castKind(from, to *types.Type) castClass {
	a, b := from.NonNull(), to.NonNull()
	switch {
	case a.Kind == types.Null:
		return castSafe
	case b.Kind == types.String && (a.IsOrdered() || a.Kind == types.JSON || a.Kind == types.Period):
		return castSafe
	case a.Kind == types.JSON:
		if b.IsNumber() || b.Kind == types.Boolean || b.Kind == types.Timestamp || b.Kind == types.Date {
			return castFallible
		}
	case a.Kind == types.String:
		switch b.Kind {
		case types.JSON, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.Boolean, types.UUID,
			types.Timestamp, types.Date, types.Time, types.Duration:
			return castFallible
		case types.Bytes:
			return castSafe
		}
	case a.IsNumber() && b.IsNumber():
		return numberCast(a, b)
	case b.Kind == types.JSON:
		return castSafe
	case a.Kind == types.Enum && b.IsInteger(), a.Kind == types.Boolean && b.IsInteger():
		return castSafe
	case a.Kind == types.Timestamp && b.Kind == types.Timestamp, a.Kind == types.Date && b.Kind == types.LocalTimestamp:
		return castSafe
	case a.Kind == types.Bytes && b.Kind == types.String:
		return castFallible
	}
	if types.Equal(a, b) {
		return castSafe
	}
	return castNever
}

func numberCast(a, b *types.Type) castClass {
	switch {
	case widens(a, b) && b.Kind != types.Decimal, b.IsFloating() && (b.Kind == types.Double || a.Kind != types.Double):
		return castSafe
	case b.Kind == types.Decimal && widens(a, b) && (a.Kind != types.Decimal || b.Precision-b.Scale >= a.Precision-a.Scale):
		return castSafe
	}
	return castFallible
}

func castFailure(from, to *types.Type) string {
	switch {
	case from.Kind == types.String || from.Kind == types.JSON:
		return fmt.Sprintf("fails on what is not %s", article(to))
	case from.IsFloating():
		return "fails on fractions, NaN and numbers out of range"
	}
	return "fails on numbers that do not fit"
}

// construct is Deposited(account: "a", amount: 1.00).
func (s *scope) construct(t *types.Type, e *ast.CallExpr) ir.Expr {
	if t.Kind != types.Record {
		if t.Kind != types.Unknown {
			s.m.c.report("E0203", e.Fn.Pos(), t.Name+" is a union; construct one of its branches", "")
		}
		return unknown(e.Span)
	}
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	args, ok := s.args(e, names, false)
	if args == nil {
		s.m.c.report("E0219", e.Span, t.Name+" has "+fmt.Sprint(len(names))+" fields", "").Note("fields: " + types.RecordText(t.Fields))
	}
	if args == nil || !ok {
		return unknown(e.Span)
	}
	values := make([]ir.Expr, len(t.Fields))
	for i, f := range t.Fields {
		switch {
		case args[i] != nil:
			values[i] = s.coerced(args[i], f.Type, `"`+f.Name+`"`)
		case f.HasDef:
			values[i] = constOf(f.Type, f.Default, e.Span)
		case f.Type.Nullable:
			values[i] = constOf(f.Type, nil, e.Span)
		default:
			s.m.c.report("E0316", e.Span, `"`+f.Name+`" is missing`, t.Name+" needs it")
			return unknown(e.Span)
		}
	}
	return &ir.MakeRecord{Base: ir.Base{T: t, At: e.Span}, Values: values}
}
