package build

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// findCopied finds the fields of topics that nobody reads but outputs which copy them, so
// that decoders may leave their columns blank. It is for runs that show rows nowhere else
// and whose plan stays as it is. Where topics are recorded it finds texts that are also read
// for that, which is done from the records.
func (b *builder) findCopied(o *Options, outputs []written) {
	if !b.onlyWrites(o) {
		return
	}
	for _, n := range b.g.Nodes {
		op, ok := n.Op.(*plan.Topic)
		if !ok || len(n.In) > 0 || b.recorded && len(op.Topic.Key) > 0 || op.Topic.Upsert || op.Row == nil || op.Row.Kind != types.Record || b.isWritten(op.Topic.Name) {
			continue
		}
		for _, f := range op.Row.Fields {
			if !mayBlank(f.Type) || b.recorded && f.Type.Kind != types.String || slices.Contains(op.Topic.Key, f.Name) || op.Topic.Time != nil && readsColumn(op.Topic.Time, f.Name) {
				continue
			}
			if b.onlyWritten(plan.Edge{Node: n.ID}, f.Name, outputs, b.copies) {
				b.copied[op.Topic.Name] = append(b.copied[op.Topic.Name], f.Name)
			}
		}
	}
}

// onlyWrites reports that a run shows rows nowhere but in its outputs, and that its plan
// stays as it is.
func (b *builder) onlyWrites(o *Options) bool {
	return !o.AllColumns && (o.Data == nil || !o.Data.Writes) && o.Replay == nil && !o.Replaceable && len(o.Collect) == 0 && len(b.g.Schedules) == 0
}

// mayBlank reports types of columns that decoders can leave blank.
func mayBlank(t *types.Type) bool {
	return !t.Nullable && (t.Kind == types.Long || t.Kind == types.Int || t.Kind == types.String)
}

// onlyWritten reports that nobody reads a column of an edge, or of what becomes of it, but
// outputs that may.
func (b *builder) onlyWritten(e plan.Edge, column string, outputs []written, may func(w written, column string) bool) bool {
	for _, w := range outputs {
		if w.edge == e && !may(w, column) {
			return false
		}
	}
	return !slices.ContainsFunc(b.g.Nodes, func(n *plan.Node) bool {
		return slices.Contains(n.In, e) && !b.passesUnread(n, column, outputs, may)
	})
}

// copies reports that an output copies a column in a piece that its topics know of.
func (b *builder) copies(w written, column string) bool {
	stream := b.g.Nodes[w.edge.Node].Ports[w.edge.Port]
	if stream.Kind != types.Append || remains(stream, w.place) {
		return false
	}
	at := slices.IndexFunc(b.visible(w.edge), func(c types.Column) bool { return c.Name == column })
	if at < 0 {
		return true // it is not written
	}
	for _, p := range b.piecesOf(w.edge) {
		if p.From <= at && at < p.To {
			run := b.runOf(w, p)
			return !slices.ContainsFunc(b.sourcesOf(w.edge), func(t *ir.Topic) bool { return !b.asked(t.Name, run) })
		}
	}
	return false
}

// passesUnread reports that a node does not read a column, and that onlyWritten is true of
// what it hands on.
func (b *builder) passesUnread(n *plan.Node, column string, outputs []written, may func(w written, column string) bool) bool {
	reads := func(e ir.Expr) bool { return readsColumn(e, column) }
	switch op := n.Op.(type) {
	case *plan.Sink: // one of the outputs, or replaced by one
		return true
	case *ir.Where:
		if op.Replaces || len(op.Nulls) > 0 || reads(op.Cond) {
			return false
		}
	case *plan.Route:
		if op.Replaces || len(op.Shared) > 0 || slices.ContainsFunc(op.Whens, reads) {
			return false
		}
	case *ir.Project:
		if goesOn, ok := handsOnUnread(op.Items, column); !ok || !goesOn {
			return ok
		}
	case *ir.Into:
		if goesOn, ok := handsOnUnread(op.Items, column); !ok || !goesOn {
			return ok
		}
	case *plan.Drop:
		return true
	case *ir.Window:
		if !passesRows(op) {
			return false
		}
	case *ir.Aggregate:
		return countsUnread(op, column)
	case *plan.Topic:
		if b.recorded || len(n.In) > 1 || op.Topic.Time != nil || op.Topic.Upsert || len(op.Topic.Key) > 0 || !b.onlyForSinks(n) {
			return false
		}
	default:
		return false
	}
	for port := range n.Ports {
		if !b.onlyWritten(plan.Edge{Node: n.ID, Port: port}, column, outputs, may) {
			return false
		}
	}
	return true
}

// passesRows reports a window that hands rows on as they come and remembers none, and has
// late ones put where they go as they were read.
func passesRows(op *ir.Window) bool {
	switch op.Kind {
	case ir.WindowTumbling, ir.WindowHopping, ir.WindowCumulative:
		return op.Input == nil && !op.Processing && (op.LateTo == nil || op.LateTo.Drop || op.LateIsTopicDefined)
	}
	return false
}

// countsUnread reports an aggregate over such windows that does not read a column, and so
// remembers nothing of it.
func countsUnread(op *ir.Aggregate, column string) bool {
	if !op.Windowed || op.AtOnce || op.Emit != "final" || op.Input != nil || op.Find != nil && op.Find.Kind != ir.WindowHopping {
		return false
	}
	reads := func(e ir.Expr) bool { return e != nil && readsColumn(e, column) }
	if slices.ContainsFunc(op.By, func(it ir.Item) bool { return reads(it.Expr) }) {
		return false
	}
	return !slices.ContainsFunc(op.Aggs, func(a ir.AggCall) bool { return reads(a.Where) || slices.ContainsFunc(a.Args, reads) })
}

// onlyForSinks reports that rows come to a topic from one place within the graph and are
// written as they come: a topic that others read keeps its rows.
func (b *builder) onlyForSinks(n *plan.Node) bool {
	t := n.Op.(*plan.Topic).Topic
	if b.hasSideDoor(t.Name) || slices.ContainsFunc(b.g.Sources, func(s *ir.Source) bool { return s.Topic == t.Name }) {
		return false
	}
	return !slices.ContainsFunc(b.g.Nodes, func(m *plan.Node) bool {
		_, sink := m.Op.(*plan.Sink)
		return !sink && slices.Contains(m.In, plan.Edge{Node: n.ID})
	})
}

// handsOnUnread reports whether new rows have a column of the old ones, and that they are
// made without reading it.
func handsOnUnread(items []ir.Item, column string) (goesOn, unread bool) {
	for _, it := range items {
		if c, same := it.Expr.(*ir.Column); same && c.Name == column && it.Name == column && !it.Hidden {
			goesOn = true
		} else if readsColumn(it.Expr, column) {
			return false, false
		}
	}
	return goesOn, true
}

// readsColumn reports that an expression reads a column.
func readsColumn(e ir.Expr, column string) bool {
	if c, ok := e.(*ir.Column); ok {
		return c.Name == column
	}
	return slices.ContainsFunc(ir.Children(e), func(x ir.Expr) bool { return readsColumn(x, column) })
}
