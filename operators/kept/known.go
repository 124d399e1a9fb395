package kept

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
)

// Known finds rows of a changes stream by a group and a name within it: the first row of
// each place, which is a hash of both. Others of that place follow it in the order they came.
type Known[T any, P Named[T]] map[uint64]P

// Named is a row that has a name; what it says must stay as it is while the row is known.
type Named[T any] interface {
	*T
	Name() (group int32, name []byte)
	Link() *Link[T]
}

// Link is what a row knows of those known in its place: the next and, of the first, the
// last of them.
type Link[T any] struct{ next, last *T }

func placeOf(group int32, name []byte) uint64 {
	return operators.KeyHash(name) ^ uint64(group)*0x9e3779b97f4a7c15
}

// Find is the first row with a name, nil for none.
func (k Known[T, P]) Find(group int32, name []byte) P {
	return named[T](k[placeOf(group, name)], group, name)
}

// Next is the row behind another with the same name, nil for none.
func (k Known[T, P]) Next(r P) P {
	group, name := r.Name()
	return named[T, P](r.Link().next, group, name)
}

// named is the first row with a name from one of its place on.
func named[T any, P Named[T]](r P, group int32, name []byte) P {
	for r != nil {
		if g, n := r.Name(); g == group && bytes.Equal(n, name) {
			return r
		}
		r = r.Link().next
	}
	return nil
}

// Add makes a row known.
func (k Known[T, P]) Add(r P) {
	at := placeOf(r.Name())
	first := k[at]
	if first == nil {
		k[at], r.Link().last = r, r
		return
	}
	P(first.Link().last).Link().next, first.Link().last = r, r
}

// Remove forgets a row that is known, which most often is the first of its place.
func (k Known[T, P]) Remove(r P) {
	at := placeOf(r.Name())
	first := k[at]
	switch {
	case first != r:
		before := first
		for before.Link().next != (*T)(r) {
			before = before.Link().next
		}
		if before.Link().next = r.Link().next; first.Link().last == (*T)(r) {
			first.Link().last = before
		}
	case r.Link().next == nil:
		delete(k, at)
	default:
		second := P(r.Link().next)
		k[at], second.Link().last = second, r.Link().last
	}
	*r.Link() = Link[T]{}
}
