package spill

import (
	"errors"
	"math"

	"github.com/edynamic/edynamic/operators"
)

// Dated is a Codec of groups to which something happens at an instant, whether a row asks for
// them or not. Save writes that instant first.
type Dated interface {
	// Next is the first such instant of a group in memory, math.MaxInt64 for none.
	Next(g int32) int64
}

// Pinning is a Codec of groups some of which must stay in memory.
type Pinning interface{ Pinned(g int32) bool }

// Look sets groups[i] to the group of each code, ascending, and brings it back where it was
// put away; -1 where there is none. It makes no groups, and says nothing of changes: see
// Changed.
func (s *Groups) Look(codes [][]byte, groups []int32) error {
	s.grow()
	wanted, at := s.wanted[:0], s.wantedAt[:0]
	for i, c := range codes {
		if groups[i] = s.table.At(c); groups[i] >= 0 {
			s.flags[groups[i]] |= asked
		} else if s.away && s.mayHave(c) {
			wanted, at = append(wanted, c), append(at, int32(i))
		}
	}
	s.wanted, s.wantedAt = wanted, at
	if len(wanted) == 0 {
		return nil
	}
	var wrong error
	err := s.shelf.Get(wanted, func(i int, value []byte) {
		g := s.table.ByCode(wanted[i])
		s.grow()
		groups[at[i]], s.flags[g] = g, asked
		s.index.fresh(g)
		if wrong == nil {
			wrong = s.load(g, value)
		}
	})
	s.table.Fresh() // they are not new
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	return errors.Join(wrong, s.loaded())
}

// Changed says that a group in memory is not on the shelf as it is.
func (s *Groups) Changed(g int32) { s.flags[g] |= dirty }

// Next is an instant below which nothing happens to groups that are not in memory.
func (s *Groups) Next() int64 {
	switch {
	case !s.away:
		return math.MaxInt64
	case s.index != nil:
		return s.index.dates.first().At
	}
	return s.oldest
}

// Bring brings the groups of this instance back to which something happens before an
// instant.
func (s *Groups) Bring(mine operators.Mine, before int64) error {
	if s.index != nil {
		return s.bringIndexed(mine, before)
	}
	var keys, values texts
	var wrong error
	oldest := int64(math.MaxInt64)
	bring := func() {
		var groups []int32
		groups, wrong = s.take(&keys, &values)
		for _, g := range groups {
			s.flags[g] |= asked
		}
	}
	err := s.shelf.Scan(nil, nil, func(key, value []byte) bool {
		if at := timeOf(value); at >= before { // of most groups: no more is asked of those
			oldest = min(oldest, at)
			return true
		}
		if !s.isAway(key, mine) {
			return true
		}
		keys.add(key)
		if values.add(value); keys.n() >= together {
			bring()
		}
		return wrong == nil
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	if wrong == nil {
		bring()
	}
	s.oldest = oldest
	return wrong
}
