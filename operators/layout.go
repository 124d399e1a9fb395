package operators

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Layout puts columns that an operator has made into the order of its output.
type Layout []int

// NewLayout finds the columns of an output among those that are made.
func NewLayout(out, made []types.Column) (Layout, error) {
	l := make(Layout, len(out))
	for i, c := range out {
		if l[i] = ColumnIndex(made, c.Name); l[i] < 0 {
			return nil, fmt.Errorf("operator: nothing makes the column %q", c.Name)
		}
	}
	return l, nil
}

// Arrange takes over the arrays that were made and returns those of the output.
func (l Layout) Arrange(made []arrow.Array) []arrow.Array {
	out := make([]arrow.Array, len(l))
	for i, at := range l {
		out[i] = made[at]
		out[i].Retain()
	}
	for _, a := range made {
		a.Release()
	}
	return out
}

// Constant is an array of n equal instants.
func Constant(alloc memory.Allocator, n int, instant int64) arrow.Array {
	arr, values := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	Fill(values, instant)
	return arr
}

// Full is an array of n elements out of a vector, which it takes over.
func Full(alloc memory.Allocator, v kernel.Vector, n int) arrow.Array {
	if !v.Scalar {
		return v.Arr
	}
	defer v.Arr.Release()
	return kernel.Repeat(alloc, v.Arr, n)
}

// Repeated is a slice of n equal numbers.
func Repeated(n int, v int64) []int64 {
	out := make([]int64, n)
	Fill(out, v)
	return out
}

// Fill sets all values to one. Copies of what is there write more at a time than a loop.
func Fill(values []int64, v int64) {
	n := min(len(values), 16)
	for i := range n {
		values[i] = v
	}
	for ; n < len(values); n *= 2 {
		copy(values[n:], values[:n])
	}
}
