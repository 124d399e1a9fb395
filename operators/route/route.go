// Package route sends rows to the ports of the arms they fit, and the rest to the
// last port (SEMANTICS 62).
//
// On a changes stream each port sees the changes of its own rows: an update that
// moves a row from one arm to another is a delete on one port and an insert on
// the other.
package route

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// CounterDropped counts the rows of arms that say `-> drop`.
const CounterDropped = "route_dropped"

// Route is the operator.
type Route struct {
	operators.Stateless
	all   bool
	whens []operators.Eval
}

// New makes the operator over the columns of its input.
func New(spec *plan.Route, input *types.Stream, env *operators.Env) (*Route, error) {
	whens, err := env.Exprs(spec.Whens, input.Columns)
	return &Route{all: spec.All, whens: whens}, err
}

// Forgets implements operators.Forgetful.
func (t *Route) Forgets() {}

// Process sends the rows of a batch to their ports, port by port.
func (t *Route) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	ports, failed := t.match(b)
	if len(failed) > 0 {
		out.Fail(b, operators.Reportable(b, operators.InOrder(failed)))
	}
	for port, sel := range ports {
		if len(sel) == 0 {
			continue
		}
		one := *b
		one.Retain()
		one.Cols = append([]arrow.Array(nil), b.Cols...)
		operators.Keep(&one, sel)
		out.Emit(port, &one)
	}
	return nil
}

// match finds the rows of each port, and those that failed, each once.
func (t *Route) match(b *operators.Batch) (ports [][]int32, failed []operators.Failure) {
	rows := operators.Rows{Alloc: t.Alloc, Batch: b, Sel: b.Sel}
	ports = make([][]int32, len(t.whens)+1)
	seen := make([]bool, b.Rows) // matched or failed
	for i, when := range t.whens {
		if t.all {
			rows.Sel, rows.Buf = b.Sel, nil // an arm that failed does not keep others from matching
		}
		v := rows.Eval(when)
		holds := kernel.Reader[bool](v)
		rest := make([]int32, 0, b.Len())
		left := operators.Batch{Rows: b.Rows, Sel: rows.Sel}
		left.Each(func(r int) {
			if !holds(r) {
				rest = append(rest, int32(r))
				return
			}
			seen[r] = true
			ports[i] = append(ports[i], int32(r))
		})
		v.Arr.Release()
		rows.Sel, rows.Buf = rest, nil
	}
	noted := map[int]bool{}
	for _, f := range rows.Failed { // in order of arms: the first failing one is reported
		seen[f.Row] = true
		if !noted[f.Row] {
			noted[f.Row] = true
			failed = append(failed, f)
		}
	}
	b.Each(func(r int) {
		if !seen[r] {
			ports[len(t.whens)] = append(ports[len(t.whens)], int32(r))
		}
	})
	return ports, failed
}

// Drop counts the rows of an arm that drops them.
type Drop struct{ operators.Stateless }

// Forgets implements operators.Forgetful.
func (d *Drop) Forgets() {}

// Process counts rows.
func (d *Drop) Process(_ int, b *operators.Batch, out operators.Output) error {
	out.Count(CounterDropped, int64(b.Len()))
	b.Release()
	return nil
}
