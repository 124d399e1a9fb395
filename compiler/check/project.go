package check

import (
	"slices"
	"strings"
	"unicode"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// row is a new row while a stage makes it: the items that compute it and the
// columns they give.
type row struct {
	items []ir.Item
	cols  []types.Column
	at    map[string]source.Span
}

func (r *row) add(name string, x ir.Expr, hidden bool, at source.Span) {
	if r.at == nil {
		r.at = map[string]source.Span{}
	}
	r.items = append(r.items, ir.Item{Name: name, Expr: x, Hidden: hidden})
	r.cols = append(r.cols, types.Column{Name: name, Type: x.Type(), Hidden: hidden})
	r.at[name] = at
}

// index finds a column made so far; -1 when there is none.
func (r *row) index(name string) int {
	for i, it := range r.items {
		if it.Name == name {
			return i
		}
	}
	return -1
}

// addNew adds a column that must not exist yet.
func (ch *chain) addNew(r *row, name string, x ir.Expr, at source.Span) {
	if r.index(name) >= 0 {
		ch.m.c.report("E0211", at, `there are two columns named "`+name+`"`, "second").Label(r.at[name], "first").
			Fix(diag.Maybe, "name one of them", otherName(at.Text())+" = "+strings.TrimLeft(strings.TrimPrefix(at.Text(), name), " ="))
		return
	}
	r.add(name, x, false, at)
}

// otherName is a name for a value that cannot have its own: origin.code gives
// origin_code.
func otherName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r == '?':
			return '_'
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		}
		return -1
	}, text)
	if !strings.Contains(text, ".") || strings.ContainsAny(text, "( +") {
		return "other_name"
	}
	return strings.ReplaceAll(name, "__", "_")
}

func columnOf(c types.Column, at source.Span) ir.Expr {
	return &ir.Column{Base: ir.Base{T: c.Type, At: at}, Name: c.Name}
}

// keepAll adds all columns as they are.
func (ch *chain) keepAll(r *row, at source.Span) {
	for _, c := range ch.in.Columns {
		r.add(c.Name, columnOf(c, at), c.Hidden, at)
	}
}

// keepWindow adds the hidden columns of the window.
func (ch *chain) keepWindow(r *row, at source.Span) {
	for _, c := range ch.in.Columns {
		if strings.HasPrefix(c.Name, "$window") {
			r.add(c.Name, columnOf(c, at), true, at)
		}
	}
}

// keepIdentity adds the hidden columns that identify rows of a changes stream.
func (ch *chain) keepIdentity(r *row, at source.Span) {
	for _, k := range ch.in.Key {
		if c, ok := ch.in.Column(k); ok && c.Hidden && ch.in.Kind == types.Changes && r.index(k) < 0 {
			r.add(k, columnOf(c, at), true, at)
		}
	}
}

// project appends the stage that makes the row.
func (ch *chain) project(r *row, at source.Span) {
	if slices.ContainsFunc(r.items, func(it ir.Item) bool { return ir.CanFail(it.Expr) }) {
		ch.settleKeys(at) // a row that fails is no row of its key
	}
	ch.add(&ir.Project{Items: r.items}, ch.with(func(t *types.Stream) {
		t.Columns, t.Named, t.Sizes, t.Periods = r.cols, ch.boundNames(r.items), ch.sizesAfter(r.items), ch.expiring(r.items)
	}), at)
}

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

// notKey refuses to overwrite a column that identifies rows of a changes stream.
func (ch *chain) notKey(name string, at source.Span) {
	if ch.in.Kind != types.Changes || indexOf(ch.in.Key, name) < 0 {
		return
	}
	ch.m.c.report("E0313", at, `this replaces "`+name+`", which identifies rows of a changes stream`, "").
		Because("Later updates of a row find it by this column.")
}

// keepsKey is the key of a stream in a new row: the columns that hold it there, under
// whatever name. It reports key columns of a changes stream that the row lacks.
func (ch *chain) keepsKey(r *row, at source.Span, what string) []string {
	if ch.in.Kind != types.Changes || ch.in.Broken {
		return ch.in.Key
	}
	var out []string
	for _, key := range ch.in.Key {
		if name := heldAs(r, key); name != "" {
			out = append(out, name)
			continue
		}
		d := ch.m.c.report("E0313", firstWord(at, what), "this `"+what+"` drops \""+key+"\", which identifies rows of a changes stream", "")
		if ch.changesAt.Known() {
			d.Label(ch.changesAt, "becomes a changes stream here")
		}
		d.Because("Later updates and deletes of a row find it by this column.")
		front := at
		front.Start = min(at.End, at.Start+len(what)+1)
		front.End = front.Start
		if what == "select" {
			preview, edit := replaceIn(at, front, key+", ")
			d.Fix(diag.Choose, "keep it", preview, edit)
		} else {
			d.Fix(diag.Choose, "keep it", `leave "`+key+`" out of the `+what)
		}
		d.Fix(diag.Choose, "one final row each", "|> window tumbling 1h   (before the aggregate)")
		ch.broken()
	}
	return out
}

// heldAs is the column of a new row that holds a column as it is, under its own name
// where there are several; "" for none.
func heldAs(r *row, column string) string {
	found := ""
	for _, it := range r.items {
		if c, ok := it.Expr.(*ir.Column); ok && c.Name == column && (found == "" || it.Name == column) {
			found = it.Name
		}
	}
	return found
}

func pathSet(paths []ast.Path) map[string]bool {
	out := map[string]bool{}
	for _, p := range paths {
		out[p.String()] = true
	}
	return out
}

