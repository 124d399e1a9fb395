// Package match finds patterns in the rows of each key (SEMANTICS 82 to 86): a
// pattern is an automaton, and every row that fits its first element begins an
// attempt to go through it.
//
// Rows are taken in order of time once the watermark has passed them, from one input
// or several. Rows that are behind are late and take no part. An attempt ends with
// its match, when no way is left to go on, or when `within` has passed, so what is
// kept is bounded by time; a key without attempts is forgotten. Conditions see one
// row at a time and never what an attempt has taken before.
package match

import (
	"container/heap"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/kernel"
)

// maxAttempts is how many attempts of one key there can be at a time. A row that
// would begin one more does not, and is counted.
const maxAttempts = 10_000

// CounterDropped counts the attempts that were not begun because their key had too
// many.
const CounterDropped = "match_attempts_dropped"

// Match is the operator.
type Match struct {
	operators.Sequenced
	spec    *ir.Match
	ctx     *operators.Context
	machine *automaton
	within  int64 // microseconds
	limit   int   // of attempts of a key
	types   []*types.Type
	inputs  []*input
	results results

	waiting *ordered.Buffer
	table   *group.Table
	keys    []*key // by group, nil for none
	timers  timers
	apart   *apart // nil where keys stay in memory

	attempts slab[attempt]
	links    slab[link]
	helds    slab[held]
	spare    kept.Pool[key]

	// The rest is of no meaning between two calls.
	out     operators.Output
	found   []matched
	late    []lateRow // of several inputs, which leave in canonical order
	latest  int64     // the last instant at which one of found was settled
	touched []*key
	threads []thread
	seen    []int64 // by wait: the round it was last collected in
	round   int64
	marked  []int64 // by group, likewise
}

// input is one of the inputs.
type input struct {
	per     []operators.Eval
	conds   []operators.Cond
	defines []int // those of conds
	keep    []int // the columns that results are made of
	cols    []types.Column
	late    *ir.Target
	rows    *kept.Rows
	fresh   kept.Fresh
}

var (
	_ operators.Parallel = (*Match)(nil)
	_ operators.Merger   = (*Match)(nil)
	_ operators.Separate = (*Match)(nil)
	_ operators.Holder   = (*Match)(nil)
	_ operators.Spiller  = (*Match)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Match, ins [][]types.Column, out []types.Column, env *operators.Env) (*Match, error) {
	m := &Match{spec: spec, machine: compile(spec.Pattern), within: spec.Within.Microseconds(), limit: maxAttempts}
	m.seen = make([]int64, len(m.machine.waits))
	for i, e := range spec.Per {
		t := e.Type()
		for _, in := range spec.With {
			t = t.WithNull(t.Nullable || in.Per[i].Type().Nullable)
		}
		m.types = append(m.types, t)
	}
	needed := m.needed(ins)
	for i, cols := range ins {
		in := &input{late: spec.LateTo}
		if i > 0 {
			in.late = spec.With[i-1].LateTo
		}
		var err error
		if in.per, err = env.Exprs(spec.PerOf(i), cols); err != nil {
			return nil, err
		}
		for d, def := range spec.Defines {
			if def.Input != i {
				continue
			}
			c, err := env.Cond(def.Cond, cols)
			if err != nil {
				return nil, err
			}
			in.conds, in.defines = append(in.conds, c), append(in.defines, d)
		}
		for at, col := range cols {
			if needed[i][col.Name] {
				in.keep, in.cols = append(in.keep, at), append(in.cols, col)
			}
		}
		m.inputs = append(m.inputs, in)
	}
	return m, m.compileResults(out, env)
}

// Open implements operators.Operator.
func (m *Match) Open(ctx *operators.Context) error {
	waiting := *ctx // rows that wait have their key and what they fit beside them
	waiting.Adapt = nil
	for _, a := range ctx.Adapt {
		waiting.Adapt = append(waiting.Adapt, a.Beside(0, len(m.types)+1))
	}
	m.ctx, m.waiting, m.table = ctx, ordered.New(&waiting), group.New(m.types)
	for i, in := range m.inputs {
		in.rows = kept.NewOf(ctx, i)
	}
	if ctx.Shelf != nil && m.spec.Spills() {
		m.apart = newApart(m, ctx.Shelf)
	}
	return nil
}

