package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) where(st *ast.WhereStage) {
	var nulls []ir.Item
	s := ch.scope()
	s.nulls = &nulls
	cond := s.condition(st.Cond, "where")
	known, _ := factsOf(cond)
	t := ch.with(func(t *types.Stream) {
		t.Columns, t.Sizes = narrow(t.Columns, known), sizesWhere(t.Sizes, cond)
	})
	op := &ir.Where{Cond: cond, Nulls: nulls, Replaces: replaces(ch.in, cond)}
	ch.add(op, t, st.Span)
	if op.Replaces {
		ch.keepChosen(st.Span)
	}
	if b, ok := known.branch[types.UnionColumn]; ok && ch.in.Union() != nil {
		ch.narrowUnion(b, known, st.Span)
	}
}

// narrowUnion lifts the fields of the one branch rows can still hold.
func (ch *chain) narrowUnion(branch int, known facts, at source.Span) {
	u := ch.in.Union()
	b := u.Branches[branch]
	rec := &ir.AsBranch{Base: ir.Base{T: b, At: at}, X: &ir.Column{Base: ir.Base{T: u, At: at}, Name: types.UnionColumn}, Branch: branch}
	r := &row{}
	for _, f := range b.Fields {
		t := f.Type
		if known.notNull[f.Name] {
			t = t.NonNull()
		}
		r.add(f.Name, &ir.Field{Base: ir.Base{T: t, At: at}, X: rec, Name: f.Name}, false, at)
	}
	for _, c := range ch.in.Columns {
		if c.Hidden {
			r.add(c.Name, columnOf(c, at), true, at)
		}
	}
	ch.project(r, at)
	ch.in.Name = b.Name
}

func (ch *chain) selectItems(st *ast.SelectStage) {
	s := ch.scope()
	s.overs = ch.newOvers()
	r := &row{}
	for _, item := range st.Items {
		if item.Star {
			ch.star(r, item)
			continue
		}
		if star, ok := item.Item.Expr.(*ast.StarExpr); ok && item.Item.Name == nil {
			ch.recordStar(r, s, star)
			continue
		}
		x := s.expr(item.Item.Expr, nil)
		name := ch.itemName(item.Item, x)
		if name != "" {
			ch.addNew(r, name, ch.settled(x, item.Item), item.Item.Span)
		}
	}
	ch.keepWindow(r, st.Span)
	ch.keepIdentity(r, st.Span)
	key := ch.keepsKey(r, st.Span, "select")
	ch.addOvers(s.overs, st)
	ch.project(r, st.Span)
	ch.in.Name, ch.in.Key = "", key
}

// settled refuses columns without a type of their own.
func (ch *chain) settled(x ir.Expr, item ast.NamedExpr) ir.Expr {
	if x.Type().Kind == types.Null {
		ch.m.c.report("E0301", item.Expr.Pos(), "a column of nothing but null has no type", "").
			Fix(diag.Maybe, "say which", "long(null)")
		return unknown(x.Span())
	}
	return x
}

func (ch *chain) star(r *row, item ast.SelItem) {
	if ch.in.Union() != nil && !ch.in.Broken {
		ch.unionRow(item.Span, "select *")
		return
	}
	except := pathSet(item.Except)
	for _, c := range ch.in.Visible() {
		x := ch.without(columnOf(c, item.Span), c.Name, except)
		if x != nil {
			ch.addNew(r, c.Name, x, item.Span)
		}
	}
	ch.checkPaths(item.Except)
}

// unionRow refuses a stage that needs columns on rows of a union.
func (ch *chain) unionRow(at source.Span, what string) {
	u := ch.in.Union()
	d := ch.m.c.report("E0324", firstWord(at, what), "`"+what+"` needs to know which branch of "+u.Name+" the rows are", "")
	row := ch.alias
	if row == "" {
		row = "row"
	}
	names := make([]string, len(u.Branches))
	for i, b := range u.Branches {
		names[i] = b.Name
	}
	d.Note(listed("branches: ", names))
	d.Fix(diag.Choose, "only one branch", "|> where "+row+" is "+names[0], stageAbove(ch.stageAt, "where "+row+" is "+names[0]))
	ch.broken()
}

func (ch *chain) recordStar(r *row, s *scope, star *ast.StarExpr) {
	x := s.expr(star.X, nil)
	t := x.Type()
	if t.Kind != types.Record {
		if t.Kind != types.Unknown {
			ch.m.c.report("E0307", star.Span, article(t)+" has no fields to spread", "").Label(star.X.Pos(), t.String())
		}
		return
	}
	for _, f := range t.Fields {
		ch.addNew(r, f.Name, &ir.Field{Base: ir.Base{T: f.Type.WithNull(f.Type.Nullable || t.Nullable), At: star.Span}, X: x, Name: f.Name}, star.Span)
	}
}

