package ndjson

import "sync"

// lists keep what tells where the records of a batch and their pieces stand, until nobody
// asks for those any more.
type lists struct {
	mu   sync.Mutex
	free []list
}

// list is that of one batch.
type list struct {
	rows  []span
	marks []int32
}

// pooledLists is how many are kept, as many as chunks.
const pooledLists = 8

// take returns an empty list, with room for some rows and marks if it is a new one.
func (l *lists) take(rows, marks int) list {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.free) - 1; last >= 0 {
		one := l.free[last]
		l.free = l.free[:last]
		return list{one.rows[:0], one.marks[:0]}
	}
	one := list{rows: make([]span, 0, rows)}
	if marks > 0 {
		one.marks = make([]int32, 0, marks)
	}
	return one
}

// give takes a list back.
func (l *lists) give(one list) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) < pooledLists && cap(one.rows) > 0 {
		l.free = append(l.free, one)
	}
}
