package check

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// test checks a test block.
func (m *module) test(d *ast.TestDecl) {
	t := &ir.Test{Name: d.Name.Name, At: d.Name.Span}
	last := map[bool]*ir.TestStep{} // the last advance of the clock, and of the watermark
	for _, st := range d.Steps {
		step := ir.TestStep{At: st.Pos()}
		ok := true
		switch st := st.(type) {
		case *ast.GivenStep:
			step.Given, ok = m.given(st)
		case *ast.ExpectStep:
			step.Expect, ok = m.expect(st)
		case *ast.RejectStep, *ast.SendStep:
			m.c.report("E0907", st.Pos(), "commands cannot be run yet", "")
			ok = false
		case *ast.SetStep:
			step.Set, ok = m.setStep(st)
		case *ast.AdvanceStep:
			step.Advance, ok = m.advance(st, last)
		case *ast.BadStep:
			ok = false
		}
		if ok {
			t.Steps = append(t.Steps, step)
		}
	}
	m.c.prog.Tests = append(m.c.prog.Tests, t)
}

func (m *module) setStep(st *ast.SetStep) (*ir.TestSet, bool) {
	in, d, ok := m.lookup(ast.Path{At: st.Name.At, Parts: []ast.Ident{st.Name}})
	p, isParam := d.(*ast.ParamDecl)
	if !ok || !isParam {
		var names []string
		for _, decl := range m.order {
			if _, isParam := decl.(*ast.ParamDecl); isParam {
				names = append(names, decl.DeclHead().Name.Name)
			}
		}
		m.c.suggest(m.c.report("E0201", st.Name.Span, `there is no param "`+st.Name.Name+`"`, ""), st.Name, names)
		return nil, false
	}
	def := in.param(p)
	v, ok := m.constValue(st.Value, def.Type)
	return &ir.TestSet{Param: def.Name, Value: v}, ok
}

func (m *module) advance(st *ast.AdvanceStep, last map[bool]*ir.TestStep) (*ir.TestAdvance, bool) {
	x := m.scope(nil).coerced(st.To, types.TTimestamp, "the time to advance to")
	v, ok := m.c.evalConst(x)
	to, isTime := v.(int64)
	if !ok || !isTime || isUnknown(x) {
		if !isUnknown(x) {
			m.notConstant(st.To, "the time to advance to")
		}
		return nil, false
	}
	if before := last[st.Watermark]; before != nil && to < before.Advance.To {
		m.c.report("E0326", st.To.Pos(), "time does not go back, and an earlier step advanced further", "").Label(before.At, "this one")
		return nil, false
	}
	step := &ir.TestAdvance{Watermark: st.Watermark, To: to}
	last[st.Watermark] = &ir.TestStep{At: st.To.Pos(), Advance: step}
	return step, true
}

// testTarget resolves what a step names.
func (m *module) testTarget(p ast.Path) (rel ir.Rel, t *types.Stream, ok bool) {
	rel, t, _ = m.rel(ast.RelRef{At: p.At, Path: p})
	return rel, t, !t.Broken
}

func (m *module) given(st *ast.GivenStep) (*ir.TestGiven, bool) {
	rel, t, ok := m.testTarget(st.Target)
	m.c.inputs[st] = t
	if !ok {
		return nil, false
	}
	g := &ir.TestGiven{Target: rel.Topic, Row: t.Row(), Delay: t.Delay}
	if rel.Stream != "" {
		g.Target, g.Stream = rel.Stream, true
		if t.Time == types.EventTime {
			g.Time = timestampColumnNamed(t)
		}
	} else if declared := m.sourceRow(rel.Topic); declared != nil {
		g.Row = declared
	}
	g.Rows, ok = m.rows(st.Rows, g.Row)
	return g, ok
}

// timestampColumnNamed: rows given to a stream take their time from the column its
// topic named, else from the first timestamp (SEMANTICS 111).
func timestampColumnNamed(t *types.Stream) string {
	if c, ok := t.Column(t.TimeOf); ok && c.Type.Kind == types.Timestamp {
		return c.Name
	}
	return timestampColumn(t)
}

func (m *module) expect(st *ast.ExpectStep) (*ir.TestExpect, bool) {
	rel, t, ok := m.testTarget(st.Target)
	m.c.inputs[st] = t
	if !ok {
		return nil, false
	}
	e := &ir.TestExpect{Target: rel.Topic, Changes: st.Changes, Row: t.Row()}
	if rel.Stream != "" {
		e.Target, e.Stream = rel.Stream, true
	}
	switch st.Mode {
	case ast.Exactly:
		e.Mode = "exactly"
	case ast.Contains:
		e.Mode = "contains"
	case ast.Unordered:
		e.Mode = "unordered"
	}
	if st.Changes {
		if t.Kind != types.Changes {
			m.c.report("E0312", st.Target.Span, `"`+st.Target.String()+`" only appends, so it has no log of changes`, "")
			return nil, false
		}
		fields := append([]types.Field{{Name: "$op", Type: types.TString}, {Name: "op", Type: types.TString}}, e.Row.Fields...)
		e.Row = &types.Type{Kind: types.Record, Fields: fields}
	}
	e.Rows, ok = m.rows(st.Rows, e.Row)
	return e, ok
}

