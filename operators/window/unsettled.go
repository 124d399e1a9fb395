package window

import (
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// Unsettled is a window stage whose rows pass at once and are in no window yet: the
// stage below finds the windows (ir.Window.Passes). It sends late rows aside.
type Unsettled struct {
	operators.Stateless
	lateness int64
	several  finder // of a stage whose rows are in several windows, else nil
	changes  bool   // rows of a changes stream
	counts   bool   // rows are counted, and none is late
	late     []int32
	gone     []int32 // rows that are late for all their windows
}

// NewUnsettled makes the operator; Columns are its output's.
func NewUnsettled(spec *ir.Window) (*Unsettled, error) {
	u := &Unsettled{lateness: spec.Lateness.Microseconds(), changes: spec.Input != nil, counts: spec.Kind == ir.WindowRows}
	zone, err := zoneOf(spec)
	if err != nil {
		return nil, err
	}
	switch spec.Kind {
	case ir.WindowCumulative:
		u.several, err = newCumulative(spec.Size, spec.Every, spec.Offset, zone)
	case ir.WindowHopping:
		u.several, err = newHopping(spec.Size, spec.Every, spec.Offset, zone)
	}
	return u, err
}

// Process implements operators.Operator.
func (u *Unsettled) Process(_ int, b *operators.Batch, out operators.Output) error {
	if (b.Time == nil || b.Arrival == nil) && !u.counts || b.Ops != nil && !u.changes {
		b.Release()
		return errors.New("window: the input must append rows that have a time")
	}
	u.late = u.late[:0]
	switch {
	case u.counts:
	case u.several != nil:
		u.sortOut(b)
	case u.changes:
		u.lateChanges(b)
	default:
		u.late = LateRows(b, u.lateness, u.late)
	}
	out.Late(b, u.late)
	if u.several != nil && len(u.gone) > 0 {
		b.Sel = without(b, u.gone)
	}
	if u.changes {
		addBounds(u.Alloc, b, func(i int) span {
			if comes(b, i) {
				return span{b.Time[i], b.Time[i]} // a row that moves differs from what it was
			}
			return span{}
		})
	} else {
		addNoBounds(u.Alloc, b)
	}
	if b.Len() == 0 {
		b.Release()
		return nil
	}
	out.Emit(0, b)
	return nil
}

// lateChanges finds the rows that come too late. What they replace is taken back all
// the same.
func (u *Unsettled) lateChanges(b *operators.Batch) {
	u.late = u.late[:0]
	b.Each(func(i int) {
		if comes(b, i) && b.Arrival[i] > later(b.Time[i], u.lateness) {
			u.late = append(u.late, int32(i))
		}
	})
	if len(u.late) == 0 {
		return
	}
	operators.Keep(b, without(b, u.late))
}

// comes tells a row that comes from one that is taken back.
func comes(b *operators.Batch, i int) bool {
	return b.Ops == nil || b.Ops[i] == operators.Insert || b.Ops[i] == operators.UpdateAfter
}

// Forgets implements operators.Forgetful.
func (u *Unsettled) Forgets() bool { return true }

// onTime reports that no row is late for any of its windows, as it is where the batch is all
// in the same ones and the watermark had not come to the end of the first.
func (u *Unsettled) onTime(b *operators.Batch) bool {
	if b.Sel != nil || b.Rows == 0 {
		return false
	}
	least, most, arrived := b.Time[0], b.Time[0], b.Arrival[0]
	for i, t := range b.Time {
		least, most, arrived = min(least, t), max(most, t), max(arrived, b.Arrival[i])
	}
	first := u.several.of(least)
	if len(first) == 0 || arrived >= later(first[0].end, u.lateness) {
		return false
	}
	begins := first[0].start
	last := u.several.of(most)
	return len(last) > 0 && last[0].start == begins
}

// sortOut finds the rows that are late for some of their windows, and for all.
func (u *Unsettled) sortOut(b *operators.Batch) {
	u.late, u.gone = u.late[:0], u.gone[:0]
	if u.onTime(b) {
		return
	}
	b.Each(func(i int) {
		windows := u.several.of(b.Time[i])
		if len(windows) == 0 {
			u.gone = append(u.gone, int32(i))
			return
		}
		if b.Arrival[i] >= later(windows[0].end, u.lateness) {
			u.late = append(u.late, int32(i))
		}
		if b.Arrival[i] >= later(windows[len(windows)-1].end, u.lateness) {
			u.gone = append(u.gone, int32(i))
		}
	})
}
