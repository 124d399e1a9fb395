// Package kernel is the ground of all computing on columns: what a function is
// given, how it reads and builds Arrow arrays, and the generic loops most
// functions are made of.
//
// A kernel computes a whole batch per call and never one row through the vm. It
// must not keep arrays after it returns, must take memory only from the call's
// allocator, and must report a failing row through Call.Fail, never by panicking.
package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// Vector is the value of one expression for all rows of a batch: an array with
// one element a row or, with Scalar, an array of length 1 that stands for every row.
type Vector struct {
	Type   *types.Type
	Arr    arrow.Array
	Scalar bool
}

// Index is where row i's value stands in the array.
func (v Vector) Index(i int) int {
	if v.Scalar {
		return 0
	}
	return i
}

// IsNull reports a null at row i.
func (v Vector) IsNull(i int) bool { return v.Arr.IsNull(v.Index(i)) }

// Call is one invocation of a kernel on a batch.
type Call struct {
	Alloc memory.Allocator
	// N is the number of rows of the batch; the result has N elements, or 1 when
	// AllScalar.
	N int
	// Sel lists the rows to compute in ascending order, nil for all N. Rows where
	// an argument failed, or is null although its parameter does not take nulls,
	// are left out already; what the result holds there does not matter.
	Sel  []int32
	Args []Vector
	// Result is the exact type of the result.
	Result *types.Type
	// Lambdas has, for each argument that is a lambda, the function that runs its
	// body on arrays of arguments; nil for other arguments. See Lambda.
	Lambdas []Lambda
	// OnFail receives failing rows; see Fail.
	OnFail func(row int, reason string)
	// OnTrap receives failing rows that have a code of their own; see Trap.
	OnTrap func(row int, code, reason string)
}

// Lambda evaluates a lambda's body: one array per parameter, all of length n, and
// rows[i] is the row of the batch that element i belongs to. The result has
// length n and belongs to the kernel. A failing element fails its row.
type Lambda func(n int, rows []int32, params ...Vector) Vector

// Fail says that a row has no result. The reason is shown to the user, as in
// `"12a" is not a whole number`.
func (c *Call) Fail(row int, reason string) {
	if c.OnFail != nil {
		c.OnFail(row, reason)
	}
}

// AllScalar reports that every argument is the same for all rows, so that the
// kernel may compute one element (the vm calls it with N = 1 then).
func (c *Call) AllScalar() bool {
	for _, a := range c.Args {
		if !a.Scalar {
			return false
		}
	}
	return true
}

// Kernel computes a function. The array returned belongs to the caller, and
// has the Arrow type that ArrowType gives for c.Result. Null marks of arguments
// that do not take nulls are put on the result by the caller.
type Kernel func(c *Call) arrow.Array

// Each calls f for every row to compute.
func (c *Call) Each(f func(row int)) {
	if c.Sel == nil {
		for i := range c.N {
			f(i)
		}
		return
	}
	for _, i := range c.Sel {
		f(int(i))
	}
}
