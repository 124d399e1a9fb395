package build

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
)

// Changes as an option of an output: how a changes stream is written.
const (
	changesOption = "changes"
	changesFinal  = "final"
)

// addOutputs adds a sink for each output asked for and each sink of the program.
// An output given for a stream replaces the program's sinks of it.
func (b *builder) addOutputs(o *Options) error {
	for _, n := range b.g.Nodes {
		s, ok := n.Op.(*plan.Sink)
		if !ok || o.Replay != nil || len(o.Outputs[s.Sink.From]) > 0 {
			continue
		}
		p, err := sinkPlace(s.Sink)
		if err != nil {
			return err
		}
		b.addSink(o, "sink "+s.Sink.Name, b.edge(n.In[0]), p, b.piecesOf(n.In[0]))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Outputs)) {
		end, ok := b.end(name)
		if !ok {
			return fmt.Errorf("there is no stream or topic %q to write", name)
		}
		for _, uri := range o.Outputs[name] {
			p, err := override(uri, b.declaredFor(name))
			if err != nil {
				return err
			}
			b.addSink(o, name, end, p, b.piecesOfEnd(name))
		}
	}
	for _, name := range o.Collect {
		end, ok := b.end(name)
		if !ok {
			return fmt.Errorf("there is no stream or topic %q to collect", name)
		}
		b.add(&exec.Node{Name: "collect:" + name, Stream: name, In: []plan.Edge{end}, Collect: &exec.Collect{Name: name}})
	}
	return nil
}

// hasSideDoor reports that rows of any shape may enter a topic.
func (b *builder) hasSideDoor(topic string) bool {
	return slices.ContainsFunc(b.out.Nodes, func(n *exec.Node) bool {
		return n.Errors == topic || n.Late == topic || slices.Contains(n.Sides, topic)
	})
}

// isWritten reports that rows go into a topic from within the graph.
func (b *builder) isWritten(topic string) bool {
	return b.hasSideDoor(topic) || slices.ContainsFunc(b.out.Nodes, func(n *exec.Node) bool {
		return n.Topic != nil && n.Topic.Name == topic && (len(n.In) > 0 || n.Topic.Records)
	})
}

func sinkPlace(s *ir.Sink) (place, error) {
	return declared("sink "+s.Name, s.Connector, s.URI, s.Settings, s.Dir)
}

// declaredFor is the place that the program's sink of a stream names, whose
// settings an output inherits.
func (b *builder) declaredFor(name string) place {
	for _, s := range b.g.Sinks {
		if s.From == name {
			if p, err := sinkPlace(s); err == nil {
				return p
			}
		}
	}
	return place{}
}

func (b *builder) addSink(o *Options, name string, from plan.Edge, p place, pieces []format.Piece) {
	stream := b.out.Nodes[from.Node].Ports[from.Port]
	grows := o.Data != nil && b.grows()
	var row *types.Type
	var computed []checkpoint.Computed
	if o.Data != nil {
		row, computed = b.rowOf(b.edgeBehind(from), stream.Columns), b.computedBehind(from)
	}
	b.add(&exec.Node{Name: name, ID: name + " " + p.uri.Path, Stage: "sink", Stream: name, In: []plan.Edge{from}, Sink: &exec.Sink{
		Name: name, Label: p.uri.Path,
		Open: func(_ context.Context, saved []byte) (exec.Writer, error) {
			if o.Data != nil && (p.uri.Path != "-" || remains(stream, p)) {
				return openDurable(o.System, stream, row, computed, p, pieces, saved, grows)
			}
			return openWriter(o.System, stream, p, pieces)
		},
	}})
}

// grows reports that the outputs of a run show rows while it goes on, because it may
// never end.
func (b *builder) grows() bool {
	return slices.ContainsFunc(b.out.Nodes, func(n *exec.Node) bool {
		return n.Topic != nil && (n.Topic.Live || n.Topic.Scheduled || slices.ContainsFunc(n.Topic.Lanes, func(l exec.Lane) bool { return l.Pauses }))
	})
}

// output is an open file.
type output interface {
	exec.Writer
	WriteRecords(b *operators.Batch, pieces []format.Piece, records func(operators.Provenance) (format.Records, bool)) error
}

// openWriter opens a file and writes the visible columns of a stream to it. pieces
// are as in builder.piecesOf.
func openWriter(system *file.System, stream *types.Stream, p place, pieces []format.Piece) (exec.Writer, error) {
	w := newVisible(stream, pieces)
	out, err := system.Create(p.uri, p.dir, w.columns)
	if err != nil {
		return nil, err
	}
	w.output = out
	if remains(stream, p) {
		return &finalWriter{visibleWriter: w, rows: exec.NewMaterial(stream)}, nil
	}
	return w, nil
}

// remains reports that only the rows that remain are written.
func remains(stream *types.Stream, p place) bool {
	return (stream.Kind == types.Changes || stream.Retain > 0) && p.uri.Options[changesOption] == changesFinal
}

// visibleWriter leaves hidden columns out.
type visibleWriter struct {
	output
	columns []types.Column
	pick    []int
	pieces  []format.Piece
}

func newVisible(stream *types.Stream, pieces []format.Piece) *visibleWriter {
	w := &visibleWriter{pieces: pieces}
	for i, c := range stream.Columns {
		if !c.Hidden {
			w.pick, w.columns = append(w.pick, i), append(w.columns, c)
		}
	}
	return w
}

func (w *visibleWriter) Write(b *operators.Batch) error {
	cols := make([]arrow.Array, len(w.pick))
	for i, p := range w.pick {
		cols[i] = b.Cols[p]
	}
	out := &operators.Batch{Cols: cols, Rows: b.Rows, Sel: b.Sel, Time: b.Time, Ops: b.Ops, Refs: b.Refs}
	if len(w.pieces) > 0 {
		return w.output.WriteRecords(out, w.pieces, exec.SourceRecords)
	}
	return w.output.Write(out)
}

// finalWriter writes the rows that remain at the end.
type finalWriter struct {
	*visibleWriter
	rows    *exec.Material
	written int64
}

func (w *finalWriter) Write(b *operators.Batch) error {
	w.rows.Add(b)
	return nil
}

// Written implements exec.Counted.
func (w *finalWriter) Written() int64 { return w.written }

// Mark implements exec.Marked.
func (w *finalWriter) Mark(watermark int64) { w.rows.Mark(watermark) }

func (w *finalWriter) Flush() error { return nil }

func (w *finalWriter) Close() error {
	defer w.rows.Release()
	err := w.writeRows()
	if closed := w.visibleWriter.Close(); err == nil {
		err = closed // else the first error is the one to tell
	}
	return err
}

func (w *finalWriter) writeRows() error {
	b := w.rows.Rows()
	if b == nil {
		return nil
	}
	defer b.Release()
	w.written = int64(b.Len())
	return w.visibleWriter.Write(b)
}
