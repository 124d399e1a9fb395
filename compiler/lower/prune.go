package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// prune removes the columns that no output needs, from the outputs back to the
// topics, whose decoders then build only what is left (SEMANTICS 90). With KeepColumns only
// those go that are computed and can fail. reads are the nodes that stand for what their
// reader reads.
func prune(g *plan.Graph, opts Options, reads map[int]bool) {
	need := make([][]*paths, len(g.Nodes))
	for i, n := range g.Nodes {
		need[i] = make([]*paths, max(1, len(n.Ports)))
		for j := range need[i] {
			need[i][j] = &paths{}
		}
	}
	for name, end := range g.Ends {
		if opts.All || slices.Contains(opts.Outputs, name) {
			need[end.Node][end.Port].all = true
		}
	}
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		in := inputNeeds(g, n, need[i])
		for j, e := range n.In {
			merge(need[e.Node][e.Port], in[min(j, len(in)-1)])
		}
	}
	var idle []*plan.Node
	for _, n := range g.Nodes {
		if reads[n.ID] {
			if narrowRead(g, n, need[n.ID][0]) {
				idle = append(idle, n)
			}
			continue
		}
		if opts.KeepColumns {
			keepHarmless(g, n, need[n.ID])
		}
		if _, ok := n.Op.(*ir.Union); ok {
			makeAlike(g, n)
		}
		narrowNode(g, n, need[n.ID])
	}
	for _, n := range idle {
		g.Remove(n)
	}
}

// inputNeeds is what a node needs of each input, given what is needed of its
// outputs; the last entry serves all further inputs.
func inputNeeds(g *plan.Graph, n *plan.Node, out []*paths) []*paths {
	in := &paths{}
	switch op := n.Op.(type) {
	case *plan.Topic, *plan.Sink:
		in.all = true // what is written to a topic or a sink is written whole
	case *plan.Drop:
	case *plan.Route:
		for _, p := range out {
			merge(in, p)
		}
		for _, w := range op.Whens {
			in.expr(w)
		}
	case *ir.Project:
		projectNeeds(n, op, out[0], in)
	case *ir.Into:
		for _, it := range op.Items {
			in.expr(it.Expr)
		}
	case *ir.Where:
		merge(in, out[0])
		in.expr(op.Cond)
		for _, it := range op.Nulls {
			in.expr(it.Expr)
		}
		keyNeeds(n, in)
	case *ir.Require:
		merge(in, out[0])
		for _, v := range op.Values {
			in.expr(v)
		}
		if op.Else != nil && !op.Else.Drop {
			in.all = true
		}
	case *ir.Unnest:
		merge(in, out[0])
		delete(in.kids, op.Name)
		in.expr(op.Expr)
	case *ir.KeyBy, *ir.Clock:
		merge(in, out[0])
	case *ir.WindowNone:
		merge(in, out[0])
		if op.Kind != "" {
			in.add([]string{types.WindowEnd})
		}
	case *ir.Time:
		merge(in, out[0])
		in.expr(op.Expr)
	case *ir.Window:
		merge(in, out[0])
		wholeNeeds(op.Input != nil, in)
		for _, p := range op.Per {
			in.add([]string{p})
		}
		if op.Kind == ir.WindowSpan {
			in.expr(op.From)
			in.expr(op.To)
		}
		if op.LateTo != nil && !op.LateTo.Drop && !op.LateIsTopicDefined {
			in.all = true
		}
	case *ir.Aggregate:
		aggregateNeeds(op, out[0], in)
		wholeNeeds(op.Input != nil && (op.Find != nil || ordered(op, out[0])), in)
	case *ir.Top:
		merge(in, out[0])
		delete(in.kids, op.Rank)
		ordersNeed(in, op.By)
		exprsNeed(in, op.Per)
		keyNeeds(n, in)
		replacedNeeds(op.Input, in)
		wholeNeeds(op.Input != nil && op.Find != nil, in)
		windowNeeds(in, op.Windowed)
	case *ir.Latest:
		merge(in, out[0])
		exprsNeed(in, op.By)
		keyNeeds(n, in)
		wholeNeeds(op.Input != nil, in)
		windowNeeds(in, op.Windowed)
	case *ir.Place:
		merge(in, out[0])
		keyNeeds(n, in)
		wholeNeeds(op.Input != nil, in)
		windowNeeds(in, true)
		for _, p := range op.Find.Per {
			in.add([]string{p})
		}
	case *ir.View:
		viewNeeds(op, in)
	case *ir.Dedup:
		merge(in, out[0])
		exprsNeed(in, op.By)
		windowNeeds(in, op.Windowed)
	case *ir.Sort:
		merge(in, out[0])
		ordersNeed(in, op.By)
		windowNeeds(in, op.Windowed)
	case *ir.Over:
		overNeeds(op, out[0], in)
	case *ir.Hold:
		merge(in, out[0])
		in.expr(op.While)
		exprsNeed(in, op.Per)
	case *ir.Silent:
		for _, it := range op.Per {
			in.expr(it.Expr)
		}
	case *ir.Throttle:
		merge(in, out[0])
		exprsNeed(in, op.Per)
		if op.Else != nil && !op.Else.Drop {
			in.all = true
		}
	case *ir.Changed:
		changedNeeds(op, out[0], in)
	case *ir.Limit:
		merge(in, out[0])
	case *ir.Sample:
		merge(in, out[0])
		exprsNeed(in, op.By)
	case *ir.Union:
		merge(in, out[0])
		for _, c := range n.Ports[0].Columns {
			if c.Type.Kind == types.Union { // the inputs' must be alike
				in.add([]string{c.Name})
			}
		}
	case *ir.Match:
		return matchNeeds(op, out[0])
	case *ir.Changes, *ir.Upserts, *ir.Expire:
		in.add(nil) // whether a row is equal to the one before depends on all of it
	case *ir.Join:
		return joinNeeds(g, n, op, out[0])
	case *ir.Asof:
		in := sidesNeed(n, &op.Sides, out[0])
		wholeNeeds(inputPort(g, n, int(ir.RightSide)).Kind == types.Changes, in[ir.RightSide])
		if op.Waited {
			in[ir.LeftSide].add([]string{types.WindowEnd})
		}
		return in
	case *ir.Lookup:
		return lookupNeeds(g, n, op, out[0])
	case *ir.OnTime:
		merge(in, out[0])
		if op.Of != "" {
			in.add([]string{op.Of})
		}
		if op.LateTo != nil && !op.LateTo.Drop && !op.LateIsTopicDefined {
			in.all = true
		}
	}
	return []*paths{in}
}

