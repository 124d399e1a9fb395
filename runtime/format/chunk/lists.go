package chunk

import "sync"

// Lists keep what tells where the records of a batch stand, until nobody asks for those any
// more: a slice of them is taken for a batch and given back with its chunk.
type Lists[T any] struct {
	mu   sync.Mutex
	free [][]T
}

// Take returns an empty list, with room for n if it is a new one.
func (l *Lists[T]) Take(n int) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.free) - 1; last >= 0 {
		one := l.free[last]
		l.free = l.free[:last]
		return one[:0]
	}
	return make([]T, 0, n)
}

// Give takes a list back.
func (l *Lists[T]) Give(one []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) < pooled && cap(one) > 0 {
		l.free = append(l.free, one)
	}
}
