package exec_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/format"
)

// stuckDecoder gives its rows and then waits until it is told to stop.
type stuckDecoder struct {
	memoryDecoder
	ctx   context.Context
	stuck func()
}

func (d *stuckDecoder) Next(max int) (*format.Rows, error) {
	if len(d.rows) > 0 {
		return d.memoryDecoder.Next(max)
	}
	d.stuck()
	<-d.ctx.Done()
	return nil, d.ctx.Err()
}

// TestInterrupted: rows that were read are finished, open windows stay open and
// their rows are counted.
func TestInterrupted(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	g := testGraph(alloc, [][]row{{{1, 1, 1}, {2, 2, 2}}}, nil)
	rows := []row{{5, 1, 10}, {15, 2, 20}, {38, 3, 30}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Everything has been decoded then, and the driver has long taken it.
	stuck := func() { time.AfterFunc(200*time.Millisecond, cancel) }
	g.Nodes[1].Topic.Lanes = []exec.Lane{{Name: "b", Open: func(ctx context.Context) (format.Decoder, error) {
		return &stuckDecoder{memoryDecoder{alloc: alloc, rows: rows}, ctx, stuck}, nil
	}}}
	e, err := exec.New(context.Background(), g, exec.Options{Alloc: alloc})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The watermark stands at 18: window [0, 10) has closed with keys 1 and 2.
	if got := len(e.Collected("sums").Rows()); got != 2 || !s.Interrupted || s.OpenRows != 2 {
		t.Errorf("%d results, interrupted %v, %d open rows; want 2, true, 2", got, s.Interrupted, s.OpenRows)
	}
	if got := len(e.Collected("union").Rows()); got != 4 {
		t.Errorf("%d rows in the union, want 4", got)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}

// slowWriter writes a batch when it is let.
type slowWriter struct {
	let     chan struct{}
	written atomic.Int64
	fail    error
}

func (w *slowWriter) Write(b *operators.Batch) error {
	<-w.let
	w.written.Add(int64(b.Len()))
	return w.fail
}
func (w *slowWriter) Flush() error       { return nil }
func (w *slowWriter) Close() error       { return nil }
func (w *slowWriter) Warnings() []string { return nil }

func sinkGraph(alloc memory.Allocator, w *slowWriter, decoded *atomic.Int64, rows int) *exec.Graph {
	all := make([]row, rows)
	for i := range all {
		all[i] = row{int64(i), 0, int64(i)}
	}
	lane := exec.Lane{Name: "in", Open: func(context.Context) (format.Decoder, error) {
		return &countingDecoder{memoryDecoder{alloc: alloc, rows: all}, decoded}, nil
	}}
	return &exec.Graph{Nodes: []*exec.Node{
		{Name: "topic:in", Ports: []*types.Stream{stream(true)}, Topic: &exec.Topic{Name: "in", Row: rowType, TimeOf: timeOf, Lanes: []exec.Lane{lane}}},
		{Name: "out", In: []plan.Edge{{Node: 0}}, Sink: &exec.Sink{Name: "out", Label: "out.ndjson",
			Open: func(context.Context, []byte) (exec.Writer, error) { return w, nil }}},
	}}
}

type countingDecoder struct {
	memoryDecoder
	n *atomic.Int64
}

func (d *countingDecoder) Next(max int) (*format.Rows, error) {
	d.n.Add(1)
	return d.memoryDecoder.Next(max)
}

// TestSlowSinkSlowsTheSource: with a sink that does not write, only a bounded
// number of batches is decoded.
func TestSlowSinkSlowsTheSource(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	w := &slowWriter{let: make(chan struct{})}
	var decoded atomic.Int64
	e, err := exec.New(context.Background(), sinkGraph(alloc, w, &decoded, 1000), exec.Options{Alloc: alloc, BatchRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := e.Run(context.Background())
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	if n := decoded.Load(); n > 20 {
		t.Errorf("%d batches were decoded while the sink wrote nothing", n)
	}
	close(w.let)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := w.written.Load(); n != 1000 {
		t.Errorf("%d rows were written, want 1000", n)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}

// TestSinkFails: the run stops with one line that names the place.
func TestSinkFails(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	w := &slowWriter{let: make(chan struct{}), fail: errors.New("no space left on device")}
	close(w.let)
	var decoded atomic.Int64
	e, err := exec.New(context.Background(), sinkGraph(alloc, w, &decoded, 5000), exec.Options{Alloc: alloc, BatchRows: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Run(context.Background())
	if want := `cannot write "out.ndjson": no space left on device`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}

// breaking is an operator with a bug.
type breaking struct{ stateless }

func (breaking) Process(_ int, b *operators.Batch, _ operators.Output) error {
	b.Release()
	panic("the invariant does not hold")
}

// TestBugIsReported: a broken invariant becomes an error that says whose fault it is.
func TestBugIsReported(t *testing.T) {
	g := testGraph(memory.NewGoAllocator(), [][]row{{{1, 1, 1}}}, nil)
	g.Nodes[2] = operator("filter", "s", func() operators.Operator { return breaking{} }, plan.Edge{})
	e, err := exec.New(context.Background(), g, exec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Run(context.Background())
	var bug *exec.Bug
	if !errors.As(err, &bug) || !strings.Contains(err.Error(), "bug in edyc") {
		t.Errorf("error %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// finite passes n rows.
type finite struct {
	stateless
	n int
}

func (f *finite) Done() bool { return f.n == 0 }
func (f *finite) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Len() > f.n {
		b.Sel = []int32{}
		for r := range f.n {
			b.Sel = append(b.Sel, int32(r))
		}
	}
	f.n -= b.Len()
	out.Emit(0, b)
	return nil
}

// TestNobodyNeedsMore: a source is not read further than its readers need.
func TestNobodyNeedsMore(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	w := &slowWriter{let: make(chan struct{})}
	close(w.let)
	var decoded atomic.Int64
	g := sinkGraph(alloc, w, &decoded, 1000)
	limit := operator("limit", "s", func() operators.Operator { return &finite{n: 5} }, plan.Edge{})
	g.Nodes = []*exec.Node{g.Nodes[0], limit, g.Nodes[1]}
	g.Nodes[2].In = []plan.Edge{{Node: 1}}
	e, err := exec.New(context.Background(), g, exec.Options{Alloc: alloc, BatchRows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(w.written.Load(), decoded.Load() < 20); got != "5 true" {
		t.Errorf("written, few decoded: %s (%d)", got, decoded.Load())
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}
