package lower

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// reading puts a projection to the columns that a stage reads before each of its inputs
// that is a changes stream. It leaves out the updates that show in none of them: they
// would make the rows of the stage younger where somebody else reads what they change, or
// where all columns are kept, and not elsewhere. prune says which columns those are, and
// takes the projection out where the rows have no others.
func (b *builder) reading(stage *node, op ir.Operator) {
	if !readsInPart(op) {
		return
	}
	for i, in := range stage.in {
		t := *in.n.Ports[in.port]
		if t.Kind != types.Changes {
			continue
		}
		name := stage.Name + "/read"
		if i > 0 {
			name += "-right"
		}
		n := b.add(name, &ir.Project{Items: passed(t.Columns, stage.At)}, []port{in}, []*types.Stream{&t}, stage.At)
		n.Stream, n.Stage, n.reads = stage.Stream, stage.Stage, true
		stage.in[i] = port{n, 0}
	}
}

// readsInPart reports a stage for which an update is none that changes only columns it
// does not read. What goes by the times of rows reads all of them (see wholeNeeds).
func readsInPart(op ir.Operator) bool {
	switch op := op.(type) {
	case *ir.Aggregate:
		return op.Input != nil && op.Find == nil
	case *ir.Top:
		return op.Input != nil && op.Find == nil
	case *ir.Join:
		return op.Bound == ir.JoinKept
	default:
		return false
	}
}

// narrowRead leaves a projection that reading has put in the columns that are needed, and
// reports that these are all there are.
func narrowRead(g *plan.Graph, n *plan.Node, need *paths) (whole bool) {
	in, t, op := inputPort(g, n, 0), *n.Ports[0], &ir.Project{}
	t.Columns, whole = nil, true
	for _, c := range in.Columns {
		if !need.has(c.Name) {
			whole = false
			continue
		}
		e := ir.Expr(&ir.Column{Base: ir.Base{T: c.Type, At: n.At}, Name: c.Name})
		if kid := need.kids[c.Name]; kid != nil && c.Type.Kind == types.Record {
			e = narrowedTo(e, prunedType(c.Type, kid))
		}
		whole = whole && types.Equal(e.Type(), c.Type)
		c.Type = e.Type()
		op.Items = append(op.Items, ir.Item{Name: c.Name, Expr: e, Hidden: c.Hidden})
		t.Columns = append(t.Columns, c)
	}
	n.Op, n.Ports[0] = op, &t
	return whole
}

// wholeNeeds: what goes by the times of rows that change reads the whole row, since the
// time of one is that of its last change, in whatever column.
func wholeNeeds(changes bool, in *paths) {
	if changes {
		in.add(nil)
	}
}

// passed are items that keep columns as they are.
func passed(columns []types.Column, at source.Span) []ir.Item {
	items := make([]ir.Item, len(columns))
	for i, c := range columns {
		items[i] = ir.Item{Name: c.Name, Expr: &ir.Column{Base: ir.Base{T: c.Type, At: at}, Name: c.Name}, Hidden: c.Hidden}
	}
	return items
}

// reads are the nodes that reading has put in, by number.
func (b *builder) reads() map[int]bool {
	out := map[int]bool{}
	for _, n := range b.nodes {
		out[n.ID] = n.reads
	}
	return out
}
