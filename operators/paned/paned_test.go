package paned

import (
	"errors"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// tally counts rows.
type tally struct {
	n        int64
	err      error
	released bool
}

func (t *tally) Held() int64 { return t.n }

func (t *tally) Save(w *wire.Writer) error {
	w.Int(t.n)
	return t.err
}

func (t *tally) Load(r *wire.Reader, _ operators.Mine) { t.n += r.Int() }
func (t *tally) Release()                              { t.released = true }
func (t *tally) Empty() bool                           { return t.n == 0 }

var windowed = window.Columns([]types.Column{{Name: "v", Type: types.TLong}})

func newTallies(t *testing.T, inWindows bool) *Stage[*tally] {
	t.Helper()
	spec := Spec{Stage: "tally", Windowed: inWindows, Lateness: 5 * time.Microsecond, In: windowed, Made: windowed, Out: windowed[:1]}
	s, err := NewStage(spec, func() *tally { return &tally{} })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(&operators.Context{Alloc: memory.DefaultAllocator}); err != nil {
		t.Fatal(err)
	}
	return &s
}

// fill puts three rows into the window 0 to 10 and one into 10 to 20.
func fill(s *Stage[*tally]) {
	at := func(start int64) optest.Row { return optest.Row{Values: []any{int64(0), start, start + 10}} }
	b := optest.Batch(memory.DefaultAllocator, windowed, []optest.Row{at(0), at(10), at(0), at(0)})
	defer b.Release()
	s.Split(b, nil, func(p *window.Pane[*tally], sel []int32) { p.State.n += int64(len(sel)) })
}

type pane struct{ Start, End, N int64 }

func panes(s *Stage[*tally]) []pane {
	var out []pane
	for _, p := range s.Panes.Open() {
		out = append(out, pane{p.Start, p.End, p.State.n})
	}
	return out
}

func TestSnapshotWithinWindows(t *testing.T) {
	s := newTallies(t, true)
	fill(s)
	saved, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again := newTallies(t, true)
	if err := again.Restore(saved, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]pane{{0, 10, 3}, {10, 20, 1}}, panes(again)); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if again.Alone != nil || again.Held() != 4 || again.Delay() != 5 {
		t.Errorf("alone %v, held %d, delay %d; want none, 4, 5", again.Alone, again.Held(), again.Delay())
	}
}

func TestSnapshotOutsideWindows(t *testing.T) {
	s := newTallies(t, false)
	s.Alone.n = 7
	saved, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again := newTallies(t, false)
	if err := again.Restore(saved, nil); err != nil {
		t.Fatal(err)
	}
	if again.Alone.n != 7 || again.Held() != 0 || again.Delay() != 0 {
		t.Errorf("alone %d, held %d, delay %d; want 7, 0, 0", again.Alone.n, again.Held(), again.Delay())
	}
}

func TestSnapshotErrors(t *testing.T) {
	broken := errors.New("broken")
	s := newTallies(t, false)
	s.Alone.err = broken
	if _, err := s.Snapshot(); !errors.Is(err, broken) {
		t.Errorf("snapshot outside windows: %v", err)
	}
	s = newTallies(t, true)
	fill(s)
	s.Panes.Open()[1].State.err = broken
	if _, err := s.Snapshot(); !errors.Is(err, broken) {
		t.Errorf("snapshot within windows: %v", err)
	}
	if err := newTallies(t, true).Restore([]byte{1}, nil); err == nil {
		t.Error("a snapshot that ends early was restored")
	}
}

func TestCloseReleasesEveryState(t *testing.T) {
	s := newTallies(t, true)
	fill(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Panes.Open() {
		if !p.State.released {
			t.Errorf("the state of the window at %d was not released", p.Start)
		}
	}
	alone := newTallies(t, false)
	if err := alone.Close(); err != nil || !alone.Alone.released {
		t.Errorf("close: %v, released %t", err, alone.Alone.released)
	}
	if err := (&Stage[*tally]{Windows: s.Windows}).Close(); err != nil { // never opened
		t.Error(err)
	}
}

func TestInputWithoutWindows(t *testing.T) {
	spec := Spec{Stage: "tally", Windowed: true, In: windowed[:1], Made: windowed[:1], Out: windowed[:1]}
	if _, err := NewWindows(spec, func() *tally { return &tally{} }); err == nil || err.Error() != "tally: the input has no window columns" {
		t.Errorf("error %v", err)
	}
}
