package lower

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// showRead keeps the columns that nobody reads out of error records, which would else say
// more where they are kept: each node shows of its inputs what they have without them.
func showRead(g *plan.Graph, p *ir.Program, opts Options) error {
	opts.KeepColumns = false
	read, err := Program(p, opts)
	if err != nil {
		return err
	}
	named := map[string]*plan.Node{}
	for _, n := range read.Nodes {
		named[n.Name] = n
	}
	for _, n := range g.Nodes {
		if bare := named[n.Name]; bare != nil && len(bare.In) == len(n.In) {
			n.Shown = shownOf(g, n, read, bare)
		}
	}
	return nil
}

// shownOf is nil where a node has the same inputs in both graphs.
func shownOf(g *plan.Graph, n *plan.Node, read *plan.Graph, bare *plan.Node) []plan.Shown {
	out, differ := make([]plan.Shown, len(n.In)), false
	for i := range n.In {
		columns := inputPort(read, bare, i).Columns
		if slices.EqualFunc(inputPort(g, n, i).Columns, columns, func(a, b types.Column) bool { return a.Name == b.Name && types.Equal(a.Type, b.Type) }) {
			continue
		}
		out[i].Columns, differ = columns, true
	}
	if !differ {
		return nil
	}
	return out
}
