package aggregate

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// call is one aggregate call of the stage, compiled.
type call struct {
	where operators.Eval // nil for all rows
	args  []operators.Eval
	skips []bool // the aggregate takes no nulls of this argument
	new   func() kernel.Aggregator
	t     *types.Type
	code  string // of a group without a result
	// retracts: rows can be taken back; ordered: the result depends on their order.
	retracts, ordered bool
	refuses           bool // a row may fail in it
}

func newCall(spec *ir.AggCall, in []types.Column, env *operators.Env) (*call, error) {
	f, err := env.Fold(spec.Name, spec.Overload, spec.Args, spec.T)
	if err != nil {
		return nil, err
	}
	c := &call{t: spec.T, code: f.Code, retracts: f.Doc.Retracts, skips: f.Skips, new: f.New}
	one := f.New()
	_, c.ordered = one.(fold.Ordering)
	_, c.refuses = one.(kernel.Refusing)
	if c.args, err = env.Exprs(spec.Args, in); err != nil {
		return nil, err
	}
	if spec.Where != nil {
		if c.where, err = env.Expr(spec.Where, in); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// input is a batch with everything the stage computes from its rows.
type input struct {
	keys  []kernel.Vector
	calls []callInput
	sel   []int32 // the rows that did not fail, nil for all
	n     int
	time  []int64
	// number tells rows apart, nil where none is taken back.
	number []int64
}

// callInput is what one call reads.
type callInput struct {
	where kernel.Vector // no array without `where`
	args  []kernel.Vector
}

// read evaluates everything for a batch. A row that fails anywhere counts nowhere,
// and leaves for the error topic.
func (a *Aggregate) read(b *operators.Batch, out operators.Output) *input {
	rows := &operators.Rows{Alloc: a.Alloc, Batch: b, Sel: b.Sel}
	in := &input{n: b.Rows, time: b.Time}
	in.keys = rows.All(a.by)
	for _, c := range a.calls {
		ci := callInput{}
		part := *rows
		part.Failed, part.Buf = nil, nil
		if c.where != nil {
			ci.where = part.Eval(c.where)
			part.Sel = hold(nil, ci.where, b.Rows, part.Sel)
		}
		ci.args = part.All(c.args)
		rows.Fail(operators.InOrder(part.Failed))
		in.calls = append(in.calls, ci)
	}
	rows.Report(out)
	in.sel = rows.Sel
	return in
}

// hold appends the rows of sel where a condition is true.
func hold(dst []int32, cond kernel.Vector, n int, sel []int32) []int32 {
	dst = slices.Grow(dst, 1)[:len(dst)] // an empty selection is not nil
	holds := kernel.Reader[bool](cond)
	if sel == nil {
		for i := range n {
			if holds(i) {
				dst = append(dst, int32(i))
			}
		}
		return dst
	}
	for _, i := range sel {
		if holds(int(i)) {
			dst = append(dst, i)
		}
	}
	return dst
}

func (in *input) release() {
	operators.ReleaseAll(in.keys)
	for _, c := range in.calls {
		operators.ReleaseAll([]kernel.Vector{c.where})
		operators.ReleaseAll(c.args)
	}
}

// add gives rows (nil for all) of the batch, whose groups are those at hand, to the
// aggregators of a state, and returns those that are refused.
func (a *Aggregate) add(s *state, in *input, rows []int32) []operators.Failure {
	return a.give(s, in, rows, a.groups, kernel.Aggregator.Add)
}

// take is the rows that a call takes: where its condition holds and no argument is
// null that must not be.
func (a *Aggregate) take(c *call, ci *callInput, n int, rows []int32) []int32 {
	buffers := &a.taken
	other := 0
	next := func() []int32 {
		other = 1 - other
		return buffers[other][:0]
	}
	keep := func(r []int32) []int32 {
		buffers[other] = r
		return r
	}
	if c.where != nil {
		rows = keep(hold(next(), ci.where, n, rows))
	}
	for i, v := range ci.args {
		if c.skips[i] && v.Arr.NullN() > 0 {
			rows = keep(keycode.AppendValid(slices.Grow(next(), 1), v, n, rows))
		}
	}
	return rows
}

// arrays releases arrays.
func releaseArrays(arrs []arrow.Array) {
	for _, a := range arrs {
		if a != nil {
			a.Release()
		}
	}
}
