package aggregate

import (
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

// moments is what the aggregates knew of groups at many moments, each in a place of its
// own, so that the results are computed together.
type moments struct {
	aggs   []kernel.Aggregator
	places []int32 // 0, 1, 2...
	n      int
}

// newMoments is nil where an aggregate cannot be copied. subs tells the calls whose rows
// are taken back.
func newMoments(a *Aggregate, subs func(c *call) bool) *moments {
	m := &moments{}
	for _, c := range a.calls {
		agg := c.new()
		if r, ok := agg.(fold.Retracting); ok && subs(c) {
			r.WillSub()
		}
		if b, ok := agg.(fold.Brief); ok {
			agg = b.Brief()
		}
		if copying, ok := agg.(fold.Copying); !ok || !copying.CanCopy() {
			return nil
		}
		m.aggs = append(m.aggs, agg)
	}
	return m
}

// take copies what is known now of groups, and returns the place of the first; the others
// follow it.
func (m *moments) take(s *state, groups []int32) (first int32) {
	first = int32(m.n)
	m.n += len(groups)
	for len(m.places) < m.n {
		m.places = append(m.places, int32(len(m.places)))
	}
	for i, agg := range m.aggs {
		agg.Grow(m.n)
		to := agg.(fold.Copying)
		for k, g := range groups {
			to.CopyFrom(s.aggs[i], g, first+int32(k))
		}
	}
	return first
}

// all is the places of all moments since it was called last.
func (m *moments) all() []int32 {
	n := m.n
	m.n = 0
	return m.places[:n]
}
