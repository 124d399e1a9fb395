// Package top keeps the first rows of each group by an order: those of a window
// when it closes, or as a changes stream that follows every row (SEMANTICS 55, 56
// and 73).
//
// Over rows that only come, Top keeps no more rows than its result has; over a changes
// stream, Ranking keeps all of them. Rows that leave a window are results
// of it: their time is its end. An order by an expression that fails for a row
// takes the row out of the race, into the error topic.
package top

import (
	"bytes"
	"errors"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/paned"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Top is the operator. The rows of a group are of one instance.
type Top struct {
	paned.Stage[*state]
	paned.Grouping
	spec *ir.Top
	by   []operators.Eval
	in   []types.Column
	code []byte
	// Memory of rows, and those out of the race that the batch at hand may still refer to.
	pool kept.Pool[item]
	left []*item
	// Lists of windows that have closed, empty.
	spare [][]*item
}

// state is the best rows of each group of a window.
type state struct {
	paned.Keyed
	lists [][]*item // by group, in order
	most  []int64   // the largest arrival of each group, outside windows
	in    []types.Column
	pool  *kept.Pool[item]
}

var (
	_ operators.Parallel = (*Top)(nil)
	_ operators.Delayer  = (*Top)(nil)
	_ operators.Holder   = (*Top)(nil)
	_ operators.Spiller  = (*Top)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Top, in, out []types.Column, env *operators.Env) (*Top, error) {
	t := &Top{spec: spec, in: in}
	var err error
	if t.by, err = orders(spec, in, env); err != nil {
		return nil, err
	}
	edges := edgesOf(spec, in, out)
	if t.Grouping, err = paned.NewGrouping(spec.Per, edges, env); err != nil {
		return nil, err
	}
	if err = t.Expire(spec.Periods); err != nil {
		return nil, err
	}
	if t.Stage, err = paned.NewStage(edges, t.newState); err != nil {
		return nil, err
	}
	return t, nil
}

// Open implements operators.Operator.
func (t *Top) Open(ctx *operators.Context) error {
	err := t.Stage.Open(ctx)
	t.ShelveWindows(t.in, func(s *state) (*paned.Keyed, paned.Contents) { return &s.Keyed, contents{s} })
	return err
}

// Remembers implements operators.Migrant.
func (*Top) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// orders compiles what rows are ordered by.
func orders(spec *ir.Top, in []types.Column, env *operators.Env) ([]operators.Eval, error) {
	exprs := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		exprs[i] = o.Expr
	}
	return env.Exprs(exprs, in)
}

// edgesOf says what the operator reads and makes: the input's columns and the rank.
func edgesOf(spec *ir.Top, in, out []types.Column) paned.Spec {
	made := in
	if spec.Rank != "" {
		made = append(in[:len(in):len(in)], types.Column{Name: spec.Rank, Type: types.TLong})
	}
	return paned.Spec{Stage: "top", Windowed: spec.Windowed, AtOnce: spec.AtOnce, Lateness: spec.Lateness, In: in, Made: made, Out: out}
}

func (t *Top) newState() *state {
	if t.Windowed() {
		return &state{Keyed: t.NewKeyed(t.Ctx), in: t.in, pool: &t.pool}
	}
	s := &state{Keyed: t.NewExpiring(t.Ctx, t.spec.Keep), in: t.in, pool: &t.pool}
	s.Shelve(t.Ctx, t.in, contents{s})
	return s
}

// Process implements operators.Operator.
func (t *Top) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("top: rows are taken back that were said to stay")
	}
	rows := &operators.Rows{Alloc: t.Alloc, Batch: b, Sel: b.Sel}
	per, by := rows.All(t.By), rows.All(t.by)
	defer operators.ReleaseAll(per)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	groups, order := t.Groups(b.Rows), orderCode(t.spec.By, by)
	if !t.Windowed() {
		return t.follow(b, rows.Sel, per, groups, order, out)
	}
	var wrong error
	t.Split(b, rows.Sel, func(p *window.Pane[*state], sel []int32) {
		s := p.State
		keys, done := t.Placed(b, per)
		s.find(keys, b, sel, groups)
		done()
		if wrong = errors.Join(wrong, s.Bring(b, sel, groups)); wrong != nil {
			return
		}
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		part.Each(func(i int) { t.offer(s, groups[i], int32(i), order) })
		s.Fresh.Copy(s.Rows, b, false)
		t.recycle()
	})
	t.Full(func(p *window.Pane[*state]) { wrong = errors.Join(wrong, t.close(p, out)) })
	return wrong
}

