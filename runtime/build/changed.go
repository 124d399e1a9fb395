package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

// Operators are the operators of a graph that have a state.
func (b *builder) operators() ([]checkpoint.Operator, error) {
	var out []checkpoint.Operator
	for _, n := range b.g.Nodes {
		at, ok := b.at[n.ID]
		if !ok || b.out.Nodes[at].Operator == nil {
			continue
		}
		node := b.out.Nodes[at]
		op, err := node.Operator.New()
		if err != nil {
			return nil, err
		}
		if _, none := op.(stateless); none {
			continue
		}
		known, err := b.describe(n, op)
		if err != nil {
			return nil, err
		}
		known.ID = node.ID
		out = append(out, known)
	}
	return out, nil
}

// describe is what is known of an operator but its name.
func (b *builder) describe(n *plan.Node, op operators.Operator) (known checkpoint.Operator, err error) {
	known = checkpoint.Operator{Stage: n.Stage, Stream: n.Stream, Topics: b.topicsOf(n, map[int]bool{}), Lasts: b.keepsLasts(n)}
	var ins []*types.Stream
	for _, e := range n.In {
		in := b.edgeType(e)
		schema, err := avro.Export(b.rowAt(e), avro.Options{Name: "In"})
		if err != nil {
			return known, err
		}
		ins = append(ins, in)
		known.In = append(known.In, checkpoint.Input{Kind: in.Kind.String(), Schema: string(schema), Topics: b.topicsAt(e), Computed: b.computedAt(e)})
	}
	var made []ir.Expr
	known.Keys, made = b.keysOf(n)
	if known.Does, known.Reads, err = graph.Signatures(n, ins, made); err != nil {
		return known, err
	}
	if m, ok := op.(operators.Migrant); ok {
		known.Rows, known.Migrates = m.Remembers()
	}
	return known, nil
}

// topicsAt are the topics that the rows of an edge come from.
func (b *builder) topicsAt(e plan.Edge) []string {
	return b.topicsOf(&plan.Node{In: []plan.Edge{e}}, map[int]bool{})
}

// keepsLasts reports the stage that keeps the last row of each key of a topic by key.
func (b *builder) keepsLasts(n *plan.Node) bool {
	if _, ok := n.Op.(*ir.Upserts); !ok || len(n.In) != 1 {
		return false
	}
	t, ok := b.g.Nodes[n.In[0].Node].Op.(*plan.Topic)
	return ok && t.Topic.Upsert
}

