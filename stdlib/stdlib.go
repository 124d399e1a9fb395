// Package stdlib is the built-in functions and aggregates of the language, one
// file each: signature, documentation, executed examples and kernel together.
//
// all.go lists them; nothing registers itself. No function here may read a
// clock, a locale, the network or a file: the same arguments give the same
// result on every machine.
package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Function is a built-in function: Kernels[i] computes Overloads[i].
type Function struct {
	sig.Function
	Kernels []kernel.Kernel
}

// Aggregate is a built-in aggregate: New[i] makes aggregators for Overloads[i].
type Aggregate struct {
	sig.Aggregate
	New []kernel.NewAggregator
}
