package exec

import (
	"sync"

	"github.com/edynamic/edynamic/operators"
)

// loans are what batches of a topic carry for each row besides their columns, kept for
// later batches where the batch has a lease. They are given back from other goroutines.
type loans struct {
	mu   sync.Mutex
	free []*loan
}

// loan is the slices of one batch.
type loan struct {
	refs                    []operators.Ref
	time, arrival, progress []int64
}

// mostLoans is how many are kept.
const mostLoans = 16

// take is a loan with room for rows.
func (l *loans) take(rows int) *loan {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.free) - 1
	if last >= 0 {
		one := l.free[last]
		l.free = l.free[:last]
		if cap(one.refs) >= rows {
			return one
		}
	}
	room := rows + rows/16 // the next batch has some more or less
	return &loan{
		refs: make([]operators.Ref, room), time: make([]int64, room), arrival: make([]int64, room), progress: make([]int64, room),
	}
}

// give takes a loan back.
func (l *loans) give(one *loan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) < mostLoans {
		l.free = append(l.free, one)
	}
}