// itemName is the written name, or the one an expression brings along (SEMANTICS
// 105); "" after E0207.
func (ch *chain) itemName(item ast.NamedExpr, x ir.Expr) string {
	if item.Name != nil {
		return item.Name.Name
	}
	switch e := unparen(item.Expr).(type) {
	case *ast.Name:
		return e.Name
	case *ast.FieldExpr:
		return e.Name.Name
	}
	if isUnknown(x) {
		return ""
	}
	ch.nameless(item)
	return ""
}

func (ch *chain) nameless(item ast.NamedExpr) {
	name := aggName(unparen(item.Expr))
	at := item.Expr.Pos()
	front := at
	front.End = front.Start
	if ch.unnamed != nil { // another one of the same stage
		ch.unnamed.Message = "these columns need names"
		ch.unnamed.Label(at, "")
		fix := &ch.unnamed.Fixes[0]
		fix.Title = "name them"
		fix.Edits = append(fix.Edits, diag.Edit{Span: front, Text: name + " = "})
		fix.Preview = ch.edited(fix.Edits)
		return
	}
	edit := diag.Edit{Span: front, Text: name + " = "}
	ch.unnamed = ch.m.c.report("E0207", at, "this column needs a name", "").
		Because(`generated names such as "`+name+`" would change when the expression changes, and break readers.`).
		Fix(diag.Apply, "name it", ch.edited([]diag.Edit{edit}), edit)
}

// edited is the stage being checked with a few insertions, in the order of the text.
func (ch *chain) edited(edits []diag.Edit) string {
	var b strings.Builder
	rest := ch.stageAt
	for _, e := range edits {
		before := rest
		before.End = e.Span.Start
		b.WriteString(before.Text() + e.Text)
		rest.Start = e.Span.Start
	}
	return oneLine("|> " + b.String() + rest.Text())
}

func unparen(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// extend adds or replaces columns. An item that uses an earlier one of the same
// stage needs it computed first, so the stage becomes several projections.
func (ch *chain) extend(items []ast.NamedExpr, hidden bool, st ast.Stage) {
	if ch.in.Union() != nil && !hidden && !ch.in.Broken {
		ch.extendUnion(items, st)
		return
	}
	r := &row{}
	ch.keepAll(r, st.Pos())
	pending := map[string]bool{}
	above := ch.newOvers()
	for _, item := range items {
		if ast.Mentions(item.Expr, pending) {
			ch.addOvers(above, st)
			ch.project(r, st.Pos())
			r, above = &row{}, ch.newOvers()
			ch.keepAll(r, st.Pos())
			pending = map[string]bool{}
		}
		s := ch.scope()
		s.overs = above
		x := s.expr(item.Expr, nil)
		if item.Name == nil {
			if !isUnknown(x) {
				ch.nameless(item)
			}
			continue
		}
		x = ch.settled(x, item)
		name := item.Name.Name
		pending[name] = true
		if i := r.index(name); i >= 0 {
			ch.notKey(name, item.Name.Span)
			r.items[i].Expr, r.cols[i].Type = x, x.Type()
			continue
		}
		r.add(name, x, hidden, item.Span)
	}
	ch.addOvers(above, st)
	ch.project(r, st.Pos())
}

func (ch *chain) require(st *ast.RequireStage) {
	op := &ir.Require{}
	known := facts{}
	for _, p := range st.Paths {
		x := ch.path(p)
		if isUnknown(x) {
			continue
		}
		op.Paths = append(op.Paths, p.String())
		op.Values = append(op.Values, x)
		notNullChain(x, &known)
	}
	if st.Else != nil {
		op.Else = ch.target(st.Else, nil)
	}
	op.Replaces = replaces(ch.in, op.Values...)
	t := ch.with(func(t *types.Stream) { t.Columns = narrow(t.Columns, known) })
	ch.add(op, t, st.Span)
	if op.Replaces {
		ch.keepChosen(st.Span)
	}
}

func (ch *chain) unnest(st *ast.UnnestStage) {
	x := ch.scope().expr(st.Expr, nil)
	t := x.Type()
	if t.Kind != types.Array {
		if t.Kind != types.Unknown {
			ch.m.c.report("E0302", st.Expr.Pos(), "unnest needs an array, and this is "+article(t), t.String())
		}
		ch.broken()
		return
	}
	if _, exists := ch.in.Column(st.Name.Name); exists {
		ch.m.c.report("E0211", st.Name.Span, `there is a column "`+st.Name.Name+`" already`, "")
	}
	elem := t.Elem.WithNull(t.Elem.Nullable || st.Outer)
	out := ch.with(func(s *types.Stream) {
		s.Columns = append(append([]types.Column(nil), s.Columns...), types.Column{Name: st.Name.Name, Type: elem})
		s.Name = ""
	})
	ch.add(&ir.Unnest{Name: st.Name.Name, Expr: x, Outer: st.Outer}, out, st.Span)
	if out.Kind == types.Changes {
		ch.m.c.report("E0312", st.Span, "unnest over a changes stream cannot tell the rows of one array apart", "")
	}
}