// narrowNode rewrites a node for the columns that are left.
func narrowNode(g *plan.Graph, n *plan.Node, need []*paths) {
	switch op := n.Op.(type) {
	case *plan.Topic:
		narrowTopic(g, n, op, need[0])
	case *ir.Project:
		items := slices.DeleteFunc(slices.Clone(op.Items), func(it ir.Item) bool { return !need[0].has(it.Name) })
		keepColumns(n, 0, func(c types.Column) bool { return need[0].has(c.Name) })
		in := g.Nodes[n.In[0].Node].Ports[n.In[0].Port]
		for i, it := range items {
			if e := onlyParts(followPath(it.Expr, in), need[0].kids[it.Name]); e != it.Expr {
				items[i].Expr, n.Ports[0].Columns[i].Type = e, e.Type()
			}
		}
		n.Op = &ir.Project{Items: items}
	case *ir.Aggregate:
		narrowAggregate(n, op, need[0])
	case *ir.Over:
		narrowOver(g, n, op, need[0])
	case *ir.Changed:
		narrowChanged(g, n, op, need[0])
	case *ir.Match:
		narrowMatch(n, op, need[0])
	case *plan.Sink, *plan.Drop, *ir.Into, *ir.Silent, *ir.Changes, *ir.View:
	case *ir.Join, *ir.Asof, *ir.Lookup:
		followSides(g, n)
	default:
		for i := range n.Ports {
			followInput(g, n, i)
		}
	}
}

