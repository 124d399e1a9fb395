package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/aggregate"
	"github.com/edynamic/edynamic/operators/dedup"
	"github.com/edynamic/edynamic/operators/expire"
	"github.com/edynamic/edynamic/operators/latest"
	"github.com/edynamic/edynamic/operators/over"
	"github.com/edynamic/edynamic/operators/sort"
	"github.com/edynamic/edynamic/operators/top"
	"github.com/edynamic/edynamic/operators/upserts"
	"github.com/edynamic/edynamic/operators/view"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/runtime/exec"
)

// stateful makes the operators of windows and of what works within them.
func (b *builder) stateful(o *exec.Operator, op plan.Op, in, out *types.Stream) error {
	switch op := op.(type) {
	case *ir.Window:
		b.window(o, op, in)
	case *ir.WindowNone:
		o.New = func() (operators.Operator, error) { return window.NewLeave(op, in.Columns, out.Columns) }
	case *ir.Aggregate:
		o.Settles = op.Windowed && !op.AtOnce && op.Phase != ir.FirstPhase
		o.CountsBelow = op.Best != nil && op.Best.Dropped
		o.New = func() (operators.Operator, error) { return aggregate.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Top:
		o.Settles = op.Windowed && !op.AtOnce && (op.Input == nil || op.Find != nil)
		o.New = func() (operators.Operator, error) {
			switch {
			case op.Find != nil:
				return top.NewFound(op, in.Columns, out.Columns, b.env)
			case op.Input != nil:
				return top.NewRanking(op, in.Columns, out.Columns, b.env)
			}
			return top.New(op, in.Columns, out.Columns, b.env)
		}
	case *ir.Latest:
		o.Settles = op.Windowed && !op.AtOnce && (op.Input == nil || op.Find != nil)
		o.New = func() (operators.Operator, error) {
			switch {
			case op.Find != nil:
				return latest.NewFound(op, in.Columns, out.Columns, b.env)
			case op.Input != nil:
				return latest.NewNewest(op, in.Columns, out.Columns, b.env)
			}
			return latest.New(op, in.Columns, out.Columns, b.env)
		}
	case *ir.Place:
		o.Settles = true
		o.New = func() (operators.Operator, error) { return aggregate.NewPlace(op, in.Columns, out.Columns, b.env) }
	case *ir.Upserts:
		o.New = func() (operators.Operator, error) { return upserts.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Expire:
		o.New = func() (operators.Operator, error) { return expire.New(op, in.Columns), nil }
	case *ir.View:
		o.New = func() (operators.Operator, error) { return view.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Dedup:
		o.Settles = op.Windowed && !op.AtOnce
		o.New = func() (operators.Operator, error) { return dedup.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Sort:
		o.Settles, o.Blocks = op.Windowed && !op.AtOnce, !op.Windowed
		o.New = func() (operators.Operator, error) { return sort.New(op, in.Columns, out.Columns, b.env) }
	case *ir.Over:
		o.Settles, o.Blocks = !op.Whole && !op.AtOnce, op.Whole
		o.New = func() (operators.Operator, error) { return over.New(op, in.Columns, out.Columns, b.env) }
	default:
		return fmt.Errorf("there is no operator for %T", op)
	}
	if agg, ok := op.(*ir.Aggregate); ok && agg.Phase == ir.FirstPhase {
		return nil // it stands before the exchange
	}
	return b.splitBy(o, in)
}

// window makes the operator of a kind of window.
func (b *builder) window(o *exec.Operator, op *ir.Window, in *types.Stream) {
	if op.Passes {
		o.New = func() (operators.Operator, error) { return window.NewUnsettled(op) }
		return
	}
	if op.Input != nil {
		o.New = func() (operators.Operator, error) { return window.NewChanging(op, in.Columns, b.env) }
		return
	}
	switch op.Kind {
	case ir.WindowWhole:
		o.New = func() (operators.Operator, error) { return window.NewWhole(), nil }
	case ir.WindowSession:
		o.Settles = true
		o.New = func() (operators.Operator, error) { return window.NewSession(op, in.Columns, b.env) }
	case ir.WindowSliding:
		o.Settles = true
		o.New = func() (operators.Operator, error) { return window.NewSliding(op, in.Columns, b.env) }
	case ir.WindowSpan:
		o.New = func() (operators.Operator, error) { return window.NewSpan(op, in.Columns, b.env) }
	case ir.WindowRows:
		o.New = func() (operators.Operator, error) {
			if in.Time == types.NoTime {
				return window.NewRows(op, in.Columns, b.env)
			}
			return window.NewTimedRows(op, in.Columns, b.env)
		}
	default:
		o.New = func() (operators.Operator, error) { return window.New(op) }
	}
}

// splitBy lets an operator that says by what run as several instances; ins are the
// types of its inputs.
func (b *builder) splitBy(o *exec.Operator, ins ...*types.Stream) error {
	one, err := o.New()
	if err != nil {
		return err
	}
	p, ok := one.(operators.Parallel)
	if !ok {
		return nil
	}
	var hashes []exec.HashFunc
	for i, in := range ins {
		if in.Window != nil && in.Window.Kind == ir.WindowRows {
			return nil // the rows of such a window stay in one batch
		}
		keys := p.Keys(i)
		if len(keys) == 0 {
			return nil
		}
		h, err := b.hash(keys, in)
		if err != nil {
			return err
		}
		hashes = append(hashes, h)
	}
	o.Hash = hashes
	return nil
}
