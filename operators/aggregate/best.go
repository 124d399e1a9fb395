package aggregate

import (
	"bytes"
	"slices"
	"sort"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/dedup"
	"github.com/edynamic/edynamic/vm/keycode"
)

// best chooses the results that can be among the first of a window, where a top or dedup
// follows that shows no others. What it leaves out has been computed, so that a
// group that fails does so as before.
type best struct {
	spec    *ir.Best
	by, per []operators.Eval
}

func newBest(spec *ir.Best, out []types.Column, env *operators.Env) (*best, error) {
	if spec == nil {
		return nil, nil
	}
	b := &best{spec: spec}
	orders := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		orders[i] = o.Expr
	}
	var err error
	if b.by, err = env.Exprs(orders, out); err != nil {
		return nil, err
	}
	b.per, err = env.Exprs(spec.Per, out)
	return b, err
}

// choose leaves the rows of a batch that can be shown; others have been left out before.
// Rows that are equal in order stand as they did, so the earlier ones go first.
func (b *best) choose(ctx *operators.Context, batch *operators.Batch, others int, out operators.Output) {
	n := batch.Len() + others
	b.leave(ctx, batch)
	if dropped := n - batch.Len(); b.spec.Dropped && dropped > 0 {
		out.Count(dedup.Counter, int64(dropped))
	}
}

func (b *best) leave(ctx *operators.Context, batch *operators.Batch) {
	rows := &operators.Rows{Alloc: ctx.Alloc, Batch: batch, Sel: batch.Sel}
	by, per := rows.All(b.by), rows.All(b.per)
	defer operators.ReleaseAll(by)
	defer operators.ReleaseAll(per)
	if len(rows.Failed) > 0 {
		return // the top will say so
	}
	order := make([]keycode.Appender, len(by))
	for i, v := range by {
		mode := keycode.Key
		if b.spec.By[i].Desc {
			mode = keycode.Desc
		}
		order[i] = keycode.Of(v, mode)
	}
	of := keycode.Row(per, keycode.Key)
	races := map[string]*race{}
	var code, key []byte
	batch.Each(func(i int) {
		code, key = code[:0], of(key[:0], i)
		for _, c := range order {
			code = c(code, i)
		}
		r := races[string(key)]
		if r == nil {
			r = &race{n: int(b.spec.N), ties: b.spec.Ties}
			races[string(key)] = r
		}
		r.offer(int32(i), code)
	})
	sel := []int32{}
	for _, r := range races {
		for _, e := range r.first {
			sel = append(sel, e.row)
		}
	}
	slices.Sort(sel)
	batch.Sel = sel
}

// race is the first rows of a group, in order.
type race struct {
	n     int
	ties  bool
	first []entry
}

type entry struct {
	row  int32
	code []byte
}

func (r *race) offer(row int32, code []byte) {
	if len(r.first) >= r.n {
		d := bytes.Compare(code, r.first[len(r.first)-1].code)
		if d > 0 || d == 0 && !r.ties {
			return
		}
	}
	at := sort.Search(len(r.first), func(i int) bool { return bytes.Compare(r.first[i].code, code) > 0 })
	r.first = slices.Insert(r.first, at, entry{row, bytes.Clone(code)})
	for last := len(r.first) - 1; last >= r.n; last-- {
		if r.ties && bytes.Equal(r.first[last].code, r.first[r.n-1].code) {
			return
		}
		r.first = r.first[:last]
	}
}
