package build

import (
	"fmt"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

// openDurable opens an output that a later process can go on with.
func openDurable(system *file.System, stream *types.Stream, p place, asRead bool, saved []byte, grows bool) (exec.Writer, error) {
	w := newVisible(stream, asRead)
	if remains(stream, p) {
		final := &durableFinal{rows: exec.NewMaterial(stream), open: func() (*visibleWriter, error) {
			if p.uri.Path == "-" {
				out, err := system.Create(p.uri, p.dir, w.columns)
				w.output = out
				return w, err
			}
			out, err := system.CreateDurable(p.uri, p.dir, w.columns, nil, false)
			w.output = out
			return w, err
		}}
		if saved != nil {
			if err := final.rows.Load(saved); err != nil {
				return nil, fmt.Errorf("the rows of %s cannot be read: %w", p.uri.Path, err)
			}
		}
		return final, file.CheckSink(p.uri, p.dir)
	}
	out, err := system.CreateDurable(p.uri, p.dir, w.columns, saved, grows)
	if err != nil {
		return nil, err
	}
	w.output = out
	return &durableWriter{w, out}, nil
}

// durableWriter is a visibleWriter that can be gone on with.
type durableWriter struct {
	*visibleWriter
	out *file.Durable
}

// Save implements exec.Durable.
func (w *durableWriter) Save() ([]byte, error) { return w.out.Save() }

// Committed implements exec.Durable.
func (w *durableWriter) Committed() error { return w.out.Committed() }

// Suspend implements exec.Durable.
func (w *durableWriter) Suspend() error { return w.out.Suspend() }

// durableFinal writes the rows that remain, whole, each time the run stops.
type durableFinal struct {
	rows    *exec.Material
	open    func() (*visibleWriter, error)
	written int64
}

// Write implements exec.Writer.
func (w *durableFinal) Write(b *operators.Batch) error {
	w.rows.Add(b)
	return nil
}

// Mark implements exec.Marked.
func (w *durableFinal) Mark(watermark int64) { w.rows.Mark(watermark) }

// Written implements exec.Counted.
func (w *durableFinal) Written() int64 { return w.written }

// Flush implements exec.Writer.
func (w *durableFinal) Flush() error { return nil }

// Save implements exec.Durable.
func (w *durableFinal) Save() ([]byte, error) { return w.rows.Save() }

// Committed implements exec.Durable.
func (w *durableFinal) Committed() error { return nil }

// Warnings implements exec.Writer.
func (w *durableFinal) Warnings() []string { return nil }

// Suspend implements exec.Durable: what remains by now can be read.
func (w *durableFinal) Suspend() error { return w.Close() }

// Close implements exec.Writer.
func (w *durableFinal) Close() error {
	defer w.rows.Release()
	out, err := w.open()
	if err != nil {
		return err
	}
	final := &finalWriter{visibleWriter: out, rows: w.rows}
	err = final.writeRows()
	w.written = final.written
	if err != nil {
		if half, ok := out.output.(*file.Durable); ok {
			_ = half.Suspend() // the first error is the one to tell
		}
		return err
	}
	return out.Close()
}
