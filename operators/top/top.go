// Package top keeps the first rows of each group by an order: those of a window
// when it closes, or as a changes stream that follows every row (SEMANTICS 55, 56
// and 73).
//
// It keeps no more rows than its result has. Rows that leave a window are results
// of it: their time is its end. An order by an expression that fails for a row
// takes the row out of the race, into the error topic.
package top

import (
	"cmp"
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Top is the operator.
type Top struct {
	spec       *ir.Top
	per        []operators.Eval
	perTypes   []*types.Type
	by         []operators.Eval
	layout     operators.Layout
	in         []types.Column
	start, end int
	order      kept.Order

	alloc  memory.Allocator
	panes  *window.Panes[*state]
	alone  *state // outside windows
	groups []int32
	code   []byte
}

// state is the best rows of each group of a window.
type state struct {
	table  *group.Table
	lists  [][]*item // by group, in order
	rows   *kept.Rows
	fresh  []*item       // added from the batch at hand, not yet copied
	expiry *group.Expiry // outside windows
	most   []int64       // the largest arrival of each group, outside windows
}

// item is a row in the race.
type item struct {
	order string // the code of the order
	id    kept.ID
	row   int32  // in the batch, while it is fresh
	same  string // the row's own code, outside windows
	gone  bool
}

var (
	_ operators.Parallel = (*Top)(nil)
	_ operators.Delayer  = (*Top)(nil)
	_ operators.Holder   = (*Top)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Top, in, out []types.Column, env *operators.Env) (*Top, error) {
	t := &Top{spec: spec, in: in, start: -1, end: -1}
	var err error
	if t.per, err = env.Exprs(spec.Per, in); err != nil {
		return nil, err
	}
	for _, p := range spec.Per {
		t.perTypes = append(t.perTypes, p.Type())
	}
	orders := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		orders[i] = o.Expr
	}
	if t.by, err = env.Exprs(orders, in); err != nil {
		return nil, err
	}
	made := in
	if spec.Rank != "" {
		made = append(in[:len(in):len(in)], types.Column{Name: spec.Rank, Type: types.TLong})
	}
	if t.layout, err = operators.NewLayout(out, made); err != nil {
		return nil, err
	}
	if spec.Windowed {
		t.start, t.end = operators.ColumnIndex(in, types.WindowStart), operators.ColumnIndex(in, types.WindowEnd)
		if t.start < 0 || t.end < 0 {
			return nil, errors.New("top: the input has no window columns")
		}
	}
	t.order = kept.NewOrder(spec.Per, out, spec.Windowed)
	t.panes = window.NewPanes(spec.Lateness.Microseconds(), t.newState)
	return t, nil
}

func (t *Top) newState() *state {
	s := &state{table: group.New(t.perTypes), rows: kept.New(t.alloc)}
	if !t.spec.Windowed {
		s.expiry = group.NewExpiry(t.spec.Keep)
	}
	return s
}

// Open implements operators.Operator.
func (t *Top) Open(ctx *operators.Context) error {
	t.alloc = ctx.Alloc
	if !t.spec.Windowed {
		t.alone = t.newState()
	}
	return nil
}

// Delay implements operators.Delayer.
func (t *Top) Delay() int64 {
	if !t.spec.Windowed {
		return 0
	}
	return t.panes.Lateness()
}

// Held implements operators.Holder.
func (t *Top) Held() int64 {
	n := 0
	for _, p := range t.panes.Open() {
		n += p.State.rows.Len()
	}
	return int64(n)
}

