package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

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
