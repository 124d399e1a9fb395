package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

// view checks a view: to its readers it is a changes stream of keys and states.
func (m *module) view(d *ast.ViewDecl) *ir.Stream {
	if st, ok := m.streams[d.Name.Name]; ok {
		if st == nil {
			return m.cycle(&ast.StreamDecl{Head: d.Head})
		}
		return st
	}
	m.streams[d.Name.Name] = nil
	st := &ir.Stream{Name: m.prefix + d.Name.Name, At: d.Name.Span}
	m.c.within(d, func() {
		rel, in, alias := m.rel(d.From)
		m.c.inputs[d] = in
		ch := &chain{m: m, name: d.Name.Name, in: in, alias: alias}
		ch.view(d)
		for _, s := range ch.stages {
			s.Word = "view"
		}
		st.Pipeline = &ir.Pipeline{From: rel, Stages: ch.stages, Type: ch.in, At: d.Span}
	})
	if m.streams[d.Name.Name] == nil {
		m.streams[d.Name.Name] = st
		m.c.prog.Streams = append(m.c.prog.Streams, st)
	}
	return m.streams[d.Name.Name]
}

func (ch *chain) view(d *ast.ViewDecl) {
	if ch.in.Broken {
		return
	}
	word := firstWord(d.Span, "view")
	if ch.in.Kind == types.Changes {
		ch.m.c.report("E0312", d.From.Span, "a view folds rows that come, and this stream changes rows it has already sent", "").
			Fix(diag.Choose, "fold a log of the changes", "view "+d.Name.Name+" from ("+oneLine("from "+d.From.Span.Text())+" |> changes) ...")
		ch.broken()
		return
	}
	op := &ir.View{}
	r := &row{}
	ok := ch.viewKeys(d, op, r)
	names := ch.viewStates(d, op, r)
	for _, red := range d.Reducers {
		ch.reducer(d, red, op, names)
	}
	if !ok || len(op.States) == 0 {
		if ok && len(d.States) == 0 {
			ch.m.c.report("E0230", d.Name.Span, `the view "`+d.Name.Name+`" has no state`, "").
				Fix(diag.Maybe, "count the rows of each key", "{ state n: long = 0 on * set n = n + 1 }")
		}
		ch.broken()
		return
	}
	if d.Keep != nil {
		op.Keep = ch.keep(d.Keep, false)
	}
	ch.mustKeep(d.Keep, false, word, "view", "view "+d.Name.Name+" ... keep 7d { ... }", !ch.finiteKeys(op.Keys))
	key := make([]string, len(op.Keys))
	for i, k := range op.Keys {
		key[i] = k.Name
	}
	ch.leaveWaiting(d.Span)
	ch.changesAt = word
	t := ch.with(func(t *types.Stream) {
		t.Kind, t.Columns, t.Key, t.Name, t.Window, t.Named = types.Changes, r.cols, key, "", nil, nil
		t.Sizes, t.Periods = ch.sizesAfter(op.Keys), nil
		t.Forgets, t.Remembered, t.BoundText = forgetsAfter(op.Keep, nil), 0, ch.bound(op.Keys, false, op.Keep)
		t.Lateness, t.LateTo = 0, ""
	})
	ch.add(op, t, d.Span)
}

func (ch *chain) viewKeys(d *ast.ViewDecl, op *ir.View, r *row) bool {
	ok := true
	for _, e := range d.Key {
		x := ch.scope().expr(e, nil)
		if isUnknown(x) {
			ok = false
			continue
		}
		name := ch.itemName(ast.NamedExpr{At: ast.At{Span: e.Pos()}, Expr: e}, x)
		if ok = ch.mustBeKey(x) && name != "" && ok; !ok {
			continue
		}
		op.Keys = append(op.Keys, ir.Item{Name: name, Expr: x})
		ch.addNew(r, name, x, e.Pos())
	}
	return ok
}

// viewStates checks the variables of the state, and returns their types by name.
func (ch *chain) viewStates(d *ast.ViewDecl, op *ir.View, r *row) map[string]*types.Type {
	names := map[string]*types.Type{}
	for _, s := range d.States {
		t := ch.m.resolve(s.Type, nil)
		x := ch.m.scope(nil).coerced(s.Init, t, `"`+s.Name.Name+`"`)
		if t.Kind == types.Unknown {
			continue
		}
		names[s.Name.Name] = t
		if r.index(s.Name.Name) >= 0 {
			ch.m.c.report("E0211", s.Name.Span, `there are two columns named "`+s.Name.Name+`" in the view`, "second").Label(r.at[s.Name.Name], "first")
			continue
		}
		r.add(s.Name.Name, &ir.Column{Base: ir.Base{T: t, At: s.Name.Span}, Name: s.Name.Name}, false, s.Name.Span)
		op.States = append(op.States, ir.StateVar{Name: s.Name.Name, T: t, Init: x})
	}
	return names
}

