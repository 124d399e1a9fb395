// Package aggregate groups rows and computes aggregates: one row per group when a
// window closes, or a changes stream that follows every row (SEMANTICS 38 to 44
// and 76).
//
// Rows of a changes stream are taken back exactly: a group without rows is deleted,
// and what one change of the input makes leaves as deletes, updates and inserts, in
// this order (SEMANTICS 73 and 74).
//
// Each open window has a group table and aggregators of its own, taken from a pool.
// A group whose aggregate has no result (an overflow) leaves as one error record
// and gives no row; a row whose expressions fail counts in no aggregate.
//
// Over changes, sessions and sliding windows are made anew of the rows that are there;
// NewPick shows some of those rows where an aggregate shows what they come to.
package aggregate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Aggregate is the operator.
type Aggregate struct {
	paned.Windows[*state]
	spec    *ir.Aggregate
	by      []operators.Eval
	byCols  []types.Column
	byTypes []*types.Type
	calls   []*call
	// refusing are the calls that may refuse rows.
	refusing []int
	items    []operators.Eval // over the results of calls
	out      []types.Column

	pool    []*state
	groups  []int32        // by row of the batch
	given   kernel.AggCall // that at hand
	trying  try
	taken   [2][]int32
	listed  []int32
	updates *updates // nil for final results
	best    *best    // nil where all results are shown
	fill    *fill    // nil where empty windows show nothing
	finds   finder   // nil where rows come with their windows
	parts   *parts   // nil where one stage does all of the work
	whole   *whole   // nil where windows outlive the batch that brings them
	turn    int64    // counts the batches, where groups may be outside of memory
	closed  [][]byte // what such groups of closed windows begin with there
}

// finder finds the windows of rows that are in none yet (ir.Aggregate.Find).
type finder interface {
	open(ctx *operators.Context)
	process(b *operators.Batch, out operators.Output) error
	onWatermark(w operators.Watermark, out operators.Output) error
	held() int64
	save(w *wire.Writer) error
	load(r *wire.Reader, mine operators.Mine)
	release()
}

// state is the groups of one window, or of a stream without windows.
type state struct {
	table  *group.Table
	aggs   []kernel.Aggregator
	rows   int64
	live   *live         // nil for final results
	times  []int64       // by group, the largest time of its rows; only where empty windows are filled
	spill  *spill.Groups // nil where all groups stay in memory
	ticked bool          // they show at an instant what has changed
	part   *spill.Part   // where they go to of a window
	asked  int64         // the turn of the last batch with rows of it
}

var (
	_ operators.Parallel = (*Aggregate)(nil)
	_ operators.Delayer  = (*Aggregate)(nil)
	_ operators.Holder   = (*Aggregate)(nil)
	_ operators.Spiller  = (*Aggregate)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Aggregate, in, out []types.Column, env *operators.Env) (*Aggregate, error) {
	a := &Aggregate{spec: spec, out: out}
	exprs := make([]ir.Expr, len(spec.By))
	for i, b := range spec.By {
		exprs[i] = b.Expr
		a.byCols = append(a.byCols, types.Column{Name: b.Name, Type: b.Expr.Type()})
		a.byTypes = append(a.byTypes, b.Expr.Type())
	}
	var err error
	if a.by, err = env.Exprs(exprs, in); err != nil {
		return nil, err
	}
	results := make([]types.Column, len(spec.Aggs))
	for i := range spec.Aggs {
		c, err := newCall(&spec.Aggs[i], in, env)
		if err != nil {
			return nil, err
		}
		if c.refuses {
			a.refusing = append(a.refusing, i)
		}
		a.calls = append(a.calls, c)
		results[i] = types.Column{Name: "$agg" + strconv.Itoa(i), Type: c.t}
	}
	made := append([]types.Column(nil), a.byCols...)
	for _, it := range spec.Items {
		e, err := env.Expr(it.Expr, results)
		if err != nil {
			return nil, err
		}
		a.items = append(a.items, e)
		made = append(made, types.Column{Name: it.Name, Type: it.Expr.Type()})
	}
	if spec.Windowed {
		made = window.Columns(made)
	}
	if spec.Find != nil && spec.Find.Kind == ir.WindowRows {
		made = append(made, types.Column{Name: types.WindowNumber, Type: types.TLong, Hidden: true})
	}
	if a.best, err = newBest(spec.Best, out, env); err != nil {
		return nil, err
	}
	if spec.Phase == ir.FirstPhase {
		made = partColumns(a.byCols, len(a.calls))
	}
	edges := paned.Spec{Stage: "aggregate", Windowed: spec.Windowed, AtOnce: spec.Phase == ir.FirstPhase, Apart: true, Lateness: spec.Lateness, In: in, Made: made, Out: out}
	if a.Windows, err = paned.NewWindows(edges, a.newState); err != nil {
		return nil, err
	}
	if spec.Find != nil {
		a.finds, err = a.newFinder(in)
		return a, err
	}
	if spec.Phase != "" {
		if a.parts, err = newParts(a, in); err != nil {
			return nil, err
		}
	}
	return a, a.newMode(in)
}

