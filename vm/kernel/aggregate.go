package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// AggCall is one batch given to an aggregator.
type AggCall struct {
	Alloc memory.Allocator
	// N is the number of rows of the batch. Rows lists those to take, ascending;
	// nil for all N. Rows with a null in an argument whose parameter takes none,
	// and rows the item's `where` leaves out, are not in it.
	N    int
	Rows []int32
	// Groups[row] is the group a row belongs to.
	Groups []int32
	Args   []Vector
	// Time is the event time of each row, nil without event time. Rows come in
	// canonical order within a call and from call to call.
	Time []int64
	// Number tells rows apart and ascends in canonical order; nil where no row will be
	// taken back by its place. A row given to Sub has the Time and Number that it had
	// when it was added.
	Number []int64
	// OnFail, where it is set, is told of rows that an aggregator refuses (see Refusing).
	OnFail func(row int, code, reason string)
}

// Each calls f for every row to take.
func (c *AggCall) Each(f func(row int)) {
	if c.Rows == nil {
		for i := range c.N {
			f(i)
		}
		return
	}
	for _, i := range c.Rows {
		f(int(i))
	}
}

// Aggregator holds the states of one aggregate for many groups, numbered from 0.
// The result never depends on how rows were cut into batches.
type Aggregator interface {
	// Grow makes room for groups 0..n-1; new ones are empty.
	Grow(n int)
	// Add takes rows in.
	Add(c *AggCall)
	// Sub takes rows back that were added before; only where the aggregate's
	// signature says it retracts.
	Sub(c *AggCall)
	// Result returns one element per listed group. A group without a result (an
	// overflow) calls fail with its index in groups and a reason.
	Result(alloc memory.Allocator, groups []int32, fail func(i int, reason string)) arrow.Array
	// Free forgets groups, so that their numbers can be used again as empty ones.
	Free(groups []int32)
	// Snapshot writes the states of groups; Restore reads as many into groups, which
	// may have other numbers and for which there is room.
	Snapshot(groups []int32) ([]byte, error)
	Restore(groups []int32, state []byte) error
}

// Refusing is implemented by aggregators that may fail for a row: those of the program.
// They tell AggCall.OnFail of it, and the states are as if the row had not been given;
// without OnFail the row's group has no result.
type Refusing interface {
	Aggregator
	// Mark remembers the states, and Undo makes them again what they were at the last
	// Mark. Aggregators are marked that stand next to others which may refuse the row.
	Mark()
	Undo()
}

// NewAggregator makes an aggregator for exact argument and result types. consts
// holds the values of constant arguments (as in package types), nil elsewhere.
type NewAggregator func(args []*types.Type, consts []any, result *types.Type) Aggregator
