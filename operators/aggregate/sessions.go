package aggregate

import (
	"errors"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sessions are found of rows that come in order of time. What their aggregates need of
// the rows is kept, not the rows: those wait only until no row before them can come, and
// then count at once.

// sessionRows is the rows that wait, and the keys that sessions are of.
type sessionRows struct {
	agg     *Aggregate
	rule    window.Rule
	waiting *ordered.Buffer
	keys    *group.Table // of `per`
	late    []int32
	keyOf   []int32       // by row of a batch
	apart   *sessionsAway // nil where all keys stay in memory
}

func newSessionRows(a *Aggregate) sessionRows {
	return sessionRows{agg: a, rule: window.NewRule(a.spec.Find), keys: group.New(a.byTypes[:len(a.spec.Find.Per)])}
}

// sessionFinder finds sessions of the rows.
type sessionFinder interface {
	// take gives rows, which come in order of time, to their sessions.
	take(b *operators.Batch, out operators.Output) error
	// close emits the results of the sessions that a watermark settles. It reports whether there is
	// none left that has closed and that it does not settle.
	close(watermark int64, out operators.Output) (none bool)
}

// openKeys lets rows wait, and single keys leave memory as they are written.
func (s *sessionRows) openKeys(ctx *operators.Context, single spill.Codec) {
	s.waiting = ordered.NewByTime(ctx)
	if ctx.Shelf != nil && s.agg.spec.Spills() {
		s.apart = newSessionsAway(s, ctx.Shelf, single)
	}
}

func (s *sessionRows) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: sessions of rows without time")
	}
	s.late = window.LateRows(b, s.rule.Lateness, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

// pass lets a watermark come: where keys are not in memory in steps, at each of which some rows
// are due.
func (s *sessionRows) pass(w operators.Watermark, f sessionFinder, out operators.Output) error {
	complete := window.Complete(w, s.rule.Lateness)
	for done := false; !done; {
		until, at := complete, w.Time
		if s.apart.some() {
			until = s.waiting.Step(complete)
		}
		if done = until == complete; !done {
			at = s.rule.Settled(until)
		}
		if err := s.due(until, func(b *operators.Batch) error { return f.take(b, out) }); err != nil {
			return err
		}
		if s.apart == nil {
			f.close(at, out)
		} else if err := s.apart.close(at, w.Time, f, out); err != nil {
			return err
		}
	}
	return nil
}

// due calls take with the rows before an instant, whose order is settled, in it.
func (s *sessionRows) due(until int64, take func(b *operators.Batch) error) error {
	var failed error
	err := s.waiting.Parts(until, func(b *operators.Batch) {
		if failed == nil {
			failed = take(b)
		}
	})
	return errors.Join(err, failed)
}

// findKeys sets the key of each row of a batch.
func (s *sessionRows) findKeys(b *operators.Batch, in *input) error {
	s.keyOf = slices.Grow(s.keyOf[:0], b.Rows)[:b.Rows]
	s.keys.Find(in.keys[:len(s.agg.spec.Find.Per)], b.Rows, b.Sel, s.keyOf)
	if s.apart == nil {
		return nil
	}
	return s.apart.spill.Found(b.Rows, b.Sel, s.keyOf)
}

// forgetKeys drops keys without a session, of which each may be named more than once.
func (s *sessionRows) forgetKeys(keys []int32) {
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if s.apart != nil {
		s.apart.spill.Removed(keys)
		s.apart.forgotten += len(keys)
	}
	s.keys.Remove(keys)
}

// save writes the rows that wait, and whether keys are on a shelf: then how many rows count in
// their sessions, and they are put there.
func (s *sessionRows) save(w *wire.Writer, rows int64) (apart bool, err error) {
	if err := s.waiting.Save(w); err != nil {
		return false, err
	}
	w.Bool(s.apart != nil)
	if s.apart == nil {
		return false, nil
	}
	w.Int(rows)
	return true, s.apart.put()
}

// load reads what save wrote; rows are those that count in sessions on the shelf.
func (s *sessionRows) load(r *wire.Reader, mine operators.Mine) (rows int64, apart bool) {
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.agg.mineOf(b, mine) })
	if !r.Bool() {
		return 0, false
	}
	if s.apart == nil {
		r.Fail(errNoShelf)
		return 0, true
	}
	s.apart.spill.Resume()
	if rows = r.Int(); mine != nil && !mine(0) { // of all keys: one instance counts them
		rows = 0
	}
	return rows, true
}

// loadKeys reads the keys of open sessions, and tells which of all keys are of other instances.
func (s *sessionRows) loadKeys(r *wire.Reader, mine operators.Mine) (keys []int32, theirs []bool) {
	keys = s.keys.Load(r)
	theirs = make([]bool, s.keys.Size())
	for _, key := range s.keys.Others(keys, mine) {
		theirs[key] = true
	}
	return keys, theirs
}

// loaded ends the reading of keys, some of which are of other instances.
func (s *sessionRows) loaded(others []int32) {
	if s.apart != nil {
		s.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	s.forgetKeys(others)
}

func (s *sessionRows) release() {
	if s.waiting != nil {
		s.waiting.Release()
	}
}

// unopened appends the keys of closed sessions that have no open one.
func unopened[S any](keys []int32, opened *window.Sessions[S], closed []window.Open[S]) []int32 {
	for _, o := range closed {
		if opened.Of(o.Key) == nil {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// mineOf is the rows of a batch whose `per` is mine.
func (a *Aggregate) mineOf(b *operators.Batch, mine operators.Mine) []int32 {
	rows := &operators.Rows{Alloc: a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(a.by[:len(a.spec.Find.Per)])
	defer operators.ReleaseAll(keys)
	if len(keys) == 0 {
		mine = nil
	}
	return mine.Of(keys, b.Rows)
}