// Process implements operators.Operator.
func (t *Top) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("top: rows of a changes stream cannot be ranked yet")
	}
	rows := &operators.Rows{Alloc: t.alloc, Batch: b, Sel: b.Sel}
	per, by := rows.All(t.per), rows.All(t.by)
	defer operators.ReleaseAll(per)
	defer operators.ReleaseAll(by)
	if len(rows.Failed) > 0 {
		slices.SortStableFunc(rows.Failed, func(x, y operators.Failure) int { return cmp.Compare(x.Row, y.Row) })
		out.Fail(b, rows.Failed)
	}
	if cap(t.groups) < b.Rows {
		t.groups = make([]int32, b.Rows)
	}
	t.groups = t.groups[:b.Rows]
	order := t.orderCode(by)
	if !t.spec.Windowed {
		t.follow(b, rows.Sel, per, order, out)
		return nil
	}
	t.panes.Split(b, rows.Sel, t.start, t.end, func(p *window.Pane[*state], sel []int32) {
		s := p.State
		s.table.Find(per, b.Rows, sel, t.groups)
		s.grow()
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		part.Each(func(i int) { t.offer(s, t.groups[i], int32(i), order) })
		s.keep(b)
	})
	return nil
}

// orderCode writes the order of a row, so that smaller bytes come first.
func (t *Top) orderCode(by []kernel.Vector) keycode.Appender {
	cols := make([]keycode.Appender, len(by))
	for i, v := range by {
		mode := keycode.Key
		if t.spec.By[i].Desc {
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

func (s *state) grow() {
	for len(s.lists) < s.table.Size() {
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
	n := int(t.spec.N)
	if len(list) >= n {
		last := list[n-1].order
		if string(t.code) > last || string(t.code) == last && !t.spec.Ties {
			return nil
		}
	}
	it := &item{order: string(t.code), row: row, id: -1}
	at, _ := slices.BinarySearchFunc(list, it.order, func(have *item, order string) int {
		if have.order <= order {
			return -1
		}
		return 1
	})
	list = slices.Insert(list, at, it)
	for len(list) > n && !(t.spec.Ties && list[len(list)-1].order == list[n-1].order) {
		last := list[len(list)-1]
		last.gone = true
		if last.id >= 0 && t.spec.Windowed {
			s.rows.Drop(last.id)
		}
		list[len(list)-1] = nil
		list = list[:len(list)-1]
	}
	s.lists[g] = list
	s.fresh = append(s.fresh, it)
	return it
}

// keep copies the rows that are still in the race out of their batch.
func (s *state) keep(b *operators.Batch) {
	var rows []int32
	left := s.fresh[:0]
	for _, it := range s.fresh {
		if !it.gone {
			rows = append(rows, it.row)
			left = append(left, it)
		}
	}
	for i, id := range s.rows.Add(b, rows) {
		left[i].id = id
	}
	clear(s.fresh)
	s.fresh = s.fresh[:0]
}

// OnWatermark implements operators.Operator.
func (t *Top) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range t.panes.Due(w.Time) {
		t.close(p, out)
	}
	if t.alone != nil && !w.End {
		t.sweep(w.Time, out)
	}
	return nil
}

// close emits the rows of a window, group by group.
func (t *Top) close(p *window.Pane[*state], out operators.Output) {
	s := p.State
	defer s.rows.Release()
	groups := s.table.Groups(nil)
	s.table.Sort(groups)
	var ids []kept.ID
	var ranks []int64
	for _, g := range groups {
		for i, it := range s.lists[g] {
			ids, ranks = append(ids, it.id), append(ranks, t.rank(s.lists[g], i))
		}
	}
	if len(ids) == 0 {
		return
	}
	b := s.rows.Take(ids)
	kept.Settled(b, p.End, t.panes.Settled(p.End))
	t.emit(b, ranks, out)
}

// rank is the rank of the i-th row of a list: shared by ties where they are kept.
func (t *Top) rank(list []*item, i int) int64 {
	if t.spec.Ties {
		for i > 0 && list[i-1].order == list[i].order {
			i--
		}
	}
	return int64(i + 1)
}

func (t *Top) emit(b *operators.Batch, ranks []int64, out operators.Output) {
	if t.spec.Rank != "" {
		b.Cols = append(b.Cols, kept.Ranks(t.alloc, ranks))
	}
	b.Cols = t.layout.Arrange(b.Cols)
	out.Emit(0, b)
}

// Close implements operators.Operator.
func (t *Top) Close() error {
	for _, p := range t.panes.Open() {
		p.State.rows.Release()
	}
	if t.alone != nil {
		t.alone.rows.Release()
	}
	return nil
}
