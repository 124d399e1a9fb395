package top

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/race"
)

// Ranking is top over a changes stream: the first rows of each group by an order,
// each under the key that it has in the input. It keeps all rows, since one that is
// taken back makes room for the next. Within a window it shows changes until the
// window closes.
type Ranking struct {
	*race.Stage
	spec *ir.Top
	by   []operators.Eval
	// Scratch of compare.
	was, is, gone, come []int
	stayed              [][2]int
}

var (
	_ operators.Parallel = (*Ranking)(nil)
	_ operators.Delayer  = (*Ranking)(nil)
)

// NewRanking makes the operator for the columns of its input and output edges.
func NewRanking(spec *ir.Top, in, out []types.Column, env *operators.Env) (*Ranking, error) {
	t := &Ranking{spec: spec}
	var err error
	if t.by, err = orders(spec, in, env); err != nil {
		return nil, err
	}
	rules := race.Rules{Shown: t.shown, Compare: t.compare}
	t.Stage, err = race.NewStage(race.Spec{
		Edges: edgesOf(spec, in, out), By: spec.Per, Input: spec.Input, Keep: spec.Keep, Rules: rules, Added: t.ranks,
		Every: spec.EmitEvery, Emit: spec.Emit, Periods: spec.Periods,
	}, env)
	return t, err
}

// Process implements operators.Operator.
func (t *Ranking) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	rows := &operators.Rows{Alloc: t.Alloc, Batch: b, Sel: b.Sel}
	per, by := rows.All(t.By), rows.All(t.by)
	defer operators.ReleaseAll(per)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	return t.Follow(b, rows.Sel, per, orderCode(t.spec.By, by), out)
}

// ranks is the column that the stage adds, where it does.
func (t *Ranking) ranks(changes []kept.Change) []arrow.Array {
	if t.spec.Rank == "" {
		return nil
	}
	ranks := make([]int64, len(changes))
	for i, c := range changes {
		ranks[i] = c.Rank
	}
	return []arrow.Array{kept.Ranks(t.Alloc, ranks)}
}

// shown is the first rows of a list, with those that tie with the last of them.
func (t *Ranking) shown(list []*race.Item) int {
	n := min(int(t.spec.N), len(list))
	for t.spec.Ties && n > 0 && n < len(list) && bytes.Equal(list[n].Order(), list[n-1].Order()) {
		n++
	}
	return n
}

// compare finds what has changed of the rows that are shown, each by its identity.
func (t *Ranking) compare(old, now []*race.Item, put race.Put) {
	t.was, t.is = byIdentity(t.was, old), byIdentity(t.is, now)
	was, is, gone, come, stayed := t.was, t.is, t.gone[:0], t.come[:0], t.stayed[:0]
	for len(was) > 0 || len(is) > 0 {
		d := 0
		switch {
		case len(is) == 0:
			d = -1
		case len(was) == 0:
			d = 1
		default:
			d = bytes.Compare(old[was[0]].ID(), now[is[0]].ID())
		}
		switch {
		case d < 0:
			gone, was = append(gone, was[0]), was[1:]
		case d > 0:
			come, is = append(come, is[0]), is[1:]
		default:
			stayed, was, is = append(stayed, [2]int{was[0], is[0]}), was[1:], is[1:]
		}
	}
	t.gone, t.come, t.stayed = gone, come, stayed
	for _, i := range gone {
		put(operators.Delete, old[i], t.rank(old, i))
	}
	for _, s := range stayed {
		i, j := s[0], s[1]
		if bytes.Equal(old[i].Same(), now[j].Same()) && (t.spec.Rank == "" || t.rank(old, i) == t.rank(now, j)) {
			continue
		}
		put(operators.UpdateBefore, old[i], t.rank(old, i))
		put(operators.UpdateAfter, now[j], t.rank(now, j))
	}
	for _, i := range come {
		put(operators.Insert, now[i], t.rank(now, i))
	}
}

// byIdentity is, in the memory of at, the places of a list in the order of what its rows are told apart by.
func byIdentity(at []int, list []*race.Item) []int {
	at = at[:0]
	for i := range list {
		at = append(at, i)
	}
	slices.SortStableFunc(at, func(i, j int) int { return bytes.Compare(list[i].ID(), list[j].ID()) })
	return at
}

// rank is the rank of the i-th row of a list: shared by ties where they are kept.
func (t *Ranking) rank(list []*race.Item, i int) int64 {
	for t.spec.Ties && i > 0 && bytes.Equal(list[i-1].Order(), list[i].Order()) {
		i--
	}
	return int64(i + 1)
}
