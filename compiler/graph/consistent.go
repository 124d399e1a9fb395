package graph

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// checkPlan checks that edges lead backwards and to ports that exist.
func checkPlan(g *plan.Graph) error {
	exists := func(e plan.Edge, before int) bool {
		return e.Node >= 0 && e.Node < before && e.Port >= 0 && e.Port < max(1, len(g.Nodes[e.Node].Ports))
	}
	for i, n := range g.Nodes {
		if n.ID != i {
			return fmt.Errorf("node %d has the number %d", i, n.ID)
		}
		if n.Op == nil {
			return fmt.Errorf("node %q does nothing", n.Name)
		}
		for _, e := range n.In {
			if !exists(e, i) || len(g.Nodes[e.Node].Ports) == 0 {
				return fmt.Errorf("node %q reads port %d of node %d, which is not before it", n.Name, e.Port, e.Node)
			}
		}
	}
	for name, e := range g.Ends {
		if !exists(e, len(g.Nodes)) {
			return fmt.Errorf("the rows of %q come from port %d of node %d, which does not exist", name, e.Port, e.Node)
		}
	}
	return nil
}

// names are what a program declares.
type names struct {
	topics, streams map[string]bool
}

// checkProgram checks that every name a program uses is declared, so that lowering
// it again finds what it looks for.
func checkProgram(p *ir.Program) error {
	known := names{map[string]bool{}, map[string]bool{}}
	for _, t := range p.Topics {
		if t.Row == nil || known.topics[t.Name] {
			return fmt.Errorf("the topic %q is declared twice or has no rows", t.Name)
		}
		known.topics[t.Name] = true
	}
	for _, s := range p.Streams {
		if known.streams[s.Name] || known.topics[s.Name] {
			return fmt.Errorf("%q is declared twice", s.Name)
		}
		known.streams[s.Name] = true
	}
	for _, s := range p.Streams {
		if err := known.pipeline(s.Pipeline); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	for _, r := range p.Routes {
		if err := known.route(r); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	for _, s := range p.Sinks {
		if !known.topics[s.From] && !known.streams[s.From] {
			return fmt.Errorf("the sink %q reads %q, which does not exist", s.Name, s.From)
		}
	}
	for _, s := range p.Sources {
		if !known.topics[s.Topic] {
			return fmt.Errorf("the source %q feeds %q, which does not exist", s.Name, s.Topic)
		}
	}
	for _, f := range p.Functions {
		if !slices.ContainsFunc(p.Modules, func(m *ir.WasmModule) bool { return m.Hash == f.Module }) {
			return fmt.Errorf("the module of the function %q is missing", f.Name)
		}
	}
	return nil
}

func (n names) pipeline(p *ir.Pipeline) error {
	if err := n.rel(p.From); err != nil {
		return err
	}
	return n.stages(p.Stages)
}

func (n names) rel(r ir.Rel) error {
	switch {
	case r.Pipeline != nil:
		return n.pipeline(r.Pipeline)
	case r.Stream != "" && n.streams[r.Stream], r.Topic != "" && n.topics[r.Topic]:
		return nil
	}
	return fmt.Errorf("it reads %q, which does not exist", r.Stream+r.Topic)
}

func (n names) stages(stages []*ir.Stage) error {
	for _, st := range stages {
		for _, p := range ir.Others(st.Op) {
			if err := n.pipeline(p); err != nil {
				return err
			}
		}
		if op, ok := st.Op.(*ir.Into); ok && !n.topics[op.Topic] {
			return fmt.Errorf("it writes to %q, which does not exist", op.Topic)
		}
	}
	return nil
}

func (n names) route(r *ir.Route) error {
	if err := n.rel(r.From); err != nil {
		return err
	}
	arms := r.Arms
	if r.Otherwise != nil {
		arms = append(arms[:len(arms):len(arms)], r.Otherwise)
	}
	for _, a := range arms {
		if err := n.stages(a.Stages); err != nil {
			return err
		}
		for _, t := range a.Targets {
			if !t.Drop && !n.topics[t.Topic] {
				return fmt.Errorf("it sends rows to %q, which does not exist", t.Topic)
			}
		}
	}
	return nil
}