// rows checks the rows of a step against a row type. Only the fields written are
// given; a missing one is filled in when the test runs.
func (m *module) rows(r ast.TestRows, row *types.Type) ([]ir.TestRow, bool) {
	if r.CSV != nil {
		return m.csvRows(r.CSV, row)
	}
	var out []ir.TestRow
	ok := true
	for _, e := range r.Rows {
		tr, fine := m.testRow(e, row)
		ok = ok && fine
		out = append(out, tr)
	}
	return out, ok
}

func (m *module) testRow(e ast.Expr, row *types.Type) (ir.TestRow, bool) {
	out := ir.TestRow{At: e.Pos()}
	if row.Kind == types.Union {
		return m.unionTestRow(e, row)
	}
	if call, ok := e.(*ast.CallExpr); ok {
		return m.constructedRow(call, row)
	}
	rec, ok := e.(*ast.RecordExpr)
	if !ok {
		m.c.report("E0301", e.Pos(), "a row is written { name: value, ... }", "")
		return out, false
	}
	out.Values, out.Given = make([]any, len(row.Fields)), make([]bool, len(row.Fields))
	fine := true
	for _, f := range rec.Fields {
		i := fieldIndex(row, f.Name.Name)
		if i < 0 {
			m.noSuchField(f.Name, row)
			fine = false
			continue
		}
		value := f.Value
		if value == nil {
			value = &ast.Name{Ident: f.Name}
		}
		v, ok := m.rowValue(value, row.Fields[i].Type, f.Name.Name)
		fine = fine && ok
		out.Values[i], out.Given[i] = v, true
	}
	return out, fine
}

// rowValue is one value of a row; a record may leave fields out.
func (m *module) rowValue(e ast.Expr, t *types.Type, name string) (any, bool) {
	if rec, ok := e.(*ast.RecordExpr); ok && t.Kind == types.Record {
		r, ok := m.testRow(rec, t)
		if !ok {
			return nil, false
		}
		for i := range r.Values {
			if !r.Given[i] {
				r.Values[i] = Missing(t.Fields[i])
			}
		}
		return r.Values, true
	}
	before := len(m.c.diags.Items)
	s := m.scope(nil)
	x := s.expr(e, t)
	if t.Kind == types.JSON && x.Type().Kind != types.Null {
		return m.jsonValue(e, x)
	}
	x = s.fit(x, t, `"`+name+`"`)
	v, ok := m.c.evalConst(x)
	if !ok && len(m.c.diags.Items) == before && !isUnknown(x) {
		m.notConstant(e, `"`+name+`"`)
	}
	return v, ok
}

// jsonValue lets a test write a json value as text or as a plain literal.
func (m *module) jsonValue(e ast.Expr, x ir.Expr) (any, bool) {
	v, ok := m.c.evalConst(x)
	if !ok {
		m.notConstant(e, "a json value")
		return nil, false
	}
	text, ok := jsonText(x.Type(), v)
	if !ok {
		m.c.report("E0301", e.Pos(), "a json value is written as text here", x.Type().String())
	}
	return text, ok
}

