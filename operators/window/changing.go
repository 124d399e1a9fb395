package window

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// Changing puts the rows of a changes stream into windows: each row is in the windows
// of its time, which is that of its last change. A change that moves a row takes it
// out of the windows it was in, as far as they are open, and puts it into others; a
// window that has closed keeps the row it had.
//
// It remembers the time of each row that is in an open window.
type Changing struct {
	*Window
	keys     []ir.Expr
	identity *kept.Identity
	times    map[string]int64 // by identity
	swept    int              // how many there were when those of closed windows were dropped
}

var _ operators.Parallel = (*Changing)(nil)

// NewChanging makes the operator for the columns of its input. Its output has those of
// its input, then types.WindowStart and types.WindowEnd.
func NewChanging(spec *ir.Window, in []types.Column) (*Changing, error) {
	w, err := New(spec)
	if err != nil {
		return nil, err
	}
	c := &Changing{Window: w, identity: kept.NewIdentity(spec.Input, in), times: map[string]int64{}}
	for _, k := range spec.Input.Key {
		if i := operators.ColumnIndex(in, k); i >= 0 {
			c.keys = append(c.keys, &ir.Column{Base: ir.Base{T: in[i].Type}, Name: k})
		}
	}
	return c, nil
}

// Keys implements operators.Parallel.
func (c *Changing) Keys(int) []ir.Expr { return c.keys }

// Less implements operators.Parallel: a row and what replaces it are of one instance.
func (c *Changing) Less(*operators.Batch, int, *operators.Batch, int) bool { return false }

// moved is a row of the result.
type moved struct {
	row int32
	op  operators.Op
	in  span
}

// Process implements operators.Operator.
func (c *Changing) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Time == nil || b.Arrival == nil {
		return errors.New("window: rows without time")
	}
	c.late = c.late[:0]
	r := &mover{c: c, b: b, code: c.identity.Codes(b)}
	before := int32(-1)
	flush := func() {
		if before >= 0 {
			r.move(before, -1)
		}
		before = -1
	}
	b.Each(func(i int) {
		row, op := int32(i), operators.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		if op == operators.UpdateAfter && before >= 0 && before == row-1 {
			r.move(before, row)
			before = -1
			return
		}
		flush()
		switch op {
		case operators.Insert, operators.UpdateAfter:
			r.move(-1, row)
		case operators.UpdateBefore:
			before = row
		case operators.Delete:
			r.move(row, -1)
		}
	})
	flush()
	if len(c.late) > 0 {
		out.Late(b, c.late)
	}
	if len(r.moved) > 0 {
		out.Emit(0, r.batch())
	}
	return nil
}

// mover follows one batch.
type mover struct {
	c     *Changing
	b     *operators.Batch
	code  func(dst []byte, row int) []byte
	moved []moved
}

// move takes a row out of its windows and puts another into its own; -1 is none.
func (m *mover) move(sub, add int32) {
	var old, now []span
	if sub >= 0 {
		id := string(m.code(nil, int(sub)))
		if t, ok := m.c.times[id]; ok {
			old, _ = m.open(t, m.b.Arrival[sub])
			delete(m.c.times, id)
		}
	}
	if add >= 0 {
		var late bool
		if now, late = m.open(m.b.Time[add], m.b.Arrival[add]); late {
			m.c.late = append(m.c.late, add)
		}
		if len(now) > 0 {
			m.c.times[string(m.code(nil, int(add)))] = m.b.Time[add]
		}
	}
	for _, s := range old {
		if !slices.Contains(now, s) {
			m.moved = append(m.moved, moved{sub, operators.Delete, s})
		}
	}
	for _, s := range old {
		if slices.Contains(now, s) {
			m.moved = append(m.moved, moved{sub, operators.UpdateBefore, s}, moved{add, operators.UpdateAfter, s})
		}
	}
	for _, s := range now {
		if !slices.Contains(old, s) {
			m.moved = append(m.moved, moved{add, operators.Insert, s})
		}
	}
}

// open is the windows of an instant that are open for a row, by their ends; late tells
// that others are not.
func (m *mover) open(t, arrival int64) (open []span, late bool) {
	for _, s := range m.c.windowsOf(t) {
		if arrival >= later(s.end, m.c.lateness) {
			late = true
			continue
		}
		open = append(open, s)
	}
	slices.SortStableFunc(open, func(a, b span) int { return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.start, b.start)) })
	return open, late
}

func (m *mover) batch() *operators.Batch {
	c := m.c
	c.positions, c.windows = c.positions[:0], c.windows[:0]
	ops := make([]operators.Op, len(m.moved))
	for i, x := range m.moved {
		c.positions, c.windows, ops[i] = append(c.positions, x.row), append(c.windows, x.in), x.op
	}
	out := operators.Gather(c.alloc, m.b, c.positions)
	addBounds(c.alloc, out, func(i int) span { return c.windows[i] })
	out.Ops, out.Cause = ops, slices.Clone(c.positions)
	return out
}

// OnWatermark implements operators.Operator: rows whose windows have closed are
// forgotten, when there are twice as many as were left the last time.
func (c *Changing) OnWatermark(w operators.Watermark, _ operators.Output) error {
	if len(c.times) <= 2*c.swept+1024 {
		return nil
	}
	for id, t := range c.times {
		last := c.windowsOf(t)
		if len(last) == 0 || later(last[len(last)-1].end, c.lateness) <= w.Time {
			delete(c.times, id)
		}
	}
	c.swept = len(c.times)
	return nil
}

// Snapshot implements operators.Operator.
func (c *Changing) Snapshot() ([]byte, error) {
	var w wire.Writer
	w.Uint(uint64(len(c.times)))
	for _, id := range slices.Sorted(maps.Keys(c.times)) {
		w.String(id)
		w.Int(c.times[id])
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (c *Changing) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		id, t := r.String(), r.Int()
		if mine == nil || len(c.keys) == 0 || mine(operators.KeyHash([]byte(id))) {
			c.times[id] = t
		}
	}
	return r.Err()
}
