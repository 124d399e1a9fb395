package explain

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
)

// PlanDoc is an operator graph.
type PlanDoc struct {
	Stage    Stage     `json:"stage"`
	Module   string    `json:"module"`
	Timezone string    `json:"timezone"`
	Nodes    []NodeDoc `json:"nodes"`
	Ends     []EndDoc  `json:"ends"` // topics and streams, by name
}

// NodeDoc is one operator. Fails is where rows that fail in it go, when they can.
type NodeDoc struct {
	ID      int       `json:"id"`
	Name    string    `json:"name"`
	Op      string    `json:"op"`
	At      string    `json:"at"`
	Source  string    `json:"source"`
	In      []EdgeDoc `json:"in"`
	Details []Detail  `json:"details"`
	Out     []PortDoc `json:"out"`
	Errors  string    `json:"errors"` // "" when failed rows are only counted
	Late    string    `json:"late"`
	// Doors are the nodes that rows can leave to besides the outputs.
	Doors []DoorDoc `json:"doors"`
	// labels are what stands on the edges from each output of a route.
	labels []string
}

// EdgeDoc is an output of a node.
type EdgeDoc struct {
	Node int `json:"node"`
	Port int `json:"port"`
}

// PortDoc is the type of an output.
type PortDoc struct {
	Columns []Column `json:"columns"`
	Facts   Facts    `json:"facts"`
}

// DoorDoc is a side door: what leaves, and the node of the topic it goes to.
type DoorDoc struct {
	What string `json:"what"` // errors, late or null
	Node int    `json:"node"`
}

// EndDoc names the output that is a topic or stream.
type EndDoc struct {
	Name string  `json:"name"`
	Edge EdgeDoc `json:"edge"`
}

func planDoc(g *plan.Graph, stage Stage) (*PlanDoc, error) {
	d := &PlanDoc{Stage: stage, Module: g.Module, Timezone: g.Timezone, Nodes: []NodeDoc{}, Ends: []EndDoc{}}
	topics := map[string]int{}
	for _, n := range g.Nodes {
		if t, ok := n.Op.(*plan.Topic); ok {
			topics[t.Topic.Name] = n.ID
		}
	}
	for _, n := range g.Nodes {
		node, err := nodeDoc(n, topics)
		if err != nil {
			return nil, err
		}
		d.Nodes = append(d.Nodes, node)
	}
	for _, name := range sortedKeys(g.Ends) {
		e := g.Ends[name]
		d.Ends = append(d.Ends, EndDoc{Name: name, Edge: EdgeDoc{e.Node, e.Port}})
	}
	return d, nil
}

func nodeDoc(n *plan.Node, topics map[string]int) (NodeDoc, error) {
	desc, err := describe(n.Op)
	if err != nil {
		return NodeDoc{}, err
	}
	d := NodeDoc{
		ID: n.ID, Name: n.Name, Op: desc.name, At: placeText(n.At), Source: firstLine(n.At), In: []EdgeDoc{}, Details: notNil(desc.details),
		Out: []PortDoc{}, Errors: n.Errors, Late: lateOf(n), Doors: []DoorDoc{},
	}
	if r, ok := n.Op.(*plan.Route); ok {
		for _, when := range r.Whens {
			d.labels = append(d.labels, exprs{}.text(when))
		}
	}
	for _, e := range n.In {
		d.In = append(d.In, EdgeDoc{e.Node, e.Port})
	}
	for _, p := range n.Ports {
		d.Out = append(d.Out, PortDoc{Columns: ColumnsOf(p), Facts: FactsOf(p)})
	}
	door := func(what, topic string) {
		if id, ok := topics[topic]; ok && id != n.ID {
			d.Doors = append(d.Doors, DoorDoc{What: what, Node: id})
		}
	}
	if desc.fails {
		door("errors", n.Errors)
	}
	door("late", d.Late)
	if r, ok := n.Op.(*ir.Require); ok && r.Else != nil && !r.Else.Drop {
		door("null", r.Else.Topic)
	}
	return d, nil
}

// lateOf is where late rows of a window go, "" for operators that have none.
func lateOf(n *plan.Node) string {
	w, ok := n.Op.(*ir.Window)
	switch {
	case !ok || w.Kind == ir.WindowWhole || w.Kind == ir.WindowRows || w.Processing:
		return ""
	case n.Late == "":
		return n.Errors
	}
	return n.Late
}

func planText(d *PlanDoc) string {
	w := &writer{}
	for _, n := range d.Nodes {
		w.gap()
		w.line(0, "%d %s: %s%s", n.ID, n.Name, n.Op, inputsText(d, n))
		w.details(2, n.Details)
		for i, p := range n.Out {
			w.line(2, "-> %s%s", portText(n, i), typedColumns(p.Columns))
			w.line(2, "   %s", strings.Join(p.Facts.short(), "; "))
		}
		for _, door := range n.Doors {
			w.line(2, "%s to %d %s", door.What, door.Node, d.Nodes[door.Node].Name)
		}
		if n.Late == plan.LateDrop {
			w.line(2, "late rows are dropped and counted")
		}
	}
	w.gap()
	w.line(0, "ends")
	for _, e := range d.Ends {
		w.line(1, "%s = %s", nameText(e.Name), edgeText(e.Edge))
	}
	return w.String()
}

func portText(n NodeDoc, i int) string {
	if len(n.Out) < 2 {
		return ""
	}
	return fmt.Sprintf("port %d: ", i)
}

func inputsText(d *PlanDoc, n NodeDoc) string {
	if len(n.In) == 0 {
		return ""
	}
	parts := make([]string, len(n.In))
	for i, e := range n.In {
		parts[i] = edgeText(e)
	}
	return " of " + strings.Join(parts, ", ")
}

// edgeText is a node's number, with the port where it is not the only one.
func edgeText(e EdgeDoc) string {
	if e.Port == 0 {
		return fmt.Sprint(e.Node)
	}
	return fmt.Sprintf("%d.%d", e.Node, e.Port)
}

// boxText is what a drawing says of a node: its name, its text, its facts.
func boxText(n NodeDoc) []string {
	lines := []string{n.Name}
	switch n.Op {
	case "topic", "route": // the name says it
	case "sink":
		lines = append(lines, n.Details[0].Text)
	default:
		lines = append(lines, n.Source)
	}
	if len(n.Out) > 0 {
		lines = append(lines, n.Out[0].Facts.short()...)
	}
	return lines
}

// portLabel is what stands on an edge from a node with several outputs.
func portLabel(n NodeDoc, port int) string {
	switch {
	case n.Op != "route":
		return ""
	case port < len(n.labels):
		return shorten(n.labels[port])
	}
	return "otherwise"
}
