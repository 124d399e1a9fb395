package lower

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// sidesNeed is what a join needs of its two inputs: what is needed of the result is
// a column of either.
func sidesNeed(n *plan.Node, op *ir.Sides, out *paths) []*paths {
	left, right := &paths{}, &paths{}
	for _, c := range n.Ports[0].Columns {
		switch side := op.Of(c.Name); {
		case out.all && side == ir.LeftSide:
			left.add([]string{c.Name})
		case out.all:
			right.add([]string{c.Name})
		case out.kids[c.Name] != nil && side == ir.LeftSide:
			merge(left, &paths{kids: map[string]*paths{c.Name: out.kids[c.Name]}})
		case out.kids[c.Name] != nil:
			merge(right, &paths{kids: map[string]*paths{c.Name: out.kids[c.Name]}})
		}
	}
	for i := range op.LeftKeys {
		left.add([]string{op.LeftKeys[i]})
		right.add([]string{op.RightKeys[i]})
	}
	if op.On != nil {
		on := &paths{}
		on.expr(op.On)
		if alias := on.kids[op.Alias]; alias != nil {
			merge(right, &paths{kids: map[string]*paths{op.Alias: alias}})
			delete(on.kids, op.Alias)
		}
		merge(left, on)
	}
	return []*paths{left, right}
}

func joinNeeds(g *plan.Graph, n *plan.Node, op *ir.Join, out *paths) []*paths {
	keyNeeds(n, out)
	in := sidesNeed(n, &op.Sides, out)
	left, right := in[0], in[1]
	if op.From != "" {
		left.add([]string{op.From})
		left.add([]string{op.To})
	}
	if op.Bound == ir.JoinWindowed {
		for _, side := range in {
			side.add([]string{types.WindowStart})
			side.add([]string{types.WindowEnd})
		}
	}
	identityNeeds(g, n, 0, op.LeftIdentity, left)
	identityNeeds(g, n, 1, op.RightIdentity, right)
	return in
}

func lookupNeeds(g *plan.Graph, n *plan.Node, op *ir.Lookup, out *paths) []*paths {
	keyNeeds(n, out)
	in := sidesNeed(n, &op.Sides, out)
	for _, k := range op.Identity {
		in[1].add([]string{k})
	}
	identityNeeds(g, n, 0, nil, in[0])
	identityNeeds(g, n, 1, op.Identity, in[1])
	return in
}

// identityNeeds keeps what identifies the rows of an input that is a changes stream.
func identityNeeds(g *plan.Graph, n *plan.Node, input int, identity []string, in *paths) {
	t := g.Nodes[n.In[input].Node].Ports[n.In[input].Port]
	if t.Kind != types.Changes {
		return
	}
	if len(identity) == 0 {
		identity = t.Key
	}
	if len(identity) == 0 {
		in.all = true
	}
	for _, k := range identity {
		in.add([]string{k})
	}
}

// followSides gives a join the columns that its inputs still have.
func followSides(g *plan.Graph, n *plan.Node) {
	left, right := g.Nodes[n.In[0].Node].Ports[n.In[0].Port], g.Nodes[n.In[1].Node].Ports[n.In[1].Port]
	sides := ir.SidesOf(n.Op)
	from := func(name string) (types.Column, bool) {
		if sides.Of(name) == ir.LeftSide {
			return left.Column(name)
		}
		return right.Column(name)
	}
	keepColumns(n, 0, func(c types.Column) bool {
		_, there := from(c.Name)
		return there
	})
	for j, c := range n.Ports[0].Columns {
		if in, _ := from(c.Name); c.Type.Kind == types.Record {
			n.Ports[0].Columns[j].Type = prunedLike(c.Type, in.Type)
		}
	}
}
