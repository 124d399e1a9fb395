package latest

import (
	"encoding/binary"
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/race"
	"github.com/edynamic/edynamic/operators/window"
)

// Newest is latest over a changes stream: per key the row that changed last. Within
// a window it shows changes until the window closes.
type Newest struct {
	paned.Stage[*race.Field]
	paned.Grouping
	spec     *ir.Latest
	in       []types.Column
	identity *kept.Identity
	rules    race.Rules
}

var (
	_ operators.Parallel = (*Newest)(nil)
	_ operators.Delayer  = (*Newest)(nil)
)

// NewNewest makes the operator for the columns of its input and output edges.
func NewNewest(spec *ir.Latest, in, out []types.Column, env *operators.Env) (*Newest, error) {
	l := &Newest{spec: spec, in: in, identity: kept.NewIdentity(spec.Input, in)}
	l.rules = race.Rules{NewestFirst: true, Shown: func(list []*race.Item) int { return min(1, len(list)) }, Compare: compare}
	edges := paned.Spec{Stage: "latest", Windowed: spec.Windowed, Lateness: spec.Lateness, In: in, Made: in, Out: out}
	var err error
	if l.Grouping, err = paned.NewGrouping(spec.By, edges, env); err != nil {
		return nil, err
	}
	l.Stage, err = paned.NewStage(edges, l.newField)
	return l, err
}

func (l *Newest) newField() *race.Field {
	if l.Windowed() {
		return race.New(l.NewKeyed(l.Ctx), &l.rules)
	}
	return race.New(l.NewExpiring(l.Ctx, l.spec.Keep), &l.rules)
}

// compare finds what has become of the one row of a key.
func compare(old, now []*race.Item, put race.Put) {
	switch {
	case len(old) == 0 && len(now) == 0:
	case len(now) == 0:
		put(operators.Delete, old[0], 0)
	case len(old) == 0:
		put(operators.Insert, now[0], 0)
	case old[0].Same != now[0].Same:
		put(operators.UpdateBefore, old[0], 0)
		put(operators.UpdateAfter, now[0], 0)
	}
}

// Process implements operators.Operator.
func (l *Newest) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Time == nil {
		return errors.New("latest: rows without time")
	}
	rows := &operators.Rows{Alloc: l.Alloc, Batch: b, Sel: b.Sel}
	by := rows.All(l.By)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	codes := race.Codes{Order: newestFirst(b), Same: paned.RowCode(b, l.in), ID: l.identity.Codes(b)}
	var parts []*operators.Batch
	follow := func(f *race.Field, sel []int32, end int64) {
		groups := l.Groups(b.Rows)
		f.Find(by, b, sel, groups)
		changes, left := f.Follow(b, sel, groups, codes, out)
		if made := l.changed(f, b, changes, end); made != nil {
			parts = append(parts, made)
		}
		f.Drop(left)
	}
	if !l.Windowed() {
		follow(l.Alone, rows.Sel, 0)
	} else {
		l.Split(b, rows.Sel, func(p *window.Pane[*race.Field], sel []int32) { follow(p.State, sel, p.End) })
	}
	if len(parts) > 0 {
		out.Emit(0, paned.InTurn(l.Alloc, b, parts))
	}
	return nil
}

// newestFirst writes the times of rows so that the largest comes first.
func newestFirst(b *operators.Batch) func(dst []byte, row int) []byte {
	return func(dst []byte, row int) []byte {
		return binary.BigEndian.AppendUint64(dst, ^(uint64(b.Time[row]) ^ 1<<63))
	}
}

// changed is the batch of changes of what is shown, nil for none.
func (l *Newest) changed(f *race.Field, in *operators.Batch, changes []kept.Change, end int64) *operators.Batch {
	if len(changes) == 0 {
		return nil
	}
	b := f.Rows.Batch(in, changes)
	if l.Windowed() {
		kept.Refined(b, end)
	}
	b.Cols = l.Layout.Arrange(b.Cols)
	return b
}

// OnWatermark implements operators.Operator.
func (l *Newest) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range l.Panes.Due(w.Time) {
		p.State.Release()
	}
	if l.Alone != nil && !w.End {
		l.Alone.Sweep(w.Time, out)
	}
	return nil
}
