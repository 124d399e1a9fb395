// Package paned is what operators have in common that keep a state for each open
// window, or one state for a whole stream outside windows: opening, taking rows
// apart by window, sending what a settled window leaves, and writing it all down
// at a barrier.
//
// It knows nothing of what a state means. An operator embeds Windows or Stage, and
// Grouping when it keeps rows by key.
package paned

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// State is what an operator keeps for one window, or for a stream without windows.
// It is a pointer; nil is no state.
type State interface {
	comparable
	// Held is the number of rows whose results have not left yet.
	Held() int64
	// Empty reports that the state knows of no row.
	Empty() bool
	// Save writes the state, Load adds what is mine of it to another.
	Save(w *wire.Writer) error
	Load(r *wire.Reader, mine operators.Mine)
	// Release gives back the memory of the state.
	Release()
}

// Spec says what an operator of windows reads and emits.
type Spec struct {
	Stage    string // the stage's word, for errors
	Windowed bool
	// AtOnce: windows are whole batches of rows, and close at the end of the batch that
	// brings them; no watermark is waited for. One state has all windows of a batch, so that
	// an operator keeps rows by Placed too; Made begins with In.
	AtOnce bool
	// Apart: such windows have a state each, for there are few of them.
	Apart    bool
	Lateness time.Duration
	In       []types.Column
	Made     []types.Column // what the operator makes, in its own order
	Out      []types.Column // what leaves
}

// Windows is the open windows of an operator with their states.
type Windows[S State] struct {
	Ctx    *operators.Context
	Alloc  memory.Allocator
	Panes  *window.Panes[S]
	Layout operators.Layout

	stage      string
	start, end int // the window's columns in the input, -1 outside windows
	atOnce     bool
	whole      *Whole          // nil where each window has a state
	full       *window.Pane[S] // all windows of the batch at hand, where one state has them
	ended      map[*window.Pane[S]]last
	shelved    *shelved[S] // nil where the keys of windows stay in memory
}

// last is where a window stands that closes at once: the last of its rows.
type last struct {
	arrival, progress int64
	timed             bool
	ref               operators.Ref
}

// NewWindows returns no open windows; newState makes the state of a new one.
func NewWindows[S State](spec Spec, newState func() S) (Windows[S], error) {
	w := Windows[S]{stage: spec.Stage, start: -1, end: -1, atOnce: spec.AtOnce && spec.Apart, Panes: window.NewPanes(spec.Lateness.Microseconds(), newState)}
	if spec.Windowed {
		w.start, w.end = operators.ColumnIndex(spec.In, types.WindowStart), operators.ColumnIndex(spec.In, types.WindowEnd)
		if w.start < 0 || w.end < 0 {
			return w, fmt.Errorf("%s: the input has no window columns", spec.Stage)
		}
	}
	if spec.AtOnce && !spec.Apart {
		w.whole = NewWhole(w.start, w.end)
	}
	var err error
	w.Layout, err = operators.NewLayout(spec.Out, spec.Made)
	return w, err
}

// Open implements operators.Operator.
func (w *Windows[S]) Open(ctx *operators.Context) error {
	w.Ctx, w.Alloc = ctx, ctx.Alloc
	return nil
}

// Windowed reports that rows are in windows.
func (w *Windows[S]) Windowed() bool { return w.start >= 0 }

// Bounds is the starts and ends of the windows that the rows of a batch are in.
func (w *Windows[S]) Bounds(b *operators.Batch) (starts, ends []int64) {
	return kernel.Values[int64](b.Cols[w.start]), kernel.Values[int64](b.Cols[w.end])
}

// Delay implements operators.Delayer.
func (w *Windows[S]) Delay() int64 {
	if !w.Windowed() {
		return 0
	}
	return w.Panes.Lateness()
}

// Held implements operators.Holder: the rows of open windows.
func (w *Windows[S]) Held() int64 {
	n := int64(0)
	for _, p := range w.Panes.Open() {
		n += p.State.Held()
	}
	return n
}

