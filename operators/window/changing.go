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
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Changing puts the rows of a changes stream into windows: each row is in the windows
// of its time, which is that of its last change. A change that moves a row takes it
// out of the windows it was in, as far as they are open, and puts it into others; a
// window that has closed keeps the row it had.
//
// The windows of a span are those that a row gives: a change of its bounds moves it,
// too. It remembers the time of each row that is in an open window, and its span.
type Changing struct {
	*Window
	spans    *Span // nil for windows at fixed places
	keys     []ir.Expr
	identity *kept.Identity
	stays    map[string]stay // by identity
	swept    int             // how many there were when those of closed windows were dropped
}

// stay is where a row is.
type stay struct {
	time int64
	in   span // of windows that rows give
}

var _ operators.Parallel = (*Changing)(nil)

// NewChanging makes the operator for the columns of its input. Its output has those of
// its input, then types.WindowStart and types.WindowEnd.
func NewChanging(spec *ir.Window, in []types.Column, env *operators.Env) (*Changing, error) {
	c := &Changing{identity: kept.NewIdentity(spec.Input, in), stays: map[string]stay{}}
	var err error
	if spec.Kind == ir.WindowSpan {
		c.Window = &Window{lateness: spec.Lateness.Microseconds()}
		c.spans, err = NewSpan(spec, in, env)
	} else {
		c.Window, err = New(spec)
	}
	if err != nil {
		return nil, err
	}
	for _, k := range spec.Input.Key {
		if i := operators.ColumnIndex(in, k); i >= 0 {
			c.keys = append(c.keys, &ir.Column{Base: ir.Base{T: in[i].Type}, Name: k})
		}
	}
	return c, nil
}

// Remembers implements operators.Migrant: what identifies rows, which may be all of them.
func (c *Changing) Remembers() ([]operators.Remembered, bool) {
	if len(c.keys) == 0 {
		return []operators.Remembered{{Exact: true}}, true
	}
	return nil, true
}

// Keys implements operators.Parallel.
func (c *Changing) Keys(int) []ir.Expr { return c.keys }

// Less implements operators.Parallel: a row and what replaces it are of one instance.
func (c *Changing) Less(_, _ *operators.Batch) func(i, j int) bool { return kernel.AllLess(nil) }

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
	if c.spans != nil {
		r.read(out)
		defer operators.ReleaseAll(r.bounds)
	}
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

	// Of windows that rows give.
	bounds   []kernel.Vector
	from, to func(row int) int64
	bad      map[int32]bool // rows that give none
}

// read computes the spans of the rows that come.
func (m *mover) read(out operators.Output) {
	come := make([]int32, 0, m.b.Len())
	m.b.Each(func(i int) {
		if m.b.Ops == nil || m.b.Ops[i] == operators.Insert || m.b.Ops[i] == operators.UpdateAfter {
			come = append(come, int32(i))
		}
	})
	rows := &operators.Rows{Alloc: m.c.alloc, Batch: m.b, Sel: come}
	m.bounds = rows.All([]operators.Eval{m.c.spans.from, m.c.spans.to})
	m.from, m.to = kernel.Reader[int64](m.bounds[0]), kernel.Reader[int64](m.bounds[1])
	failed := rows.Failed
	left := operators.Batch{Rows: m.b.Rows, Sel: rows.Sel}
	left.Each(func(i int) {
		if reason := badSpan(m.bounds, m.from, m.to, i); reason != "" {
			failed = append(failed, operators.Failure{Row: i, Code: CodeSpan, Reason: reason})
		}
	})
	if len(failed) == 0 {
		return
	}
	slices.SortFunc(failed, func(a, b operators.Failure) int { return cmp.Compare(a.Row, b.Row) })
	m.bad = make(map[int32]bool, len(failed))
	for _, f := range failed {
		m.bad[int32(f.Row)] = true
	}
	out.Fail(m.b, failed)
}

// into is where a row that comes goes, as far as its windows are open for it; late
// tells that others are not.
func (m *mover) into(row int32) (s stay, open []span, late bool) {
	s.time = m.b.Time[row]
	if m.c.spans == nil {
		open, late = m.open(s, m.b.Arrival[row])
		return s, open, late
	}
	if m.bad[row] {
		return s, nil, false
	}
	s.in = span{m.from(int(row)), m.to(int(row))}
	open, late = m.open(s, max(m.b.Arrival[row], s.time))
	return s, open, late
}

// move takes a row out of its windows and puts another into its own; -1 is none.
func (m *mover) move(sub, add int32) {
	var old, now []span
	if sub >= 0 {
		id := string(m.code(nil, int(sub)))
		if s, ok := m.c.stays[id]; ok {
			old, _ = m.open(s, m.b.Arrival[sub])
			delete(m.c.stays, id)
		}
	}
	if add >= 0 {
		var s stay
		var late bool
		if s, now, late = m.into(add); late {
			m.c.late = append(m.c.late, add)
		}
		if len(now) > 0 {
			m.c.stays[string(m.code(nil, int(add)))] = s
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

// windowsAt is the windows of a row; the answer holds until the next call.
func (c *Changing) windowsAt(s stay) []span {
	if c.spans != nil {
		c.windows = append(c.windows[:0], s.in)
		return c.windows
	}
	return c.windowsOf(s.time)
}

// open is the windows of a row that are open at a watermark, by their ends; late tells
// that others are not.
func (m *mover) open(at stay, arrival int64) (open []span, late bool) {
	for _, s := range m.c.windowsAt(at) {
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
	if len(c.stays) <= 2*c.swept+1024 {
		return nil
	}
	for id, s := range c.stays {
		last := c.windowsAt(s)
		if len(last) == 0 || later(last[len(last)-1].end, c.lateness) <= w.Time {
			delete(c.stays, id)
		}
	}
	c.swept = len(c.stays)
	return nil
}

// Snapshot implements operators.Operator.
func (c *Changing) Snapshot() ([]byte, error) {
	var w wire.Writer
	w.Uint(uint64(len(c.stays)))
	for _, id := range slices.Sorted(maps.Keys(c.stays)) {
		s := c.stays[id]
		w.String(id)
		w.Int(s.time)
		w.Int(s.in.start)
		w.Int(s.in.end)
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (c *Changing) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	for range r.Len() {
		id, s := r.String(), stay{r.Int(), span{r.Int(), r.Int()}}
		if mine == nil || len(c.keys) == 0 || mine(operators.KeyHash([]byte(id))) {
			c.stays[id] = s
		}
	}
	return r.Err()
}
