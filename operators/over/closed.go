package over

import (
	"bytes"
	"cmp"
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
	"github.com/edynamic/edynamic/vm/wire"
)

// closed compares the rows of each window when it closes, or of a whole bounded input
// when it ends. The rows of a window leave by key and then in their order, those of a
// whole input as they came.
type closed struct {
	paned.Stage[*state]
	kept.Order
	spec   *ir.Over
	engine *engine
	per    []operators.Eval
	types  []*types.Type // of what rows are told apart by
	by     []operators.Eval
	in     []types.Column
	keys   paned.Grouping // by which rows are kept where keys can leave memory
}

// state is rows in the order they came, or where keys can leave memory those of each key.
type state struct {
	of    *closed
	rows  *kept.Rows
	ids   []kept.ID
	keyed *paned.Keyed    // nil where all stays in memory
	lists [][]*kept.Entry // by group
}

var (
	_ operators.Parallel = (*closed)(nil)
	_ operators.Delayer  = (*closed)(nil)
	_ operators.Holder   = (*closed)(nil)
	_ operators.Spiller  = (*closed)(nil)
)

func newClosed(spec *ir.Over, in, made, out []types.Column, env *operators.Env) (*closed, error) {
	c := &closed{spec: spec, in: in, Order: kept.NewOrder(spec.Per, out, spec.Windowed)}
	by := make([]ir.Expr, len(spec.By))
	for i, o := range spec.By {
		by[i] = o.Expr
	}
	if spec.AtOnce {
		c.types = append(c.types, types.TLong)
	}
	for _, e := range spec.Per {
		c.types = append(c.types, e.Type())
	}
	var err error
	if c.per, err = env.Exprs(spec.Per, in); err != nil {
		return nil, err
	}
	if c.by, err = env.Exprs(by, in); err != nil {
		return nil, err
	}
	if c.engine, err = newEngine(spec, in, env, false); err != nil {
		return nil, err
	}
	edges := paned.Spec{Stage: "over", Windowed: spec.Windowed, AtOnce: spec.AtOnce, Lateness: spec.Lateness, In: in, Made: made, Out: out}
	if c.keys, err = paned.NewGrouping(spec.Per, edges, env); err != nil {
		return nil, err
	}
	c.Stage, err = paned.NewStage(edges, c.newState)
	return c, err
}

// Keys implements operators.Parallel: the rows of a whole input leave as they came, and
// windows of rows one after the other, which several instances could not tell.
func (c *closed) Keys(input int) []ir.Expr {
	if c.spec.Whole || c.spec.AtOnce {
		return nil
	}
	return c.Order.Keys(input)
}

// Remembers implements operators.Migrant.
func (*closed) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Held implements operators.Holder.
func (c *closed) Held() int64 {
	n := c.Stage.Held()
	if c.Alone != nil {
		n += c.Alone.Held()
	}
	return n
}

// Process implements operators.Operator.
func (c *closed) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("over: the input must append rows")
	}
	if c.Alone != nil {
		c.Alone.add(b, b.Sel)
		return nil
	}
	if c.shelves() {
		return c.take(b, out)
	}
	c.Split(b, b.Sel, func(p *window.Pane[*state], sel []int32) { p.State.add(b, sel) })
	c.Full(func(p *window.Pane[*state]) { c.close(p, out) })
	return nil
}

func (s *state) add(b *operators.Batch, sel []int32) {
	rows := make([]int32, 0, b.Rows)
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) { rows = append(rows, int32(i)) })
	s.ids = append(s.ids, s.rows.Add(b, rows)...)
}

// OnWatermark implements operators.Operator.
func (c *closed) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range c.Panes.Due(w.Time) {
		if !c.shelves() {
			c.close(p, out)
		} else if err := c.leave(p, out); err != nil {
			return err
		}
	}
	if c.Alone != nil && w.End && len(c.Alone.ids) > 0 {
		b := c.compare(c.Alone.leave(), out)
		if b.Progress != nil {
			b.Progress = operators.Repeated(b.Rows, operators.MaxTime)
		}
		b.Arrival = b.Time
		b.Cols = c.Layout.Arrange(b.Cols)
		out.Emit(0, b)
	}
	return nil
}

// close sends the rows of a window.
func (c *closed) close(p *window.Pane[*state], out operators.Output) {
	c.send(p, c.compare(p.State.leave(), out), out)
}

// leave takes the rows out.
func (s *state) leave() *operators.Batch {
	b := s.rows.Take(s.ids)
	s.Release()
	return b
}

// send sends the rows of a window that were chosen.
func (c *closed) send(p *window.Pane[*state], b *operators.Batch, out operators.Output) {
	if b.Len() > 0 {
		c.Send(p, operators.Gather(c.Alloc, b, b.Sel), out)
	}
	b.Release()
}

