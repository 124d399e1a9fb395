package group

import "slices"

// Instants are instants of which any may be there more than once, the earliest first: those of
// groups that are not in memory. One that goes is struck out when it is the first. The zero
// Instants are none.
type Instants struct{ here, gone heap }

// Add puts an instant in.
func (s *Instants) Add(at int64) { s.here.push(at) }

// Remove takes an instant out that is there.
func (s *Instants) Remove(at int64) {
	s.gone.push(at)
	if len(s.gone) > len(s.here)/2+64 {
		s.strike()
	}
}

// First is the earliest; false when there is none.
func (s *Instants) First() (int64, bool) {
	for len(s.gone) > 0 && s.gone[0] == s.here[0] {
		s.gone.pop()
		s.here.pop()
	}
	if len(s.here) == 0 {
		return 0, false
	}
	return s.here[0], true
}

// Sorted are all of them, until the next changes.
func (s *Instants) Sorted() []int64 {
	s.strike()
	return s.here
}

// strike takes out what has gone. A sorted list is a heap.
func (s *Instants) strike() {
	slices.Sort(s.here)
	slices.Sort(s.gone)
	gone := s.gone
	left := s.here[:0]
	for _, at := range s.here {
		if len(gone) > 0 && gone[0] == at {
			gone = gone[1:]
			continue
		}
		left = append(left, at)
	}
	s.here, s.gone = left, s.gone[:0]
}

// heap is numbers, the least first.
type heap []int64

func (h *heap) push(x int64) {
	s := append(*h, x)
	i := len(s) - 1
	for i > 0 && s[(i-1)/2] > x {
		s[i] = s[(i-1)/2]
		i = (i - 1) / 2
	}
	s[i] = x
	*h = s
}

func (h *heap) pop() {
	s := *h
	x := s[len(s)-1]
	s = s[:len(s)-1]
	*h = s
	for i := 0; len(s) > 0; {
		child := 2*i + 1
		if child+1 < len(s) && s[child+1] < s[child] {
			child++
		}
		if child >= len(s) || s[child] >= x {
			s[i] = x
			break
		}
		s[i] = s[child]
		i = child
	}
}
