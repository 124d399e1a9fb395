package aggregate

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

// parts is an aggregate that shares its work with another: what the calls know of the
// groups of a batch goes from the one to the other as bytes, in the form of a snapshot, so
// that no result is computed of a part and nothing is rounded or too large on the way.
type parts struct {
	a      *Aggregate
	states []int // columns of what each call knows, in the second phase
	rows   int   // column of how many rows a part is of
	// scratch holds what the parts of a batch know, by row.
	scratch  []kernel.Aggregator
	from, to []int32
	buf      []byte
}

// partColumns are what the first phase makes.
func partColumns(by []types.Column, calls int) []types.Column {
	made := append([]types.Column(nil), by...)
	for i := range calls {
		made = append(made, types.Column{Name: ir.PartState(i), Type: types.TBytes})
	}
	return window.Columns(append(made, types.Column{Name: ir.PartRows, Type: types.TLong}))
}

func newParts(a *Aggregate, in []types.Column) (*parts, error) {
	p := &parts{a: a, rows: operators.ColumnIndex(in, ir.PartRows)}
	for i, c := range a.calls {
		agg := c.new()
		if m, ok := agg.(fold.Merging); !ok || !m.CanMerge() {
			return nil, errors.New("aggregate: the parts of " + a.spec.Aggs[i].Name + " cannot be put together")
		}
		p.scratch = append(p.scratch, agg)
		p.states = append(p.states, operators.ColumnIndex(in, ir.PartState(i)))
	}
	if a.spec.Phase == ir.FirstPhase {
		return p, nil
	}
	for _, at := range append(p.states, p.rows) {
		if at < 0 {
			return nil, errors.New("aggregate: a column of the first phase is missing")
		}
	}
	return p, nil
}

// send gives what is known of the groups of a window in one batch.
func (p *parts) send(pane *window.Pane[*state], out operators.Output) {
	s, a := pane.State, p.a
	groups := s.table.Groups(make([]int32, 0, s.table.Len()))
	n := len(groups)
	if n == 0 {
		a.free(s)
		return
	}
	made := s.table.Keys(a.Alloc, groups)
	for _, agg := range s.aggs {
		agg.Grow(s.table.Size())
		made = append(made, p.snapshots(agg, groups))
	}
	rows, counts := kernel.NewFixed[int64](a.Alloc, arrow.PrimitiveTypes.Int64, n)
	counts[0] = s.rows // of the window: nobody asks of which group they were
	made = append(made, rows)
	a.free(s)
	b := &operators.Batch{Cols: a.columns(made, n, pane.Start, pane.End), Rows: n}
	a.Settle(pane, b)
	b.Refs, b.Cause = nil, make([]int32, n)
	out.Emit(0, b)
}

// snapshots is what a call knows of groups.
func (p *parts) snapshots(agg kernel.Aggregator, groups []int32) arrow.Array {
	col := kernel.NewColumn[[]byte](&kernel.Call{Alloc: p.a.Alloc, N: len(groups), Result: types.TBytes, OnFail: func(int, string) {}})
	for i := range groups {
		state, err := agg.Snapshot(groups[i : i+1])
		if err != nil {
			panic("aggregate: what is known of a group cannot be passed on: " + err.Error())
		}
		col.Set(i, state)
	}
	return col.Finish()
}

// process takes the parts of a batch in.
func (p *parts) process(b *operators.Batch) error {
	a := p.a
	rows := operators.Rows{Alloc: a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(a.by)
	defer operators.ReleaseAll(keys)
	a.room(b.Rows)
	counts := kernel.Values[int64](b.Cols[p.rows])
	var failed error
	a.Split(b, b.Sel, func(pane *window.Pane[*state], sel []int32) {
		s := pane.State
		s.table.Find(keys, b.Rows, sel, a.groups)
		if err := a.bring(s, b.Rows, sel); err != nil {
			failed = err
			return
		}
		p.from, p.to = p.from[:0], p.to[:0]
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		part.Each(func(i int) {
			p.from, p.to = append(p.from, int32(len(p.from))), append(p.to, a.groups[i])
			s.rows += counts[i]
		})
		if err := p.merge(s, b, &part); err != nil {
			failed = err
		}
	})
	return failed
}

// merge adds the parts of the rows of one window to what a state knows.
func (p *parts) merge(s *state, b, part *operators.Batch) error {
	for i, agg := range p.scratch {
		states := kernel.Reader[[]byte](kernel.Vector{Type: types.TBytes, Arr: b.Cols[p.states[i]]})
		p.buf = p.buf[:0]
		part.Each(func(row int) { p.buf = append(p.buf, states(row)...) })
		agg.Grow(len(p.from))
		if err := agg.Restore(p.from, p.buf); err != nil {
			return err
		}
		s.aggs[i].Grow(s.table.Size())
		s.aggs[i].(fold.Merging).MergeFrom(agg, p.from, p.to)
		agg.Free(p.from)
	}
	return nil
}