// compare appends the columns to rows. Those that leave are selected: of a window in order of
// their key, else as they came.
func (c *closed) compare(b *operators.Batch, out operators.Output) *operators.Batch {
	rows := &operators.Rows{Alloc: c.Alloc, Batch: b}
	keys, by, args := rows.All(c.per), rows.All(c.by), rows.All(c.engine.args)
	defer func() {
		operators.ReleaseAll(keys)
		operators.ReleaseAll(by)
		operators.ReleaseAll(args)
	}()
	rows.Report(out)
	order, place := c.sorted(b, by, rows.Sel)
	e := c.engine
	e.open(c.Ctx, c.types)
	placed, done := c.Placed(b, keys)
	defer done()
	_ = e.take(b, placed, args, order, place) // it fails where keys are outside of memory alone
	groups := e.table.Groups(nil)
	e.table.Sort(groups)
	var leave []int32
	for _, g := range groups {
		for k := &e.keys[g]; k.next < k.total(); {
			row := k.at(k.next).row
			leave = append(leave, row)
			e.compute(g, int(row))
		}
	}
	if c.spec.Whole {
		slices.Sort(leave)
	}
	cols, ok := results(e, b, rows.Sel, out)
	for _, g := range groups {
		e.forget(g)
	}
	e.settle()
	b.Cols = append(b.Cols, cols...)
	b.Sel = selection(leave, b.Rows, ok)
	return b
}

// selection is the rows of an order that are among those that are well.
func selection(order []int32, n int, well []int32) []int32 {
	if well == nil {
		return order
	}
	isWell := make([]bool, n)
	for _, i := range well {
		isWell[i] = true
	}
	return slices.DeleteFunc(order, func(i int32) bool { return !isWell[i] })
}

// sorted is the rows in the order of the stage, and for each of them a number that
// grows with that order, equal where it does not tell rows apart.
func (c *closed) sorted(b *operators.Batch, by []kernel.Vector, sel []int32) (order []int32, place []int64) {
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	order = make([]int32, 0, b.Rows)
	part.Each(func(i int) { order = append(order, int32(i)) })
	if len(by) == 0 {
		slices.SortStableFunc(order, func(x, y int32) int { return cmp.Compare(b.Time[x], b.Time[y]) })
		return order, b.Time
	}
	texts := make([]byte, 0, 16*len(order))
	begins, ends := make([]int32, b.Rows), make([]int32, b.Rows)
	code := func(row int32) []byte { return texts[begins[row]:ends[row]] }
	appenders := make([]keycode.Appender, len(by))
	for i, v := range by {
		mode := keycode.Key
		if c.spec.By[i].Desc {
			mode = keycode.Desc
		}
		appenders[i] = keycode.Of(v, mode)
	}
	for _, i := range order {
		begins[i] = int32(len(texts))
		for _, app := range appenders {
			texts = app(texts, int(i))
		}
		ends[i] = int32(len(texts))
	}
	slices.SortStableFunc(order, func(x, y int32) int {
		d := bytes.Compare(code(x), code(y))
		if d == 0 && b.Time != nil {
			d = cmp.Compare(b.Time[x], b.Time[y])
		}
		return d
	})
	place = make([]int64, b.Rows)
	n := int64(0)
	for i, row := range order {
		if i > 0 && !bytes.Equal(code(row), code(order[i-1])) {
			n++
		}
		place[row] = n
	}
	return order, place
}

// Held implements paned.State.
func (s *state) Held() int64 { return int64(s.rows.Len()) }

// Release implements paned.State.
func (s *state) Release() {
	s.rows.Release()
	s.ids, s.lists = nil, nil
}

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	if w.Bool(s.keyed != nil); s.keyed != nil {
		_, err := s.keyed.Put()
		return err
	}
	return s.rows.Save(w, s.ids)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if apart := r.Bool(); apart != (s.keyed != nil) {
		r.Fail(errNotThere)
		return
	} else if apart {
		if err := s.keyed.Resume(mine); err != nil {
			r.Fail(err)
		}
		return
	}
	ids := s.rows.Load(r)
	if mine == nil || len(ids) == 0 {
		s.ids = append(s.ids, ids...)
		return
	}
	b := s.rows.Take(ids)
	defer b.Release()
	rows := &operators.Rows{Alloc: s.of.Alloc, Batch: b}
	per := rows.All(s.of.per)
	defer operators.ReleaseAll(per)
	stay := mine.Of(per, b.Rows)
	for i, id := range ids {
		if len(stay) > 0 && stay[0] == int32(i) {
			s.ids, stay = append(s.ids, id), stay[1:]
			continue
		}
		s.rows.Drop(id)
	}
}

// Empty implements paned.State. Of keys that can leave memory it is not known.
func (s *state) Empty() bool { return len(s.ids) == 0 && s.keyed == nil }
