// Package build turns a logical plan into a physical graph and runs it: it makes
// the operators of the stages, opens the inputs and outputs, and holds the
// explicit lists of operators, formats and connectors. It is also the catalog
// that the checker is given.
//
// Nothing registers itself anywhere: to add an operator or a connector is to add
// a case here. Nothing here decides what a program means.
package build

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector/reload"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
)

// errorsTopic is the implicit topic of error records.
const errorsTopic = "errors"

// builder makes the physical graph of a plan.
type builder struct {
	g       *plan.Graph
	env     *operators.Env
	alloc   memory.Allocator
	out     *exec.Graph
	at      map[int]int                  // where the nodes of the plan stand in out; sinks are not in it
	merged  map[int]bool                 // lookups of the plan that see both inputs in canonical order
	replace map[plan.Edge]plan.Edge      // edges of out that a test replaces by rows of its own
	again   map[string]*reload.Source    // inputs that are read again, by topic
	pieces  map[string][]format.FieldRun // runs of fields that outputs hand on, by topic
	copied  map[string][]string          // fields that nobody reads but outputs which copy them, and the topic's record
	untimed map[string]bool              // topics whose rows may be without times
	present map[string][]string          // fields of those whose values nobody reads
	// replaceable says that projections may be others tomorrow.
	replaceable bool
	// recorded says that all topics are.
	recorded bool
}

