package syntax

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// converter turns what participle read into the tree. Bad members leave no trace
// but for stages and test steps, which have nodes of their own.
type converter struct {
	p *parser
}

func (c converter) at(tokens []lexer.Token) ast.At { return ast.At{Span: c.p.tokensSpan(tokens)} }

func docs(lines []docG) []string {
	var out []string
	for _, d := range lines {
		out = append(out, docText(d.Text))
	}
	return out
}

// list unwraps leaves, of unwraps one that may be missing, ref makes a pointer to it.
func list[T any](in []leaf[T]) []T {
	var out []T
	for _, l := range in {
		out = append(out, l.get())
	}
	return out
}

func of[T any](l leaf[T]) T {
	if l == nil {
		var none T
		return none
	}
	return l.get()
}

func ref[T any](l leaf[T]) *T {
	if l == nil {
		return nil
	}
	v := l.get()
	return &v
}

// decl converts a declaration; nil for module and import, which are no Decls.
func (c converter) decl(g *declG) ast.Decl {
	head := ast.Head{At: c.at(g.Tokens), Doc: docs(g.Doc), Annotations: list(g.Annotations), Export: g.Export}
	b := &g.Body
	switch {
	case b.Schema != nil:
		return c.schema(head, b.Schema)
	case b.Enum != nil:
		return c.enum(head, b.Enum)
	case b.Topic != nil:
		head.Name = of(b.Topic.Name)
		return &ast.TopicDecl{Head: head, Row: b.Topic.Row, From: of(b.Topic.From), Settings: c.settings(b.Topic.Settings)}
	case b.Source != nil:
		head.Name = of(b.Source.Name)
		return &ast.SourceDecl{Head: head, Connector: of(b.Source.Connector), Into: of(b.Source.Into), Settings: c.settings(b.Source.Settings)}
	case b.Sink != nil:
		return c.sink(head, b.Sink)
	case b.Stream != nil:
		return c.stream(head, b.Stream)
	case b.View != nil:
		return c.view(head, b.View)
	case b.Command != nil:
		return c.command(head, b.Command)
	case b.Route != nil:
		return c.route(head, b.Route)
	case b.Fn != nil:
		return c.fn(head, "", b.Fn)
	case b.KindFn != nil:
		return c.fn(head, b.KindFn.Kind, b.KindFn.Fn)
	case b.Pipe != nil:
		head.Name = of(b.Pipe.Name)
		return &ast.PipeDecl{Head: head, Params: of(b.Pipe.Params), Stages: b.Pipe.Stages}
	case b.Const != nil:
		head.Name = of(b.Const.Name)
		return &ast.ConstDecl{Head: head, Type: b.Const.Type, Value: b.Const.Value}
	case b.Param != nil:
		head.Name = of(b.Param.Name)
		return &ast.ParamDecl{Head: head, Type: b.Param.Type, Default: b.Param.Default, Settings: c.settings(b.Param.Settings)}
	case b.Secret != nil:
		head.Name = of(b.Secret.Name)
		return &ast.SecretDecl{Head: head, Store: of(b.Secret.Store), Key: of(b.Secret.Key)}
	case b.Schedule != nil:
		return c.schedule(head, b.Schedule)
	case b.Policy != nil:
		return c.policy(head, b.Policy)
	case b.Grant != nil:
		return &ast.GrantDecl{Head: head, Deny: b.Grant.Kind == "deny", Actions: list(b.Grant.Actions), On: of(b.Grant.On), To: c.principal(&b.Grant.To)}
	case b.Test != nil:
		return c.test(head, b.Test)
	}
	return nil
}

func (c converter) module(g *declG) *ast.ModuleDecl {
	m := g.Body.Module
	return &ast.ModuleDecl{At: c.at(m.Tokens), Name: of(m.Name), Timezone: of(m.Timezone), Edition: of(m.Edition)}
}

func (c converter) importDecl(g *declG) *ast.ImportDecl {
	i := g.Body.Import
	out := &ast.ImportDecl{At: c.at(i.Tokens), File: of(i.File), Names: of(i.Names), As: ref(i.As)}
	if i.Path != nil {
		out.Path = i.Path.get()
	}
	return out
}