// topicsOf are the topics that the rows of a node come from.
func (b *builder) topicsOf(n *plan.Node, seen map[int]bool) []string {
	var out []string
	for _, e := range n.In {
		if seen[e.Node] {
			continue
		}
		seen[e.Node] = true
		from := b.g.Nodes[e.Node]
		if t, ok := from.Op.(*plan.Topic); ok {
			out = append(out, t.Topic.Name)
		}
		out = append(out, b.topicsOf(from, seen)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stateless is an operator that embeds operators.Stateless.
type stateless interface{ KeepsNothing() }

// Operators are the operators of a plan that have a state.
func Operators(g *plan.Graph, opt Options) ([]checkpoint.Operator, error) {
	opt = opt.filled()
	own := newOwnFunctions(g, opt)
	defer own.close()
	b, err := physical(g, newEnv(defaults(g), own), opt.Alloc, false)
	if err != nil {
		return nil, own.failed(err)
	}
	if err := b.identify(); err != nil {
		return nil, own.failed(err)
	}
	return b.operators()
}

// defaults are the values of params as they are written.
func defaults(g *plan.Graph) map[string]any {
	out := map[string]any{}
	for _, p := range g.Params {
		out[p.Name] = p.Default
	}
	return out
}

// Whole reports that all rows which a topic ever had are kept; lasts, that those are which
// no other of their keys has replaced.
func Whole(l log.Log, topic string, lasts bool) bool {
	t, ok := l.Topic(topic)
	if !ok {
		return false
	}
	for p := range t.Partitions {
		if head, err := l.Head(topic, p); err != nil || head.First > 0 || head.Gone > 0 && !lasts {
			return false
		}
	}
	return true
}

// Loss is a change of a program that would lose states.
type Loss struct{ Changes []checkpoint.Change }

// Error implements error.
func (l *Loss) Error() string {
	var b strings.Builder
	b.WriteString("the program has changed, and states would be lost:")
	flags := ""
	for _, c := range l.Changes {
		fmt.Fprintf(&b, "\n  %s: %s", c.ID, c.Why)
		flags += " --allow-state-loss " + c.ID
	}
	return b.String() + "\nto let them begin afresh, add" + flags
}

// resume is the state that a run goes on from, nil for the beginning.
func (d *Data) resume(ctx context.Context, b *builder, o *Options, run *exec.Options) (*exec.State, error) {
	ops, err := b.operators()
	if err != nil {
		return nil, bug(err)
	}
	s, err := d.Run.State()
	if err != nil || s == nil {
		d.Run.Describe(ops)
		return nil, err
	}
	whole := func(t string, lasts bool) bool { return Whole(d.Log, t, lasts) }
	changes, err := b.withWaiting(s, checkpoint.Compare(d.Run.Meta().Operators, ops, whole), whole)
	if err != nil {
		return nil, err
	}
	loss := &Loss{}
	rebuild := false
	for _, c := range changes {
		allowed := slices.Contains(d.Fresh, c.ID)
		switch {
		case allowed && (c.Fate == checkpoint.Lost || c.Fate == checkpoint.Rebuilt):
			d.forget(s, c.ID)
		case c.Fate == checkpoint.Lost:
			loss.Changes = append(loss.Changes, c)
		case c.Fate == checkpoint.Rebuilt:
			d.forget(s, c.ID)
			rebuild = true
		case c.Fate == checkpoint.Migrated:
			if err := adapt(run, &c, d.Run.Meta().Operators); err != nil {
				return nil, err
			}
		}
	}
	if len(loss.Changes) > 0 {
		return nil, loss
	}
	d.Changes = changes
	if rebuild {
		fresh, err := d.rebuilt(ctx, b.g, o, *run, s)
		if err != nil {
			return nil, fmt.Errorf("running the recorded rows through the changed program: %w", err)
		}
		for _, c := range changes {
			if c.Fate == checkpoint.Rebuilt && !slices.Contains(d.Fresh, c.ID) {
				s.Adopt(c.ID, fresh)
			}
		}
	}
	d.Run.Describe(ops)
	return s, nil
}

// withWaiting also rebuilds the operators before which rows wait that do not have the
// columns that are read of them now.
func (b *builder) withWaiting(s *exec.State, changes []checkpoint.Change, whole checkpoint.Whole) ([]checkpoint.Change, error) {
	for _, n := range b.g.Nodes {
		at, ok := b.at[n.ID]
		if !ok || b.out.Nodes[at].Operator == nil || len(n.In) < 2 {
			continue
		}
		node := b.out.Nodes[at]
		inputs, err := s.WaitedFor(b.out, node, func(e plan.Edge, had *types.Type) bool {
			return checkpoint.Reads(had, b.rowBehind(e), b.computedBehind(e))
		})
		if err != nil {
			return nil, err
		}
		if len(inputs) == 0 {
			continue
		}
		i := slices.IndexFunc(changes, func(c checkpoint.Change) bool { return c.ID == node.ID })
		if i < 0 {
			i = len(changes)
			known := checkpoint.Operator{ID: node.ID, Stage: n.Stage, Stream: n.Stream, Topics: b.topicsOf(n, map[int]bool{})}
			changes = append(changes, checkpoint.Change{Operator: known, Fate: checkpoint.Kept})
		}
		if c := &changes[i]; c.Fate == checkpoint.Kept || c.Fate == checkpoint.Migrated {
			changes[i] = checkpoint.Again(c.Operator, "rows wait before it that have other columns", whole)
		}
	}
	return changes, nil
}

// adapt lets an operator read the rows that it remembers with the columns they have by now.
func adapt(run *exec.Options, c *checkpoint.Change, old []checkpoint.Operator) error {
	f, err := c.Adapt(old)
	if err != nil || f == nil {
		return err
	}
	if run.Adapt == nil {
		run.Adapt = map[string]operators.Adapters{}
	}
	run.Adapt[c.ID] = f
	return nil
}

// forget lets an operator begin afresh.
func (d *Data) forget(s *exec.State, id string) {
	s.Forget(id)
	d.Run.Clear(id)
}