// Remembers implements operators.Migrant: of each input what results are made of.
func (m *Match) Remembers() ([]operators.Remembered, bool) {
	out := operators.RememberedInputs(len(m.inputs))
	for i, in := range m.inputs {
		out[i].Columns = []string{}
		for _, c := range in.cols {
			out[i].Columns = append(out[i].Columns, c.Name)
		}
	}
	return out, true
}

// MergeInputs asks the runtime for canonical order.
func (m *Match) MergeInputs() bool { return true }

// SeparateInputs implements operators.Separate.
func (m *Match) SeparateInputs() (numbered bool) { return true }

// Keys implements operators.Parallel.
func (m *Match) Keys(input int) []ir.Expr { return m.spec.PerOf(input) }

// Held implements operators.Holder.
func (m *Match) Held() int64 {
	n := int64(m.waiting.Len())
	for _, in := range m.inputs {
		n += int64(in.rows.Len())
	}
	if m.apart != nil {
		n += m.apart.away
	}
	return n
}

// Process keeps rows until time has passed them, with what they fit.
func (m *Match) Process(at int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil || b.Time == nil {
		return errors.New("match: the inputs must append rows that have a time")
	}
	in := m.inputs[at]
	sel := m.punctual(at, b, out)
	rows := &operators.Rows{Alloc: m.ctx.Alloc, Batch: b, Sel: sel}
	per := rows.All(in.per)
	fits, values := kernel.NewFixed[int64](m.ctx.Alloc, arrow.PrimitiveTypes.Int64, b.Rows)
	clear(values)
	for i, c := range in.conds {
		hits, failed := c.Select(m.ctx.Alloc, b.Cols, b.Rows, rows.Sel)
		rows.Fail(failed)
		for _, r := range hits {
			values[r] |= int64(bit(in.defines[i]))
		}
	}
	rows.Report(out)
	wait := operators.Batch{Rows: b.Rows, Sel: m.matters(b, rows.Sel, values), Time: b.Time, Arrival: b.Arrival, Progress: b.Progress, Base: b.Base, Seq: b.Seq}
	for _, c := range in.keep {
		b.Cols[c].Retain()
		wait.Cols = append(wait.Cols, b.Cols[c])
	}
	for _, v := range per {
		wait.Cols = append(wait.Cols, operators.Full(m.ctx.Alloc, v, b.Rows))
	}
	wait.Cols = append(wait.Cols, fits)
	m.waiting.Add(at, &wait, nil)
	wait.Release()
	return nil
}

// punctual sends late rows away and gives the others, nil for all.
func (m *Match) punctual(at int, b *operators.Batch, out operators.Output) []int32 {
	var late []int32
	b.Each(func(r int) {
		if b.Time[r] < b.Arrival[r] {
			late = append(late, int32(r))
		}
	})
	if len(late) == 0 {
		return b.Sel
	}
	if len(m.inputs) > 1 {
		m.keepLate(m.inputs[at].late, b, late)
	} else {
		m.sendLate(m.inputs[at].late, b, late, out)
	}
	left := make([]int32, 0, b.Len()-len(late))
	b.Each(func(r int) {
		if b.Time[r] >= b.Arrival[r] {
			left = append(left, int32(r))
		}
	})
	return left
}

// matters is the rows of sel that can make a difference: all where some attempt may
// wait for the very next row of its key.
func (m *Match) matters(b *operators.Batch, sel []int32, fits []int64) []int32 {
	if m.machine.strict {
		return sel
	}
	out := make([]int32, 0, b.Rows)
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(r int) {
		if fits[r] != 0 {
			out = append(out, int32(r))
		}
	})
	return out
}

// OnWatermark takes the rows whose time has come to the attempts of their keys.
func (m *Match) OnWatermark(w operators.Watermark, out operators.Output) error {
	m.out = out
	m.flushLate(out)
	err := m.waiting.Each(w.Time, func(until int64, due *ordered.Due) error {
		defer due.Release()
		return m.pass(until, due)
	})
	m.out = nil
	return err
}

