package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/changes"
	"github.com/edynamic/edynamic/operators/limit"
	"github.com/edynamic/edynamic/operators/ontime"
	"github.com/edynamic/edynamic/operators/project"
	"github.com/edynamic/edynamic/operators/require"
	"github.com/edynamic/edynamic/operators/retime"
	"github.com/edynamic/edynamic/operators/route"
	"github.com/edynamic/edynamic/operators/sample"
	"github.com/edynamic/edynamic/operators/union"
	"github.com/edynamic/edynamic/operators/unnest"
	"github.com/edynamic/edynamic/operators/where"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/vm/keycode"
)

// operator makes the operator of a node, and names the topics that its `else ->`
// sends rows to. Every operator of the language and of plans is listed here.
func (b *builder) operator(n *plan.Node) (*exec.Operator, []string, error) {
	in, err := b.input(n)
	if err != nil {
		return nil, nil, err
	}
	o := &exec.Operator{}
	var sides []string
	switch op := n.Op.(type) {
	case *ir.Where:
		o.New = func() (operators.Operator, error) { return where.New(op, in, b.env) }
	case *ir.Project:
		o.New = func() (operators.Operator, error) { return project.New(op.Items, in, b.env) }
	case *ir.Require:
		o.New = func() (operators.Operator, error) { return require.New(op, in, b.env) }
		if op.Else != nil && !op.Else.Drop {
			sides = append(sides, op.Else.Topic)
		}
	case *ir.Unnest:
		o.New = func() (operators.Operator, error) { return unnest.New(op, in, b.env) }
	case *ir.WindowNone:
		if op.Kind != "" {
			return o, nil, b.stateful(o, op, in, n.Ports[0])
		}
		items := project.Columns(n.Ports[0].Columns)
		o.New = func() (operators.Operator, error) { return project.New(items, in, b.env) }
	case *ir.KeyBy:
		items := project.Columns(n.Ports[0].Columns)
		o.New = func() (operators.Operator, error) { return project.New(items, in, b.env) }
	case *ir.Time:
		o.New = func() (operators.Operator, error) { return retime.New(op, in, b.env) }
	case *ir.Match:
		sides, err = b.match(o, n, op)
	case *ir.Clock:
		o.New = func() (operators.Operator, error) { return window.NewByClock(), nil }
	case *ir.Union:
		o.New = func() (operators.Operator, error) { return union.New(), nil }
	case *ir.Changes:
		o.New = func() (operators.Operator, error) { return changes.New(in), nil }
	case *ir.Into:
		o.New = func() (operators.Operator, error) { return project.New(op.Items, in, b.env) }
	case *ir.Limit:
		o.New = func() (operators.Operator, error) { return limit.New(op), nil }
	case *ir.Sample:
		o.New = func() (operators.Operator, error) { return sample.New(op, in, b.env) }
	case *plan.Route:
		o.New = func() (operators.Operator, error) { return route.New(op, in, b.env) }
	case *plan.Drop:
		o.New = func() (operators.Operator, error) { return &route.Drop{}, nil }
	case *ir.OnTime:
		o.New = func() (operators.Operator, error) { return ontime.New(op, in.Columns) }
	case *ir.Join, *ir.Asof, *ir.Lookup:
		err = b.paired(o, n)
	case *ir.Hold, *ir.Silent, *ir.Throttle, *ir.Changed:
		sides, err = b.watching(o, n.Op, in, n.Ports[0])
	case *ir.Window, *ir.Aggregate, *ir.Top, *ir.Latest, *ir.Place, *ir.Upserts, *ir.Expire, *ir.View, *ir.Dedup, *ir.Sort, *ir.Over:
		err = b.stateful(o, n.Op, in, n.Ports[0])
	default:
		err = fmt.Errorf("there is no operator for %T", n.Op)
	}
	return o, sides, err
}

// input is the type of the rows that a node reads.
func (b *builder) input(n *plan.Node) (*types.Stream, error) {
	if len(n.In) == 0 {
		return nil, fmt.Errorf("it reads nothing")
	}
	return b.edgeType(n.In[0]), nil
}

func (b *builder) edgeType(e plan.Edge) *types.Stream { return b.g.Nodes[e.Node].Ports[e.Port] }

// hash makes the hash of the keys that an input's rows are dealt out by.
func (b *builder) hash(keys []ir.Expr, in *types.Stream) (exec.HashFunc, error) {
	evals, err := b.env.Exprs(keys, in.Columns)
	if err != nil {
		return nil, err
	}
	return func(batch *operators.Batch, hashes []uint64) error {
		rows := operators.Rows{Alloc: b.alloc, Batch: batch, Sel: batch.Sel}
		vs := rows.All(evals)
		defer operators.ReleaseAll(vs)
		for _, f := range rows.Failed {
			hashes[f.Row] = 0
		}
		code := keycode.Row(vs, keycode.Key)
		left := operators.Batch{Rows: batch.Rows, Sel: rows.Sel}
		var buf []byte
		left.Each(func(r int) {
			buf = code(buf[:0], r)
			hashes[r] = operators.KeyHash(buf)
		})
		return nil
	}, nil
}
