package windowjoin

import (
	"encoding/binary"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
)

// Rows of a window that are outside of memory are kept by the bounds of the window and their
// side, under their names: so they go at once when it has closed.

// Open implements operators.Operator.
func (j *Join) Open(ctx *operators.Context) error {
	if ctx.Shelf != nil {
		j.Panes.Opened = func(p *window.Pane[*state]) {
			for side, rows := range p.State.rows {
				rows.Shelve(spill.NewPart(ctx.Shelf, append(prefix(p), byte(side))), j.in[side])
			}
		}
	}
	return j.Windows.Open(ctx)
}

func prefix(p *window.Pane[*state]) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(p.End)), uint64(p.Start))
}

// keep keeps rows of a batch. Those that may leave memory do not share it.
func (s *state) keep(side ir.Side, b *operators.Batch, sel []int32) []kept.ID {
	if s.rows[side].Away() {
		return s.rows[side].Add(b, sel)
	}
	return s.rows[side].Share(b, sel)
}

// bring names the rows of pairs, and brings them back into memory until giveBack.
func (s *state) bring(pairs []met) (ids pair.Pairs, err error) {
	for _, m := range pairs {
		ids.Add(s.id(ir.LeftSide, m.left), s.id(ir.RightSide, m.right))
	}
	if err := s.rows[ir.LeftSide].Bring(ids.Left); err != nil {
		return ids, err
	}
	return ids, s.rows[ir.RightSide].Bring(ids.Right)
}

func (s *state) giveBack() {
	for _, rows := range s.rows {
		rows.Return()
	}
}

// left notes that what a closed window has put away can go.
func (j *Join) left(p *window.Pane[*state]) {
	if p.State.rows[ir.LeftSide].Used() || p.State.rows[ir.RightSide].Used() {
		j.closed = append(j.closed, prefix(p))
	}
}

// deleteClosed takes the rows of closed windows off the shelf.
func (j *Join) deleteClosed() error {
	for _, prefix := range j.closed {
		if err := j.Ctx.Shelf.DeletePrefix(prefix); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	j.closed = nil
	return nil
}

// Spills implements operators.Spiller.
func (j *Join) Spills() bool { return j.spec.Spills() }

// Holding implements operators.Spiller.
func (j *Join) Holding() (n int64) {
	j.Panes.Each(func(p *window.Pane[*state]) {
		for _, rows := range p.State.rows {
			n += rows.Holding()
		}
	})
	return n
}

// Shed implements operators.Spiller: the windows go first that close first, as rows come to
// those behind them.
func (j *Join) Shed(most int64) error {
	if j.Ctx.Shelf == nil {
		return nil
	}
	if j.Ctx.Shelf.Free() {
		if err := j.deleteClosed(); err != nil {
			return err
		}
	}
	over := j.Holding() - most
	for _, p := range j.Panes.Open() {
		for _, rows := range p.State.rows {
			if over <= 0 {
				return nil
			}
			held := rows.Holding()
			if err := rows.Shed(max(held-over, 0)); err != nil {
				return err
			}
			over -= held - rows.Holding()
		}
	}
	return nil
}
