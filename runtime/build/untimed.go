package build

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/exec"
)

// findUntimed finds the topic whose rows need no times: it is the only one that is read, so
// that its rows are in order without them, and on their way to outputs no stage asks when
// a row happened. Its time is still a column that must be there, and outputs may write it;
// what the summary tells of a row that moved the watermark far is left out, for there is none.
func (b *builder) findUntimed(o *Options, outputs []written) {
	n := b.onlyRead(outputs)
	if n == nil || o.Data != nil || !b.onlyWrites(o) {
		return
	}
	op := n.Op.(*plan.Topic)
	at, ok := op.Topic.Time.(*ir.Column)
	if !ok || at.Type().Nullable || op.Topic.MaxAhead > 0 || op.Topic.Upsert || len(op.Topic.Key) > 0 ||
		op.Row == nil || op.Row.Kind != types.Record || b.isWritten(op.Topic.Name) {
		return
	}
	e := plan.Edge{Node: n.ID}
	if !b.ignoresTimes(e) {
		return
	}
	b.untimed[op.Topic.Name] = true
	notWritten := func(w written, column string) bool {
		return !slices.ContainsFunc(b.visible(w.edge), func(c types.Column) bool { return c.Name == column })
	}
	if b.onlyWritten(e, at.Name, outputs, notWritten) {
		b.present[op.Topic.Name] = []string{at.Name}
	}
}

// onlyRead is the topic that all rows come from, nil where there are several, or none. One
// that nobody reads does not count, as that of error records mostly is.
func (b *builder) onlyRead(outputs []written) *plan.Node {
	var found *plan.Node
	for _, n := range b.g.Nodes {
		if _, ok := n.Op.(*plan.Topic); !ok || len(n.In) > 0 || b.isIdle(plan.Edge{Node: n.ID}, outputs) {
			continue
		}
		if found != nil {
			return nil
		}
		found = n
	}
	return found
}

// isIdle reports that nobody reads an edge.
func (b *builder) isIdle(e plan.Edge, outputs []written) bool {
	return !slices.ContainsFunc(outputs, func(w written) bool { return w.edge == e }) &&
		!slices.ContainsFunc(b.g.Nodes, func(n *plan.Node) bool { return slices.Contains(n.In, e) })
}

// ignoresTimes reports that nobody asks for the times of the rows of an edge, or of what
// becomes of them.
func (b *builder) ignoresTimes(e plan.Edge) bool {
	return !slices.ContainsFunc(b.g.Nodes, func(n *plan.Node) bool {
		return slices.Contains(n.In, e) && !b.passesTimeless(n)
	})
}

// passesTimeless reports that a node and those below it do not ask for times.
func (b *builder) passesTimeless(n *plan.Node) bool {
	switch op := n.Op.(type) {
	case *plan.Sink, *plan.Drop:
		return true
	case *ir.Where:
		if op.Replaces {
			return false
		}
	case *plan.Route:
		if op.Replaces {
			return false
		}
	case *ir.Project, *ir.Into:
	case *plan.Topic:
		if len(n.In) > 1 || op.Topic.Time != nil || op.Topic.Upsert || len(op.Topic.Key) > 0 || !b.onlyForSinks(n) {
			return false
		}
	default:
		return false
	}
	for port := range n.Ports {
		if !b.ignoresTimes(plan.Edge{Node: n.ID, Port: port}) {
			return false
		}
	}
	return true
}

// leaveTimes takes the times from a topic that is read from one file to its end.
func (b *builder) leaveTimes(o *Options, p place, t *ir.Topic, node *exec.Topic) error {
	if !b.untimed[t.Name] || p.uri.Path == "-" || p.uri.Options["follow"] == "true" {
		return nil
	}
	paths, err := o.System.Paths(p.uri, p.dir)
	if err != nil {
		return err
	}
	if len(paths) == 1 {
		node.TimeOf, node.TimeIn = nil, 0
	}
	return nil
}

// sourceCount is how many sources a program gives a topic.
func (b *builder) sourceCount(t *ir.Topic) (n int) {
	for _, s := range b.g.Sources {
		if s.Topic == t.Name {
			n++
		}
	}
	return n
}
