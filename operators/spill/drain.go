package spill

import (
	"bytes"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// Drain calls f for all groups of this instance, also those that are on the shelf: some of
// them at a time, in the order of their values, in a slice that is f's. They leave memory
// when f returns, and are not to be asked for any more.
func (s *Groups) Drain(mine operators.Mine, most int, f func(groups []int32) error) error {
	return s.visit(mine, most, false, f)
}

// Visit is Drain for groups that stay as they are, in memory or not.
func (s *Groups) Visit(mine operators.Mine, most int, f func(groups []int32) error) error {
	return s.visit(mine, most, true, f)
}

func (s *Groups) visit(mine operators.Mine, most int, stay bool, f func(groups []int32) error) error {
	d := &drain{s: s, stay: stay, f: f, here: s.table.Groups(nil)}
	s.table.Sort(d.here)
	var wrong error
	err := s.shelf.Scan(nil, nil, func(key, value []byte) bool {
		if !s.isAway(key, mine) {
			return true
		}
		d.keys.add(key)
		if d.values.add(value); d.keys.n() >= most {
			wrong = d.turn(key)
		}
		return wrong == nil
	})
	switch {
	case wrong != nil:
		return wrong
	case err != nil:
		return &operators.ShelfError{Err: err}
	}
	return d.turn(nil)
}

// drain is where Drain and Visit stand.
type drain struct {
	s            *Groups
	stay         bool // groups stay as they are
	f            func(groups []int32) error
	here         []int32 // groups in memory that are to come, in order
	keys, values texts   // that are not, of the turn at hand
	code         []byte
}

// turn calls f for the groups up to a key, for all with nil.
func (d *drain) turn(upTo []byte) error {
	s := d.s
	list, err := s.take(&d.keys, &d.values)
	if err != nil {
		return err
	}
	n := len(d.here)
	if upTo != nil {
		n = 0
		for n < len(d.here) {
			if d.code = s.table.Code(d.code[:0], d.here[n]); bytes.Compare(d.code, upTo) > 0 {
				break
			}
			n++
		}
	}
	away := slices.Clone(list)
	list = append(list, d.here[:n]...)
	d.here = d.here[n:]
	if len(list) == 0 {
		return nil
	}
	s.table.Sort(list)
	if err := d.f(slices.Clone(list)); err != nil {
		return err
	}
	if d.stay {
		list = away
	}
	for _, g := range list {
		s.flags[g] = 0
	}
	s.codec.Free(list)
	s.table.Remove(list)
	return nil
}

// take reads groups that are not in memory, and empties their keys and values.
func (s *Groups) take(keys, values *texts) ([]int32, error) {
	groups := make([]int32, keys.n())
	for i := range groups {
		groups[i] = s.table.ByCode(keys.at(i))
	}
	s.table.Fresh()
	s.grow()
	for i, g := range groups {
		s.flags[g] = 0
		s.index.fresh(g)
		if err := s.load(g, values.at(i)); err != nil {
			return nil, err
		}
	}
	keys.clear()
	values.clear()
	return groups, s.loaded()
}

// isAway reports that a key of the shelf is of this instance and not in memory.
func (s *Groups) isAway(key []byte, mine operators.Mine) bool {
	return !s.table.Has(key) && !s.gone[string(key)] && s.table.IsMine(mine, key)
}

// BringAll brings all groups of this instance into memory that are not there, as changed
// ones, and returns them: where the next snapshot must write them in another form.
func (s *Groups) BringAll(mine operators.Mine) (all []int32, err error) {
	var keys, values texts
	turn := func() error {
		list, err := s.take(&keys, &values)
		for _, g := range list {
			s.flags[g] |= dirty
		}
		all = append(all, list...)
		return err
	}
	var wrong error
	err = s.shelf.Scan(nil, nil, func(key, value []byte) bool {
		if !s.isAway(key, mine) {
			return true
		}
		keys.add(key)
		if values.add(value); keys.n() >= together {
			wrong = turn()
		}
		return wrong == nil
	})
	if err != nil {
		return nil, &operators.ShelfError{Err: err}
	}
	if wrong == nil {
		wrong = turn()
	}
	s.away = false
	return all, wrong
}

// texts are bytes end to end.
type texts struct {
	arena []byte
	ends  []int
}

func (t *texts) add(b []byte) {
	t.arena = append(t.arena, b...)
	t.ends = append(t.ends, len(t.arena))
}

func (t *texts) n() int { return len(t.ends) }

func (t *texts) at(i int) []byte {
	from := 0
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.arena[from:t.ends[i]:t.ends[i]]
}

func (t *texts) clear() { t.arena, t.ends = t.arena[:0], t.ends[:0] }
