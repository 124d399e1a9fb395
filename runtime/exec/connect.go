package exec

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// connect links the nodes: every edge with its reader, and every side door with
// its topic.
func (e *Engine) connect() {
	writers := make(map[*topicNode]int)
	recorders := make(map[*topicNode]int)
	for id, n := range e.graph.Nodes {
		for input, edge := range n.In {
			from := e.stations[edge.Node]
			from.outs[edge.Port] = append(from.outs[edge.Port], consumer{e.nodes[id], input})
			e.nameInput(id, fmt.Sprintf("%s:%d", from.node.Identity(), edge.Port))
			if o := from.node.Operator; o != nil && o.CountsBelow {
				from.counts = e.stations[id].counters
			}
		}
		if n.Topic != nil {
			writers[e.topics[n.Topic.Name]] = len(n.In)
		}
	}
	paths := e.paths()
	for id, n := range e.graph.Nodes {
		s := e.stations[id]
		if s == nil {
			continue
		}
		doors := n.sideDoors()
		if n.Errors != "" {
			doors = append(doors, sideDoor{n.Errors, n.Errors})
		}
		for _, d := range doors {
			to := e.topics[d.topic]
			if to == nil || paths.leads(to.id, id) {
				continue // its rows would come back: they are counted instead
			}
			paths.add(id, to.id)
			switch {
			case !to.topic.Records:
				if _, ok := s.sides[d.name]; !ok {
					s.sides[d.name] = consumer{to, writers[to]}
					to.inputs = append(to.inputs, s.node.Identity()+":"+d.name)
					writers[to]++
				}
			case !s.recordsTo(to):
				s.recorders = append(s.recorders, recorder{to, recorders[to]})
				to.writers = append(to.writers, s.node.Identity())
				recorders[to]++
			}
			if d.topic == n.Errors {
				s.errors = to
			}
			if d.topic == n.Late {
				s.late = to
			}
		}
	}
	for _, t := range e.sources {
		t.written(writers[t], recorders[t])
	}
	for _, t := range e.sources {
		t.forgotten = t.merge == nil && (len(t.lanes) == 1 || t.topic.TimeOf == nil) && e.forgets(&t.station)
	}
}

// nameInput adds the name of an input of a node, as a State knows it. Two inputs of one
// name are told apart by their order.
func (e *Engine) nameInput(id int, name string) {
	switch to := e.nodes[id].(type) {
	case *opNode:
		to.inputs = append(to.inputs, fresh(to.inputs, name))
	case *topicNode:
		to.inputs = append(to.inputs, fresh(to.inputs, name))
	}
}

func fresh(names []string, name string) string {
	for slices.Contains(names, name) {
		name += "+"
	}
	return name
}

// forgets reports that nobody below a station keeps the Refs of a batch that was
// released: rows pass, or are chosen, and go to sinks.
func (e *Engine) forgets(s *station) bool {
	if len(s.sides) > 0 {
		return false
	}
	for _, readers := range s.outs {
		for _, c := range readers {
			switch to := c.to.(type) {
			case *sinkNode:
			case *opNode:
				if to.split != nil || to.table != nil || !e.lets(to) {
					return false
				}
			case *topicNode: // with one writer alone its batches pass as they are
				if !to.onlyWritten() || len(to.lanes) > 0 || to.records != nil || len(to.merge.inputs) > fromWriters+1 {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}

// lets reports that an operator lets go of batches, and everything below it.
func (e *Engine) lets(o *opNode) bool {
	if a, ok := o.op.(operators.Absorbing); ok && a.Absorbs() {
		return len(o.sides) == 0
	}
	f, ok := o.op.(operators.Forgetful)
	return ok && f.Forgets() && e.forgets(&o.station)
}

// paths knows which node leads to which.
type paths [][]int

func (e *Engine) paths() paths {
	p := make(paths, len(e.graph.Nodes))
	for id, n := range e.graph.Nodes {
		for _, edge := range n.In {
			p.add(edge.Node, id)
		}
	}
	return p
}

func (p paths) add(from, to int) { p[from] = append(p[from], to) }

// leads reports whether rows of a node can reach another.
func (p paths) leads(from, to int) bool {
	if from == to {
		return true
	}
	seen := make([]bool, len(p))
	var walk func(int) bool
	walk = func(at int) bool {
		if at == to {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		for _, next := range p[at] {
			if walk(next) {
				return true
			}
		}
		return false
	}
	return walk(from)
}

// furthestBelow is the highest watermark that an operator below a node has seen:
// a partition that resumes must not stand behind it.
func (e *Engine) furthestBelow(id int) int64 {
	all := e.paths()
	top := int64(operators.MinTime)
	for _, o := range e.ops {
		if o.said && all.leads(id, o.id) {
			top = max(top, o.last.Time)
		}
	}
	return top
}
