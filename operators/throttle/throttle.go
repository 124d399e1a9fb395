// Package throttle lets the first rows of each key through, so that no stretch of
// time has more than a number of them (SEMANTICS 126). The others go to a topic, or
// are counted.
//
// A key is forgotten once its last row can no longer hold another back.
package throttle

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// Counter counts the rows that were not let through and have no other way.
const Counter = "throttle_dropped"

// DoorElse counts rows that went to the target of an `else ->`.
const DoorElse = "throttle_else"

// Code is the code of error records of rows that were not let through.
const Code = "throttled"

// Throttle is the operator.
type Throttle struct {
	ordered.Stage
	spec   *ir.Throttle
	span   int64
	layout operators.Layout
	reason string

	table  *group.Table
	passed [][]int64 // by group: the times of the last rows let through, the oldest first
	timers group.Timers
	groups []int32
}

var _ operators.Parallel = (*Throttle)(nil)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Throttle, in, out []types.Column, env *operators.Env) (*Throttle, error) {
	t := &Throttle{spec: spec, span: spec.Span.Microseconds()}
	t.reason = "more than " + strconv.FormatInt(spec.N, 10) + " rows in " + spec.Span.Round(time.Microsecond).String()
	var err error
	if t.layout, err = operators.NewLayout(out, in); err != nil {
		return nil, err
	}
	t.Stage, err = ordered.NewStage("throttle", spec.Per, in, env)
	return t, err
}

// Open implements operators.Operator.
func (t *Throttle) Open(ctx *operators.Context) error {
	t.table = group.New(t.Types)
	return t.Stage.Open(ctx)
}

// Remembers implements operators.Migrant.
func (*Throttle) Remembers() ([]operators.Remembered, bool) {
	return operators.RememberedInputs(1), true
}

// OnWatermark implements operators.Operator.
func (t *Throttle) OnWatermark(w operators.Watermark, out operators.Output) error {
	return t.Each(w, func(w operators.Watermark, due *operators.Batch) error {
		if due != nil {
			t.filter(due, out)
		}
		for {
			g, at, ok := t.timers.First()
			if !ok || at > w.Time {
				return nil
			}
			t.forget(g)
		}
	})
}

// filter lets rows through or not.
func (t *Throttle) filter(due *operators.Batch, out operators.Output) {
	keys, _, sel := t.Read(due, nil, out)
	defer operators.ReleaseAll(keys)
	part := operators.Batch{Rows: due.Rows, Sel: sel}
	pass := make([]int32, 0, part.Len())
	var stopped []operators.Failure
	if part.Len() > 0 {
		t.groups = slices.Grow(t.groups[:0], due.Rows)[:due.Rows]
		t.table.Find(keys, due.Rows, sel, t.groups)
	}
	for len(t.passed) < t.table.Size() {
		t.passed = append(t.passed, nil)
	}
	part.Each(func(i int) {
		if t.passes(t.groups[i], due.Time[i]) {
			pass = append(pass, int32(i))
			return
		}
		stopped = append(stopped, operators.Failure{Row: i, Code: Code, Reason: t.reason})
	})
	t.stop(due, stopped, out)
	if len(pass) == 0 {
		due.Release()
		return
	}
	due.Sel = pass
	due.Cols = t.layout.Arrange(due.Cols)
	due.Arrival = due.Time // what the watermark had reached below it
	out.Emit(0, due)
}

// passes decides on the next row of a key: it passes unless as many as allowed did in
// the time before it.
func (t *Throttle) passes(g int32, at int64) bool {
	times := t.passed[g]
	if int64(len(times)) == t.spec.N {
		if after(times[0], t.span) > at {
			return false
		}
		times = times[:copy(times, times[1:])]
	}
	t.passed[g] = append(times, at)
	t.timers.Set(g, after(at, t.span))
	return true
}

func after(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// stop sends the other rows where they are wanted.
func (t *Throttle) stop(due *operators.Batch, stopped []operators.Failure, out operators.Output) {
	switch {
	case len(stopped) == 0:
	case t.spec.Else == nil:
		out.Count(Counter, int64(len(stopped)))
	case t.spec.Else.Drop:
		out.SideTo(t.spec.Else, operators.DoorDropped, due, stopped)
	default:
		out.SideTo(t.spec.Else, DoorElse, due, stopped)
	}
}

func (t *Throttle) forget(g int32) {
	t.timers.Clear(g)
	t.passed[g] = nil
	t.table.Remove([]int32{g})
}

// Snapshot implements operators.Operator.
func (t *Throttle) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := t.Save(&w); err != nil {
		return nil, err
	}
	for _, g := range t.table.Save(&w) {
		w.Ints(t.passed[g])
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (t *Throttle) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	t.Load(r, mine)
	groups := t.table.Load(r)
	for len(t.passed) < t.table.Size() {
		t.passed = append(t.passed, nil)
	}
	for _, g := range groups {
		t.passed[g] = r.Ints()
		if n := len(t.passed[g]); n > 0 {
			t.timers.Set(g, after(t.passed[g][n-1], t.span))
		}
	}
	for _, g := range t.table.Others(groups, mine) {
		t.forget(g)
	}
	return t.Restored(r)
}
