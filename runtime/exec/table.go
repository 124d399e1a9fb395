package exec

import "github.com/edynamic/edynamic/operators"

// tableInput is the input of an operator that others look things up in. It holds no
// watermark back: what the operator gives are rows of the others.
type tableInput struct {
	input int
	first bool // it is read whole before the first row of the others
	ended bool
	held  []heldBatch
}

type heldBatch struct {
	input int
	b     *operators.Batch
}

// holds reports that rows of an input must wait for the table.
func (t *tableInput) holds(input int) bool { return t.first && !t.ended && input != t.input }

// waits takes the mark of an input and reports that nothing can be said to the
// operator yet. Rows that have waited are given to it once the table has ended, or
// when nothing more is known to follow.
func (t *tableInput) waits(o *opNode, input int, m mark) bool {
	ends := input == t.input && m.End
	t.ended = t.ended || ends
	if !t.first {
		return input == t.input && !m.flush
	}
	if !t.ended && !m.flush {
		return true
	}
	held := t.held
	t.held = nil
	for _, h := range held {
		o.process(h.input, h.b)
	}
	return input == t.input && !ends && !m.flush
}

// mark is what can be said of the inputs but for the table.
func (t *tableInput) mark(marks []mark, flush bool) mark {
	var others []mark
	for i, m := range marks {
		if i != t.input {
			others = append(others, m)
		}
	}
	return leastOfMarks(others, flush)
}

func (t *tableInput) release() {
	for _, h := range t.held {
		h.b.Release()
	}
	t.held = nil
}

// tables are the topics that tables are read from; with first, only those which others
// wait for: they are pulled before any other.
func (e *Engine) tables(first bool) map[*topicNode]bool {
	out := map[*topicNode]bool{}
	for _, n := range e.graph.Nodes {
		if n.Operator == nil || n.Operator.Table == 0 || first && !n.Operator.TableFirst {
			continue
		}
		e.above(n.In[n.Operator.Table-1].Node, out)
	}
	return out
}

// above adds the topics that the rows of a node come from.
func (e *Engine) above(id int, out map[*topicNode]bool) {
	if t, ok := e.nodes[id].(*topicNode); ok {
		out[t] = true
	}
	for _, edge := range e.graph.Nodes[id].In {
		e.above(edge.Node, out)
	}
}