// reducer checks what rows of a branch do to the state.
func (ch *chain) reducer(d *ast.ViewDecl, red *ast.Reducer, op *ir.View, names map[string]*types.Type) {
	s, branch, ok := ch.reducerScope(d, red, names)
	if !ok {
		return
	}
	out := ir.Reducer{At: red.Span, Delete: red.Delete}
	if branch >= 0 {
		u := ch.in.Union()
		out.When = &ir.IsBranch{Base: ir.Base{T: types.TBoolean, At: red.Branch.Span}, X: &ir.Column{Base: ir.Base{T: u, At: red.Branch.Span}, Name: types.UnionColumn}, Branch: branch}
	}
	if red.When != nil && ch.oneMeaning(red.When, s, names) {
		x := s.condition(red.When, "when")
		known, _ := factsOf(x)
		s = s.withFacts(known)
		x = overState(x, names)
		if out.When != nil {
			x = &ir.And{Base: ir.Base{T: types.TBoolean, At: red.When.Pos()}, X: out.When, Y: x}
		}
		out.When = x
	}
	for _, a := range red.Set {
		t, isState := names[a.Name.Name]
		switch {
		case !isState:
			ch.noSuchState(a.Name, d)
			continue
		case itemNamed(out.Set, a.Name.Name):
			ch.m.c.report("E0211", a.Name.Span, `"`+a.Name.Name+`" is set twice`, "")
			continue
		case !ch.oneMeaning(a.Value, s, names):
			continue
		}
		x := s.coerced(a.Value, t, `"`+a.Name.Name+`"`)
		out.Set = append(out.Set, ir.Item{Name: a.Name.Name, Expr: overState(x, names)})
	}
	op.Reducers = append(op.Reducers, out)
}

func itemNamed(items []ir.Item, name string) bool {
	for _, it := range items {
		if it.Name == name {
			return true
		}
	}
	return false
}

// reducerScope is what names mean in a reducer: the fields of its branch, and the
// variables of the state. branch is -1 where rows are not told apart.
func (ch *chain) reducerScope(d *ast.ViewDecl, red *ast.Reducer, names map[string]*types.Type) (s *scope, branch int, ok bool) {
	in := *ch.in
	in.Columns = append([]types.Column(nil), in.Columns...)
	for _, v := range d.States {
		if t := names[v.Name.Name]; t != nil {
			in.Columns = append(in.Columns, types.Column{Name: v.Name.Name, Type: t, Hidden: true})
		}
	}
	s = ch.m.scope(&in)
	s.alias, s.stage = ch.alias, red.Span
	branch = -1
	if red.Any {
		return s, branch, true
	}
	name := red.Branch.Parts[len(red.Branch.Parts)-1].Name
	u := ch.in.Union()
	if u == nil {
		if name == ch.in.Name && name != "" {
			return s, branch, true
		}
		ch.m.c.report("E0324", red.Branch.Span, `rows of the view "`+d.Name.Name+`" are of one kind, so "on" has no branch to choose`, "").
			Fix(diag.Choose, "all rows", "on *", diag.Edit{Span: red.Branch.Span, Text: "*"})
		return nil, 0, false
	}
	if branch = u.Branch(name); branch < 0 {
		var branches []string
		for _, b := range u.Branches {
			branches = append(branches, b.Name)
		}
		rep := ch.m.c.report("E0324", red.Branch.Span, u.Name+` has no branch "`+name+`"`, "")
		ch.m.c.suggest(rep, red.Branch.Parts[len(red.Branch.Parts)-1], branches).Note(listed("branches: ", branches))
		return nil, 0, false
	}
	s.branch = map[string]int{types.UnionColumn: branch}
	return s, branch, true
}

// oneMeaning reports names that are both a column of the row and a variable of the
// state (SEMANTICS 104).
func (ch *chain) oneMeaning(e ast.Expr, s *scope, names map[string]*types.Type) bool {
	fields := ch.in.Visible()
	if u := ch.in.Union(); u != nil {
		fields = nil
		of := u.Common()
		if b, ok := s.branch[types.UnionColumn]; ok {
			of = u.Branches[b].Fields
		}
		for _, f := range of {
			fields = append(fields, types.Column{Name: f.Name})
		}
	}
	for _, f := range fields {
		if names[f.Name] == nil || !ast.Mentions(e, map[string]bool{f.Name: true}) {
			continue
		}
		ch.m.c.report("E0206", e.Pos(), `"`+f.Name+`" is a column of the row and a state of the view too`, "which one?").
			Fix(diag.Choose, "another name for the state", "state current_"+f.Name+": ...")
		return false
	}
	return true
}

func (ch *chain) noSuchState(name ast.Ident, d *ast.ViewDecl) {
	var states []string
	for _, s := range d.States {
		states = append(states, s.Name.Name)
	}
	ch.m.c.suggest(ch.m.c.report("E0202", name.Span, `the view has no state "`+name.Name+`"`, ""), name, states).Note(listed("states: ", states))
}

// overState reads the variables of a state where columns of their names stand.
func overState(x ir.Expr, names map[string]*types.Type) ir.Expr {
	return ir.Rewrite(x, func(part ir.Expr) ir.Expr {
		if c, ok := part.(*ir.Column); ok && names[c.Name] != nil {
			return &ir.Column{Base: c.Base, Name: ir.StateColumn(c.Name)}
		}
		return part
	})
}
