package top

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/race"
	"github.com/edynamic/edynamic/operators/window"
)

// Ranking is top over a changes stream: the first rows of each group by an order,
// each under the key that it has in the input. It keeps all rows, since one that is
// taken back makes room for the next. Within a window it shows changes until the
// window closes.
type Ranking struct {
	paned.Stage[*race.Field]
	paned.Grouping
	spec     *ir.Top
	by       []operators.Eval
	in       []types.Column
	identity *kept.Identity
	rules    race.Rules
}

var (
	_ operators.Parallel = (*Ranking)(nil)
	_ operators.Delayer  = (*Ranking)(nil)
)

// NewRanking makes the operator for the columns of its input and output edges.
func NewRanking(spec *ir.Top, in, out []types.Column, env *operators.Env) (*Ranking, error) {
	t := &Ranking{spec: spec, in: in, identity: kept.NewIdentity(spec.Input, in)}
	t.rules = race.Rules{Shown: t.shown, Compare: t.compare}
	var err error
	if t.by, err = orders(spec, in, env); err != nil {
		return nil, err
	}
	edges := edgesOf(spec, in, out)
	if t.Grouping, err = paned.NewGrouping(spec.Per, edges, env); err != nil {
		return nil, err
	}
	t.Stage, err = paned.NewStage(edges, t.newField)
	return t, err
}

func (t *Ranking) newField() *race.Field {
	if t.Windowed() {
		return race.New(t.NewKeyed(t.Ctx), &t.rules)
	}
	return race.New(t.NewExpiring(t.Ctx, t.spec.Keep), &t.rules)
}

// Process implements operators.Operator.
func (t *Ranking) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	rows := &operators.Rows{Alloc: t.Alloc, Batch: b, Sel: b.Sel}
	per, by := rows.All(t.By), rows.All(t.by)
	defer operators.ReleaseAll(per)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	codes := race.Codes{Order: orderCode(t.spec.By, by), Same: paned.RowCode(b, t.in), ID: t.identity.Codes(b)}
	var parts []*operators.Batch
	follow := func(f *race.Field, sel []int32, end int64) {
		groups := t.Groups(b.Rows)
		f.Find(per, b, sel, groups)
		changes, left := f.Follow(b, sel, groups, codes, out)
		if made := t.changed(f, b, changes, end); made != nil {
			parts = append(parts, made)
		}
		f.Drop(left)
	}
	if !t.Windowed() {
		follow(t.Alone, rows.Sel, 0)
	} else {
		t.Split(b, rows.Sel, func(p *window.Pane[*race.Field], sel []int32) { follow(p.State, sel, p.End) })
	}
	if len(parts) > 0 {
		out.Emit(0, paned.InTurn(t.Alloc, b, parts))
	}
	return nil
}

// changed is the batch of changes of what is shown, nil for none.
func (t *Ranking) changed(f *race.Field, in *operators.Batch, changes []kept.Change, end int64) *operators.Batch {
	if len(changes) == 0 {
		return nil
	}
	b := f.Rows.Batch(in, changes)
	if t.spec.Rank != "" {
		ranks := make([]int64, len(changes))
		for i, c := range changes {
			ranks[i] = c.Rank
		}
		b.Cols = append(b.Cols, kept.Ranks(t.Alloc, ranks))
	}
	if t.Windowed() {
		kept.Refined(b, end)
	}
	b.Cols = t.Layout.Arrange(b.Cols)
	return b
}

// OnWatermark implements operators.Operator.
func (t *Ranking) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range t.Panes.Due(w.Time) {
		p.State.Release()
	}
	if t.Alone != nil && !w.End {
		t.Alone.Sweep(w.Time, out)
	}
	return nil
}

// shown is the first rows of a list, with those that tie with the last of them.
func (t *Ranking) shown(list []*race.Item) int {
	n := min(int(t.spec.N), len(list))
	for t.spec.Ties && n > 0 && n < len(list) && list[n].Order == list[n-1].Order {
		n++
	}
	return n
}

// compare finds what has changed of the rows that are shown, each by its identity.
func (t *Ranking) compare(old, now []*race.Item, put race.Put) {
	was, is := byIdentity(old), byIdentity(now)
	var gone, come []int
	var stayed [][2]int
	for len(was) > 0 || len(is) > 0 {
		switch {
		case len(is) == 0 || len(was) > 0 && old[was[0]].ID < now[is[0]].ID:
			gone, was = append(gone, was[0]), was[1:]
		case len(was) == 0 || now[is[0]].ID < old[was[0]].ID:
			come, is = append(come, is[0]), is[1:]
		default:
			stayed, was, is = append(stayed, [2]int{was[0], is[0]}), was[1:], is[1:]
		}
	}
	for _, i := range gone {
		put(operators.Delete, old[i], t.rank(old, i))
	}
	for _, s := range stayed {
		i, j := s[0], s[1]
		if old[i].Same == now[j].Same && (t.spec.Rank == "" || t.rank(old, i) == t.rank(now, j)) {
			continue
		}
		put(operators.UpdateBefore, old[i], t.rank(old, i))
		put(operators.UpdateAfter, now[j], t.rank(now, j))
	}
	for _, i := range come {
		put(operators.Insert, now[i], t.rank(now, i))
	}
}

// byIdentity is the places of a list in the order of what its rows are told apart by.
func byIdentity(list []*race.Item) []int {
	at := make([]int, len(list))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(list[i].ID, list[j].ID) })
	return at
}

// rank is the rank of the i-th row of a list: shared by ties where they are kept.
func (t *Ranking) rank(list []*race.Item, i int) int64 {
	for t.spec.Ties && i > 0 && list[i-1].Order == list[i].Order {
		i--
	}
	return int64(i + 1)
}
