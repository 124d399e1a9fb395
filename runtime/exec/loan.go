package exec

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/vm/kernel"
)

// loans are what batches of a topic carry for each row besides their columns, kept for
// later batches where the batch has a lease. They are given back from other goroutines.
type loans struct {
	times loanPool[timeLoan]
	names loanPool[nameLoan]
}

// timeLoan is the slices of one batch.
type timeLoan struct{ time, arrival, progress []int64 }

// nameLoan is the records of a batch, and refs to all of them, which are written once: the
// records are those of one batch after the other. Copies of rows have the same refs, so that
// it is given back with the records.
type nameLoan struct {
	records laneRecords
	refs    []operators.Ref
}

// lend gives a batch slices that come back at its last release, and refs that come back
// with what its records are in.
func (t *topicNode) lend(b *operators.Batch, p *laneRecords) {
	name := t.loans.names.take(b.Rows, func(n *nameLoan) int { return len(n.refs) })
	if name == nil {
		name = &nameLoan{refs: make([]operators.Ref, withSpare(b.Rows))}
		name.records.number(name.refs)
	}
	name.records = *p
	if b.Refs = name.refs[:b.Rows]; b.Rows > 0 {
		name.records.first = &b.Refs[0]
	}
	freed, _ := p.records.(format.FreedRecords)
	records := operators.NewLease(func() {
		if freed != nil {
			freed.Free()
		}
		name.records = laneRecords{}
		t.loans.names.give(name)
	})
	if t.topic.TimeOf == nil {
		b.Lease = operators.NewSlicesLease(records, func() {})
		return
	}
	b.Lease = operators.NewSlicesLease(records, t.lendTimes(b))
}

// lendTimes gives a batch slices of times, or the column that has them, and returns what
// gives them back.
func (t *topicNode) lendTimes(b *operators.Batch) (back func()) {
	one := t.loans.times.take(b.Rows, func(l *timeLoan) int { return len(l.time) })
	if one == nil {
		n := withSpare(b.Rows)
		one = &timeLoan{time: make([]int64, n), arrival: make([]int64, n), progress: make([]int64, n)}
	}
	b.Time, b.Arrival, b.Progress = one.time[:b.Rows], one.arrival[:b.Rows], one.progress[:b.Rows]
	column := t.timeColumn(b)
	if column == nil {
		return func() { t.loans.times.give(one) }
	}
	column.Retain()
	b.Time = kernel.Values[int64](column)
	return func() {
		column.Release()
		t.loans.times.give(one)
	}
}

// timeColumn is the column of a batch with a lease that is its times as it stands, nil
// where they must be computed.
func (t *topicNode) timeColumn(b *operators.Batch) arrow.Array {
	if !t.forgotten || t.topic.TimeIn == 0 || b.Rows == 0 {
		return nil
	}
	if c := b.Cols[t.topic.TimeIn-1]; c.NullN() == 0 {
		return c
	}
	return nil
}

// withSpare is room for the next batch, which has some more rows or less.
func withSpare(rows int) int { return rows + rows/16 }

// number makes refs those of records one after the other.
func (p *laneRecords) number(refs []operators.Ref) {
	for i := range refs {
		refs[i] = operators.Ref{From: p, Index: int32(i)}
	}
	if len(refs) > 0 {
		p.first = &refs[0]
	}
}

// loanPool is what may be lent.
type loanPool[T any] struct {
	mu   sync.Mutex
	free []*T
}

// mostLoans is how many of a kind are kept.
const mostLoans = 16

// take is a loan with room for rows, nil where there is none at hand.
func (l *loanPool[T]) take(rows int, room func(*T) int) *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.free) - 1
	if last < 0 {
		return nil
	}
	one := l.free[last]
	l.free = l.free[:last]
	if room(one) < rows {
		return nil
	}
	return one
}

// give takes a loan back.
func (l *loanPool[T]) give(one *T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.free) < mostLoans {
		l.free = append(l.free, one)
	}
}