// physical makes the nodes of a plan, without sinks and sources. fed topics take
// rows from a session.
func physical(g *plan.Graph, env *operators.Env, alloc memory.Allocator, fed bool) (*builder, error) {
	b := &builder{g: g, env: env, alloc: alloc, out: &exec.Graph{}, at: map[int]int{}, merged: map[int]bool{}, replace: map[plan.Edge]plan.Edge{}, again: map[string]*reload.Source{}, pieces: map[string][]format.FieldRun{}, copied: map[string][]string{}, untimed: map[string]bool{}, present: map[string][]string{}}
	index := topicOrder(g)
	for _, n := range g.Nodes {
		p := &exec.Node{Name: n.Name, Stage: n.Stage, Stream: n.Stream, Ports: n.Ports, Errors: n.Errors, Shown: n.Shown}
		for _, e := range n.In {
			p.In = append(p.In, b.edge(e))
		}
		if p.LateDrop = n.Late == plan.LateDrop; !p.LateDrop {
			p.Late = n.Late
		}
		var err error
		switch op := n.Op.(type) {
		case *plan.Topic:
			p.Topic, err = b.topic(n, op, index[n.ID], fed)
		case *plan.Sink:
			continue // made by whoever knows where outputs go; nothing reads a sink
		default:
			p.Operator, p.Sides, err = b.operator(n)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
		b.at[n.ID] = b.add(p).Node
	}
	b.addErrors(len(index))
	return b, nil
}

// topicOrder numbers the topics of a plan as they are declared (SEMANTICS 8),
// implicit ones last, whatever the order in which the plan came to them.
func topicOrder(g *plan.Graph) map[int]int {
	var nodes []*plan.Node
	for _, n := range g.Nodes {
		if _, ok := n.Op.(*plan.Topic); ok {
			nodes = append(nodes, n)
		}
	}
	slices.SortStableFunc(nodes, func(a, b *plan.Node) int {
		x, y := a.Op.(*plan.Topic).Topic, b.Op.(*plan.Topic).Topic
		if !hasPlace(x) || !hasPlace(y) {
			return cmp.Compare(rank(x), rank(y))
		}
		return cmp.Or(cmp.Compare(x.At.File.Name, y.At.File.Name), cmp.Compare(x.At.Start, y.At.Start))
	})
	out := map[int]int{}
	for i, n := range nodes {
		out[n.ID] = i
	}
	return out
}

func hasPlace(t *ir.Topic) bool { return !t.Implicit && t.At.File != nil }

func rank(t *ir.Topic) int {
	if hasPlace(t) {
		return 0
	}
	return 1
}

// addErrors adds the topic of error records where the plan has none: errors are
// counted in their order even where nobody reads them.
func (b *builder) addErrors(index int) {
	for _, n := range b.out.Nodes {
		if n.Topic != nil && n.Topic.Name == errorsTopic {
			return
		}
	}
	row := ErrorRecord()
	s := &types.Stream{Name: row.Name, Topic: errorsTopic}
	for _, f := range row.Fields {
		s.Columns = append(s.Columns, types.Column{Name: f.Name, Type: f.Type})
	}
	b.add(&exec.Node{Name: "topic:" + errorsTopic, Stage: "topic", Stream: errorsTopic,
		Ports: []*types.Stream{s}, Topic: &exec.Topic{Name: errorsTopic, Index: index, Row: row, Built: row, Records: true}})
}

// ErrorRecord is the row type of error topics (SEMANTICS 91).
func ErrorRecord() *types.Type {
	return &types.Type{Kind: types.Record, Name: "ErrorRecord", Fields: []types.Field{
		{Name: "at", Type: types.TTimestamp.OrNull()}, {Name: "origin", Type: types.TString}, {Name: "stage", Type: types.TString},
		{Name: "code", Type: types.TString}, {Name: "reason", Type: types.TString}, {Name: "row", Type: types.TJSON},
	}}
}

// isErrorRecord reports that rows of a type can be error records.
func isErrorRecord(t *types.Type) bool {
	return t != nil && t.Kind == types.Record && slices.EqualFunc(t.Fields, ErrorRecord().Fields, func(a, b types.Field) bool {
		return a.Name == b.Name && a.Type.Kind == b.Type.Kind
	})
}

// topic makes the entry of rows.
func (b *builder) topic(n *plan.Node, op *plan.Topic, index int, fed bool) (*exec.Topic, error) {
	t := op.Topic
	p := &exec.Topic{Name: t.Name, Index: index, Row: t.Row, Built: op.Row, Delay: t.Delay, Complete: t.Complete, Free: t.Free, MaxAhead: t.MaxAhead,
		IdleAfter: t.IdleAfter, Partitions: t.Partitions, Records: t.Name == errorsTopic || isErrorRecord(t.Row), Fed: fed}
	if p.Built == nil {
		p.Built = t.Row
	}
	for _, k := range t.Key {
		if i := operators.ColumnIndex(n.Ports[0].Columns, k); i >= 0 {
			p.Key = append(p.Key, i)
		}
	}
	if t.Time == nil {
		return p, nil
	}
	at, err := b.env.Expr(t.Time, n.Ports[0].Columns)
	if err != nil {
		return nil, err
	}
	p.TimeOf = timeFunc(at, timePath(t.Time))
	if c, ok := t.Time.(*ir.Column); ok {
		p.TimeIn = operators.ColumnIndex(n.Ports[0].Columns, c.Name) + 1
	}
	return p, nil
}

// edge is where the rows of an edge of the plan come from in the graph.
func (b *builder) edge(e plan.Edge) plan.Edge {
	e.Node = b.at[e.Node]
	if r, ok := b.replace[e]; ok {
		return r
	}
	return e
}

// add appends a node behind those of the plan.
func (b *builder) add(n *exec.Node) plan.Edge {
	b.out.Nodes = append(b.out.Nodes, n)
	return plan.Edge{Node: len(b.out.Nodes) - 1}
}

// end is the edge of a topic or stream.
func (b *builder) end(name string) (plan.Edge, bool) {
	if e, ok := b.g.Ends[name]; ok {
		return b.edge(e), true
	}
	for i, n := range b.out.Nodes {
		if n.Topic != nil && n.Topic.Name == name && name == errorsTopic {
			return plan.Edge{Node: i}, true
		}
	}
	return plan.Edge{}, false
}

// timePath is the dotted path of a time that is a column or a field of one.
func timePath(e ir.Expr) string {
	switch e := e.(type) {
	case *ir.Column:
		return e.Name
	case *ir.Field:
		if p := timePath(e.X); p != "" {
			return p + "." + e.Name
		}
	case *ir.NotNull:
		return timePath(e.X)
	case *ir.Cast:
		return timePath(e.X)
	}
	return ""
}
