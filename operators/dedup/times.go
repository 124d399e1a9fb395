package dedup

import "slices"

// times is when rows of a key were let through. Most keys have one at a time.
type times struct {
	some  bool
	first int64 // in the order they came
	more  []int64
}

func (t *times) add(at int64) {
	if !t.some {
		t.some, t.first = true, at
		return
	}
	t.more = append(t.more, at)
}

// any reports that f holds for one of them.
func (t *times) any(f func(at int64) bool) bool {
	return t.some && (f(t.first) || slices.ContainsFunc(t.more, f))
}

// forget drops those that gone holds for.
func (t *times) forget(gone func(at int64) bool) {
	t.more = slices.DeleteFunc(t.more, gone)
	if !t.some || !gone(t.first) {
		return
	}
	if t.some = len(t.more) > 0; t.some {
		t.first = t.more[0]
		t.more = slices.Delete(t.more, 0, 1)
	}
}

// last is the largest of them.
func (t *times) last() int64 {
	last := t.first
	for _, at := range t.more {
		last = max(last, at)
	}
	return last
}

// all is a list of them, nil for none.
func (t *times) all() []int64 {
	if !t.some {
		return nil
	}
	return append([]int64{t.first}, t.more...)
}

// timesOf is the opposite of all.
func timesOf(all []int64) (t times) {
	for _, at := range all {
		t.add(at)
	}
	return t
}