// Split calls f for each window that rows of sel (nil for all) are in, or once for all
// windows where one state has them.
func (w *Windows[S]) Split(b *operators.Batch, sel []int32, f func(p *window.Pane[S], sel []int32)) {
	if w.whole != nil {
		if part := (operators.Batch{Rows: b.Rows, Sel: sel}); part.Len() > 0 {
			w.whole.Read(b, sel)
			w.full = w.Panes.Alone()
			f(w.full, sel)
		}
		return
	}
	if !w.atOnce {
		w.Panes.Split(b, sel, w.start, w.end, f)
		return
	}
	w.Panes.Split(b, sel, w.start, w.end, func(p *window.Pane[S], sel []int32) {
		w.note(p, b, sel)
		f(p, sel)
	})
}

// note remembers the last row of a window.
func (w *Windows[S]) note(p *window.Pane[S], b *operators.Batch, sel []int32) {
	row := b.Rows - 1
	if sel != nil {
		row = int(sel[len(sel)-1])
	}
	if w.ended == nil {
		w.ended = map[*window.Pane[S]]last{}
	}
	w.ended[p] = lastOf(b, row)
}

// lastOf is where a window stands whose last row is this one.
func lastOf(b *operators.Batch, row int) last {
	l := last{timed: b.Time != nil}
	if l.timed {
		l.arrival, l.progress = b.Arrival[row], b.Progress[row]
	} else if b.Refs != nil {
		l.ref = b.Refs[row]
	}
	return l
}

// Full closes the windows that close at once, at the end of a batch.
func (w *Windows[S]) Full(close func(p *window.Pane[S])) {
	if w.full != nil {
		close(w.full)
		w.full = nil
	}
	if !w.atOnce {
		return
	}
	for _, p := range w.Panes.All() {
		close(p)
	}
	clear(w.ended)
}

// Send emits the rows that a settled window leaves. Their columns are those the
// operator makes.
func (w *Windows[S]) Send(p *window.Pane[S], b *operators.Batch, out operators.Output) {
	if w.whole != nil {
		places := make([]int64, b.Rows)
		w.whole.Places(b, places)
		w.whole.Settle(b, places)
	} else {
		w.Settle(p, b)
	}
	b.Cols = w.Layout.Arrange(b.Cols)
	out.Emit(0, b)
}

// Settle makes the rows of a batch results of a window.
func (w *Windows[S]) Settle(p *window.Pane[S], b *operators.Batch) {
	l, full := w.ended[p]
	switch {
	case !full:
		kept.Settled(b, p.End, w.Panes.Settled(p.End))
	case l.timed:
		kept.Settled(b, p.End, l.progress)
		b.Arrival = operators.Repeated(b.Rows, l.arrival)
	default:
		// Without time the records are what rows are ordered by.
		b.Time, b.Arrival, b.Progress = nil, nil, nil
		b.Refs = make([]operators.Ref, b.Rows)
		for i := range b.Refs {
			b.Refs[i] = l.ref
		}
	}
}

// Together reports that the rows of a window must leave in one batch: it is one of rows, which
// what works in it tells from the next by that.
func (w *Windows[S]) Together(p *window.Pane[S]) bool {
	_, full := w.ended[p]
	return full
}

// Close implements operators.Operator.
func (w *Windows[S]) Close() error {
	for _, p := range w.Panes.Open() {
		p.State.Release()
	}
	return nil
}

// SavePanes writes the open windows.
func (w *Windows[S]) SavePanes(to *wire.Writer) error {
	if err := w.deleteClosed(); err != nil {
		return err
	}
	open := w.Panes.Open()
	to.Uint(uint64(len(open)))
	for _, p := range open {
		to.Int(p.Start)
		to.Int(p.End)
		if err := p.State.Save(to); err != nil {
			return err
		}
	}
	return nil
}

// LoadPanes adds what is mine of the windows that SavePanes wrote.
func (w *Windows[S]) LoadPanes(r *wire.Reader, mine operators.Mine) {
	for range r.Len() {
		start, end := r.Int(), r.Int()
		s := w.Panes.Reopen(start, end)
		s.Load(r, mine)
		if s.Empty() { // the keys of this window are all of other instances
			w.Panes.Forget(start, end)
			s.Release()
		}
	}
}

// Restored is the error of a snapshot that could not be read, if any.
func (w *Windows[S]) Restored(r *wire.Reader) error {
	if err := r.Err(); err != nil {
		return fmt.Errorf("%s: %w", w.stage, err)
	}
	return nil
}
