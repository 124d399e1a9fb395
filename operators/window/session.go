package window

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// Session puts rows into sessions (SEMANTICS 22). The rows of a session leave
// together, once the session is settled; an aggregate that stands directly behind
// finds the sessions itself and keeps no rows (see package aggregate).
type Session struct {
	held
	sessions *Sessions[[]kept.ID]
	rule     Rule
	waiting  *ordered.Buffer
	late     []int32
	closed   []Open[[]kept.ID] // scratch
}

var (
	_ operators.Parallel = (*Session)(nil)
	_ operators.Holder   = (*Session)(nil)
	_ operators.Spiller  = (*Session)(nil)
)

// NewSession makes the operator for the columns of its input; Columns are its
// output's.
func NewSession(spec *ir.Window, in []types.Column, env *operators.Env) (*Session, error) {
	h, err := newHeld(spec, in, env)
	return &Session{held: h, rule: NewRule(spec), sessions: NewSessions[[]kept.ID](NewRule(spec))}, err
}

// Open implements operators.Operator.
func (s *Session) Open(ctx *operators.Context) error {
	s.waiting = timed(ctx)
	return s.held.Open(ctx)
}

// Process implements operators.Operator.
func (s *Session) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Time == nil || b.Arrival == nil || b.Ops != nil {
		return errors.New("window: the input must append rows that have a time")
	}
	s.late = LateRows(b, s.rule.Lateness, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

// OnWatermark implements operators.Operator.
func (s *Session) OnWatermark(w operators.Watermark, out operators.Output) error {
	complete := Complete(w, s.rule.Lateness)
	return s.waiting.Each(complete, func(until int64, due *ordered.Due) error {
		defer due.Release()
		at := w.Time
		if until < complete {
			at = later(until, s.rule.Lateness)
		}
		s.pass(at, due, out)
		return nil
	})
}

// pass puts rows into their sessions, and sends those that they or a watermark close.
func (s *Session) pass(watermark int64, due *ordered.Due, out operators.Output) {
	closed := s.closed[:0]
	for _, b := range due.Inputs {
		closed = s.take(b, closed)
	}
	closed = s.sessions.Due(watermark, closed)
	parts := make([]part, len(closed))
	for i, o := range closed {
		end := s.rule.End(o.Start, o.Last)
		parts[i] = part{span: span{start: o.Start, end: end}, key: o.Key, rows: o.State, progress: s.rule.Settled(end)}
	}
	s.inOrder(parts)
	s.emit(parts, out)
	s.forget(parts)
	s.sessions.Reuse(closed, cleared[kept.ID])
	clear(closed)
	s.closed = closed
}

// cleared is an empty list, whose memory is used again where it is not large.
func cleared[T any](list []T) []T {
	if cap(list) > 64 {
		return nil
	}
	return list[:0]
}

// take puts rows into their sessions, and appends those that they close.
func (s *Session) take(b *operators.Batch, closed []Open[[]kept.ID]) []Open[[]kept.ID] {
	groups := s.find(b)
	s.sessions.Grow(s.keys.Size())
	ids := s.rows.Add(b, s.all(b.Rows))
	for i, id := range ids {
		var in *Open[[]kept.ID]
		in, closed = s.sessions.Take(groups[i], b.Time[i], closed)
		in.State = append(in.State, id)
	}
	return closed
}

// forget drops the rows of closed sessions, and the keys that have no open one.
func (s *Session) forget(parts []part) {
	gone := map[int32]bool{}
	var keys []int32
	for _, p := range parts {
		for _, id := range p.rows {
			s.rows.Drop(id)
		}
		if s.sessions.Of(p.key) == nil && !gone[p.key] {
			gone[p.key] = true
			keys = append(keys, p.key)
		}
	}
	s.keys.Remove(keys)
}

// Remembers implements operators.Migrant.
func (*Session) Remembers() ([]operators.Remembered, bool) {
	return operators.RememberedInputs(1), true
}

// Held implements operators.Holder.
func (s *Session) Held() int64 { return int64(s.waiting.Len() + s.rows.Len()) }

// Spills implements operators.Spiller: of rows that wait.
func (*Session) Spills() bool { return true }

// Holding implements operators.Spiller.
func (s *Session) Holding() int64 { return s.waiting.Holding() }

// Shed implements operators.Spiller.
func (s *Session) Shed(most int64) error { return s.waiting.Shed(most) }

// Close implements operators.Operator.
func (s *Session) Close() error {
	if s.waiting != nil {
		s.waiting.Release()
		s.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (s *Session) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := s.waiting.Save(&w); err != nil {
		return nil, err
	}
	var ids []kept.ID
	for _, g := range s.keys.Save(&w) {
		o := s.sessions.Of(g)
		w.Int(o.Start)
		w.Int(o.Last)
		w.Uint(uint64(len(o.State)))
		ids = append(ids, o.State...)
	}
	if err := s.rows.Save(&w, ids); err != nil {
		return nil, err
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (s *Session) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.mineOf(b, mine) })
	groups := s.keys.Load(r)
	opened := make([]Open[[]kept.ID], len(groups))
	counts := make([]int, len(groups))
	for i, g := range groups {
		opened[i] = Open[[]kept.ID]{Key: g, Start: r.Int(), Last: r.Int()}
		counts[i] = r.Len()
	}
	ids := s.rows.Load(r)
	for i := range opened {
		o := &opened[i]
		if counts[i] > len(ids) {
			r.Fail(fmt.Errorf("%d rows are missing", counts[i]-len(ids)))
			break
		}
		o.State, ids = ids[:counts[i]:counts[i]], ids[counts[i]:]
	}
	others := s.keys.Others(groups, mine)
	s.keep(opened, others)
	if err := r.Err(); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	return nil
}

// keep opens the sessions of the keys that are not others.
func (s *Session) keep(opened []Open[[]kept.ID], others []int32) {
	theirs := map[int32]bool{}
	for _, g := range others {
		theirs[g] = true
	}
	for _, o := range opened {
		if !theirs[o.Key] {
			s.sessions.Put(o)
			continue
		}
		for _, id := range o.State {
			s.rows.Drop(id)
		}
	}
	s.keys.Remove(others)
}

// mineOf is the rows of a batch whose key is mine.
func (h *held) mineOf(b *operators.Batch, mine operators.Mine) []int32 {
	keys := h.vectors(b)
	defer operators.ReleaseAll(keys)
	if len(keys) == 0 {
		return h.all(b.Rows)
	}
	return mine.Of(keys, b.Rows)
}
