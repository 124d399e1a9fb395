// Package plan is the logical operator graph of a program: which operator
// reads which, with the type of every edge. Data only: nothing here runs, and
// nothing depends on how it will be run.
package plan

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Graph is a program as one directed acyclic graph. Nodes stand in an order in
// which every node comes after its inputs.
type Graph struct {
	Module   string
	Timezone string
	Nodes    []*Node
	Params   []*ir.ParamDef
	Sources  []*ir.Source
	Sinks    []*ir.Sink

	Schedules []*ir.Schedule

	Functions []*ir.WasmFunc
	Modules   []*ir.WasmModule
	// Ends maps each topic and stream to the node and port whose rows it is.
	Ends map[string]Edge
}

// Remove takes out a node of one input: its readers read what it read.
func (g *Graph) Remove(gone *Node) {
	for _, n := range g.Nodes {
		for i, e := range n.In {
			if e.Node == gone.ID {
				n.In[i] = gone.In[0]
			}
		}
	}
	renumbered := make([]int, len(g.Nodes))
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n *Node) bool { return n == gone })
	for i, n := range g.Nodes {
		renumbered[n.ID] = i
	}
	for i, n := range g.Nodes {
		n.ID = i
		for j, e := range n.In {
			n.In[j].Node = renumbered[e.Node]
		}
	}
	for name, end := range g.Ends {
		end.Node = renumbered[end.Node]
		g.Ends[name] = end
	}
}

// Edge is one output of a node.
type Edge struct {
	Node int
	Port int
}

// Node is one operator.
type Node struct {
	ID     int
	Name   string // stable and readable: "hourly/2:aggregate", "topic:quakes"
	Op     Op
	In     []Edge
	Ports  []*types.Stream // the type of each output
	Stream string          // the stream, route or topic it belongs to
	Stage  string          // the stage's word, as error records name it
	At     source.Span
	// Errors is the topic that failed rows go to, "" when they are only counted.
	// Late is the topic for late rows: "" is the one in Errors, LateDrop none.
	Errors string
	Late   string
	// Shown are the columns of each input that error records show of rows which are not
	// records of a topic, where there are more than the program reads; nil for all.
	Shown []Shown
}

// Shown is what error records show of the rows of an input.
type Shown struct{ Columns []types.Column }

// LateDrop as Node.Late says that late rows are counted and dropped.
const LateDrop = "drop"

// Op is what a node does: an ir.Operator of a stage, or one of the operators
// below that only graphs have.
type Op any

// Topic is a topic: it takes rows from outside (sources, test rows), from its
// inputs (the ir.Into nodes that write to it) and from the side doors of other
// nodes (Node.Errors, Node.Late, the targets of ir.Require), gives each its time, arrival watermark and
// canonical order, and hands them to its readers. Its one output has the
// topic's columns.
type Topic struct {
	Topic *ir.Topic
	// Row is the part of the topic's row that somebody reads: the node's columns.
	// Sources decode only that.
	Row *types.Type
}

// Route is a route: port i carries the rows of arm i, the last port those of
// otherwise.
type Route struct {
	Name string
	All  bool
	// Replaces is as in ir.Where, for each port.
	Replaces bool
	Whens    []ir.Expr
	// Shared are columns that Whens read besides those of the rows, each over the rows
	// and the ones before it. They are computed once for every row, and not sent on.
	Shared []ir.Item
}

// Drop counts the rows a route arm drops.
type Drop struct{}

// Sink writes rows out: From is the topic or stream.
type Sink struct {
	Sink *ir.Sink
}
