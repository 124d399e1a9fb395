package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// matchTimeName is the function that gives the time of a match.
const matchTimeName = "match_time"

// matched is what names mean in the items of a match.
type matched struct {
	m    *matching
	held []span // rows there are of each definition
	in   *types.Stream
}

// items checks what matches give, and attempts that ran out of time; nil after a
// report.
func (m *matching) items() *row {
	emit := m.itemRow(m.st.Emit, m.held)
	if emit == nil || len(m.st.Timeout) == 0 {
		if emit != nil {
			m.op.Emit = emit.items
		}
		return emit
	}
	timeout := m.itemRow(m.st.Timeout, m.heldEarly())
	if timeout == nil {
		return nil
	}
	m.op.TimesOut = true
	return m.together(emit, timeout)
}

// heldEarly is what an attempt holds that is not complete: only its first row is
// sure.
func (m *matching) heldEarly() []span {
	first := beginOf(m.op.Pattern).rows
	early := make([]span, len(m.held))
	for i, h := range m.held {
		if early[i] = (span{0, h.most}); len(first) == 1 && first[i] {
			early[i].least = 1
		}
	}
	return early
}

// together gives both rows the same columns: one that only the other has is null.
func (m *matching) together(emit, timeout *row) *row {
	out, late := &row{}, &row{}
	for i, it := range emit.items {
		j := timeout.index(it.Name)
		if j < 0 {
			m.both(out, late, it, nil, emit.at[it.Name])
			continue
		}
		other := timeout.items[j]
		if !m.both(out, late, emit.items[i], other.Expr, timeout.at[it.Name]) {
			return nil
		}
	}
	for _, it := range timeout.items {
		if emit.index(it.Name) < 0 {
			m.both(late, out, it, nil, timeout.at[it.Name])
		}
	}
	for i := range out.cols {
		out.cols[i].Type = late.cols[i].Type
	}
	m.op.Emit, m.op.Timeout = out.items, late.items
	return out
}

// both adds a column to two rows; y nil is null.
func (m *matching) both(rx, ry *row, it ir.Item, y ir.Expr, at source.Span) bool {
	x := it.Expr
	if y == nil {
		y = constOf(x.Type().OrNull(), nil, at)
	}
	t := join(x.Type().NonNull(), y.Type().NonNull())
	if t == nil {
		m.report("E0306", at, `"`+it.Name+`" is `+article(y.Type())+" after `timeout` and "+article(x.Type())+" after `emit`", "").
			Label(x.Span(), x.Type().String())
		return false
	}
	t = t.WithNull(x.Type().Nullable || y.Type().Nullable)
	rx.add(it.Name, toElem(x, t), false, at)
	ry.add(it.Name, toElem(y, t), false, at)
	return true
}

// itemRow checks one list of items.
func (m *matching) itemRow(items []ast.SelItem, held []span) *row {
	x := &matched{m: m, held: held}
	x.in = x.columns()
	aggs := &aggregates{}
	r, ok := &row{}, true
	for _, item := range items {
		s := m.ch.m.scope(x.in)
		s.vars, s.stage, s.match, s.aggs = m.ch.vars, m.ch.stageAt, x, aggs
		ok = x.item(r, s, item) && ok
	}
	if !ok {
		return nil
	}
	return r
}

func (x *matched) item(r *row, s *scope, item ast.SelItem) bool {
	ch := x.m.ch
	if item.Star {
		ch.m.c.report("E0335", item.Span, "a match has no row of its own for `*` to stand for", "").
			Fix(diag.Choose, "name the columns", "emit "+strings.Join(append(x.perNames(), "..."), ", "))
		return false
	}
	if star, ok := item.Item.Expr.(*ast.StarExpr); ok && item.Item.Name == nil {
		before := len(r.items)
		ch.recordStar(r, s, star)
		return len(r.items) > before
	}
	v := s.expr(item.Item.Expr, nil)
	if isUnknown(v) {
		return false
	}
	name := ch.itemName(item.Item, v)
	if name == "" {
		return false
	}
	ch.addNew(r, name, ch.settled(v, item.Item), item.Item.Span)
	return true
}

