package stdlib

import (
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// The headings functions stand under.
const (
	groupText    = "text"
	groupRegex   = "regular expressions"
	groupMaths   = "maths"
	groupTime    = "time"
	groupConvert = "conversion"
	groupArray   = "arrays"
	groupMap     = "maps"
	groupJSON    = "json"
	groupURL     = "url"
	groupHash    = "hashing"
)

// overload is one signature of a function with the kernel that computes it.
type overload struct {
	text   string
	kernel kernel.Kernel
	refine func(args []*types.Type) *types.Type
}

// define makes a function of its documentation and its overloads.
func define(f sig.Function, overloads ...overload) *Function {
	fn := &Function{Function: f, Kernels: make([]kernel.Kernel, len(overloads))}
	fn.Overloads = make([]sig.Signature, len(overloads))
	for i, o := range overloads {
		fn.Overloads[i] = sig.MustParse(o.text)
		fn.Overloads[i].Refine = o.refine
		fn.Kernels[i] = o.kernel
	}
	return fn
}

// examples pairs expressions with their results.
func examples(pairs ...string) []sig.Example {
	out := make([]sig.Example, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, sig.Example{Expr: pairs[i], Result: pairs[i+1]})
	}
	return out
}
