package lower

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// graph puts the nodes in an order in which each comes after whatever feeds it, by
// an edge or by a side door, and numbers them.
func (b *builder) graph() (*plan.Graph, error) {
	b.connectWriters()
	b.cutErrorCycles()
	sorted, err := b.sorted()
	if err != nil {
		return nil, err
	}
	g := &plan.Graph{
		Module: b.p.Module, Timezone: b.p.Timezone, Params: b.p.Params, Sources: b.p.Sources, Sinks: b.p.Sinks, Schedules: b.p.Schedules,
		Functions: b.p.Functions, Modules: b.p.Modules,
		Ends: map[string]plan.Edge{},
	}
	for i, n := range sorted {
		n.ID = i
	}
	for _, n := range sorted {
		for _, p := range n.in {
			n.In = append(n.In, plan.Edge{Node: p.n.ID, Port: p.port})
		}
		node := n.Node
		g.Nodes = append(g.Nodes, &node)
	}
	for key, n := range b.ends {
		name := key[len("topic:"):]
		if key[:len("topic:")] != "topic:" {
			name = key[len("stream:"):]
		}
		g.Ends[name] = plan.Edge{Node: n.ID}
	}
	return g, nil
}

// connectWriters makes every ir.Into an input of its topic.
func (b *builder) connectWriters() {
	for _, n := range b.nodes {
		if into, ok := n.Op.(*ir.Into); ok {
			topic := b.entries[into.Topic]
			topic.in = append(topic.in, port{n, 0})
		}
	}
}

// feeds are the nodes a node sends rows to.
func (b *builder) feeds() map[*node][]*node {
	out := map[*node][]*node{}
	for _, n := range b.nodes {
		for _, p := range n.in {
			if !slices.Contains(out[p.n], n) {
				out[p.n] = append(out[p.n], n)
			}
		}
		for _, side := range n.sides {
			if t := b.entries[side]; t != nil && t != n && !slices.Contains(out[n], t) {
				out[n] = append(out[n], t)
			}
		}
	}
	return out
}

// cutErrorCycles: what fails while error records are processed is counted, and
// does not become an error record again.
func (b *builder) cutErrorCycles() {
	for _, n := range b.nodes {
		topic, ok := n.Op.(*plan.Topic)
		if !ok || !b.takesErrors(topic.Topic.Name) {
			continue
		}
		for below := range b.reach(n) {
			if below.Errors == topic.Topic.Name {
				below.Errors = ""
				below.sides = slices.DeleteFunc(below.sides, func(s string) bool { return s == topic.Topic.Name })
			}
		}
	}
}

func (b *builder) takesErrors(topic string) bool {
	return slices.ContainsFunc(b.nodes, func(n *node) bool { return n.Errors == topic })
}

// reach is everything below a node, along edges only.
func (b *builder) reach(from *node) map[*node]bool {
	seen := map[*node]bool{from: true}
	for grown := true; grown; {
		grown = false
		for _, n := range b.nodes {
			if !seen[n] && slices.ContainsFunc(n.in, func(p port) bool { return seen[p.n] }) {
				seen[n], grown = true, true
			}
		}
	}
	return seen
}

// sorted is a topological order that keeps text order where it can.
func (b *builder) sorted() ([]*node, error) {
	feeds := b.feeds()
	waiting := map[*node]int{}
	for _, to := range feeds {
		for _, n := range to {
			waiting[n]++
		}
	}
	var out []*node
	done := map[*node]bool{}
	for len(out) < len(b.nodes) {
		next := b.nextReady(done, waiting)
		if next == nil {
			return nil, fmt.Errorf("the program's topics and streams form a circle through %s", b.stuck(done))
		}
		done[next] = true
		out = append(out, next)
		for _, n := range feeds[next] {
			waiting[n]--
		}
	}
	return out, nil
}

func (b *builder) nextReady(done map[*node]bool, waiting map[*node]int) *node {
	for _, n := range b.nodes {
		if !done[n] && waiting[n] == 0 {
			return n
		}
	}
	return nil
}

func (b *builder) stuck(done map[*node]bool) string {
	for _, n := range b.nodes {
		if !done[n] {
			return n.Name
		}
	}
	return "?"
}
