package paned

import (
	"fmt"
	"slices"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Grouping is what an operator keeps rows by. Its order gives Keys and Less of
// operators.Parallel.
type Grouping struct {
	kept.Order
	By    []operators.Eval
	Types []*types.Type // of them, behind the place of a window where one state has several
	// Periods tell until when rows of a group can come.
	Periods *Periods

	groups []int32
}

// NewGrouping compiles what rows are kept by.
func NewGrouping(by []ir.Expr, spec Spec, env *operators.Env) (Grouping, error) {
	g := Grouping{Order: kept.NewOrder(by, spec.Out, spec.Windowed)}
	if spec.AtOnce {
		g.Order = kept.Order{} // windows leave as they come, in an order that one instance knows
		g.Types = append(g.Types, types.TLong)
	}
	for _, e := range by {
		g.Types = append(g.Types, e.Type())
	}
	var err error
	g.By, err = env.Exprs(by, spec.In)
	return g, err
}

// Groups has room for the group of each row of a batch. It is the same room for
// every batch.
func (g *Grouping) Groups(rows int) []int32 {
	g.groups = slices.Grow(g.groups[:0], rows)[:rows]
	return g.groups
}

// Keyed is rows kept by key; states embed it.
type Keyed struct {
	Table  *group.Table
	Rows   *kept.Rows
	Fresh  kept.Fresh
	Expiry *group.Expiry // nil within windows
	// Where keys can leave memory.
	spill *spill.Groups
	apart *apart
	mine  operators.Mine
	// And where these are those of a window.
	part  *spill.Part
	turn  *int64 // see shelved
	asked int64  // the turn in which rows came last
}

// NewKeyed holds no rows of the keys of a grouping, for as long as its window is
// open.
func (g *Grouping) NewKeyed(ctx *operators.Context) Keyed {
	if ctx.Shelf != nil {
		return Keyed{Table: group.New(g.Types), Rows: kept.NewDetached(ctx, 0)}
	}
	return Keyed{Table: group.New(g.Types), Rows: kept.New(ctx)}
}

// NewExpiring holds no rows, each key for a time after its last one, or after its
// period where that is later.
func (g *Grouping) NewExpiring(ctx *operators.Context, keep time.Duration) Keyed {
	k := Keyed{Table: group.New(g.Types), Rows: kept.NewDetached(ctx, 0)}
	k.Expiry = group.NewExpiry(keep)
	if keep != ir.KeepForever && g.Periods != nil {
		k.Expiry.AtOnce()
	}
	return k
}

// Expire gives the grouping what is known of its keys.
func (g *Grouping) Expire(periods []ir.Period) (err error) {
	g.Periods, err = NewPeriods(periods, len(g.By))
	return err
}

// Held is the number of rows.
func (k *Keyed) Held() int64 { return int64(k.Rows.Len()) }

// Empty reports that there is no key. Of those that can leave memory that is not known.
func (k *Keyed) Empty() bool { return k.Table.Len() == 0 && k.spill == nil }

// Release forgets the rows.
func (k *Keyed) Release() { k.Rows.Release() }

// Find sets groups[row] to the group of each row of sel, nil for all.
func (k *Keyed) Find(by []kernel.Vector, b *operators.Batch, sel, groups []int32) {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	if part.Len() > 0 {
		k.Table.Find(by, b.Rows, sel, groups)
	}
}

// Sorted is all groups in the order of their keys.
func (k *Keyed) Sorted() []int32 {
	groups := k.Table.Groups(nil)
	k.Table.Sort(groups)
	return groups
}

// Sweep forgets the groups that no later row can find; drop takes what is kept for
// one of them away.
func (k *Keyed) Sweep(watermark int64, out operators.Output, drop func(g int32)) error {
	if !k.Expiry.Looks(watermark) {
		return nil
	}
	old := k.Expiry.Due(watermark)
	n := int64(len(old))
	if k.spill != nil {
		away, err := k.spill.Away(k.mine, func(at int64) bool { return k.Expiry.IsOld(at, watermark) })
		if err != nil {
			return err
		}
		n += away
	}
	if n > 0 {
		out.Count(CounterExpired, n)
	}
	k.Remove(old, drop)
	return nil
}

// Remove forgets groups; drop takes what is kept for one of them away.
func (k *Keyed) Remove(groups []int32, drop func(g int32)) {
	if k.spill != nil {
		k.spill.Removed(groups)
	}
	for _, g := range groups {
		drop(g)
		if k.Expiry != nil {
			k.Expiry.Forget(g)
		}
	}
	k.Table.Remove(groups)
}

// RemoveOthers forgets those of groups, which were read from a state, whose key is not mine.
func (k *Keyed) RemoveOthers(groups []int32, mine operators.Mine, drop func(g int32)) {
	if k.spill != nil {
		k.spill.Adopt() // the next snapshot puts them on the shelf
	}
	k.Remove(k.Table.Others(groups, mine), drop)
}

// CounterExpired counts the groups whose `keep` has run out.
const CounterExpired = "state_expired"

// SaveRows writes the rows of entries, and when groups expire.
func (k *Keyed) SaveRows(w *wire.Writer, groups []int32, entries []*kept.Entry) error {
	if k.Expiry != nil {
		k.Expiry.Save(w, groups)
	}
	ids := make([]kept.ID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return k.Rows.Save(w, ids)
}

// LoadRows reads what SaveRows wrote; groups and entries are as many, in the same
// order.
func (k *Keyed) LoadRows(r *wire.Reader, groups []int32, entries []*kept.Entry) {
	if k.Expiry != nil {
		k.Expiry.Load(r, groups)
	}
	ids := k.Rows.Load(r)
	if len(ids) != len(entries) {
		r.Fail(fmt.Errorf("%d rows for %d entries", len(ids), len(entries)))
		return
	}
	for i, e := range entries {
		e.ID = ids[i]
	}
}

// Recode gives the codes of the rows of entries anew, where they have other columns now than
// when they were written down.
func (k *Keyed) Recode(entries []*kept.Entry, columns []types.Column, set func(i int, code []byte)) {
	if !k.Rows.Adapted() {
		return
	}
	of := map[*operators.Batch]keycode.Appender{}
	for i, e := range entries {
		b, row := k.Rows.At(e.ID)
		if of[b] == nil {
			of[b] = RowCode(b, columns)
		}
		set(i, of[b](nil, int(row)))
	}
}

// RowCode tells the rows of a batch apart by what readers see of them.
func RowCode(b *operators.Batch, columns []types.Column) keycode.Appender {
	vs := make([]kernel.Vector, len(b.Cols))
	for i, c := range b.Cols {
		vs[i] = kernel.Vector{Type: columns[i].Type, Arr: c}
	}
	return keycode.Row(vs, keycode.Exact)
}
