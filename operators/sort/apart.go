package sort

import (
	"encoding/binary"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
)

// Open implements operators.Operator. Rows of a window that are outside of memory are kept by
// its bounds, so that they go at once.
func (s *Sort) Open(ctx *operators.Context) error {
	s.batchRows = max(ctx.BatchRows, 1)
	if ctx.Shelf != nil {
		s.Panes.Opened = func(p *window.Pane[*state]) {
			p.State.rows.Shelve(spill.NewPart(ctx.Shelf, prefix(p)), s.in)
		}
	}
	err := s.Stage.Open(ctx)
	if ctx.Shelf != nil && s.Alone != nil {
		s.Alone.rows.Shelve(ctx.Shelf, s.in)
	}
	return err
}

func prefix(p *window.Pane[*state]) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(p.End)), uint64(p.Start))
}

// deleteClosed takes the rows of closed windows off the shelf.
func (s *Sort) deleteClosed() error {
	for _, prefix := range s.closed {
		if err := s.Ctx.Shelf.DeletePrefix(prefix); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	s.closed = nil
	return nil
}

// Snapshot implements operators.Operator.
func (s *Sort) Snapshot() ([]byte, error) {
	if err := s.deleteClosed(); err != nil {
		return nil, err
	}
	return s.Stage.Snapshot()
}

// Spills implements operators.Spiller.
func (s *Sort) Spills() bool { return s.spec.Spills() }

// Holding implements operators.Spiller.
func (s *Sort) Holding() (n int64) {
	s.each(func(x *state) { n += x.rows.Holding() })
	return n
}

// each calls f for the states there are, those of windows that close first in front: rows
// come to those behind them.
func (s *Sort) each(f func(x *state)) {
	for _, p := range s.Panes.Open() {
		f(p.State)
	}
	if s.Alone != nil {
		f(s.Alone)
	}
}

// Shed implements operators.Spiller.
func (s *Sort) Shed(most int64) (err error) {
	if s.Ctx.Shelf == nil {
		return nil
	}
	if s.Ctx.Shelf.Free() {
		err = s.deleteClosed()
	}
	over := s.Holding() - most
	s.each(func(x *state) {
		if over <= 0 || err != nil {
			return
		}
		held := x.rows.Holding()
		err = x.rows.Shed(max(held-over, 0))
		over -= held - x.rows.Holding()
	})
	return err
}
