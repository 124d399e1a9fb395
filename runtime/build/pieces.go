package build

import (
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/format"
)

// mostPieces is how many runs of fields of a topic's records are kept track of.
const mostPieces = 8

// written is an output: the edge of the plan whose rows it takes, and where they go.
type written struct {
	edge  plan.Edge
	place place
}

// findPieces tells topics which fields of their records outputs hand on side by side, so
// that those can be copied as they stand, and which nobody reads for anything else.
func (b *builder) findPieces(o *Options) {
	b.replaceable, b.recorded = o.Replaceable, o.Data != nil
	outputs := b.outputsOf(o)
	for _, w := range outputs {
		b.askFor(w)
	}
	b.findCopied(o, outputs)
	b.findUntimed(o, outputs)
}

// outputsOf are the outputs whose places can be read; the others are reported when they
// are added.
func (b *builder) outputsOf(o *Options) []written {
	var outputs []written
	for _, n := range b.g.Nodes {
		s, ok := n.Op.(*plan.Sink)
		if !ok || o.Replay != nil || len(o.Outputs[s.Sink.From]) > 0 {
			continue
		}
		if p, err := sinkPlace(s.Sink); err == nil {
			outputs = append(outputs, written{n.In[0], p})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Outputs)) {
		e, ok := b.g.Ends[name]
		for _, uri := range o.Outputs[name] {
			if p, err := override(uri, b.declaredFor(name)); err == nil && ok {
				outputs = append(outputs, written{e, p})
			}
		}
	}
	return outputs
}

// askFor notes the pieces of an output at the topics its rows came from.
func (b *builder) askFor(w written) {
	for _, p := range b.piecesOf(w.edge) {
		run := b.runOf(w, p)
		if run.Form == "" {
			continue
		}
		for _, t := range b.sourcesOf(w.edge) {
			if have := b.pieces[t.Name]; !b.asked(t.Name, run) && len(have) < mostPieces {
				b.pieces[t.Name] = append(have, run)
			}
		}
	}
}

// runOf is what a piece of an output is at the topic.
func (b *builder) runOf(w written, p format.Piece) format.FieldRun {
	columns := b.visible(w.edge)[p.From:p.To]
	run := format.FieldRun{Form: file.Form(w.place.uri, w.place.dir, columns)}
	for _, c := range columns {
		run.Names = append(run.Names, c.Name)
	}
	return run
}

// asked reports that a topic knows of a piece.
func (b *builder) asked(topic string, run format.FieldRun) bool {
	return slices.ContainsFunc(b.pieces[topic], func(r format.FieldRun) bool {
		return r.Form == run.Form && slices.Equal(r.Names, run.Names)
	})
}

// piecesOf are the runs of the visible columns of an edge that are fields of the records
// its rows refer to, unchanged, and stand side by side in them as declared.
func (b *builder) piecesOf(e plan.Edge) []format.Piece {
	var pieces []format.Piece
	before := -2 // place of the field of the column before
	for i, c := range b.visible(e) {
		if !b.asRead(e, c.Name) {
			before = -2
			continue
		}
		at := fieldAt(b.sourcesOf(e)[0].Row, c.Name)
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

// visible are the columns of an edge of the plan that are written.
func (b *builder) visible(e plan.Edge) []types.Column {
	return slices.DeleteFunc(slices.Clone(b.g.Nodes[e.Node].Ports[e.Port].Columns), func(c types.Column) bool { return c.Hidden })
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
