package aggregate

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
)

// aheadMost is how many first rows are looked for without sorting all.
const aheadMost = 64

// ahead leaves the groups of a window that can be among the best, and tells how many it has
// left out: sorting thousands of groups by their keys takes longer than all else that is
// done when a window closes. All groups stay where one fails, or where the order is none
// that can be told so.
func (a *Aggregate) ahead(p *window.Pane[*state], groups []int32) ([]int32, int) {
	if !a.best.quick() || int64(len(groups)) <= a.best.spec.N {
		return groups, 0
	}
	r := a.results(p.State, groups)
	if r.failed != nil {
		releaseArrays(r.made)
		return groups, 0
	}
	n := len(groups)
	b := &operators.Batch{Cols: a.columns(r.made, n, p.Start, p.End), Rows: n}
	defer b.Release()
	rows := &operators.Rows{Alloc: a.Alloc, Batch: b}
	by := rows.All(a.best.by)
	defer operators.ReleaseAll(by)
	if len(rows.Failed) > 0 || by[0].Scalar || by[0].Arr.NullN() > 0 {
		return groups, 0
	}
	chosen := groups[:0]
	for _, i := range firstRows(kernel.Values[int64](by[0].Arr), int(a.best.spec.N), a.best.spec.By[0].Desc) {
		chosen = append(chosen, groups[i])
	}
	return chosen, n - len(chosen)
}

// quick reports that few rows are asked for, of all that there are, by one whole number.
func (b *best) quick() bool {
	return b.spec.N > 0 && b.spec.N <= aheadMost && len(b.by) == 1 && len(b.per) == 0 && b.spec.By[0].Expr.Type().Kind == types.Long
}

// firstRows are the rows of the n first values, and of all that are equal to the last of
// them, ascending.
func firstRows(values []int64, n int, desc bool) []int32 {
	first := make([]int64, 0, n+1) // in order; as if all were ascending
	sign := int64(0)
	if desc {
		sign = -1 // turns the order of all numbers around
	}
	for _, v := range values {
		v ^= sign
		if len(first) == n && v >= first[n-1] {
			continue
		}
		at, _ := slices.BinarySearch(first, v)
		if first = slices.Insert(first, at, v); len(first) > n {
			first = first[:n]
		}
	}
	last := first[len(first)-1]
	var rows []int32
	for i, v := range values {
		if v^sign <= last {
			rows = append(rows, int32(i))
		}
	}
	return rows
}