// orderCode writes the order of a row, so that smaller bytes come first.
func orderCode(orders []ir.Order, by []kernel.Vector) keycode.Appender {
	cols := make([]keycode.Appender, len(by))
	for i, v := range by {
		mode := keycode.Key
		if orders[i].Desc {
			mode = keycode.Desc
		}
		cols[i] = keycode.Of(v, mode)
	}
	return func(dst []byte, row int) []byte {
		for _, c := range cols {
			dst = c(dst, row)
		}
		return dst
	}
}

func (s *state) find(per []kernel.Vector, b *operators.Batch, sel, groups []int32) {
	s.Find(per, b, sel, groups)
	s.grow()
}

func (s *state) grow() {
	for len(s.lists) < s.Table.Size() {
		s.lists = append(s.lists, nil)
		s.most = append(s.most, operators.MinTime)
	}
}

// offer puts a row in its place, behind those of equal order, and takes out the
// rows that are no longer among the first. It returns the new item, nil when the
// row has no place.
func (t *Top) offer(s *state, g, row int32, order keycode.Appender) *item {
	t.code = order(t.code[:0], int(row))
	list := s.lists[g]
	if last := len(t.spare) - 1; list == nil && last >= 0 {
		list, t.spare = t.spare[last], t.spare[:last]
	}
	n := int(t.spec.N)
	if len(list) >= n {
		if d := bytes.Compare(t.code, list[n-1].order()); d > 0 || d == 0 && !t.spec.Ties {
			return nil
		}
	}
	it := s.pool.Take()
	it.setOrder(t.code)
	at, _ := slices.BinarySearchFunc(list, t.code, func(have *item, order []byte) int {
		if bytes.Compare(have.order(), order) <= 0 {
			return -1
		}
		return 1
	})
	list = slices.Insert(list, at, it)
	for len(list) > n && !(t.spec.Ties && list[len(list)-1].ties(list[n-1])) {
		last := list[len(list)-1]
		last.Gone = true
		if t.Windowed() { // else changes still show it
			s.Rows.Replace(&last.Entry)
			t.left = append(t.left, last)
		}
		list[len(list)-1] = nil
		list = list[:len(list)-1]
	}
	s.lists[g] = list
	s.Fresh.Add(&it.Entry, row)
	return it
}

// recycle leaves the rows that are out of the race, and that nothing refers to, to others.
func (t *Top) recycle() {
	for _, it := range t.left {
		it.clear()
		t.pool.Give(it)
	}
	clear(t.left)
	t.left = t.left[:0]
}

// OnWatermark implements operators.Operator.
func (t *Top) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range t.Panes.Due(w.Time) {
		if err := t.close(p, out); err != nil {
			return err
		}
	}
	if s := t.Alone; s != nil && !w.End {
		return s.Sweep(w.Time, out, s.drop)
	}
	return nil
}

// drop forgets the rows of a group.
func (s *state) drop(g int32) {
	for _, it := range s.lists[g] {
		s.Rows.Drop(it.ID)
		it.clear()
		s.pool.GiveUpTo(256+s.Rows.Len(), it) // of groups that are put away nothing stays
	}
	s.lists[g], s.most[g] = nil, operators.MinTime
}

// close emits the rows of a window, group by group.
func (t *Top) close(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	defer s.Release()
	err := s.Leave(t.Ctx.BatchRows, func(groups []int32) error {
		t.send(p, groups, out)
		return nil
	})
	for _, list := range s.lists {
		if list == nil {
			continue
		}
		t.left = append(t.left, list...)
		clear(list)
		t.spare = append(t.spare, list[:0])
	}
	s.lists = nil
	t.recycle()
	t.CloseApart(p)
	return err
}

// send emits the rows of groups of a window.
func (t *Top) send(p *window.Pane[*state], groups []int32, out operators.Output) {
	s := p.State
	var ids []kept.ID
	var ranks []int64
	for _, g := range groups {
		for i, it := range s.lists[g] {
			ids, ranks = append(ids, it.ID), append(ranks, t.rank(s.lists[g], i))
		}
	}
	if len(ids) == 0 {
		return
	}
	b := s.Rows.Take(ids)
	t.addRanks(b, ranks)
	t.Send(p, b, out)
}

// rank is the rank of the i-th row of a list: shared by ties where they are kept.
func (t *Top) rank(list []*item, i int) int64 {
	if t.spec.Ties {
		for i > 0 && list[i-1].ties(list[i]) {
			i--
		}
	}
	return int64(i + 1)
}

func (t *Top) addRanks(b *operators.Batch, ranks []int64) {
	if t.spec.Rank != "" {
		b.Cols = append(b.Cols, kept.Ranks(t.Alloc, ranks))
	}
}
