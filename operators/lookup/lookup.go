// Package lookup puts beside each left row the rows that a table holds at that moment
// (SEMANTICS 70, 71).
//
// It answers at once and never waits; whether the table is read first is settled by
// whoever runs it. When the table changes, nothing that was said before is taken back:
// a left row that is taken back takes back what was put beside it then.
package lookup

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/pair"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Counter counts the left rows that found no row and were dropped.
const Counter = "lookup_unmatched"

// Lookup is the operator.
type Lookup struct {
	*pair.Sides
	spec     *ir.Lookup
	left     *types.Stream
	right    []types.Column
	identity []int // columns of the right side that identify its rows, none for the whole row
	known    []int // columns of the left side that identify its rows, where it is a changes stream
	replaces bool  // an append table: a row replaces the one of its identity
	tracks   bool  // rows of the table are replaced or taken back
	merged   bool

	ctx     *operators.Context
	table   *group.Table
	rows    pair.Rows
	entries [][]entry         // by group, in the order of their keys
	byCode  map[string]*named // where the rows of the table are
	seq     int64
	given   map[string][]answer // of a changes stream, what was put beside each row that stands
	groups  []int32

	// Scratch.
	buf         []byte
	fresh, gone []int32
	emptied     []*named
	nameless    named // of rows that nothing is known by
	beside      []kept.ID
}

// entry is a row of the table.
type entry struct {
	id   kept.ID
	code string // of its key; without one, how many came before it
	seq  int64
}

// named is the rows of a code.
type named struct {
	code  string
	spots []spot
	first [1]spot // room for the only row that most have
}

// spot is where a row of the table is.
type spot struct {
	group int32 // -1 for one whose key has a null: nothing finds it
	seq   int64
}

// answer is what was put beside a row: copies of rows of the table. The hash is that
// of the row's key, which tells whose answer it is.
type answer struct {
	ids  []kept.ID
	hash uint64
}

var (
	_ operators.Parallel = (*Lookup)(nil)
	_ operators.Merger   = (*Lookup)(nil)
	_ operators.Separate = (*Lookup)(nil)
)

// New makes the operator for its inputs and its output. merged says that rows of both
// inputs must be seen in canonical order, because they come from one topic.
func New(spec *ir.Lookup, left, right, out *types.Stream, merged bool, env *operators.Env) (*Lookup, error) {
	l := &Lookup{spec: spec, left: left, right: right.Columns, merged: merged, replaces: right.Kind == types.Append && len(spec.Identity) > 0}
	for _, n := range spec.Identity {
		at := operators.ColumnIndex(right.Columns, n)
		if at < 0 {
			return nil, fmt.Errorf("lookup: there is no column %q", n)
		}
		l.identity = append(l.identity, at)
	}
	l.tracks = l.replaces || right.Kind == types.Changes
	if left.Kind == types.Changes {
		for _, k := range left.Key {
			at := operators.ColumnIndex(left.Columns, k)
			if at < 0 {
				l.known = nil
				break
			}
			l.known = append(l.known, at)
		}
	}
	var err error
	l.Sides, err = pair.New(&spec.Sides, left.Columns, right.Columns, out.Columns, env)
	return l, err
}

// Remembers implements operators.Migrant: the rows of the table, and which rows of a
// changes stream have been answered, which are known by all of their columns where it has
// no key.
func (l *Lookup) Remembers() ([]operators.Remembered, bool) {
	rows := operators.RememberedInputs(2)
	if rows[ir.LeftSide].Exact = l.left.Kind == types.Changes && len(l.known) == 0; !rows[ir.LeftSide].Exact {
		rows[ir.LeftSide].Columns = []string{}
	}
	return rows, true
}

// MergeInputs implements operators.Merger.
func (l *Lookup) MergeInputs() bool { return l.merged }

// SeparateInputs implements operators.Separate: rows are answered in turn.
func (l *Lookup) SeparateInputs() bool { return false }

// Keys implements operators.Parallel. Where a row replaces another of its key, the two
// must come to one instance.
func (l *Lookup) Keys(input int) []ir.Expr {
	if l.replaces {
		return nil
	}
	return l.Sides.Keys(input)
}

// Less implements operators.Parallel: nothing is emitted in OnWatermark.
func (l *Lookup) Less(_, _ *operators.Batch) func(i, j int) bool { return kernel.AllLess(nil) }

// Open implements operators.Operator.
func (l *Lookup) Open(ctx *operators.Context) error {
	l.ctx, l.table, l.rows = ctx, l.NewTable(), pair.NewRows(ctx)
	l.byCode, l.given = map[string]*named{}, map[string][]answer{}
	return nil
}

// Process implements operators.Operator.
func (l *Lookup) Process(input int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if cap(l.groups) < b.Rows {
		l.groups = make([]int32, b.Rows)
	}
	groups := l.groups[:b.Rows]
	if ir.Side(input) == ir.RightSide {
		l.Find(l.table, ir.RightSide, b, groups)
		l.grow()
		l.learn(b, groups)
		return nil
	}
	if b.Ops != nil && l.left.Kind != types.Changes {
		return errors.New("lookup: an input that only appends has changes")
	}
	l.Find(l.table, ir.LeftSide, b, groups)
	l.grow()
	l.answer(b, groups, out)
	l.forgetEmpty(groups, b)
	return nil
}

func (l *Lookup) grow() {
	for len(l.entries) < l.table.Size() {
		l.entries = append(l.entries, nil)
	}
}

// code writes what identifies the rows of a batch: the columns given, else all.
func code(cols []types.Column, of []int, b *operators.Batch) keycode.Appender {
	if len(of) == 0 {
		return paned.RowCode(b, cols)
	}
	vs := make([]kernel.Vector, len(of))
	for i, at := range of {
		vs[i] = kernel.Vector{Type: cols[at].Type, Arr: b.Cols[at]}
	}
	return keycode.Row(vs, keycode.Key)
}

// forgetEmpty forgets the keys that left rows have asked for in vain.
func (l *Lookup) forgetEmpty(groups []int32, b *operators.Batch) {
	var gone []int32
	b.Each(func(i int) {
		if g := groups[i]; g >= 0 && len(l.entries[g]) == 0 {
			gone = append(gone, g)
		}
	})
	l.table.Remove(unique(gone))
}

// OnWatermark implements operators.Operator.
func (l *Lookup) OnWatermark(operators.Watermark, operators.Output) error { return nil }

// Close implements operators.Operator.
func (l *Lookup) Close() error {
	if l.ctx != nil {
		l.rows.Release()
	}
	return nil
}
