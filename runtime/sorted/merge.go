package sorted

import (
	"errors"
	"slices"
)

// leastMerged is how many runs become one at a time, at least: fewer are written again
// more often, and more are looked at for a key.
const leastMerged = 8

// pick chooses the layers that become one, all from some one to the youngest: so that a
// layer is only written again with as much as it holds. The sizes are those of the runs,
// the oldest first.
func pick(sizes []int64) (from int, ok bool) {
	younger := int64(0)
	for _, n := range sizes {
		younger += n
	}
	for i, n := range sizes {
		if len(sizes)-i < leastMerged {
			return 0, false
		}
		if younger -= n; n <= younger {
			return i, true
		}
	}
	return 0, false
}

// merge begins to make one run of some, where that is due; mu is held. Reads go on
// meanwhile.
func (s *Set) merge() {
	if s.merging || s.failed != nil || s.stop.Load() {
		return
	}
	layers := s.layers
	if n := len(layers); n > 0 && layers[n-1].run == nil {
		layers = layers[:n-1]
	}
	sizes := make([]int64, len(layers))
	for i, l := range layers {
		sizes[i] = l.run.size
	}
	from, ok := pick(sizes)
	if !ok {
		return
	}
	layers = refer(layers[from:])
	s.merging = true
	s.work.Go(func() {
		one, err := s.merged(layers, from == 0)
		s.adopt(layers, one, errors.Join(err, giveBack(layers)))
	})
}

// merged is what some layers hold, nil for nothing; bottom tells that nothing is older.
func (s *Set) merged(layers []layer, bottom bool) (*Run, error) {
	m, err := newMerger(layers, nil)
	if err != nil {
		return nil, err
	}
	var w *writer
	var wrong error
	err = m.each(func(key, value []byte) bool {
		if value == nil && bottom {
			return true
		}
		if w == nil {
			w = s.dir.writer()
		}
		wrong = w.add(key, value)
		return wrong == nil && !s.stop.Load()
	})
	if err = errors.Join(err, wrong); w == nil {
		return nil, err
	}
	if err != nil || s.stop.Load() {
		return nil, errors.Join(err, w.drop())
	}
	return w.finish()
}

// adopt puts a run in the place of those that it was made of, as far as they are still
// there, and goes on with the next merge.
func (s *Set) adopt(of []layer, one *Run, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.merging = false
	if err != nil || s.stop.Load() {
		s.failed = err
		if one != nil {
			s.failed = errors.Join(err, one.release())
		}
		return
	}
	before := s.layers
	s.layers = replaced(before, of, one)
	left := without(before, s.layers)
	if one != nil && !slices.ContainsFunc(s.layers, func(l layer) bool { return l.run == one }) {
		left = append(left, layer{run: one})
	}
	s.failed = giveBack(left)
	s.merge()
}

// replaced are layers with one in the place of some.
func replaced(layers, of []layer, one *Run) []layer {
	var gone prefixes
	for _, l := range of {
		gone = gone.with(l.gone...)
	}
	out, done := make([]layer, 0, len(layers)), false
	for _, l := range layers {
		if l.run == nil || !slices.ContainsFunc(of, func(o layer) bool { return o.run == l.run }) {
			out = append(out, l)
			continue
		}
		if !done {
			out, done = append(out, layer{gone.with(l.gone...), one}), true
		}
	}
	return tidy(out)
}