// followInput gives a node that passes its input on the columns its input still has.
func followInput(g *plan.Graph, n *plan.Node, i int) {
	in := g.Nodes[n.In[0].Node].Ports[n.In[0].Port]
	made := map[string]bool{}
	switch op := n.Op.(type) {
	case *ir.Unnest:
		made[op.Name] = true
	case *ir.Top:
		made[op.Rank] = true
	case *ir.Over:
		for _, c := range op.Calls {
			made[c.Column] = true
		}
	case *ir.Changed:
		made[ir.PreviousRow] = len(op.Previous) > 0
	case *ir.Window:
		made[types.WindowStart], made[types.WindowEnd] = true, true
	}
	keepColumns(n, i, func(c types.Column) bool {
		_, there := in.Column(c.Name)
		return there || made[c.Name]
	})
	for j, c := range n.Ports[i].Columns {
		if from, ok := in.Column(c.Name); ok && !made[c.Name] {
			n.Ports[i].Columns[j].Type = prunedLike(c.Type, from.Type)
		}
	}
}

// narrowOver leaves out the calls that nobody reads.
func narrowOver(g *plan.Graph, n *plan.Node, op *ir.Over, need *paths) {
	c := *op
	c.Calls = slices.DeleteFunc(slices.Clone(op.Calls), func(call ir.OverCall) bool { return !call.Ahead() && !need.has(call.Column) })
	n.Op = &c
	followInput(g, n, 0)
}

// narrowChanged leaves out what nobody reads of the previous row.
func narrowChanged(g *plan.Graph, n *plan.Node, op *ir.Changed, need *paths) {
	c := *op
	c.Previous = previousNeeded(op, need)
	n.Op = &c
	followInput(g, n, 0)
	if len(op.Previous) == 0 {
		return
	}
	for i, col := range n.Ports[0].Columns {
		if col.Name == ir.PreviousRow {
			rec := *col.Type
			rec.Fields = slices.DeleteFunc(slices.Clone(rec.Fields), func(f types.Field) bool { return !slices.Contains(c.Previous, f.Name) })
			n.Ports[0].Columns[i].Type = &rec
		}
	}
}

// keepColumns replaces a port's type by one with fewer columns.
func keepColumns(n *plan.Node, i int, keep func(types.Column) bool) {
	t := *n.Ports[i]
	t.Columns = nil
	for _, c := range n.Ports[i].Columns {
		if keep(c) {
			t.Columns = append(t.Columns, c)
		}
	}
	n.Ports[i] = &t
}

// narrowTopic leaves a topic the columns somebody reads, and those that give its
// time and key.
func narrowTopic(g *plan.Graph, n *plan.Node, op *plan.Topic, need *paths) {
	row := op.Topic.Row
	if need.all {
		n.Op = &plan.Topic{Topic: op.Topic, Row: row}
		return
	}
	if len(n.In) > 0 || emitted(g, op.Topic.Name) { // written by the program: rows arrive whole
		n.Op = &plan.Topic{Topic: op.Topic, Row: row}
		return
	}
	if op.Topic.Time != nil {
		need.expr(op.Topic.Time)
	}
	if op.Topic.Partitions > 1 {
		for _, k := range op.Topic.Key {
			need.add([]string{k})
		}
	}
	t := *n.Ports[0]
	if row.Kind == types.Union {
		pruned := prunedUnion(row, need.kids[types.UnionColumn])
		n.Op = &plan.Topic{Topic: op.Topic, Row: pruned}
		t.Columns = []types.Column{{Name: types.UnionColumn, Type: pruned}}
		n.Ports[0] = &t
		return
	}
	pruned := prunedType(row, need)
	n.Op = &plan.Topic{Topic: op.Topic, Row: pruned}
	t.Columns = nil
	for _, f := range pruned.Fields {
		t.Columns = append(t.Columns, types.Column{Name: f.Name, Type: f.Type})
	}
	n.Ports[0] = &t
}

// emitted reports a topic that a schedule writes to.
func emitted(g *plan.Graph, topic string) bool {
	return slices.ContainsFunc(g.Schedules, func(s *ir.Schedule) bool {
		return slices.ContainsFunc(s.Acts, func(a ir.ScheduleAct) bool { return a.Emit != nil && a.Emit.Topic == topic })
	})
}