func (c converter) schema(head ast.Head, g *schemaG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.SchemaDecl{Head: head, Version: of(g.Version), Union: list(g.Union)}
	if g.Record != nil {
		out.Record = g.Record.get()
	}
	return out
}

func (c converter) enum(head ast.Head, g *enumG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.EnumDecl{Head: head, Version: of(g.Version), Default: ref(g.Default)}
	for _, item := range g.Items {
		if item.Name != nil {
			out.Items = append(out.Items, ast.EnumItem{At: c.at(item.Tokens), Doc: docs(item.Doc), Name: of(item.Name), Annotations: list(item.Annotations)})
		}
	}
	return out
}

func (c converter) settings(g *settingsG) *ast.Settings {
	if g == nil {
		return nil
	}
	out := &ast.Settings{At: c.at(g.Tokens)}
	for _, s := range g.Items {
		if s.Name != nil {
			out.Items = append(out.Items, &ast.Setting{At: c.at(s.Tokens), Doc: docs(s.Doc), Name: s.Name.get().Ident, Value: s.Value})
		}
	}
	return out
}

func (c converter) sink(head ast.Head, g *sinkG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.SinkDecl{Head: head, From: of(g.From), File: of(g.File), Settings: c.settings(g.Settings)}
	if g.Connector != nil {
		out.Connector = of(g.Connector)
	}
	return out
}

func (c converter) stream(head ast.Head, g *streamG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.StreamDecl{Head: head, Table: g.Table, With: c.settings(g.With), Pipeline: g.Pipeline.get()}
	if g.Type != nil {
		out.Type = &ast.StreamType{At: c.at(g.Type.Tokens), Changes: g.Type.Kind.get().Name == "changes", Row: g.Type.Row, Key: g.Type.Key}
	}
	return out
}

func (c converter) route(head ast.Head, g *routeG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.RouteDecl{Head: head, From: of(g.From), All: g.All, With: c.settings(g.With)}
	for _, a := range g.Arms {
		if a.Tail == nil {
			out.Torn = true
			continue
		}
		out.Arms = append(out.Arms, c.arm(c.p.tokensSpan(a.Tokens), a.When, a.Tail))
	}
	if g.Otherwise != nil {
		out.Otherwise = c.arm(c.p.tokensSpan(g.Otherwise.Tokens), nil, g.Otherwise)
	}
	return out
}

func (c converter) arm(span source.Span, when ast.Expr, tail *tailG) *ast.RouteArm {
	arm := &ast.RouteArm{At: ast.At{Span: span}, When: when, Stages: tail.Stages}
	for _, t := range tail.Targets {
		target := ast.Target{At: c.at(t.Tokens), File: of(t.File)}
		if t.Path != nil {
			target.Path = t.Path.get()
		}
		arm.Targets = append(arm.Targets, target)
	}
	return arm
}

func (c converter) view(head ast.Head, g *viewG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.ViewDecl{Head: head, From: of(g.From), Key: g.Key, Keep: g.Keep}
	for _, m := range g.Members {
		switch {
		case m.State != nil:
			out.States = append(out.States, &ast.StateVar{At: c.at(m.State.Tokens), Name: of(m.State.Name), Type: m.State.Type, Init: m.State.Init})
		case m.Reducer != nil:
			r := &ast.Reducer{At: c.at(m.Reducer.Tokens), Any: m.Reducer.Any, When: m.Reducer.When, Delete: m.Reducer.Delete}
			if m.Reducer.Branch != nil {
				r.Branch = m.Reducer.Branch.get()
			}
			for _, a := range m.Reducer.Set {
				r.Set = append(r.Set, ast.Assign{At: c.at(a.Tokens), Name: a.Name.get().Ident, Value: a.Value})
			}
			out.Reducers = append(out.Reducers, r)
		}
	}
	return out
}

func (c converter) emit(g *emitG) *ast.EmitAct {
	return &ast.EmitAct{At: c.at(g.Tokens), Value: g.Value, To: of(g.To)}
}

func (c converter) command(head ast.Head, g *commandG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.CommandDecl{Head: head, Params: of(g.Params), On: of(g.On), Key: g.Key}
	for _, item := range g.Items {
		switch {
		case item.Guard != nil:
			out.Guards = append(out.Guards, &ast.Guard{At: c.at(item.Guard.Tokens), Cond: item.Guard.Cond, Else: item.Guard.Else})
		case item.Emit != nil:
			out.Emits = append(out.Emits, c.emit(item.Emit))
		}
	}
	return out
}