// newFinder makes what finds windows.
func (a *Aggregate) newFinder(in []types.Column) (finder, error) {
	find := a.spec.Find
	if len(find.Per) > len(a.by) {
		return nil, errors.New("aggregate: the columns of `per` are missing")
	}
	switch {
	case find.Kind == ir.WindowSession && a.spec.Emit == "final" && len(a.by) == len(find.Per):
		return newSingles(a), nil
	case find.Kind == ir.WindowSession && a.spec.Emit == "final":
		return newSessions(a), nil
	case find.Kind == ir.WindowCumulative && a.spec.Emit == "final":
		return newCumulative(a)
	case find.Kind == ir.WindowHopping && a.spec.Emit == "final":
		return newHopping(a)
	case find.Kind == ir.WindowSliding && a.spec.Emit == "final":
		return newSliding(a, in), nil
	case find.Kind == ir.WindowSession || find.Kind == ir.WindowSliding || find.Kind == ir.WindowRows:
		return newRefined(a, in), nil
	}
	return nil, fmt.Errorf("aggregate: no way to find %s windows for %s results", find.Kind, a.spec.Emit)
}

// Remembers implements operators.Migrant: rows are remembered where windows are found in
// their order; refined ones remember more of them than what is read anew.
func (a *Aggregate) Remembers() ([]operators.Remembered, bool) {
	switch a.finds.(type) {
	case *refined:
		return nil, false
	case *sliding, *sessions, *singles, *cumulative:
		return operators.RememberedInputs(1), true
	}
	if a.spec.Input != nil && len(a.spec.Input.Key) == 0 {
		return []operators.Remembered{{Exact: true}}, true
	}
	return nil, true
}

// Open implements operators.Operator.
func (a *Aggregate) Open(ctx *operators.Context) error {
	if a.finds != nil {
		a.finds.open(ctx)
	}
	if ctx.Shelf != nil && a.spec.Spills() {
		a.Panes.Opened = a.watch
	}
	return a.Windows.Open(ctx)
}

// Held implements operators.Holder.
func (a *Aggregate) Held() int64 {
	if a.finds != nil {
		return a.finds.held()
	}
	return a.Windows.Held()
}

// newMode sets up when results leave.
func (a *Aggregate) newMode(in []types.Column) error {
	switch a.spec.Emit {
	case "final":
		if !a.Windowed() || a.spec.Input != nil {
			return errors.New("aggregate: final results need a window over rows that stay")
		}
		if a.spec.Fill != nil {
			var err error
			a.fill, err = newFill(a)
			return err
		}
		if a.spec.AtOnce {
			if a.best != nil {
				return errors.New("aggregate: of windows that close at once all results are shown")
			}
			a.whole = newWhole(a, in)
		}
	case "updates", "early":
		a.updates = newUpdates(a)
		a.updates.taken = newTaken(a, in)
		var err error
		a.updates.periods, err = paned.NewPeriods(a.spec.Periods, len(a.by))
		return err
	default:
		return fmt.Errorf("aggregate: no way to emit %q", a.spec.Emit)
	}
	return nil
}

func (a *Aggregate) newState() *state {
	if last := len(a.pool) - 1; last >= 0 {
		s := a.pool[last]
		a.pool = a.pool[:last]
		return s
	}
	return a.makeState()
}

func (a *Aggregate) makeState() *state {
	s := a.stateOf(a.byTypes)
	if a.spec.Input != nil {
		for _, agg := range s.aggs {
			if r, ok := agg.(fold.Retracting); ok {
				r.WillSub()
			}
		}
	}
	if a.updates != nil {
		s.live = &live{}
	}
	return s
}

