package kept

import (
	"github.com/edynamic/edynamic/operators"
)

// Change is one row of a changes stream made of kept rows.
type Change struct {
	Entry *Entry
	Op    operators.Op
	Cause int32 // row of the input batch
	Rank  int64
	// Arrival is the largest arrival of what the change was made of.
	Arrival int64
}

// Batch makes the batch of changes that rows of in have caused (SEMANTICS 14): each
// has the time of the row that caused it. A change that shows another row than that one
// does not stand in the place of its record, which came long before: it comes after all
// records of its instant (SEMANTICS 8).
func (r *Rows) Batch(in *operators.Batch, changes []Change) *operators.Batch {
	ids := make([]ID, len(changes))
	for i, c := range changes {
		ids[i] = c.Entry.ID
	}
	b := r.Take(ids)
	n := b.Rows
	b.Ops, b.Cause = make([]operators.Op, n), make([]int32, n)
	if in.Time != nil {
		b.Time, b.Arrival, b.Progress = make([]int64, n), make([]int64, n), make([]int64, n)
	} else if in.Refs != nil {
		b.Refs = make([]operators.Ref, n)
	}
	for i, c := range changes {
		b.Ops[i], b.Cause[i] = c.Op, c.Cause
		if in.Time != nil {
			b.Time[i], b.Arrival[i], b.Progress[i] = in.Time[c.Cause], c.Arrival, in.Progress[c.Cause]
			if b.Refs != nil {
				b.Refs[i].Joined = b.Refs[i].Joined || in.Refs == nil || !b.Refs[i].Same(in.Refs[c.Cause])
			}
		} else if in.Refs != nil {
			// Without time the records are what rows are ordered by.
			b.Refs[i] = in.Refs[c.Cause]
		}
	}
	return b
}

// Refined makes changes results of a window that is still open: their time is its
// last microsecond, and they are never late (SEMANTICS 14).
func Refined(b *operators.Batch, end int64) {
	b.Time = operators.Repeated(b.Rows, end-1)
	b.Arrival = UpTo(b.Arrival, end-1)
}

// UpTo is arrivals of changes within a window, none of which is late for what follows.
func UpTo(arrivals []int64, last int64) []int64 {
	out := make([]int64, len(arrivals))
	for i, a := range arrivals {
		out[i] = min(a, last)
	}
	return out
}
