//go:build !race

// The race detector makes a sync.Pool forget some of what it is given: then memory is taken
// where none is otherwise.

package stdlib

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// called is a call of a kernel that an example or a case makes, and that gives a value.
type called struct {
	name      string
	signature string
	kernel    kernel.Kernel
	binding   *binding
	result    *types.Type
}

// calls are calls of every overload that has one with a value; several of some.
func calls(t testing.TB) []called {
	var out []called
	r := &runner{t: t}
	r.saw = func(f *Function, i int, b *binding, result *types.Type, value any) {
		if _, failed := value.(failure); !failed {
			out = append(out, called{f.Name, f.Overloads[i].Text, f.Kernels[i], b, result})
		}
	}
	run := func(text string) {
		r.text = text
		r.eval(parseText(text), nil)
	}
	for _, f := range Functions() {
		for _, e := range f.Examples {
			run(e.Expr)
		}
	}
	for _, c := range cases {
		run(c[0])
	}
	return out
}

const allocRows = 512

// prepared is a kernel with a batch of rows that are all alike. Arguments are columns, or
// constants but the first.
func (c *called) prepared(t testing.TB, constants bool) (call *kernel.Call, free func()) {
	r := &runner{t: t, text: c.signature}
	alloc := kernel.NewRecycler(64 << 20)
	rows := make([]int32, allocRows)
	for i := range rows {
		rows[i] = int32(i)
	}
	all := form{n: allocRows, rows: rows}
	call = &kernel.Call{Alloc: alloc, N: allocRows, Result: c.result, Lambdas: make([]kernel.Lambda, len(c.binding.args))}
	call.OnFail = func(_ int, reason string) { t.Errorf("%s: %s", c.signature, reason) }
	for i, a := range c.binding.args {
		if a.t.Kind == types.Func {
			call.Args = append(call.Args, kernel.Vector{Type: a.t, Scalar: true})
			call.Lambdas[i] = remembered(r.lambda(memory.DefaultAllocator, c.binding.lambdas[i], a.t, c.binding))
			continue
		}
		call.Args = append(call.Args, r.vector(memory.DefaultAllocator, a, all, constants && i > 0))
	}
	return call, func() {
		for _, a := range call.Args {
			if a.Arr != nil {
				a.Arr.Release()
			}
		}
	}
}

// remembered is a lambda that computes the answer to each of its calls once: what it
// takes is not the kernel's. Calls come in the same order each time.
func remembered(l kernel.Lambda) kernel.Lambda {
	known := map[int]kernel.Vector{}
	return func(n int, rows []int32, params ...kernel.Vector) kernel.Vector {
		v, ok := known[n]
		if !ok {
			v = l(n, rows, params...)
			known[n] = v
		}
		v.Arr.Retain()
		return v
	}
}

// BenchmarkKernels gives every function a batch of rows and reports what a row takes and
// allocates.
//
//	go test ./stdlib -run '^$' -bench Kernels -benchtime 50x
func BenchmarkKernels(b *testing.B) {
	seen := map[string]bool{}
	for _, c := range calls(b) {
		if seen[c.signature] {
			continue
		}
		seen[c.signature] = true
		b.Run(c.signature, func(b *testing.B) {
			call, free := c.prepared(b, false)
			defer free()
			c.kernel(call).Release() // memory that is used again is made
			allocs := testing.AllocsPerRun(5, func() { c.kernel(call).Release() })
			for b.Loop() {
				c.kernel(call).Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/allocRows, "ns/row")
			b.ReportMetric(allocs/allocRows, "allocs/row")
		})
	}
}

// mayAllocate are the functions that take memory for a row, each with the reason.
var mayAllocate = map[string]string{
	"regex_count":       "package regexp gives what it finds in memory of its own",
	"regex_extract":     "package regexp gives what it finds in memory of its own",
	"regex_extract_all": "package regexp gives what it finds in memory of its own",
	"regex_replace":     "package regexp gives what it finds in memory of its own",
	"regex_split":       "package regexp gives what it finds in memory of its own",
	"url_fragment":      "net/url makes a record of an address",
	"url_host":          "net/url makes a record of an address",
	"url_param":         "net/url makes a record of an address",
	"url_path":          "net/url makes a record of an address",
	"url_port":          "net/url makes a record of an address",
	"url_query":         "net/url makes a record of an address",
	"url_scheme":        "net/url makes a record of an address",
	"normalize":         "a text that is not normal already is put together by package norm",
	"strip_accents":     "a text with accents is taken apart by package norm",
	"json_get":          "a key with an escape is read by encoding/json",
	"parse_decimal":     "a number with an exponent is shifted as a text",
}

// No kernel takes memory from the garbage collector for a row, but for those that say why.
func TestKernelsAllocate(t *testing.T) {
	used := map[string]bool{}
	for _, c := range calls(t) {
		for _, constants := range []bool{false, true} {
			call, free := c.prepared(t, constants)
			c.kernel(call).Release()
			allocs := testing.AllocsPerRun(3, func() { c.kernel(call).Release() }) / allocRows
			free()
			if allocs < 0.25 {
				continue
			}
			if used[c.name] = true; mayAllocate[c.name] == "" {
				t.Errorf("%s allocates %.2f times for a row (constants: %v)", c.signature, allocs, constants)
			}
		}
	}
	for name := range mayAllocate {
		if !used[name] {
			t.Errorf("%s does not allocate any more", name)
		}
	}
}
