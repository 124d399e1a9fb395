// Package latest keeps, per key, the row with the largest time, of equal times the
// later one: of a window when it closes, or as a changes stream (SEMANTICS 57).
//
// An older row that comes later changes nothing, and a row equal to the one before
// it is not sent again. Over a changes stream, Newest keeps all rows, since one that is
// taken back brings the one before it back.
package latest

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
	"github.com/edynamic/edynamic/vm/wire"
)

// Latest is the operator.
type Latest struct {
	paned.Stage[*state]
	paned.Grouping
	spec *ir.Latest
	in   []types.Column
	pool *kept.Pool[item]
	// Scratch of follow.
	changes []kept.Change
	left    []*item
}

// state is the latest row of each key.
type state struct {
	paned.Keyed
	list []*item // by group, nil for none
	pool *kept.Pool[item]
	in   []types.Column
}

type item struct {
	kept.Entry
	time    int64
	arrival int64  // the largest of the key
	same    []byte // the row's own code, outside windows
}

var (
	_ operators.Parallel = (*Latest)(nil)
	_ operators.Delayer  = (*Latest)(nil)
	_ operators.Holder   = (*Latest)(nil)
	_ operators.Spiller  = (*Latest)(nil)
)

// New makes the operator for the columns of its input and output edges.
func New(spec *ir.Latest, in, out []types.Column, env *operators.Env) (*Latest, error) {
	l := &Latest{spec: spec, in: in, pool: &kept.Pool[item]{}}
	edges := paned.Spec{Stage: "latest", Windowed: spec.Windowed, AtOnce: spec.AtOnce, Lateness: spec.Lateness, In: in, Made: in, Out: out}
	var err error
	if l.Grouping, err = paned.NewGrouping(spec.By, edges, env); err != nil {
		return nil, err
	}
	if err = l.Expire(spec.Periods); err != nil {
		return nil, err
	}
	if l.Stage, err = paned.NewStage(edges, l.newState); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Latest) newState() *state {
	if l.Windowed() {
		return &state{Keyed: l.NewKeyed(l.Ctx), pool: l.pool, in: l.in}
	}
	s := &state{Keyed: l.NewExpiring(l.Ctx, l.spec.Keep), pool: l.pool, in: l.in}
	s.Shelve(l.Ctx, l.in, contents{s})
	return s
}

// Open implements operators.Operator.
func (l *Latest) Open(ctx *operators.Context) error {
	err := l.Stage.Open(ctx)
	l.ShelveWindows(l.in, func(s *state) (*paned.Keyed, paned.Contents) { return &s.Keyed, contents{s} })
	return err
}

// Remembers implements operators.Migrant.
func (*Latest) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Absorbs implements operators.Absorbing: outside windows rows that are kept have copies of
// their records.
func (l *Latest) Absorbs() bool { return !l.Windowed() }

// Process implements operators.Operator.
func (l *Latest) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil || b.Time == nil {
		return errors.New("latest: the input must append rows that have a time")
	}
	rows := &operators.Rows{Alloc: l.Alloc, Batch: b, Sel: b.Sel}
	by := rows.All(l.By)
	defer operators.ReleaseAll(by)
	rows.Report(out)
	groups := l.Groups(b.Rows)
	if !l.Windowed() {
		return l.follow(b, rows.Sel, by, groups, out)
	}
	var wrong error
	l.Split(b, rows.Sel, func(p *window.Pane[*state], sel []int32) {
		s := p.State
		keys, done := l.Placed(b, by)
		s.find(keys, b, sel, groups)
		done()
		if wrong = errors.Join(wrong, s.Bring(b, sel, groups)); wrong != nil {
			return
		}
		part := operators.Batch{Rows: b.Rows, Sel: sel}
		part.Each(func(i int) {
			s.renew(groups[i], b, int32(i))
		})
		s.Fresh.Copy(s.Rows, b, false)
	})
	l.Full(func(p *window.Pane[*state]) { wrong = errors.Join(wrong, l.close(p, out)) })
	return wrong
}

func (s *state) find(by []kernel.Vector, b *operators.Batch, sel, groups []int32) {
	s.Find(by, b, sel, groups)
	s.grow()
}

func (s *state) grow() {
	for len(s.list) < s.Table.Size() {
		s.list = append(s.list, nil)
	}
}

// drop forgets the row of a group.
func (s *state) drop(g int32) {
	if it := s.list[g]; it != nil {
		s.Rows.Drop(it.ID)
		s.list[g] = nil
		s.pool.Give(it)
	}
}

// renew makes a row the latest of its key unless it is older; nobody has seen the row
// whose place it takes.
func (s *state) renew(g int32, b *operators.Batch, row int32) {
	it := s.list[g]
	if it == nil {
		s.list[g] = s.put(b, row)
		return
	}
	it.arrival = max(it.arrival, b.Arrival[row])
	if b.Time[row] >= it.time {
		it.time = b.Time[row]
		s.Fresh.Renew(s.Rows, &it.Entry, row)
	}
}