// stateOf is an empty state for groups by values of some types.
func (a *Aggregate) stateOf(ts []*types.Type) *state {
	s := &state{table: group.New(ts)}
	for _, c := range a.calls {
		s.aggs = append(s.aggs, c.new())
	}
	return s
}

// Held implements paned.State.
func (s *state) Held() int64 { return s.rows }

// Empty implements paned.State.
func (s *state) Empty() bool { return s.table.Len() == 0 && (s.spill == nil || !s.spill.Apart()) }

// Release implements paned.State: a state holds no Arrow memory.
func (s *state) Release() {}

// free empties a state and keeps it for another window.
func (a *Aggregate) free(s *state) {
	a.empty(s)
	a.pool = append(a.pool, s)
}

func (a *Aggregate) empty(s *state) {
	a.listed = s.table.Groups(a.listed[:0])
	for _, agg := range s.aggs {
		agg.Grow(s.table.Size())
		agg.Free(a.listed)
	}
	s.table.Clear()
	s.rows, s.times = 0, s.times[:0]
	a.leave(s)
	if s.live != nil {
		s.live.clear()
	}
}

// Close implements operators.Operator.
func (a *Aggregate) Close() error {
	if a.fill != nil {
		a.fill.release()
	}
	if a.finds != nil {
		a.finds.release()
	}
	return a.Windows.Close()
}

// Process implements operators.Operator.
func (a *Aggregate) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil && a.spec.Input == nil {
		return errors.New("aggregate: rows are taken back that were said to stay")
	}
	a.turn++
	if a.finds != nil {
		return a.finds.process(b, out)
	}
	if a.spec.Phase == ir.SecondPhase {
		return a.parts.process(b)
	}
	in := a.read(b, out)
	defer in.release()
	a.room(b.Rows)
	if a.whole != nil {
		a.whole.process(b, in, out)
		return nil
	}
	if a.updates != nil {
		return a.updates.process(b, in, out)
	}
	var wrong error
	a.Split(b, in.sel, func(p *window.Pane[*state], rows []int32) {
		s := p.State
		a.note(s.table)
		s.table.Find(in.keys, b.Rows, rows, a.groups)
		if err := a.bring(s, b.Rows, rows); err != nil {
			wrong = err
			return
		}
		rows = a.count(s, b, in, rows, out)
		s.rows += count(b.Rows, rows)
		if a.fill != nil {
			s.seen(b, rows, a.groups)
		}
	})
	a.Full(func(p *window.Pane[*state]) {
		if a.parts != nil {
			a.parts.send(p, out)
			return
		}
		a.close(p, out)
	})
	return wrong
}

// Absorbs implements operators.Absorbing: of rows in windows that are known nothing is
// kept but what the aggregates know, and rows that wait for their session stay in the
// batch they came in, or in a copy that shares its lease.
func (a *Aggregate) Absorbs() bool {
	switch a.finds.(type) {
	case nil:
		return a.updates == nil && !a.spec.AtOnce
	case *hopping, *sessions, *singles:
		return true
	}
	return false
}

// room makes room for the group of each row of a batch.
func (a *Aggregate) room(rows int) {
	if cap(a.groups) < rows {
		a.groups = make([]int32, rows)
	}
	a.groups = a.groups[:rows]
}

func count(n int, rows []int32) int64 {
	if rows == nil {
		return int64(n)
	}
	return int64(len(rows))
}

// seen notes the times of rows.
func (s *state) seen(b *operators.Batch, rows, groups []int32) {
	for len(s.times) < s.table.Size() {
		s.times = append(s.times, operators.MinTime)
	}
	part := operators.Batch{Rows: b.Rows, Sel: rows}
	part.Each(func(i int) { s.times[groups[i]] = max(s.times[groups[i]], b.Time[i]) })
}

// OnWatermark implements operators.Operator: windows that have settled leave.
func (a *Aggregate) OnWatermark(w operators.Watermark, out operators.Output) error {
	if a.finds != nil {
		return a.finds.onWatermark(w, out)
	}
	if a.updates != nil {
		return a.updates.onWatermark(w, out)
	}
	if a.fill != nil {
		a.fill.onWatermark(w, out)
		return nil
	}
	for _, p := range a.Panes.Due(w.Time) {
		if err := a.closeApart(p, out); err != nil {
			return err
		}
	}
	return nil
}

