package build

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/runtime/exec"
)

// settleTables says how the tables of lookups are read whose program leaves it open, now
// that the inputs are known: what a row sees must not depend on how rows are cut into
// batches (SEMANTICS 70). One all of whose inputs end is read whole before the first row
// of the stream, standard input too, unless the stream goes on for ever itself: then both
// go by the clock. Recorded rows come in the order in which they came (exec.Dated), so that
// a row sees what the table had for it in the run that recorded them.
func (b *builder) settleTables(replay bool) {
	for _, n := range b.g.Nodes {
		op, ok := n.Op.(*ir.Lookup)
		if !ok || op.First || replay || b.merged[n.ID] {
			continue
		}
		b.out.Nodes[b.at[n.ID]].Operator.TableFirst = b.ends(n.In[1].Node, !b.live(n.In[0].Node))
	}
}

// ends reports that everything the rows of a node come from is an input that ends; piped
// tells that standard input is taken for one. Rows that come by a side door may be those of
// any input: what takes them does not count.
func (b *builder) ends(id int, piped bool) bool {
	topics := map[int]bool{}
	b.topicsAbove(id, topics)
	for at := range topics {
		n := b.g.Nodes[at]
		t := b.out.Nodes[b.at[at]].Topic
		if t.Live || t.Scheduled || t.Records || b.hasSideDoor(t.Name) || len(t.Lanes) == 0 && len(n.In) == 0 {
			return false
		}
		if slices.ContainsFunc(t.Lanes, func(l exec.Lane) bool { return l.Pauses || l.Name == standardInput && !piped }) {
			return false
		}
	}
	return true
}

// live reports that rows of a node may come for as long as the run lasts.
func (b *builder) live(id int) bool {
	topics := map[int]bool{}
	b.topicsAbove(id, topics)
	for at := range topics {
		if t := b.out.Nodes[b.at[at]].Topic; t.Live || t.Scheduled || t.Records || b.hasSideDoor(t.Name) {
			return true
		}
	}
	return false
}

// standardInput is the name of the lane that reads it.
const standardInput = "-"
