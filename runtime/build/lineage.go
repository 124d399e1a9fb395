package build

import (
	"reflect"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
)

// rowAt is the type of the rows of an edge of the plan: what has come through unchanged
// from a topic has the defaults and earlier names that it has there.
func (b *builder) rowAt(e plan.Edge) *types.Type {
	return b.rowOf(&e, b.edgeType(e).Columns)
}

// rowOf is the type of rows with columns, which come from an edge, nil for none.
func (b *builder) rowOf(e *plan.Edge, columns []types.Column) *types.Type {
	row := &types.Type{Kind: types.Record, Name: "In"}
	for _, c := range columns {
		f := types.Field{Name: c.Name, Type: c.Type}
		if e != nil {
			if from, ok := b.origin(*e, c.Name); ok {
				f = withDefaults(f, from)
			}
		}
		row.Fields = append(row.Fields, f)
	}
	return row
}

// rowBehind is rowAt for an edge of the graph that runs.
func (b *builder) rowBehind(e plan.Edge) *types.Type {
	return b.rowOf(b.edgeBehind(e), b.out.Nodes[e.Node].Ports[e.Port].Columns)
}

// edgeBehind is an edge of the plan, for one of the graph that runs.
func (b *builder) edgeBehind(from plan.Edge) *plan.Edge {
	for planned, built := range b.at {
		if built == from.Node && planned < len(b.g.Nodes) {
			return &plan.Edge{Node: planned, Port: from.Port}
		}
	}
	return nil
}

// withDefaults is a field with the default and the earlier names of another, and so those
// of the record it holds.
func withDefaults(f, from types.Field) types.Field {
	f.HasDef, f.Default, f.Was = from.HasDef, from.Default, from.Was
	if f.Type.Kind != types.Record || from.Type == nil || from.Type.Kind != types.Record {
		return f
	}
	t := *f.Type
	t.Fields = slices.Clone(t.Fields)
	for i, part := range t.Fields {
		if of, ok := from.Type.FieldNamed(part.Name); ok {
			t.Fields[i] = withDefaults(part, *of)
		}
	}
	f.Type = &t
	return f
}

// origin is the field of a topic that a column of an edge is, or the record of such fields.
func (b *builder) origin(e plan.Edge, name string) (types.Field, bool) {
	n := b.g.Nodes[e.Node]
	if passes(n.Op) {
		return b.passed(n, name)
	}
	switch op := n.Op.(type) {
	case *plan.Topic:
		if op.Topic.Row.Kind != types.Record {
			return types.Field{}, false
		}
		f, ok := op.Topic.Row.FieldNamed(name)
		if !ok {
			return types.Field{}, false
		}
		return *f, true
	case *ir.Project:
		for _, it := range op.Items {
			if it.Name == name {
				return b.originOf(n.In[0], it)
			}
		}
	case *ir.Changed:
		if name == ir.PreviousRow && len(op.Previous) > 0 {
			t := &types.Type{Kind: types.Record}
			for _, c := range op.Previous {
				if f, ok := b.origin(n.In[0], c); ok {
					f.Name = c
					t.Fields = append(t.Fields, f)
				}
			}
			return types.Field{Type: t}, true
		}
		return b.passed(n, name)
	case *ir.Join, *ir.Asof, *ir.Lookup:
		return b.origin(n.In[ir.SidesOf(op).Of(name)], name)
	case *ir.Union:
		return b.commonOrigin(n, name)
	}
	return types.Field{}, false
}

// passes reports a node that hands on the columns of its input, perhaps with others.
func passes(op plan.Op) bool {
	switch op.(type) {
	case *ir.Where, *ir.Require, *ir.Window, *ir.WindowNone, *ir.Dedup, *ir.Latest, *ir.Top, *ir.Upserts, *ir.Expire, *ir.KeyBy, *ir.Time, *ir.Clock,
		*ir.Sort, *ir.Limit, *ir.Sample, *ir.OnTime, *ir.Hold, *ir.Throttle, *ir.Over, *ir.Place, *plan.Route:
		return true
	}
	return false
}

// passed is origin for a node that hands on the columns of its input.
func (b *builder) passed(n *plan.Node, name string) (types.Field, bool) {
	if _, passed := b.edgeType(n.In[0]).Column(name); !passed {
		return types.Field{}, false
	}
	return b.origin(n.In[0], name)
}

// originOf is origin for an item of a projection over the rows of an edge. A column that
// has another name here never had the earlier names of the field.
func (b *builder) originOf(e plan.Edge, it ir.Item) (types.Field, bool) {
	switch x := it.Expr.(type) {
	case *ir.Column:
		f, ok := b.origin(e, x.Name)
		if x.Name != it.Name {
			f.Was = nil
		}
		return f, ok
	case *ir.NotNull:
		f, ok := b.originOf(e, ir.Item{Name: it.Name, Expr: x.X})
		return f, ok && (!f.HasDef || f.Default != nil)
	case *ir.MakeRecord:
		t := &types.Type{Kind: types.Record}
		for i, f := range x.T.Fields {
			part, ok := b.originOf(e, ir.Item{Name: f.Name, Expr: x.Values[i]})
			if !ok {
				part = types.Field{Type: f.Type}
			}
			part.Name = f.Name
			t.Fields = append(t.Fields, part)
		}
		return types.Field{Type: t}, true
	}
	return types.Field{}, false
}

// commonOrigin is origin where all inputs have the same.
func (b *builder) commonOrigin(n *plan.Node, name string) (types.Field, bool) {
	first, ok := b.origin(n.In[0], name)
	for _, e := range n.In[1:] {
		f, has := b.origin(e, name)
		ok = ok && has && f.HasDef == first.HasDef && reflect.DeepEqual(f.Default, first.Default) && slices.Equal(f.Was, first.Was)
	}
	return first, ok
}
