package check

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// extendUnion adds fields to rows of several kinds (SEMANTICS 88): every branch gets
// them, so that the row still carries its whole value and they are common fields
// below. A common field is replaced in place in every branch.
func (ch *chain) extendUnion(items []ast.NamedExpr, st ast.Stage) {
	var made []madeField
	pending := map[string]bool{}
	for _, item := range items {
		if ast.Mentions(item.Expr, pending) {
			ch.unionWith(made, st.Pos())
			made, pending = nil, map[string]bool{}
		}
		x := ch.scope().expr(item.Expr, nil)
		if item.Name == nil {
			if !isUnknown(x) {
				ch.nameless(item)
			}
			continue
		}
		x = ch.settled(x, item)
		if !ch.ownedByBranch(*item.Name) {
			made = append(made, madeField{name: item.Name.Name, x: x})
			pending[item.Name.Name] = true
		}
	}
	ch.unionWith(made, st.Pos())
}

// madeField is a new field of every branch.
type madeField struct {
	name string
	x    ir.Expr
}

// ownedByBranch refuses to overwrite a field that only some branches have: what it
// holds there would be lost, and the others would get a field they do not know.
func (ch *chain) ownedByBranch(name ast.Ident) bool {
	u := ch.in.Union()
	for _, f := range u.Common() {
		if f.Name == name.Name {
			return false
		}
	}
	for _, b := range u.Branches {
		if _, ok := b.FieldNamed(name.Name); ok {
			d := ch.m.c.report("E0324", name.Span, `"`+name.Name+`" is a field of some branches of `+u.Name+" only", "")
			ch.scope().branchHint(d, name, u)
			return true
		}
	}
	return false
}

// unionWith appends the projection that makes each row anew as the branch it is.
func (ch *chain) unionWith(made []madeField, at source.Span) {
	if len(made) == 0 {
		return
	}
	old := ch.in.Union()
	u := *old
	u.Branches = make([]*types.Type, len(old.Branches))
	records := make([]*ir.MakeRecord, len(old.Branches))
	value := &ir.Column{Base: ir.Base{T: old, At: at}, Name: types.UnionColumn}
	for i, b := range old.Branches {
		u.Branches[i], records[i] = branchWith(b, &ir.AsBranch{Base: ir.Base{T: b, At: at}, X: value, Branch: i}, made, at)
	}
	var whole ir.Expr
	for i := len(records) - 1; i >= 0; i-- {
		branch := &ir.MakeUnion{Base: ir.Base{T: &u, At: at}, X: records[i], Branch: i}
		if whole == nil {
			whole = branch
			continue
		}
		is := &ir.IsBranch{Base: ir.Base{T: types.TBoolean, At: at}, X: value, Branch: i}
		whole = &ir.If{Base: ir.Base{T: &u, At: at}, Cond: is, Then: branch, Else: whole}
	}
	r := &row{}
	for _, c := range ch.in.Columns {
		switch {
		case c.Name == types.UnionColumn:
			r.add(c.Name, whole, false, at)
		case !slices.ContainsFunc(made, func(m madeField) bool { return m.name == c.Name }): // a `let` of the name ends here
			r.add(c.Name, columnOf(c, at), c.Hidden, at)
		}
	}
	ch.project(r, at)
}

// branchWith is a branch with the new fields, and the expression of its records.
func branchWith(b *types.Type, rec ir.Expr, made []madeField, at source.Span) (*types.Type, *ir.MakeRecord) {
	t := *b
	t.Fields = append([]types.Field(nil), b.Fields...)
	x := &ir.MakeRecord{Base: ir.Base{T: &t, At: at}}
	for _, f := range b.Fields {
		x.Values = append(x.Values, &ir.Field{Base: ir.Base{T: f.Type, At: at}, X: rec, Name: f.Name})
	}
	for _, m := range made {
		if i := slices.IndexFunc(t.Fields, func(f types.Field) bool { return f.Name == m.name }); i >= 0 {
			t.Fields[i] = types.Field{Name: m.name, Type: m.x.Type()}
			x.Values[i] = m.x
			continue
		}
		t.Fields = append(t.Fields, types.Field{Name: m.name, Type: m.x.Type()})
		x.Values = append(x.Values, m.x)
	}
	return &t, x
}