// without is an expression with the fields of the paths removed, nil when it is
// removed itself.
func (ch *chain) without(x ir.Expr, path string, drop map[string]bool) ir.Expr {
	if drop[path] {
		return nil
	}
	t := x.Type()
	inside := false
	for p := range drop {
		inside = inside || strings.HasPrefix(p, path+".")
	}
	if t.Kind != types.Record || !inside {
		return x
	}
	return rebuild(x, func(f types.Field, v ir.Expr) (string, ir.Expr) {
		return f.Name, ch.without(v, path+"."+f.Name, drop)
	})
}

// rebuild makes a record anew from its fields: each gets a name and a value, nil
// leaves it out. A null record stays null.
func rebuild(x ir.Expr, each func(types.Field, ir.Expr) (string, ir.Expr)) ir.Expr {
	t := x.Type()
	out := &types.Type{Kind: types.Record}
	var values []ir.Expr
	from := x
	if t.Nullable {
		from = &ir.NotNull{Base: ir.Base{T: t.NonNull(), At: x.Span()}, X: x}
	}
	for _, f := range t.Fields {
		name, v := each(f, &ir.Field{Base: ir.Base{T: f.Type, At: x.Span()}, X: from, Name: f.Name})
		if v != nil {
			out.Fields = append(out.Fields, types.Field{Name: name, Type: v.Type()})
			values = append(values, v)
		}
	}
	rec := &ir.MakeRecord{Base: ir.Base{T: out, At: x.Span()}, Values: values}
	if !t.Nullable {
		return rec
	}
	isNull := &ir.IsNull{Base: ir.Base{T: types.TBoolean, At: x.Span()}, X: x}
	null := constOf(out.OrNull(), nil, x.Span())
	return &ir.If{Base: ir.Base{T: out.OrNull(), At: x.Span()}, Cond: isNull, Then: null, Else: rec}
}

// checkPaths reports paths that name nothing.
func (ch *chain) checkPaths(paths []ast.Path) bool {
	ok := true
	for _, p := range paths {
		ok = !isUnknown(ch.path(p)) && ok
	}
	return ok
}

// path reads a dotted path as an expression.
func (ch *chain) path(p ast.Path) ir.Expr {
	var e ast.Expr = &ast.Name{Ident: p.Parts[0]}
	for _, part := range p.Parts[1:] {
		at := ast.At{Span: p.Parts[0].Span.Join(part.Span)}
		e = &ast.FieldExpr{At: at, X: e, Name: part, Safe: true}
	}
	return ch.scope().expr(e, nil)
}

func (ch *chain) drop(st *ast.DropStage) {
	if ch.in.Union() != nil && !ch.in.Broken {
		ch.unionRow(st.Span, "drop")
		return
	}
	if !ch.checkPaths(st.Paths) {
		ch.broken()
		return
	}
	gone := pathSet(st.Paths)
	r := &row{}
	for _, c := range ch.in.Columns {
		if x := ch.without(columnOf(c, st.Span), c.Name, gone); x != nil {
			r.add(c.Name, x, c.Hidden, st.Span)
		}
	}
	key := ch.keepsKey(r, st.Span, "drop")
	ch.project(r, st.Span)
	ch.in.Name, ch.in.Key = "", key
}

func (ch *chain) rename(st *ast.RenameStage) {
	if ch.in.Union() != nil && !ch.in.Broken {
		ch.unionRow(st.Span, "rename")
		return
	}
	names := map[string]string{}
	for _, item := range st.Items {
		if _, there := ch.in.Column(item.New.Name); there && len(item.Old.Parts) == 1 && !ch.has(item.Old.Parts[0].Name) {
			ch.renamedBackwards(item)
			return
		}
		if isUnknown(ch.path(item.Old)) {
			ch.broken()
			return
		}
		names[item.Old.String()] = item.New.Name
	}
	r := &row{}
	for _, c := range ch.in.Columns {
		x := ch.renamed(columnOf(c, st.Span), c.Name, names)
		name := c.Name
		if n, ok := names[c.Name]; ok {
			name = n
		}
		if r.index(name) >= 0 {
			ch.m.c.report("E0211", newName(st, name), `there are two columns named "`+name+`"`, "")
			continue
		}
		r.add(name, x, c.Hidden, st.Span)
	}
	key := append([]string(nil), ch.in.Key...)
	for i, k := range key {
		if n, ok := names[k]; ok {
			key[i] = n
		}
	}
	ch.project(r, st.Span)
	ch.in.Key, ch.in.Name = key, ""
}

func (ch *chain) has(column string) bool {
	_, ok := ch.in.Column(column)
	return ok || ch.in.Broken
}

// renamedBackwards is a rename whose old name stands first.
func (ch *chain) renamedBackwards(item ast.RenameItem) {
	text := item.Old.String() + " = " + item.New.Name
	ch.m.c.report("E0202", item.Old.Span, `there is no column "`+item.Old.String()+`" here`, "the old name stands here").
		Fix(diag.Choose, "the new name stands first", "|> rename "+text, diag.Edit{Span: item.New.Span.Join(item.Old.Span), Text: text})
	ch.broken()
}

// newName is where a rename writes a name; the other column of that name is one the
// stream has already.
func newName(st *ast.RenameStage, name string) source.Span {
	for _, item := range st.Items {
		if item.New.Name == name {
			return item.New.Span
		}
	}
	return st.Span
}

func (ch *chain) renamed(x ir.Expr, path string, names map[string]string) ir.Expr {
	inside := false
	for p := range names {
		inside = inside || strings.HasPrefix(p, path+".")
	}
	if x.Type().Kind != types.Record || !inside {
		return x
	}
	return rebuild(x, func(f types.Field, v ir.Expr) (string, ir.Expr) {
		inner := path + "." + f.Name
		name := f.Name
		if n, ok := names[inner]; ok {
			name = n
		}
		return name, ch.renamed(v, inner, names)
	})
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
