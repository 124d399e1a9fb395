// Package union passes the rows of several inputs of the same columns. The
// runtime hands them over in canonical order across inputs.
package union

import "github.com/edynamic/edynamic/operators"

// Union is the operator.
type Union struct{ operators.Stateless }

// New makes the operator.
func New() *Union { return &Union{} }

// MergeInputs asks the runtime for canonical order.
func (u *Union) MergeInputs() bool { return true }

// Process passes rows on.
func (u *Union) Process(_ int, b *operators.Batch, out operators.Output) error {
	out.Emit(0, b)
	return nil
}
