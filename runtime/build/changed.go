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
		var ins []*types.Stream
		for _, e := range n.In {
			ins = append(ins, b.edgeType(e))
		}
		does, reads, err := graph.Signatures(n, ins)
		if err != nil {
			return nil, err
		}
		known := checkpoint.Operator{ID: node.ID, Stage: n.Stage, Stream: n.Stream, Does: does, Reads: reads, Topics: b.topicsOf(n, map[int]bool{}), Lasts: b.keepsLasts(n)}
		if m, ok := op.(operators.Migrant); ok {
			known.Migrates, known.OfRows = m.Migrates()
			for i, in := range ins {
				schema, err := avro.Export(rowOf(b.passedFrom(n.In[i]), in.Columns), avro.Options{Name: "In"})
				if err != nil {
					return nil, err
				}
				known.In = append(known.In, checkpoint.Input{Kind: in.Kind.String(), Schema: string(schema)})
			}
		}
		out = append(out, known)
	}
	return out, nil
}

// rowOf is the type of rows with columns, which have come through unchanged from a topic
// (nil for others): then they have the defaults and earlier names of its fields.
func rowOf(t *ir.Topic, columns []types.Column) *types.Type {
	row := &types.Type{Kind: types.Record, Name: "In"}
	var from *types.Type
	if t != nil && t.Row.Kind == types.Record {
		from = t.Row
	}
	for _, c := range columns {
		f := types.Field{Name: c.Name, Type: c.Type}
		if from != nil {
			if i := slices.IndexFunc(from.Fields, func(o types.Field) bool { return o.Name == c.Name }); i >= 0 {
				f = from.Fields[i]
				f.Type = c.Type
			}
		}
		row.Fields = append(row.Fields, f)
	}
	return row
}

// topicBehind is passedFrom for an edge of the graph that runs.
func (b *builder) topicBehind(from plan.Edge) *ir.Topic {
	for planned, built := range b.at {
		if built == from.Node && planned < len(b.g.Nodes) {
			return b.passedFrom(plan.Edge{Node: planned, Port: from.Port})
		}
	}
	return nil
}

// passedFrom is the topic whose rows an edge has with all of their columns as they were, nil
// for none.
func (b *builder) passedFrom(e plan.Edge) *ir.Topic {
	for {
		n := b.g.Nodes[e.Node]
		if t, ok := n.Op.(*plan.Topic); ok {
			return t.Topic
		}
		if len(n.In) != 1 {
			return nil
		}
		switch n.Op.(type) {
		case *ir.Where, *ir.Require, *ir.Window, *ir.Dedup, *ir.Latest, *ir.Top, *ir.Upserts, *ir.Expire:
			e = n.In[0]
		default:
			return nil
		}
	}
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
	b.identify()
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
	changes := checkpoint.Compare(d.Run.Meta().Operators, ops, func(t string, lasts bool) bool { return Whole(d.Log, t, lasts) })
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

// adapt lets an operator read the rows that it remembers with the columns they have by now.
func adapt(run *exec.Options, c *checkpoint.Change, old []checkpoint.Operator) error {
	f, err := c.Adapt(old)
	if err != nil || f == nil {
		return err
	}
	if run.Adapt == nil {
		run.Adapt = map[string]*operators.Adapter{}
	}
	run.Adapt[c.ID] = f
	return nil
}

// forget lets an operator begin afresh.
func (d *Data) forget(s *exec.State, id string) {
	s.Forget(id)
	d.Run.Clear(id)
}