// close emits the rows of a window.
func (a *Aggregate) close(p *window.Pane[*state], out operators.Output) {
	s := p.State
	if groups := s.table.Groups(make([]int32, 0, s.table.Len())); len(groups) > 0 { // else all of its rows were refused
		a.send(p, groups, out)
	}
	a.free(s)
}

// send emits the rows of groups of a window in their order, in batches where nothing looks at
// all of them at once.
func (a *Aggregate) send(p *window.Pane[*state], groups []int32, out operators.Output) {
	left, most := 0, a.Ctx.BatchRows
	if a.best != nil {
		groups, left = a.ahead(p, groups)
	}
	p.State.table.Sort(groups)
	if a.best != nil || most <= 0 || a.Windows.Together(p) {
		most = max(len(groups), 1)
	}
	for chunk := range slices.Chunk(groups, most) {
		a.sendBatch(p, chunk, left, out)
	}
}

// sendBatch emits the rows of groups, which are in order.
func (a *Aggregate) sendBatch(p *window.Pane[*state], groups []int32, left int, out operators.Output) {
	s := p.State
	r := a.results(s, groups)
	for i, f := range r.failed {
		if f != nil {
			out.FailGroup(p.End-1, f.Code, f.Reason, group.JSON(a.byCols, r.made[:len(a.by)], i))
		}
	}
	sel := r.ok()
	if sel != nil && len(sel) == 0 {
		releaseArrays(r.made)
		return
	}
	n := len(groups)
	b := &operators.Batch{Cols: a.columns(r.made, n, p.Start, p.End), Rows: n, Sel: sel}
	a.Settle(p, b)
	if a.best != nil {
		a.best.choose(a.Ctx, b, left, out)
	}
	out.Emit(0, b)
}

// columns takes over what was made and returns the columns of the output.
func (a *Aggregate) columns(made []arrow.Array, n int, start, end int64) []arrow.Array {
	if a.Windowed() {
		made = append(made, operators.Constant(a.Alloc, n, start), operators.Constant(a.Alloc, n, end))
	}
	return a.Layout.Arrange(made)
}

// results is the by values and items of groups, and which of them have none.
type results struct {
	made   []arrow.Array // by, then items
	failed []*operators.Failure
}

// ok is the rows that have a result, nil for all.
func (r *results) ok() []int32 {
	if r.failed == nil {
		return nil
	}
	sel := make([]int32, 0, len(r.failed))
	for i, f := range r.failed {
		if f == nil {
			sel = append(sel, int32(i))
		}
	}
	return sel
}

func (r *results) fail(n, i int, code, reason string) {
	if r.failed == nil {
		r.failed = make([]*operators.Failure, n)
	}
	if r.failed[i] == nil {
		r.failed[i] = &operators.Failure{Row: i, Code: code, Reason: reason}
	}
}

// results computes the rows of groups.
func (a *Aggregate) results(s *state, groups []int32) *results {
	return a.resultsOf(s, s.aggs, groups, groups)
}

// resultsOf computes the rows of groups out of what is known of them at places of aggs.
func (a *Aggregate) resultsOf(s *state, aggs []kernel.Aggregator, groups, places []int32) *results {
	keys := s.table.Keys(a.Alloc, groups)
	releaseArrays(keys[len(a.by):]) // the number of a window, where one table serves all of them
	r := &results{made: keys[:len(a.by):len(a.by)]}
	a.compute(aggs, places, r)
	return r
}

// compute adds the items of groups to results.
func (a *Aggregate) compute(aggs []kernel.Aggregator, groups []int32, r *results) {
	n := len(groups)
	b := &operators.Batch{Rows: n}
	for i, agg := range aggs {
		code := a.calls[i].code
		b.Cols = append(b.Cols, agg.Result(a.Alloc, groups, func(i int, reason string) { r.fail(n, i, code, reason) }))
	}
	defer b.Release()
	rows := &operators.Rows{Alloc: a.Alloc, Batch: b, Sel: r.ok()}
	for _, item := range a.items {
		r.made = append(r.made, operators.Full(a.Alloc, rows.Eval(item), n))
	}
	for _, f := range rows.Failed {
		r.fail(n, f.Row, f.Code, f.Reason)
	}
}
