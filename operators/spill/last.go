package spill

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// Last reads all groups of this instance for the last time, as often as need be: the input has
// ended, and each is to give something in an order in which they are not kept. Nobody may ask
// for a group any more. The next Flush takes them off a shelf that outlives the run.
type Last struct {
	s            *Groups
	mine         operators.Mine
	keys, values texts // of groups that were in memory
}

// Last writes down the groups that are in memory, which then are not.
func (s *Groups) Last(mine operators.Mine) (*Last, error) {
	l := &Last{s: s, mine: mine}
	s.grow()
	groups := s.table.Groups(nil)
	if s.shelf.Free() {
		if err := s.Flush(); err != nil {
			return nil, err
		}
		s.away = s.away || len(groups) > 0
		clear(s.flags)
		s.codec.Free(groups)
		s.table.Remove(groups)
		return l, nil
	}
	s.table.Sort(groups)
	var w wire.Writer
	for some := range slices.Chunk(groups, together) {
		s.codes.ofSorted(s.table, some)
		if err := s.saving(some); err != nil {
			return nil, err
		}
		for i, g := range some {
			if err := s.write(&w, g); err != nil {
				return nil, err
			}
			l.keys.add(s.codes.list[i])
			l.values.add(w.Buf)
		}
		if err := s.saving(nil); err != nil {
			return nil, err
		}
		s.Removed(some) // what the shelf has of them is old
		s.codec.Free(some)
		s.table.Remove(some)
	}
	s.over = true
	return l, nil
}

// Each calls f for the code of each group and what Save wrote of it, which are valid until f
// returns.
func (l *Last) Each(f func(code, value []byte)) error {
	for i := range l.values.n() {
		f(l.keys.at(i), l.values.at(i))
	}
	return l.s.EachAway(l.mine, f)
}

// Take brings groups into memory, chosen as Each shows them, and calls f for all of
// these. They leave memory when f returns.
func (l *Last) Take(chosen func(code, value []byte) bool, f func(groups []int32) error) error {
	var keys, values texts
	for i := range l.values.n() {
		if chosen(l.keys.at(i), l.values.at(i)) {
			keys.add(l.keys.at(i))
			values.add(l.values.at(i))
		}
	}
	err := l.s.scan(func(key, value []byte) {
		if chosen(key, value) && l.s.isAway(key, l.mine) {
			keys.add(key)
			values.add(value)
		}
	})
	if err != nil {
		return err
	}
	groups, err := l.s.take(&keys, &values)
	if err != nil {
		return err
	}
	if err := f(groups); err != nil {
		return err
	}
	for _, g := range groups {
		l.s.flags[g] = 0
	}
	l.s.codec.Free(groups)
	l.s.table.Remove(groups)
	return nil
}

// EachAway is Each for the groups of this instance that are not in memory.
func (s *Groups) EachAway(mine operators.Mine, f func(code, value []byte)) error {
	return s.scan(func(key, value []byte) {
		if s.isAway(key, mine) {
			f(key, value)
		}
	})
}

// scan calls f for all that is on the shelf.
func (s *Groups) scan(f func(key, value []byte)) error {
	if !s.away {
		return nil
	}
	err := s.shelf.Scan(nil, nil, func(key, value []byte) bool {
		f(key, value)
		return true
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	return nil
}

// End forgets all groups that are not in memory: the input has ended, and none of them is to give
// anything. The next Flush takes them off the shelf.
func (s *Groups) End() { s.over, s.away = true, false }

// forgetAll takes all groups off the shelf, those of other instances with them: their input has
// ended, too.
func (s *Groups) forgetAll() error {
	s.over, s.away, s.known = false, false, &filter{}
	clear(s.gone)
	err := s.shelf.DeletePrefix(nil)
	if s.index != nil && err == nil {
		err = s.index.dates.shelf.DeletePrefix(nil)
	}
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	return nil
}
