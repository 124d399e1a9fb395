// Package windowjoin pairs the rows of two inputs that are in the same window, when
// the window closes (SEMANTICS 28, 29, 134).
//
// Which window a row is in, and whether it is late, was decided before; this operator
// only holds rows until their window is settled, and perhaps outside of memory: what it
// knows of each but its columns stays there.
package windowjoin

import (
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// Join is the operator. It runs as one instance: results of a window are ordered by
// both rows of each pair.
type Join struct {
	paned.Windows[*state]
	sides *pair.Sides
	spec  *ir.Join
	kind  ir.JoinKind
	in    [2][]types.Column
	at    [2][2]int // of each input, the columns of the window
	shown [2]int    // of the output, -1 where nobody reads them

	groups []int32
	closed [][]byte // prefixes of windows that have closed
}

var (
	_ operators.Operator = (*Join)(nil)
	_ operators.Delayer  = (*Join)(nil)
	_ operators.Merger   = (*Join)(nil)
	_ operators.Separate = (*Join)(nil)
	_ operators.Holder   = (*Join)(nil)
	_ operators.Spiller  = (*Join)(nil)
)

// New makes the operator for the columns of its inputs and of its output.
func New(spec *ir.Join, left, right, out []types.Column, env *operators.Env) (*Join, error) {
	j := &Join{spec: spec, kind: spec.Kind, in: [2][]types.Column{left, right}}
	for side, cols := range [2][]types.Column{left, right} {
		j.at[side] = windowColumns(cols)
		if j.at[side][0] < 0 || j.at[side][1] < 0 {
			return nil, errors.New("join: an input has no window columns")
		}
	}
	j.shown = windowColumns(out)
	var err error
	if j.sides, err = pair.New(&spec.Sides, left, right, out, env); err != nil {
		return nil, err
	}
	edges := paned.Spec{Stage: "join", Windowed: true, Lateness: spec.Lateness, In: left, Made: out, Out: out}
	j.Windows, err = paned.NewWindows(edges, j.newState)
	return j, err
}

func windowColumns(cols []types.Column) [2]int {
	return [2]int{operators.ColumnIndex(cols, types.WindowStart), operators.ColumnIndex(cols, types.WindowEnd)}
}

// MergeInputs implements operators.Merger.
func (j *Join) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate: rows wait for their window anyway.
func (j *Join) SeparateInputs() bool { return true }

// Forgets implements operators.Forgetful.
func (j *Join) Forgets() bool { return true }

// Remembers implements operators.Migrant.
func (*Join) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(2), true }

// Process implements operators.Operator.
func (j *Join) Process(input int, b *operators.Batch, _ operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("join: the inputs must append rows")
	}
	j.groups = slices.Grow(j.groups[:0], b.Rows)[:b.Rows]
	side := ir.Side(input)
	j.Panes.Split(b, b.Sel, j.at[side][0], j.at[side][1], func(p *window.Pane[*state], rows []int32) {
		j.add(p.State, side, b, rows)
	})
	return nil
}

// add keeps rows of a batch, nil for all.
func (j *Join) add(s *state, side ir.Side, b *operators.Batch, rows []int32) {
	part := *b
	part.Sel = rows
	j.sides.Find(s.table, side, &part, j.groups)
	items := make([]item, 0, part.Len())
	sel := make([]int32, 0, part.Len())
	part.Each(func(i int) {
		if j.groups[i] < 0 && !j.keepsUnmatched(side) {
			return
		}
		it := item{group: j.groups[i], seq: number(b, i)}
		if b.Time != nil {
			it.p = ordered.At(b, i)
		}
		items, sel = append(items, it), append(sel, int32(i))
	})
	for i, id := range s.keep(side, j.sides.Lean(side, b), sel) {
		items[i].id = id
	}
	s.items[side] = append(s.items[side], items...)
}

func number(b *operators.Batch, i int) int64 {
	if b.Seq != nil {
		return b.Seq[i]
	}
	return b.Base + int64(i)
}

// keepsUnmatched reports that rows of a side show without a partner.
func (j *Join) keepsUnmatched(side ir.Side) bool { return pair.KeepsUnmatched(j.kind, side) }

// OnWatermark implements operators.Operator.
func (j *Join) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range j.Panes.Due(w.Time) {
		err := j.close(p, out)
		p.State.Release()
		if err != nil {
			return err
		}
		j.left(p)
	}
	return nil
}

// close emits the pairs of a window in the order in which they were complete.
func (j *Join) close(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	held, err := j.held(p, s.meet(j.firstIsEnough()), out)
	if err != nil {
		return err
	}
	shown := s.outcome(j, held)
	size := j.Ctx.BatchRows
	for len(shown) > 0 {
		n := min(size, len(shown))
		if err := j.send(p, shown[:n], out); err != nil {
			return err
		}
		shown = shown[n:]
	}
	return nil
}

// firstIsEnough reports that nothing is asked of a left row but whether, and when, it first
// has a partner.
func (j *Join) firstIsEnough() bool {
	return (j.kind == ir.SemiJoin || j.kind == ir.AntiJoin) && !j.sides.Conditional()
}

// held are the pairs that the further condition holds for.
func (j *Join) held(p *window.Pane[*state], pairs []met, out operators.Output) ([]met, error) {
	if !j.sides.Conditional() {
		return pairs, nil
	}
	var kept []met
	for chunk := range slices.Chunk(pairs, max(j.Ctx.BatchRows, 1)) {
		ids, err := p.State.bring(chunk)
		if err != nil {
			return nil, err
		}
		at := operators.Repeated(len(chunk), j.Panes.Settled(p.End))
		for i, ok := range j.sides.Test(j.Alloc, p.State.rows, ids, at, out) {
			if ok {
				kept = append(kept, chunk[i])
			}
		}
		p.State.giveBack()
	}
	return kept, nil
}

// send emits rows of the result.
func (j *Join) send(p *window.Pane[*state], shown []met, out operators.Output) error {
	ids, err := p.State.bring(shown)
	if err != nil {
		return err
	}
	b := j.sides.Make(j.Alloc, p.State.rows, ids)
	p.State.giveBack()
	for i, at := range j.shown { // those of a row that is null here belong to it too
		if at >= 0 {
			b.Cols[at].Release()
			b.Cols[at] = j.bound(p, i, b.Rows)
		}
	}
	kept.Settled(b, p.End, j.Panes.Settled(p.End))
	out.Emit(0, b)
	return nil
}

func (j *Join) bound(p *window.Pane[*state], i, rows int) arrow.Array {
	return operators.Constant(j.Alloc, rows, [2]int64{p.Start, p.End}[i])
}

// Snapshot implements operators.Operator.
func (j *Join) Snapshot() ([]byte, error) {
	var w wire.Writer
	if err := j.deleteClosed(); err != nil {
		return nil, err
	}
	if err := j.SavePanes(&w); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	return w.Buf, nil
}

// Restore implements operators.Operator.
func (j *Join) Restore(saved []byte, mine operators.Mine) error {
	r := wire.NewReader(saved)
	j.LoadPanes(r, mine)
	return j.Restored(r)
}