// pass takes rows, and lets time pass until a watermark.
func (m *Match) pass(until int64, due *ordered.Due) error {
	if err := m.apart.bring(until); err != nil {
		return err
	}
	t, err := m.turn(due)
	if err != nil {
		return err
	}
	for i, s := range due.Steps {
		m.elapseUntil(s.P)
		if len(m.found) >= m.ctx.BatchRows && m.latest <= s.P {
			m.flush(due)
		}
		m.step(m.keyOf(t[s.Input].groups[s.Row]), t[s.Input].arrived(due.Inputs[s.Input], due.Steps[i]))
	}
	m.elapseUntil(until)
	m.flush(due)
	m.forget(t)
	return nil
}

// dueRows is what is known of the due rows of one input.
type dueRows struct {
	groups []int32
	fits   []int64
}

func (d *dueRows) arrived(b *operators.Batch, s ordered.Step) *arrived {
	return &arrived{input: s.Input, row: s.Row, fits: uint64(d.fits[s.Row]), time: s.P, seq: s.Seq, arrival: b.Arrival[s.Row]}
}

// turn finds the groups of due rows.
func (m *Match) turn(due *ordered.Due) ([]dueRows, error) {
	out := make([]dueRows, len(due.Inputs))
	for i, b := range due.Inputs {
		if b == nil {
			continue
		}
		n := len(m.inputs[i].keep)
		keys := make([]kernel.Vector, len(m.types))
		for k, t := range m.types {
			keys[k] = kernel.Vector{Type: t, Arr: b.Cols[n+k]}
		}
		out[i] = dueRows{groups: make([]int32, b.Rows), fits: kernel.Values[int64](b.Cols[n+len(keys)])}
		m.table.Find(keys, b.Rows, nil, out[i].groups)
		if m.apart != nil {
			if err := m.apart.spill.Found(b.Rows, nil, out[i].groups); err != nil {
				return nil, err
			}
		}
	}
	m.grow(m.table.Size())
	return out, nil
}

// grow makes room for groups.
func (m *Match) grow(n int) {
	for len(m.keys) < n {
		m.keys, m.marked = append(m.keys, nil), append(m.marked, 0)
	}
}

func (m *Match) keyOf(g int32) *key {
	if m.keys[g] == nil {
		k := m.spare.Take()
		*k = key{group: g, attempts: k.attempts[:0], log: k.log[:0], due: never, at: -1}
		m.keys[g] = k
	}
	return m.keys[g]
}

// touch notes a key whose rows may be given up, or that may be forgotten.
func (m *Match) touch(k *key) {
	if !k.touched {
		k.touched = true
		m.touched = append(m.touched, k)
	}
}

// flush sends the matches that were found, and gives up the rows nobody needs.
func (m *Match) flush(due *ordered.Due) {
	for _, k := range m.touched {
		m.prune(k)
	}
	for i, b := range due.Inputs {
		if b != nil {
			part := *b
			part.Cols, part.Refs = b.Cols[:len(m.inputs[i].keep)], nil
			m.inputs[i].fresh.Copy(m.inputs[i].rows, &part, false)
		}
	}
	m.send()
	for i := range m.found {
		m.found[i].key.pending = nil
	}
	clear(m.found)
	m.found, m.latest = m.found[:0], operators.MinTime
	for _, k := range m.touched {
		m.prune(k)
	}
}

// forget gives up the keys that have no attempt.
func (m *Match) forget(turn []dueRows) {
	m.round++
	m.apart.changed(m.touched)
	var gone []int32
	look := func(g int32) {
		if m.marked[g] == m.round {
			return
		}
		m.marked[g] = m.round
		if k := m.keys[g]; k == nil || len(k.attempts) == 0 {
			if k != nil && k.at >= 0 {
				heap.Remove(&m.timers, k.at)
			}
			if m.keys[g] = nil; k != nil {
				m.spare.Give(k)
			}
			gone = append(gone, g)
		}
	}
	for _, t := range turn {
		for _, g := range t.groups {
			look(g)
		}
	}
	for _, k := range m.touched {
		k.touched = false
		look(k.group)
	}
	clear(m.touched)
	m.touched = m.touched[:0]
	m.apart.removed(gone)
	m.table.Remove(gone)
}

// Close implements operators.Operator.
func (m *Match) Close() error {
	m.dropLate()
	m.waiting.Release()
	for _, in := range m.inputs {
		in.rows.Release()
	}
	return nil
}
