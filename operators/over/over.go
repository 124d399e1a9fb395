// Package over compares rows with their neighbours: the rows of the same key, in
// order of time and then canonical, or in another order where the rows have an end
// (SEMANTICS 59). It appends a column for each call and lets every row through.
//
// Outside windows a row leaves when the watermark has passed it, and one that looks
// ahead when its frame is complete; rows that are behind leave as late. What no later
// row can see is forgotten. A row whose arguments fail is nobody's neighbour.
package over

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Over, in, out []types.Column, env *operators.Env) (operators.Operator, error) {
	made := append([]types.Column(nil), in...)
	ahead := false
	for i := range spec.Calls {
		c := &spec.Calls[i]
		made = append(made, types.Column{Name: c.Column, Type: c.T, Hidden: true})
		ahead = ahead || c.Ahead()
	}
	layout, err := operators.NewLayout(out, made)
	if err != nil {
		return nil, err
	}
	if spec.Windowed || spec.Whole {
		return newClosed(spec, in, made, out, env)
	}
	t := timed{layout: layout}
	if t.Stage, err = ordered.NewStage("over", spec.Per, in, env); err != nil {
		return nil, err
	}
	if t.engine, err = newEngine(spec, in, env, ahead); err != nil {
		return nil, err
	}
	if ahead {
		return newAhead(spec, t, in), nil
	}
	return newBack(t), nil
}

// timed is what the operators outside windows have in common.
type timed struct {
	ordered.Stage
	engine *engine
	layout operators.Layout
}

// Open implements operators.Operator.
func (t *timed) Open(ctx *operators.Context) error {
	t.engine.open(ctx, t.Types)
	return t.Stage.Open(ctx)
}

// Close implements operators.Operator.
func (t *timed) Close() error {
	t.engine.close()
	return t.Stage.Close()
}

// Snapshot implements operators.Operator.
func (t *timed) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := t.Save(&w); err != nil {
		return nil, err
	}
	var err error
	if w.Bool(t.engine.apart != nil); t.engine.apart != nil {
		err = t.engine.apart.spill.Flush()
	} else {
		err = t.engine.save(&w)
	}
	return w.Buf, err
}

// restore adds what is mine of a snapshot, and returns the groups it had, or that they are apart:
// on the shelf.
func (t *timed) restore(saved []byte, mine operators.Mine) (groups []int32, apart bool, err error) {
	r := wire.NewReader(saved)
	t.Load(r, mine)
	if apart = r.Bool(); !apart {
		groups = t.engine.load(r, mine)
	} else if t.engine.apart == nil {
		r.Fail(errNotThere)
	}
	return groups, apart, t.Restored(r)
}

// back looks at rows that came before.
type back struct {
	timed
	expires int64 // how long a row is seen, 0 for ever
	timers  group.Timers
	sweepAt int64 // when keys outside of memory are looked at again
}

func newBack(t timed) *back {
	b := &back{timed: t, sweepAt: operators.MinTime}
	for _, f := range t.engine.frames {
		b.expires = max(b.expires, f.span)
	}
	for i := range t.engine.spec.Calls {
		if t.engine.spec.Calls[i].Frame.Span == 0 {
			b.expires = 0
		}
	}
	return b
}

var (
	_ operators.Parallel = (*back)(nil)
	_ operators.Spiller  = (*back)(nil)
)

// Remembers implements operators.Migrant: old rows are known by the arguments of calls, and those that wait are there whole.
func (*back) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// OnWatermark implements operators.Operator.
func (b *back) OnWatermark(w operators.Watermark, out operators.Output) error {
	return b.Each(w, func(w operators.Watermark, due *operators.Batch) error {
		if due != nil {
			if err := b.emit(due, out); err != nil {
				return err
			}
		}
		if err := b.expire(w.Time); err != nil {
			return err
		}
		return b.relieve()
	})
}

// expire forgets the keys of which no later row sees a row.
func (b *back) expire(watermark int64) error {
	if b.expires == 0 {
		return nil
	}
	for {
		g, at, ok := b.timers.First()
		if !ok || at > watermark {
			break
		}
		b.timers.Clear(g)
		b.engine.forget(g)
	}
	return b.sweep(watermark)
}

func (b *back) emit(due *operators.Batch, out operators.Output) error {
	keys, args, sel := b.Read(due, b.engine.args, out)
	defer func() {
		operators.ReleaseAll(keys)
		operators.ReleaseAll(args)
	}()
	e := b.engine
	if len(e.calls) > 0 { // else nobody reads a column, and no key need be known
		if err := e.take(due, keys, args, sel, due.Time); err != nil {
			due.Release()
			return err
		}
	}
	for _, g := range e.touched {
		for k := &e.keys[g]; k.next < k.total(); {
			e.compute(g, int(k.at(k.next).row))
		}
		if b.expires > 0 {
			b.timers.Set(g, later(e.keys[g].newest(), b.expires))
		}
	}
	cols, sel := results(e, due, sel, out)
	e.settle()
	due.Cols = b.layout.Arrange(append(due.Cols, cols...))
	due.Sel = sel
	due.Arrival = due.Time // what the watermark had reached below it
	if due.Len() == 0 {
		due.Release()
		return nil
	}
	out.Emit(0, due)
	return nil
}

// Restore implements operators.Operator.
func (b *back) Restore(saved []byte, mine operators.Mine) error {
	groups, apart, err := b.restore(saved, mine)
	if apart && err == nil {
		b.engine.apart.spill.Resume()
	}
	for _, g := range groups {
		if k := &b.engine.keys[g]; b.expires > 0 && len(k.rows) > k.head {
			b.timers.Set(g, later(k.newest(), b.expires))
		}
	}
	return err
}

// results are the columns for the rows of a batch, and the rows that have them all.
// A row without a result, as of a sum that does not fit, leaves for the error topic.
func results(e *engine, b *operators.Batch, sel []int32, out operators.Output) ([]arrow.Array, []int32) {
	failed := map[int]operators.Failure{}
	cols := e.columns(b.Rows, func(row int, code, reason string) {
		if _, known := failed[row]; !known {
			failed[row] = operators.Failure{Row: row, Code: code, Reason: reason}
		}
	})
	if len(failed) == 0 {
		return cols, sel
	}
	var list []operators.Failure
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		if f, ok := failed[i]; ok {
			list = append(list, f)
		}
	})
	out.Fail(b, list)
	return cols, operators.Without(b.Rows, sel, list)
}