func fieldIndex(t *types.Type, name string) int {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

func (m *module) noSuchField(name ast.Ident, row *types.Type) {
	var names []string
	for _, f := range row.Fields {
		names = append(names, f.Name)
	}
	d := m.c.report("E0202", name.Span, `these rows have no field "`+name.Name+`"`, "")
	m.c.suggest(d, name, names).Note("fields: " + types.RecordText(row.Fields))
}

// constructedRow is Deposited(account: "a1") where rows are that record.
func (m *module) constructedRow(call *ast.CallExpr, row *types.Type) (ir.TestRow, bool) {
	rec := &ast.RecordExpr{At: call.At}
	for _, a := range call.Args {
		if a.Name == nil {
			m.c.report("E0219", a.Span, "values of a row have names", "")
			return ir.TestRow{}, false
		}
		rec.Fields = append(rec.Fields, ast.RecordField{At: a.At, Name: *a.Name, Value: a.Value})
	}
	return m.testRow(rec, row)
}

func (m *module) unionTestRow(e ast.Expr, row *types.Type) (ir.TestRow, bool) {
	call, ok := e.(*ast.CallExpr)
	branch := -1
	if ok {
		if p, isPath := calleePath(call.Fn); isPath {
			branch = row.Branch(p.Parts[len(p.Parts)-1].Name)
		}
	}
	if branch < 0 {
		m.c.report("E0301", e.Pos(), "a row of "+row.Name+" is written as one of its branches", "").
			Note(row.Branches[0].Name + "(" + row.Branches[0].Fields[0].Name + ": ...)")
		return ir.TestRow{At: e.Pos()}, false
	}
	r, ok := m.constructedRow(call, row.Branches[branch])
	if !ok {
		return r, false
	}
	return unionRow(e.Pos(), row, branch, r), true
}

// unionRow wraps the row of a branch; what is missing in it holds what it does at
// any time, the event time apart, which is known when the test runs.
func unionRow(at source.Span, row *types.Type, branch int, r ir.TestRow) ir.TestRow {
	for i := range r.Values {
		if !r.Given[i] {
			r.Values[i] = Missing(row.Branches[branch].Fields[i])
		}
	}
	return ir.TestRow{At: at, Values: []any{types.UnionValue{Branch: branch, Record: r.Values}}, Given: []bool{true}, Fields: r.Given}
}

// Missing is what a field a test leaves out holds (SEMANTICS 112).
func Missing(f types.Field) any {
	if f.HasDef {
		return f.Default
	}
	if f.Type.Nullable {
		return nil
	}
	return zeroValue(f.Type)
}

// csvRows reads rows from csv text with a header.
func (m *module) csvRows(lit *ast.StringLit, row *types.Type) ([]ir.TestRow, bool) {
	r := csv.NewReader(strings.NewReader(lit.Value))
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if err != nil {
		m.c.report("E0328", lit.Span, "this is not csv with a header", "")
		return nil, false
	}
	var out []ir.TestRow
	ok := true
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, ok
		}
		if err != nil {
			m.c.report("E0328", lit.Span, "this is not csv with as many cells in each line as in the first: "+err.Error(), "")
			return nil, false
		}
		cell := func(i int) source.Span { line, column := r.FieldPos(i); return inBlock(lit, line, column, rec[i]) }
		tr, fine := m.csvRow(lit, header, rec, row, cell)
		ok = ok && fine
		out = append(out, tr)
	}
}

// inBlock is the place of a cell in a text block, whose lines lost their common
// indent; the whole block where it cannot be found.
func inBlock(lit *ast.StringLit, line, column int, cell string) source.Span {
	text := lit.Span.Text()
	lines, values := strings.Split(text, "\n"), strings.Split(lit.Value, "\n")
	if !strings.HasPrefix(text, `"""`) || line >= len(lines) || line > len(values) || cell == "" {
		return lit.Span
	}
	at := lit.Span
	for _, l := range lines[:line] {
		at.Start += len(l) + 1
	}
	indent := strings.Index(lines[line], strings.TrimRight(values[line-1], " \t\r"))
	at.Start += max(indent, 0) + column - 1
	at.End = at.Start + len(cell)
	if indent < 0 || at.Text() != cell {
		return lit.Span
	}
	return at
}

func (m *module) csvRow(lit *ast.StringLit, header, rec []string, row *types.Type, cell func(int) source.Span) (ir.TestRow, bool) {
	target, branch := row, -1
	if row.Kind == types.Union {
		if i := indexOf(header, "kind"); i >= 0 && i < len(rec) {
			branch = row.Branch(rec[i])
		}
		if branch < 0 {
			m.c.report("E0328", lit.Span, "csv rows of "+row.Name+" name their branch in a column kind", "")
			return ir.TestRow{}, false
		}
		target = row.Branches[branch]
	}
	out := ir.TestRow{At: lit.Span, Values: make([]any, len(target.Fields)), Given: make([]bool, len(target.Fields))}
	ok := true
	for i, name := range header {
		if branch >= 0 && name == "kind" {
			continue
		}
		at := fieldIndex(target, name)
		if at < 0 {
			if branch < 0 || rec[i] != "" {
				m.noSuchField(ast.Ident{At: lit.At, Name: name}, target)
				ok = false
			}
			continue
		}
		if rec[i] == "" && target.Fields[at].Type.Kind != types.String {
			continue
		}
		v, why := textValue(rec[i], target.Fields[at].Type)
		if why != "" {
			m.c.report("E0328", cell(i), `"`+rec[i]+`" is not `+article(target.Fields[at].Type.NonNull())+`, which "`+name+`" holds`, "")
			ok = false
		}
		out.Values[at], out.Given[at] = v, true
	}
	if branch >= 0 {
		return unionRow(lit.Span, row, branch, out), ok
	}
	return out, ok
}
