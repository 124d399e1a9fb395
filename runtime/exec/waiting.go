package exec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/wire"
)

// flow is where rows come from that wait: an edge with its name in a State, under which
// their columns are written down, once for all that wait behind it.
type flow struct {
	name    string // "" for rows of which nothing is known but the names of their columns
	columns []types.Column
	edge    plan.Edge
}

func (e *Engine) flow(edge plan.Edge) flow {
	return flow{name: e.nameOf(edge), columns: e.typeOf(edge).Columns, edge: edge}
}

// nameOf is an edge in a State.
func (e *Engine) nameOf(edge plan.Edge) string {
	return fmt.Sprintf("%s:%d", e.graph.Nodes[edge.Node].Identity(), edge.Port)
}

// flowInto is the name of the rows of an input of a node that tells its inputs apart by
// their order.
func (n *Node) flowInto(input int) string { return fmt.Sprintf("%s<%d", n.Identity(), input) }

// from is the flow of an input, under the name that it had when it was written down.
func (f flow) from(name string) flow {
	f.name = name
	return f
}

// note remembers the columns of rows that are written down.
func (w *stateWriter) note(f flow) {
	if f.name != "" && w.e != nil {
		w.e.waiting[f.name] = f.columns
	}
}

// saveWaiting writes what the rows are that wait.
func (e *Engine) saveWaiting() ([]byte, error) {
	var w wire.Writer
	w.Uint(uint64(len(e.waiting)))
	for _, name := range slices.Sorted(maps.Keys(e.waiting)) {
		schema, err := avro.Export(recordOf(e.waiting[name]), avro.Options{Name: "In"})
		if err != nil {
			return nil, err
		}
		w.String(name)
		w.Bytes(schema)
	}
	return w.Buf, nil
}

// WaitedFor are the inputs of a node before which rows waited that cannot be read as those
// of its inputs by now, which reads tells.
func (s *State) WaitedFor(g *Graph, n *Node, reads func(edge plan.Edge, had *types.Type) bool) (inputs []int, err error) {
	waited, err := s.waited()
	for i, edge := range n.In {
		from := g.Nodes[edge.Node]
		for _, name := range []string{n.flowInto(i), fmt.Sprintf("%s:%d", from.Identity(), edge.Port)} {
			if t := waited[name]; t != nil && !reads(edge, t) {
				inputs = append(inputs, i)
			}
		}
	}
	return inputs, err
}

// waited are the types of the rows that wait between the nodes of a state, by the names of
// their flows.
func (s *State) waited() (map[string]*types.Type, error) {
	out := map[string]*types.Type{}
	part, ok := s.Parts[partWaiting]
	if !ok {
		return out, nil
	}
	r := wire.NewReader(part)
	for range r.Len() {
		name := r.String()
		t, err := avro.Import(r.Bytes())
		if r.Failed() {
			break
		}
		if err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, r.Err()
}

// ReadRows reads rows of a type as those that there are by now. The arrays stay the caller's.
type ReadRows func(cols []arrow.Array, n int, had *types.Type) ([]arrow.Array, error)

// reads are rows of a flow that had other columns when they were written down, with those
// that they have by now; false where that is not known.
func (r *stateReader) reads(f flow, cols []arrow.Array, n int) ([]arrow.Array, bool) {
	if r.e == nil || r.e.waited[f.name] == nil {
		return nil, false
	}
	had, now := r.e.waited[f.name], recordOf(f.columns)
	read := func() ([]arrow.Array, error) { return event.ReadColumns(cols, n, had, event.Readable(had, now)) }
	if at := r.e.opt.ReadAt; at != nil {
		var of ReadRows
		now, of = at(f.edge)
		read = func() ([]arrow.Array, error) { return of(cols, n, had) }
	}
	if types.Equal(had, now) {
		return nil, false
	}
	out, err := read()
	if err != nil {
		r.Fail(fmt.Errorf("rows that wait behind %s: %w", f.name, err))
	}
	return out, true
}

func recordOf(columns []types.Column) *types.Type {
	row := &types.Type{Kind: types.Record, Name: "In"}
	for _, c := range columns {
		row.Fields = append(row.Fields, types.Field{Name: c.Name, Type: c.Type})
	}
	return row
}