func (c converter) fn(head ast.Head, kind string, g *fnG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.FnDecl{Head: head, Kind: kind, TypeParams: list(g.TypeParams), Params: of(g.Params), Result: g.Result, Fallible: g.Fallible, Body: g.Body}
	if g.Wasm != nil {
		out.Wasm = &ast.WasmBody{At: c.at(g.Wasm.Tokens), Module: of(g.Wasm.Module), Export: of(g.Wasm.Export), Settings: c.settings(g.Wasm.Settings)}
	}
	return out
}

func (c converter) schedule(head ast.Head, g *scheduleG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.ScheduleDecl{Head: head, Every: g.Every, At: g.At, Cron: of(g.Cron), Zone: of(g.Zone)}
	for _, a := range g.Acts {
		act := &ast.SchedAct{At: c.at(a.Tokens)}
		switch {
		case a.Emit != nil:
			act.Emit = c.emit(a.Emit)
		case a.Snapshot != nil:
			act.Snapshot = &ast.SnapshotAct{At: c.at(a.Snapshot.Tokens), Table: of(a.Snapshot.Table), To: of(a.Snapshot.To)}
		case a.Run != nil:
			act.Run = &ast.RunAct{At: c.at(a.Run.Tokens), Fn: of(a.Run.Fn), Args: of(a.Run.Args).Args}
		default:
			continue
		}
		out.Acts = append(out.Acts, act)
	}
	return out
}

func (c converter) policy(head ast.Head, g *policyG) ast.Decl {
	head.Name = of(g.Name)
	out := &ast.PolicyDecl{Head: head, On: of(g.On)}
	for _, r := range g.Rules {
		if r.For == nil {
			continue
		}
		out.Rules = append(out.Rules, &ast.PolicyRule{At: c.at(r.Tokens), Rows: r.Rows, Columns: list(r.Columns), Expr: r.Expr, For: c.principal(r.For)})
	}
	return out
}

func (c converter) principal(g *principalG) ast.Principal {
	out := ast.Principal{At: c.at(g.Tokens), Kind: g.Kind}
	if g.Name != nil {
		out.Name = g.Name.get().Name
	} else if g.Text != nil {
		out.Name = g.Text.get().Value
	}
	return out
}

func (c converter) test(head ast.Head, g *testG) ast.Decl {
	head.Name = ast.Ident{At: g.Name.get().At, Name: g.Name.get().Value}
	out := &ast.TestDecl{Head: head}
	for i := range g.Steps {
		out.Steps = append(out.Steps, c.step(&g.Steps[i]))
	}
	return out
}

func (c converter) step(g *testStepG) ast.TestStep {
	at := c.at(g.Tokens)
	switch {
	case g.Given != nil:
		return &ast.GivenStep{At: at, Target: of(g.Given.Target), Rows: c.rows(&g.Given.Rows)}
	case g.Expect != nil:
		e := &ast.ExpectStep{At: at, Target: of(g.Expect.Target), Changes: g.Expect.Changes, Rows: c.rows(&g.Expect.Rows)}
		switch g.Expect.Mode {
		case "contains":
			e.Mode = ast.Contains
		case "unordered":
			e.Mode = ast.Unordered
		}
		return e
	case g.Reject != nil:
		return &ast.RejectStep{At: at, Message: of(g.Reject.Message)}
	case g.Set != nil:
		return &ast.SetStep{At: at, Name: of(g.Set.Name), Value: g.Set.Value}
	case g.Advance != nil:
		return &ast.AdvanceStep{At: at, Watermark: g.Advance.Kind == "watermark", To: g.Advance.To}
	case g.Send != nil:
		return &ast.SendStep{At: at, Command: of(g.Send.Command), Args: of(g.Send.Args).Args}
	}
	return &ast.BadStep{At: at}
}

func (c converter) rows(g *testRowsG) ast.TestRows {
	out := ast.TestRows{At: c.at(g.Tokens), CSV: of(g.CSV)}
	if g.List != nil {
		out.Rows = g.List.get().Items
	}
	return out
}