func (x *matched) perNames() []string {
	var out []string
	for _, name := range x.m.op.PerNames {
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// columns is what items are over: the key, and a record for each definition of
// which there is at most one row.
func (x *matched) columns() *types.Stream {
	m := x.m
	t := &types.Stream{Time: types.EventTime, ErrorsTo: m.ch.in.ErrorsTo, Topic: m.ch.in.Topic}
	for i, name := range m.op.PerNames {
		if name != "" {
			t.Columns = append(t.Columns, types.Column{Name: name, Type: m.perType(i)})
		}
	}
	for i, d := range m.op.Defines {
		if x.held[i].most != 1 {
			continue
		}
		rec := recordOf(m.inputs[d.Input].in)
		t.Columns = append(t.Columns, types.Column{Name: d.Name, Type: rec.WithNull(x.held[i].least == 0)})
	}
	return t
}

// perType is the type of a key, which may be null where it may be in any input.
func (m *matching) perType(i int) *types.Type {
	t := m.op.Per[i].Type()
	for _, in := range m.op.With {
		t = t.WithNull(t.Nullable || in.Per[i].Type().Nullable)
	}
	return t
}

// recordOf is the columns of a stream as a record, those of `let` too.
func recordOf(in *types.Stream) *types.Type {
	r := &types.Type{Kind: types.Record, Name: in.Name}
	for _, c := range in.Columns {
		if !strings.HasPrefix(c.Name, "$") {
			r.Fields = append(r.Fields, types.Field{Name: c.Name, Type: c.Type})
		}
	}
	return r
}

// refuses reports a definition of which a match holds no row, or several where one
// is asked for. e is the whole text that reads it.
func (x *matched) refuses(s *scope, name string, e ast.Expr) bool {
	i, ok := x.m.index[name]
	if !ok {
		return false
	}
	text := oneLine(e.Pos().Text())
	switch most := x.held[i].most; {
	case most == 0:
		x.noRows(i, e.Pos())
		return true
	case most > 1:
		d := s.m.c.report("E0218", e.Pos(), `"`+name+`" can hold several rows; which one is meant?`, "").
			Label(x.m.st.Pattern.Pos(), "in this pattern").
			Fix(diag.Choose, "the last", "last("+text+")", diag.Edit{Span: e.Pos(), Text: "last(" + text + ")"}).
			Fix(diag.Choose, "the first", "first("+text+")", diag.Edit{Span: e.Pos(), Text: "first(" + text + ")"})
		if _, whole := e.(*ast.Name); whole {
			d.Fix(diag.Choose, "how many", "count("+text+")", diag.Edit{Span: e.Pos(), Text: "count(" + text + ")"})
		}
		return true
	}
	return false
}

func (x *matched) noRows(define int, at source.Span) {
	name := x.m.op.Defines[define].Name
	d := x.m.report("E0335", at, `a match holds no row of "`+name+`"`, "").Label(x.m.st.Pattern.Pos(), "the pattern")
	if strings.Contains(x.m.st.Pattern.Pos().Text(), "not "+name) {
		d.Because("The pattern says that there is none.")
	}
}

// suggestRow says whose column an unknown name may be.
func (x *matched) suggestRow(d *diag.Diagnostic, id ast.Ident) {
	for i, def := range x.m.op.Defines {
		if _, ok := x.m.inputs[def.Input].in.Column(id.Name); !ok || x.held[i].most == 0 {
			continue
		}
		text := def.Name + "." + id.Name
		if x.held[i].most > 1 {
			text = "last(" + text + ")"
		}
		d.Fix(diag.Choose, `of "`+def.Name+`"`, text, diag.Edit{Span: id.Span, Text: text})
	}
}

// time is match_time().
func (x *matched) time(s *scope, e *ast.CallExpr) ir.Expr {
	if len(e.Args) > 0 {
		s.m.c.report("E0219", e.Span, "match_time() takes nothing", "")
		return unknown(e.Span)
	}
	return &ir.Column{Base: ir.Base{T: types.TTimestamp, At: e.Span}, Name: ir.MatchTime}
}

// aggregate checks an aggregate of the rows of one definition.
func (x *matched) aggregate(s *scope, agg *sig.Aggregate, e *ast.CallExpr) ir.Expr {
	define, ok := x.aggregated(s, e)
	if !ok {
		return unknown(e.Span)
	}
	def := x.m.op.Defines[define]
	inner := s.child()
	inner.match = nil
	rows := x.m.scope(def.Input)
	rows.alias = def.Name
	inner.aggs = &aggregates{row: rows, mayHaveNone: x.held[define].least == 0}
	call := *e
	if agg.Name == "count" && len(e.Args) == 1 && isName(e.Args[0].Value, def.Name) {
		call.Args = nil // count(x) counts the rows of x
	}
	out := inner.aggregateCall(agg, &call)
	if isUnknown(out) {
		return out
	}
	op := x.m.op
	op.Calls = append(op.Calls, ir.MatchCall{Define: define, Call: inner.aggs.calls[0]})
	return &ir.Column{Base: ir.Base{T: out.Type(), At: e.Span}, Name: aggColumn(len(op.Calls) - 1)}
}

func isName(e ast.Expr, name string) bool {
	n, ok := unparen(e).(*ast.Name)
	return ok && n.Name == name
}

// aggregated is the one definition an aggregate speaks of.
func (x *matched) aggregated(s *scope, e *ast.CallExpr) (int, bool) {
	found := -1
	for i, def := range x.m.op.Defines {
		named := map[string]bool{def.Name: true}
		mentioned := false
		for _, a := range e.Args {
			mentioned = mentioned || ast.Mentions(a.Value, named)
		}
		switch {
		case !mentioned:
		case found >= 0:
			s.m.c.report("E0218", e.Span, `an aggregate takes the rows of one name, and this one speaks of "`+x.m.op.Defines[found].Name+`" and "`+def.Name+`"`, "")
			return 0, false
		default:
			found = i
		}
	}
	if found < 0 {
		d := s.m.c.report("E0218", e.Span, `"`+e.Fn.Pos().Text()+`" takes rows, and a match holds those of several names`, "whose?")
		for i, def := range x.m.op.Defines {
			if x.held[i].most > 0 {
				text := e.Fn.Pos().Text() + "(" + def.Name + ")"
				if len(e.Args) > 0 {
					text = e.Fn.Pos().Text() + "(" + def.Name + "." + oneLine(e.Args[0].Value.Pos().Text()) + ")"
				}
				d.Fix(diag.Choose, `of "`+def.Name+`"`, text, diag.Edit{Span: e.Span, Text: text})
			}
		}
		return 0, false
	}
	if x.held[found].most == 0 {
		x.noRows(found, e.Span)
		return 0, false
	}
	return found, true
}
