package vm

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/vm/kernel"
)

// Take returns the elements of an array at indices, null where an index is
// negative. It serves every type; the array belongs to the caller.
func Take(alloc memory.Allocator, a arrow.Array, indices []int32) arrow.Array {
	return kernel.Gather(alloc, a, indices)
}

// Filter returns the selected rows of an array, which belong to the caller. A
// selection of nil, or of a run of rows that follow each other, copies nothing.
func Filter(alloc memory.Allocator, a arrow.Array, sel []int32) arrow.Array {
	if sel == nil {
		a.Retain()
		return a
	}
	if n := len(sel); n > 0 && int(sel[n-1]-sel[0]) == n-1 {
		return array.NewSlice(a, int64(sel[0]), int64(sel[0])+int64(n))
	}
	return kernel.Gather(alloc, a, sel)
}

// Concat lays arrays of one type end to end; there must be at least one.
func Concat(alloc memory.Allocator, arrs []arrow.Array) arrow.Array {
	if len(arrs) == 1 {
		arrs[0].Retain()
		return arrs[0]
	}
	out, err := array.Concatenate(arrs, alloc)
	if err != nil {
		panic("vm: arrays of unequal types: " + err.Error())
	}
	return out
}
