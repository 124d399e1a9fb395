package latest

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/race"
)

// Newest is latest over a changes stream: per key the row that changed last. Within
// a window it shows changes until the window closes.
type Newest struct{ *race.Stage }

var (
	_ operators.Parallel = (*Newest)(nil)
	_ operators.Delayer  = (*Newest)(nil)
)

// NewNewest makes the operator for the columns of its input and output edges.
func NewNewest(spec *ir.Latest, in, out []types.Column, env *operators.Env) (*Newest, error) {
	edges := paned.Spec{Stage: "latest", Windowed: spec.Windowed, Lateness: spec.Lateness, In: in, Made: in, Out: out}
	rules := race.Rules{NewestFirst: true, Shown: func(list []*race.Item) int { return min(1, len(list)) }, Compare: compare}
	stage, err := race.NewStage(race.Spec{
		Edges: edges, By: spec.By, Input: spec.Input, Keep: spec.Keep, Rules: rules, Every: spec.EmitEvery, Emit: spec.Emit, Periods: spec.Periods,
	}, env)
	return &Newest{stage}, err
}

// compare finds what has become of the one row of a key.
func compare(old, now []*race.Item, put race.Put) {
	switch {
	case len(old) == 0 && len(now) == 0:
	case len(now) == 0:
		put(operators.Delete, old[0], 0)
	case len(old) == 0:
		put(operators.Insert, now[0], 0)
	case !bytes.Equal(old[0].Same(), now[0].Same()):
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
	return l.Follow(b, rows.Sel, by, newestFirst(b), out)
}

// newestFirst writes the times of rows so that the largest comes first.
func newestFirst(b *operators.Batch) func(dst []byte, row int) []byte {
	return func(dst []byte, row int) []byte {
		return binary.BigEndian.AppendUint64(dst, ^(uint64(b.Time[row]) ^ 1<<63))
	}
}
