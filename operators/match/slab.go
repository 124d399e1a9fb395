package match

// slab makes values a few at a time. They are never given back: the memory of a few goes
// when nobody refers to any of them.
type slab[T any] struct{ rest []T }

// slabSize is how many; one that stays long keeps the memory of the others.
const slabSize = 16

func (s *slab[T]) put(v T) *T {
	if len(s.rest) == 0 {
		s.rest = make([]T, slabSize)
	}
	p := &s.rest[0]
	s.rest = s.rest[1:]
	*p = v
	return p
}
