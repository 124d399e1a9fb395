package race

import (
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Keys implements operators.Parallel. With changes at ticks every instance would need to
// see all rows to know the time, so that there is one.
func (s *Stage) Keys(input int) []ir.Expr {
	if s.ticks.Every > 0 {
		return nil
	}
	return s.Grouping.Keys(input)
}

// collect takes rows into their windows, and shows those whose ticks are crossed.
func (s *Stage) collect(b *operators.Batch, sel []int32, keys []kernel.Vector, codes Codes, out operators.Output) error {
	var wrong error
	starts, ends := s.Bounds(b)
	s.ticks.Take(b, sel, starts, ends, func(rows []int32) {
		s.Split(b, rows, func(p *window.Pane[*Field], rows []int32) {
			groups := s.Groups(b.Rows)
			p.State.Find(keys, b, rows, groups)
			if wrong = errors.Join(wrong, p.State.Bring(b, rows, groups)); wrong != nil {
				return
			}
			p.State.Collect(b, rows, groups, codes, out)
		})
	}, out)
	return wrong
}

// show emits the changes of a window since it last did.
func (s *Stage) show(p *window.Pane[*Field], tick int64, _ int32, out operators.Output) {
	f := p.State
	defer f.Shown()
	changes := f.Show()
	if len(changes) == 0 {
		return
	}
	ids := make([]kept.ID, len(changes))
	ops := make([]operators.Op, len(changes))
	for i, c := range changes {
		ids[i], ops[i] = c.Entry.ID, c.Op
	}
	b := f.Rows.Take(ids)
	s.add(b, changes)
	b.Cols = s.Layout.Arrange(b.Cols)
	b.Ops, b.Time = ops, operators.Repeated(b.Rows, p.End-1)
	b.Arrival, b.Progress = operators.Repeated(b.Rows, window.Arrival(tick, p.End)), operators.Repeated(b.Rows, tick)
	for i := range b.Refs { // they do not stand where their records do
		b.Refs[i].Joined = true
	}
	out.Emit(0, b)
}

// Snapshot implements operators.Operator.
func (s *Stage) Snapshot() ([]byte, error) {
	saved, err := s.Stage.Snapshot()
	if err != nil || s.ticks.Every == 0 {
		return saved, err
	}
	var w wire.Writer
	w.Int(s.ticks.Clock)
	w.Bytes(saved)
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (s *Stage) Restore(saved []byte, mine operators.Mine) error {
	if s.ticks.Every == 0 {
		return s.Stage.Restore(saved, mine)
	}
	r := wire.NewReader(saved)
	s.ticks.Clock = max(s.ticks.Clock, r.Int())
	saved = r.Bytes()
	if err := s.Restored(r); err != nil {
		return err
	}
	return s.Stage.Restore(saved, mine)
}
