package aggregate

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
)

// whole is an aggregate of windows that come and close with a batch, as those of a number
// of rows do: most hold few rows, so that one table has the groups of all of them and one
// batch their results. Nothing is kept from one batch to the next.
type whole struct {
	a       *Aggregate
	state   *state // groups by the place of their window and by values
	windows *paned.Whole
}

func newWhole(a *Aggregate, in []types.Column) *whole {
	start, end := operators.ColumnIndex(in, types.WindowStart), operators.ColumnIndex(in, types.WindowEnd)
	return &whole{a: a, state: a.stateOf(append([]*types.Type{types.TLong}, a.byTypes...)), windows: paned.NewWhole(start, end)}
}

func (w *whole) process(b *operators.Batch, in *input, out operators.Output) {
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	if part.Len() == 0 {
		return
	}
	a, s := w.a, w.state
	numbers, of := kernel.NewFixed[int64](a.Alloc, arrow.PrimitiveTypes.Int64, b.Rows)
	defer numbers.Release()
	w.windows.Read(b, in.sel)
	w.windows.Places(b, of)
	keys := append([]kernel.Vector{{Type: types.TLong, Arr: numbers}}, in.keys...)
	a.note(s.table)
	s.table.Find(keys, b.Rows, in.sel, a.groups)
	a.count(s, b, in, in.sel, out)
	a.listed = s.table.Groups(a.listed[:0])
	s.table.Sort(a.listed) // by window and then by values
	w.send(a.listed, out)
	a.empty(s)
}

// send emits the results of groups, which stand in the order of their windows.
func (w *whole) send(groups []int32, out operators.Output) {
	a, n := w.a, len(groups)
	if n == 0 { // all rows were refused
		return
	}
	keys := w.state.table.Keys(a.Alloc, groups)
	defer keys[0].Release()
	of := kernel.Values[int64](keys[0])
	r := &results{made: keys[1:]}
	a.compute(w.state.aggs, groups, r)
	for i, f := range r.failed {
		if f != nil {
			out.FailGroup(w.windows.Bounds(of[i]).End-1, f.Code, f.Reason, group.JSON(a.byCols, r.made[:len(a.by)], i))
		}
	}
	starts, first := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	for i, at := range of {
		in := w.windows.Bounds(at)
		first[i], last[i] = in.Start, in.End
	}
	made := &operators.Batch{Rows: n, Sel: r.ok(), Cols: a.Layout.Arrange(append(r.made, starts, ends))}
	if made.Len() == 0 {
		made.Release()
		return
	}
	w.windows.Settle(made, of)
	out.Emit(0, made)
}
