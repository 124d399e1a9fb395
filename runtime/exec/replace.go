package exec

import (
	"fmt"
)

// Replace gives nodes other operators. It must be called from Options.Barriers, between
// two pulls of rows; the barrier that follows makes the new ones go on from the state of
// the old ones. The new nodes stand at the places of the running ones.
func (e *Engine) Replace(nodes []*Node) error {
	if len(nodes) > len(e.graph.Nodes) {
		return fmt.Errorf("%d nodes cannot replace %d", len(nodes), len(e.graph.Nodes))
	}
	for i, n := range nodes {
		if old := e.graph.Nodes[i]; (old.Operator == nil) != (n.Operator == nil) || old.Name != n.Name {
			return fmt.Errorf("%q cannot replace %q", n.Name, old.Name)
		}
	}
	for i, n := range nodes {
		if n.Operator != nil {
			e.graph.Nodes[i].Operator = n.Operator
		}
	}
	return nil
}

// Read is how many rows each topic has taken in so far, in the order of the topics. Like
// Replace it must be called between two pulls.
func (e *Engine) Read() []TopicSummary {
	var out []TopicSummary
	for _, t := range e.sources {
		if t.isRead() {
			out = append(out, TopicSummary{Name: t.topic.Name, Rows: t.stats.Rows})
		}
	}
	return out
}
