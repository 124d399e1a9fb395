package aggregate

import (
	"errors"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
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
	keyOf   []int32 // by row of a batch
}

func newSessionRows(a *Aggregate) sessionRows {
	return sessionRows{agg: a, rule: window.NewRule(a.spec.Find), keys: group.New(a.byTypes[:len(a.spec.Find.Per)])}
}

func (s *sessionRows) holding() int64 { return s.waiting.Holding() }

func (s *sessionRows) shed(most int64) error { return s.waiting.Shed(most) }

func (s *sessionRows) open(ctx *operators.Context) { s.waiting = ordered.NewByTime(ctx) }

func (s *sessionRows) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: sessions of rows without time")
	}
	s.late = window.LateRows(b, s.rule.Lateness, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

// due calls take with the rows whose order is settled, in it.
func (s *sessionRows) due(w operators.Watermark, take func(b *operators.Batch)) error {
	return s.waiting.Parts(window.Complete(w, s.rule.Lateness), take)
}

// findKeys sets the key of each row of a batch.
func (s *sessionRows) findKeys(b *operators.Batch, in *input) {
	s.keyOf = slices.Grow(s.keyOf[:0], b.Rows)[:b.Rows]
	s.keys.Find(in.keys[:len(s.agg.spec.Find.Per)], b.Rows, b.Sel, s.keyOf)
}

// load reads the rows that wait and the keys of open sessions, and tells which of all keys
// are of other instances.
func (s *sessionRows) load(r *wire.Reader, mine operators.Mine) (keys []int32, theirs []bool) {
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.agg.mineOf(b, mine) })
	keys = s.keys.Load(r)
	theirs = make([]bool, s.keys.Size())
	for _, key := range s.keys.Others(keys, mine) {
		theirs[key] = true
	}
	return keys, theirs
}

func (s *sessionRows) release() {
	if s.waiting != nil {
		s.waiting.Release()
	}
}

// forgetKeys drops the keys of sessions that have closed, where they have no other.
func forgetKeys[S any](keys *group.Table, opened *window.Sessions[S], closed []window.Open[S]) {
	var gone []int32
	for _, o := range closed {
		if opened.Of(o.Key) == nil {
			gone = append(gone, o.Key)
		}
	}
	slices.Sort(gone)
	keys.Remove(slices.Compact(gone))
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