// put is an item for a row.
func (s *state) put(b *operators.Batch, row int32) *item {
	it := s.pool.Take()
	*it = item{time: b.Time[row], arrival: b.Arrival[row], same: it.same[:0]}
	s.Fresh.Add(&it.Entry, row)
	return it
}

// take makes a row the latest of its key unless it is older, and returns the row
// whose place it takes, and its own.
func (s *state) take(g int32, b *operators.Batch, row int32) (was, is *item) {
	was = s.list[g]
	if was != nil {
		was.arrival = max(was.arrival, b.Arrival[row])
		if b.Time[row] < was.time {
			return was, nil
		}
	}
	is = s.put(b, row)
	if was != nil {
		is.arrival = was.arrival
	}
	s.list[g] = is
	return was, is
}

// follow emits an insert or update for each row that becomes the latest.
func (l *Latest) follow(b *operators.Batch, sel []int32, by []kernel.Vector, groups []int32, out operators.Output) error {
	s := l.Alone
	s.find(by, b, sel, groups)
	if err := s.Bring(b, sel, groups); err != nil {
		return err
	}
	l.Periods.Read(by, b.Rows)
	same := paned.RowCode(b, l.in)
	changes, left := l.changes[:0], l.left[:0]
	put := func(it *item, op operators.Op, row int32, arrival int64) {
		changes = append(changes, kept.Change{Entry: &it.Entry, Op: op, Cause: row, Arrival: arrival})
	}
	part := operators.Batch{Rows: b.Rows, Sel: sel}
	part.Each(func(i int) {
		g, row := groups[i], int32(i)
		if s.Expiry.Old(g, b.Arrival[i]) {
			left = append(left, s.list[g])
			s.list[g] = nil
			s.Expiry.Forget(g)
			out.Count(paned.CounterExpired, 1)
		}
		s.Expiry.Seen(g, max(b.Time[i], l.Periods.Until(row)))
		was, it := s.take(g, b, row)
		if it == nil {
			return // an older row
		}
		it.same = same(it.same, i)
		switch {
		case was == nil:
			put(it, operators.Insert, row, it.arrival)
			return
		case !bytes.Equal(was.same, it.same):
			put(was, operators.UpdateBefore, row, it.arrival)
			put(it, operators.UpdateAfter, row, it.arrival)
		}
		left = append(left, was)
	})
	s.Fresh.Copy(s.Rows, b, true)
	if len(changes) > 0 {
		r := s.Rows.Batch(b, changes)
		r.Cols = l.Layout.Arrange(r.Cols)
		out.Emit(0, r)
	}
	for _, it := range left {
		s.Rows.Drop(it.ID)
		s.pool.Give(it)
	}
	clear(changes)
	clear(left)
	l.changes, l.left = changes, left
	return nil
}

// OnWatermark implements operators.Operator.
func (l *Latest) OnWatermark(w operators.Watermark, out operators.Output) error {
	for _, p := range l.Panes.Due(w.Time) {
		if err := l.close(p, out); err != nil {
			return err
		}
	}
	if s := l.Alone; s != nil && !w.End {
		return s.Sweep(w.Time, out, s.drop)
	}
	return nil
}

// close emits the rows of a window by key.
func (l *Latest) close(p *window.Pane[*state], out operators.Output) error {
	s := p.State
	defer s.Release()
	err := s.Leave(l.Ctx.BatchRows, func(groups []int32) error {
		ids := make([]kept.ID, len(groups))
		for i, g := range groups {
			ids[i] = s.list[g].ID
		}
		l.Send(p, s.Rows.Take(ids), out)
		return nil
	})
	for _, it := range s.list {
		if it != nil {
			l.pool.Give(it)
		}
	}
	l.CloseApart(p)
	return err
}

// Save implements paned.State.
func (s *state) Save(w *wire.Writer) error {
	if all, err := s.SaveApart(w); all {
		return err
	}
	groups := s.Table.Save(w)
	var entries []*kept.Entry
	for _, g := range groups {
		it := s.list[g]
		w.Bool(it != nil)
		if it != nil {
			w.Int(it.time)
			w.Int(it.arrival)
			w.Bytes(it.same)
			entries = append(entries, &it.Entry)
		}
	}
	return s.SaveRows(w, groups, entries)
}

// Load implements paned.State.
func (s *state) Load(r *wire.Reader, mine operators.Mine) {
	if s.LoadApart(r, mine, s.recode) {
		return
	}
	groups := s.Table.Load(r)
	s.grow()
	var entries []*kept.Entry
	var items []*item
	for _, g := range groups {
		if !r.Bool() {
			continue
		}
		it := &item{time: r.Int(), arrival: r.Int(), same: slices.Clone(r.Bytes())}
		s.list[g], entries, items = it, append(entries, &it.Entry), append(items, it)
	}
	if s.LoadRows(r, groups, entries); !r.Failed() {
		s.Recode(entries, s.in, func(i int, code []byte) {
			if len(items[i].same) > 0 {
				items[i].same = code
			}
		})
	}
	s.RemoveOthers(groups, mine, s.drop)
}
