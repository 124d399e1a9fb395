package build

import (
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// mostPieces is how many runs of fields of a topic's records are kept track of.
const mostPieces = 8

// findPieces tells topics which fields of their records outputs hand on side by side, so
// that those can be copied as they stand.
func (b *builder) findPieces(o *Options) {
	b.replaceable = o.Replaceable
	for _, n := range b.g.Nodes {
		if _, ok := n.Op.(*plan.Sink); ok {
			b.askFor(n.In[0])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Outputs)) {
		if e, ok := b.g.Ends[name]; ok {
			b.askFor(e)
		}
	}
}

// askFor notes the pieces of an edge at the topics its rows came from.
func (b *builder) askFor(e plan.Edge) {
	columns := b.written(e)
	for _, p := range b.piecesOf(e) {
		for _, t := range b.sourcesOf(e) {
			have := b.pieces[t.Name]
			run := columns[p.From:p.To]
			known := slices.ContainsFunc(have, func(h []string) bool { return slices.Equal(h, run) })
			if !known && len(have) < mostPieces {
				b.pieces[t.Name] = append(have, run)
			}
		}
	}
}

// piecesOf are the runs of the visible columns of an edge that are fields of the records
// its rows refer to, unchanged, and stand side by side in them as declared.
func (b *builder) piecesOf(e plan.Edge) []format.Piece {
	var pieces []format.Piece
	before := -2 // place of the field of the column before
	for i, name := range b.written(e) {
		if !b.asRead(e, name) {
			before = -2
			continue
		}
		at := fieldAt(b.sourcesOf(e)[0].Row, name)
		if last := len(pieces) - 1; at == before+1 {
			pieces[last].To = i + 1
		} else {
			pieces = append(pieces, format.Piece{From: i, To: i + 1})
		}
		before = at
	}
	return pieces
}

// piecesOfEnd is piecesOf for a topic or stream.
func (b *builder) piecesOfEnd(name string) []format.Piece {
	e, ok := b.g.Ends[name]
	if !ok {
		return nil
	}
	return b.piecesOf(e)
}

// written are the names of the visible columns of an edge of the plan.
func (b *builder) written(e plan.Edge) []string {
	var names []string
	for _, c := range b.g.Nodes[e.Node].Ports[e.Port].Columns {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return names
}

// asRead reports that a column of all rows of an edge is the field of this name of the
// records they refer to, unchanged: on the way from their topic it was only handed on.
func (b *builder) asRead(e plan.Edge, column string) bool {
	n := b.g.Nodes[e.Node]
	all := func() bool {
		return !slices.ContainsFunc(n.In, func(in plan.Edge) bool { return !b.asRead(in, column) })
	}
	switch op := n.Op.(type) {
	case *plan.Topic:
		return !b.hasSideDoor(op.Topic.Name) && fieldAt(op.Topic.Row, column) >= 0 && all()
	case *ir.Where, *plan.Route, *ir.Limit, *ir.Sample:
		return all()
	case *ir.Project:
		return !b.replaceable && handsOn(op.Items, column) && all()
	case *ir.Into:
		return handsOn(op.Items, column) && all()
	}
	return false
}

// handsOn reports that a column of new rows is that of this name of the old ones.
func handsOn(items []ir.Item, column string) bool {
	return slices.ContainsFunc(items, func(it ir.Item) bool {
		c, ok := it.Expr.(*ir.Column)
		return it.Name == column && ok && c.Name == column && !it.Hidden
	})
}

// fieldAt is where a record has a field, -1 for none.
func fieldAt(row *types.Type, name string) int {
	return slices.IndexFunc(row.Fields, func(f types.Field) bool { return f.Name == name })
}

// sourcesOf are the topics from which the rows of an edge come that asRead is true for.
func (b *builder) sourcesOf(e plan.Edge) []*ir.Topic {
	n := b.g.Nodes[e.Node]
	var topics []*ir.Topic
	if t, ok := n.Op.(*plan.Topic); ok {
		topics = append(topics, t.Topic)
	}
	for _, in := range n.In {
		topics = append(topics, b.sourcesOf(in)...)
	}
	return topics
}
