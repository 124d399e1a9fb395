package exec

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edynamic/edynamic/operators"
)

// gatedWriter writes a batch when it is let.
type gatedWriter struct {
	let            chan struct{}
	written, shown atomic.Int64 // batches
}

func (w *gatedWriter) Write(*operators.Batch) error {
	<-w.let
	w.written.Add(1)
	return nil
}
func (w *gatedWriter) Flush() error {
	w.shown.Store(w.written.Load())
	return nil
}
func (w *gatedWriter) Close() error       { return nil }
func (w *gatedWriter) Warnings() []string { return nil }

// TestBusySinkShowsWhatItWrote: the driver asks to see what was written while as much
// waits for the sink as can, and does not ask again; in the end everything is shown.
func TestBusySinkShowsWhatItWrote(t *testing.T) {
	w := &gatedWriter{let: make(chan struct{})}
	n := &Node{Sink: &Sink{Name: "out", Label: "out.ndjson", Open: func(context.Context, []byte) (Writer, error) { return w, nil }}}
	s, err := newSinkNode(context.Background(), &Engine{}, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	const batches = sinkDepth + 1 // one is being written
	for range batches {
		s.batch(0, &operators.Batch{})
	}
	s.flush()
	close(w.let)
	for end := time.Now().Add(10 * time.Second); w.shown.Load() < batches; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d batches written were shown", w.shown.Load(), w.written.Load())
		}
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}
