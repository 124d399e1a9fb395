package paned

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// Stage is the states of an operator that works in windows and outside them: one
// for each open window, or a single one.
type Stage[S State] struct {
	Windows[S]
	// Alone is the state outside windows, nil within them and until Open.
	Alone S

	newState func() S
}

// NewStage returns no states; newState makes one.
func NewStage[S State](spec Spec, newState func() S) (Stage[S], error) {
	w, err := NewWindows(spec, newState)
	return Stage[S]{Windows: w, newState: newState}, err
}

// Open implements operators.Operator.
func (s *Stage[S]) Open(ctx *operators.Context) error {
	err := s.Windows.Open(ctx)
	if !s.Windowed() {
		s.Alone = s.newState()
	}
	return err
}

func (s *Stage[S]) alone() bool {
	var none S
	return s.Alone != none
}

// Close implements operators.Operator.
func (s *Stage[S]) Close() error {
	if s.alone() {
		s.Alone.Release()
	}
	return s.Windows.Close()
}

// Snapshot implements operators.Operator.
func (s *Stage[S]) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := s.SavePanes(&w); err != nil {
		return nil, err
	}
	if s.alone() {
		if err := s.Alone.Save(&w); err != nil {
			return nil, err
		}
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (s *Stage[S]) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	s.LoadPanes(r, mine)
	if s.alone() {
		s.Alone.Load(r, mine)
	}
	return s.Restored(r)
}
