// Package route sends rows to the ports of the arms they fit, and the rest to the
// last port (SEMANTICS 62).
//
// On a changes stream each port sees the changes of its own rows: an update that
// moves a row from one arm to another is a delete on one port and an insert on
// the other.
package route

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// CounterDropped counts the rows of arms that say `-> drop`.
const CounterDropped = "route_dropped"

// Route is the operator.
type Route struct {
	operators.Stateless
	all      bool
	replaces bool
	shared   []operators.Eval // what whens read besides the columns of the rows
	whens    []operators.Cond
	every    []int32    // 0, 1, 2, ...
	left     [2][]int32 // rows for the next arm, which writes its own into the other; never nil, which is all rows
}

// New makes the operator over the columns of its input.
func New(spec *plan.Route, input *types.Stream, env *operators.Env) (*Route, error) {
	r := &Route{all: spec.All, replaces: spec.Replaces, left: [2][]int32{{}, {}}}
	cols := append([]types.Column(nil), input.Columns...)
	for _, it := range spec.Shared {
		e, err := env.Expr(it.Expr, cols)
		if err != nil {
			return nil, err
		}
		r.shared = append(r.shared, e)
		cols = append(cols, types.Column{Name: it.Name, Type: it.Expr.Type()})
	}
	for _, when := range spec.Whens {
		c, err := env.Cond(when, cols)
		if err != nil {
			return nil, err
		}
		r.whens = append(r.whens, c)
	}
	return r, nil
}

// Forgets implements operators.Forgetful.
func (t *Route) Forgets() bool { return true }

// Process sends the rows of a batch to their ports, port by port.
func (t *Route) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	ports, failed := t.match(b)
	if len(failed) > 0 {
		out.Fail(b, operators.Reportable(b, operators.InOrder(failed)))
	}
	for port, sel := range ports {
		if len(sel) == 0 && !t.replaces {
			continue
		}
		one := *b
		one.Retain()
		one.Cols = append([]arrow.Array(nil), b.Cols...)
		operators.KeepOrReplace(&one, sel, t.replaces)
		out.Emit(port, &one)
	}
	return nil
}

// match finds the rows of each port, and those that failed, each once.
func (t *Route) match(b *operators.Batch) (ports [][]int32, failed []operators.Failure) {
	if t.all {
		return t.matchAll(b)
	}
	cols, failed := t.share(b)
	defer func() {
		for _, c := range cols[len(b.Cols):] {
			c.Release()
		}
	}()
	ports = make([][]int32, len(t.whens)+1)
	rest := t.rowsOf(b)
	if len(failed) > 0 {
		rest = without([]int32{}, rest, nil, failed) // not nil, which is all rows
	}
	for i, when := range t.whens {
		held, fails := when.Select(t.Alloc, cols, b.Rows, rest)
		ports[i], failed = held, append(failed, fails...)
		rest = without(t.left[i%2][:0], rest, held, fails)
		t.left[i%2] = rest
	}
	ports[len(t.whens)] = append(make([]int32, 0, len(rest)), rest...)
	return ports, failed
}

// share gives the columns of a batch with what the arms have in common, and the rows
// where that fails, in ascending order. The batch's own columns are not retained.
func (t *Route) share(b *operators.Batch) ([]arrow.Array, []operators.Failure) {
	wide := *b
	wide.Cols = slices.Clone(b.Cols)
	rows := operators.Rows{Alloc: t.Alloc, Batch: &wide, Sel: b.Sel}
	for _, e := range t.shared {
		wide.Cols = append(wide.Cols, operators.Full(t.Alloc, rows.Eval(e), b.Rows))
	}
	return wide.Cols, operators.InOrder(rows.Failed)
}

// matchAll is match where a row may go to several ports: an arm that failed does not
// keep others from matching.
func (t *Route) matchAll(b *operators.Batch) (ports [][]int32, failed []operators.Failure) {
	ports = make([][]int32, len(t.whens)+1)
	matched, noted := make([]bool, b.Rows), map[int]bool{}
	for i, when := range t.whens {
		held, fails := when.Select(t.Alloc, b.Cols, b.Rows, b.Sel)
		ports[i] = held
		for _, r := range held {
			matched[r] = true
		}
		for _, f := range fails { // in order of arms: the first failing one is reported
			if !noted[f.Row] {
				noted[f.Row] = true
				failed = append(failed, f)
			}
		}
	}
	b.Each(func(r int) {
		if !matched[r] && !noted[r] {
			ports[len(t.whens)] = append(ports[len(t.whens)], int32(r))
		}
	})
	return ports, failed
}

// rowsOf lists the rows of a batch that count; the list is read until the next batch.
func (t *Route) rowsOf(b *operators.Batch) []int32 {
	if b.Sel != nil {
		return b.Sel
	}
	for i := len(t.every); i < b.Rows; i++ {
		t.every = append(t.every, int32(i))
	}
	return t.every[:b.Rows]
}

// without appends to rest the rows that neither held nor failed; all ascend.
func without(rest, rows, held []int32, failed []operators.Failure) []int32 {
	for _, r := range rows {
		switch {
		case len(held) > 0 && held[0] == r:
			held = held[1:]
		case len(failed) > 0 && failed[0].Row == int(r):
			failed = failed[1:]
		default:
			rest = append(rest, r)
		}
	}
	return rest
}

// Drop counts the rows of an arm that drops them.
type Drop struct{ operators.Stateless }

// Forgets implements operators.Forgetful.
func (d *Drop) Forgets() bool { return true }

// Process counts rows.
func (d *Drop) Process(_ int, b *operators.Batch, out operators.Output) error {
	out.Count(CounterDropped, int64(b.Len()))
	b.Release()
	return nil
}
