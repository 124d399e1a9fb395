package build

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/wire"
)

// openDurable opens an output that a later process can go on with.
func openDurable(system *file.System, stream *types.Stream, row *types.Type, computed []checkpoint.Computed, p place, pieces []format.Piece, saved []byte, grows bool) (exec.Writer, error) {
	w := newVisible(stream, pieces)
	if remains(stream, p) {
		final := &durableFinal{rows: exec.NewMaterial(stream), stream: stream, row: row, computed: computed, open: func() (*visibleWriter, error) {
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
			if err := final.load(saved); err != nil {
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
	rows     *exec.Material
	stream   *types.Stream
	row      *types.Type // of the rows, with the defaults that fields of a topic have
	computed []checkpoint.Computed
	open     func() (*visibleWriter, error)
	written  int64
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

// Save implements exec.Durable: the rows, and what their type is.
func (w *durableFinal) Save() ([]byte, error) {
	schema, err := avro.Export(w.row, avro.Options{Name: "In"})
	if err != nil {
		return nil, err
	}
	rows, err := w.rows.Save()
	if err != nil {
		return nil, err
	}
	var out wire.Writer
	out.Bytes(schema)
	out.Bytes(rows)
	return out.Buf, nil
}

// load reads what Save wrote. Rows that had other columns are read as those that are written
// by now; of a column that nothing is known of they have null.
func (w *durableFinal) load(saved []byte) error {
	r := wire.NewReader(saved)
	schema, rows := r.Bytes(), r.Bytes()
	if err := r.Err(); err != nil {
		return err
	}
	had, err := avro.Import(schema)
	if err != nil {
		return err
	}
	if types.Equal(had, w.row) {
		return w.rows.Load(rows)
	}
	before := *w.stream
	before.Columns = event.ColumnsOf(had)
	old := exec.NewMaterial(&before)
	defer old.Release()
	if err := old.Load(rows); err != nil {
		return err
	}
	b := old.Rows()
	if b == nil {
		return nil
	}
	defer b.Release()
	all := operators.Gather(memory.DefaultAllocator, b, selected(b))
	defer all.Release()
	cols, err := checkpoint.ReadKept(all.Cols, all.Rows, had, w.row, w.computed)
	if err != nil {
		return err
	}
	now := &operators.Batch{Cols: cols, Rows: all.Rows, Time: all.Time, Arrival: all.Arrival, Progress: all.Progress, Refs: all.Refs}
	w.rows.Add(now)
	now.Release()
	return nil
}

// selected are the rows of a batch that count.
func selected(b *operators.Batch) []int32 {
	out := make([]int32, 0, b.Len())
	b.Each(func(r int) { out = append(out, int32(r)) })
	return out
}

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
