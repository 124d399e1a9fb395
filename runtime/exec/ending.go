package exec

import (
	"math"

	"github.com/edynamic/edynamic/operators"
)

// ending says that what leaves a node waits for the end of an input: behind a topic whose
// watermark moves at its end only, windows close there. Error records of such rows stand
// behind all others, by node and then by time, so that nobody keeps the records of rows
// that failed at once until the end, to see whether one of them comes before.
type ending int

const (
	endsNever  ending = iota
	endsItself        // rows that waited for the watermark
	endsBelow         // all rows, for they come from such a node
)

// endOfRecords is where the records stand of what waited for the end.
var endOfRecords = spot{progress: operators.MaxTime, topic: -1}

// upTo is what a mark says of error records.
func (e ending) upTo(m mark) mark {
	if e == endsBelow && !m.End {
		m.upTo = endOfRecords
	}
	return m
}

// atEnd puts a record of what waited for the end behind all others.
func (s *station) atEnd(r record) record {
	if s.ending == endsBelow || s.ending == endsItself && s.settling {
		r.spot = spot{progress: operators.MaxTime, topic: math.MaxInt, partition: s.id, position: r.spot.progress}
	}
	return r
}

// findEndings finds the nodes that wait for the end of an input.
func (e *Engine) findEndings() {
	waits := make([]bool, len(e.graph.Nodes)) // the watermark moves at an end only
	var below func(id int)
	below = func(id int) {
		s := e.stations[id]
		if s == nil || s.ending == endsBelow || s.node.Topic != nil && s.node.Topic.Records {
			return
		}
		s.ending = endsBelow
		e.eachBelow(id, below)
	}
	for id, n := range e.graph.Nodes {
		s := e.stations[id]
		switch {
		case n.Topic != nil:
			waits[id] = n.Topic.Complete
		case n.Operator != nil:
			for input, edge := range n.In {
				waits[id] = waits[id] || waits[edge.Node] && input != n.Operator.Table-1
			}
			if _, own := e.nodes[id].(*opNode).op.(operators.Timekeeper); own {
				waits[id] = false
			}
			if s.ending == endsNever && (n.Operator.Settles && waits[id] || n.Operator.Blocks) {
				s.ending = endsItself
				e.eachBelow(id, below)
			}
		}
	}
}

// eachBelow visits the nodes that take rows of another.
func (e *Engine) eachBelow(id int, visit func(id int)) {
	for _, readers := range e.stations[id].outs {
		for _, c := range readers {
			switch to := c.to.(type) {
			case *opNode:
				visit(to.id)
			case *topicNode:
				visit(to.id)
			}
		}
	}
	for _, c := range e.stations[id].sides {
		if to, ok := c.to.(*topicNode); ok {
			visit(to.id)
		}
	}
}
