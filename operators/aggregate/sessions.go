package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// sessions finds sessions and keeps what their aggregates need of the rows, not the
// rows: those wait only until no row before them can come, and then count at once.
type sessions struct {
	flat
	waiting *ordered.Buffer
	keys    *group.Table // of `per`
	opened  *window.Sessions[*numbered]
	late    []int32
	keyOf   []int32 // by row of a batch
	in      []*numbered
}

func newSessions(a *Aggregate) *sessions {
	return &sessions{
		flat: *newFlat(a), keys: group.New(a.byTypes[:len(a.spec.Find.Per)]),
		opened: window.NewSessions[*numbered](window.NewRule(a.spec.Find)),
	}
}

func (s *sessions) open(ctx *operators.Context) {
	s.waiting = ordered.NewBy(ctx, func(b *operators.Batch, row int) int64 { return b.Time[row] })
}

func (s *sessions) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: sessions of rows without time")
	}
	s.late = window.LateRows(b, s.opened.Lateness, s.late)
	out.Late(b, s.late)
	s.waiting.Add(0, b, nil)
	return nil
}

func (s *sessions) onWatermark(w operators.Watermark, out operators.Output) error {
	var closed []*window.Open[*numbered]
	s.waiting.Parts(window.Complete(w, s.opened.Lateness), func(b *operators.Batch) { closed = s.take(b, out, closed) })
	closed = append(closed, s.opened.Due(w.Time)...)
	if len(closed) > 0 {
		s.close(closed, out)
	}
	return nil
}

// take gives rows, which come in order of time, to their sessions. Rows that fail are
// in the session as well, and count in no aggregate.
func (s *sessions) take(b *operators.Batch, out operators.Output, closed []*window.Open[*numbered]) []*window.Open[*numbered] {
	in := s.a.read(b, out)
	defer in.release()
	s.keyOf, s.in = slices.Grow(s.keyOf[:0], b.Rows)[:b.Rows], slices.Grow(s.in[:0], b.Rows)[:b.Rows]
	s.keys.Find(in.keys[:len(s.a.spec.Find.Per)], b.Rows, b.Sel, s.keyOf)
	b.Each(func(i int) {
		o, before := s.opened.Take(s.keyOf[i], b.Time[i])
		if before != nil {
			closed = append(closed, before)
		}
		if o.State == nil {
			o.State = s.number()
		}
		s.in[i] = o.State
	})
	if failed := s.add(in, in.sel, s.in); len(failed) > 0 {
		out.Fail(b, failed)
	}
	return closed
}

// close emits the results of sessions by (end, start, group values).
func (s *sessions) close(closed []*window.Open[*numbered], out operators.Output) {
	windows := make([]*numbered, len(closed))
	var groups []int32
	for i, o := range closed {
		windows[i] = o.State
		o.State.bounds = window.Bounds{Start: o.Start, End: s.opened.End(o.Start, o.Last)}
		groups = append(groups, o.State.groups...)
	}
	bounds := func(g int32) window.Bounds { return s.windowOf[g].bounds }
	s.table.Sort(groups)
	slices.SortStableFunc(groups, func(a, b int32) int {
		x, y := bounds(a), bounds(b)
		return cmp.Or(cmp.Compare(x.End, y.End), cmp.Compare(x.Start, y.Start))
	})
	s.emit(groups, bounds, s.opened.Settled, out)
	s.drop(windows)
	s.forgetKeys(closed)
	s.reuse(windows, 256+s.opened.Len()+2*len(windows))
	s.opened.Reuse(closed, func(*numbered) *numbered { return nil })
}

// forgetKeys drops the keys that have no open session.
func (s *sessions) forgetKeys(closed []*window.Open[*numbered]) {
	var keys []int32
	for _, o := range closed {
		if s.opened.Of(o.Key) == nil {
			keys = append(keys, o.Key)
		}
	}
	slices.Sort(keys)
	s.keys.Remove(slices.Compact(keys))
}

// emit sends the results of groups, each of its own window.
func (f *flat) emit(groups []int32, bounds func(g int32) window.Bounds, settled func(end int64) int64, out operators.Output) {
	a, n := f.a, len(groups)
	if n == 0 {
		return
	}
	r := a.results(f.state, groups)
	starts, first := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](a.Alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	b := &operators.Batch{Rows: n, Sel: r.ok(), Time: make([]int64, n), Progress: make([]int64, n)}
	for i, g := range groups {
		w := bounds(g)
		first[i], last[i] = w.Start, w.End
		b.Time[i], b.Progress[i] = w.End-1, settled(w.End)
		if r.failed != nil && r.failed[i] != nil {
			out.FailGroup(w.End-1, r.failed[i].Code, r.failed[i].Reason, group.JSON(a.byCols, r.made[:len(a.by)], i))
		}
	}
	b.Arrival = b.Time // the watermark has reached it
	b.Cols = a.Layout.Arrange(append(r.made, starts, ends))
	if b.Len() == 0 {
		b.Release()
		return
	}
	out.Emit(0, b)
}

func (s *sessions) held() int64 { return int64(s.waiting.Len()) + s.rows }

func (s *sessions) release() {
	if s.waiting != nil {
		s.waiting.Release()
	}
}

func (s *sessions) save(w *wire.Writer) error {
	if err := s.waiting.Save(w); err != nil {
		return err
	}
	place := map[*numbered]int64{}
	for i, key := range s.keys.Save(w) {
		o := s.opened.Of(key)
		w.Int(o.Start)
		w.Int(o.Last)
		w.Int(o.State.number)
		w.Int(o.State.rows)
		place[o.State] = int64(i)
	}
	w.Int(s.next)
	groups := s.table.Save(w)
	for _, g := range groups {
		w.Int(place[s.windowOf[g]])
	}
	return s.saveAggs(w, groups)
}

// saveAggs writes what the aggregators know of groups.
func (f *flat) saveAggs(w *wire.Writer, groups []int32) error {
	for _, agg := range f.aggs {
		agg.Grow(f.table.Size())
		b, err := agg.Snapshot(groups)
		if err != nil {
			return fmt.Errorf("aggregate: %w", err)
		}
		w.Bytes(b)
	}
	return nil
}

// loadGroups reads groups and what the aggregators know of them; of tells the window
// of each, which must be read in the same order.
func (f *flat) loadGroups(r *wire.Reader, of func(r *wire.Reader) *numbered) {
	groups := f.table.Load(r)
	for len(f.windowOf) < f.table.Size() {
		f.windowOf = append(f.windowOf, nil)
	}
	for _, g := range groups {
		if w := of(r); w != nil {
			f.windowOf[g] = w
			w.groups = append(w.groups, g)
		}
	}
	for _, agg := range f.aggs {
		agg.Grow(f.table.Size())
		if err := agg.Restore(groups, r.Bytes()); err != nil {
			r.Fail(err)
		}
	}
}

// load implements finder. Of a window of another instance nothing stays.
func (s *sessions) load(r *wire.Reader, mine operators.Mine) {
	s.waiting.Load(r, func(_ int, b *operators.Batch) []int32 { return s.a.mineOf(b, mine) })
	keys := s.keys.Load(r)
	opened := make([]*window.Open[*numbered], len(keys))
	for i, key := range keys {
		opened[i] = &window.Open[*numbered]{Key: key, Start: r.Int(), Last: r.Int(), State: &numbered{}}
		opened[i].State.number, opened[i].State.rows = r.Int(), r.Int()
	}
	s.next = max(s.next, r.Int())
	s.loadGroups(r, func(r *wire.Reader) *numbered {
		i := r.Int()
		if i < 0 || i >= int64(len(opened)) {
			r.Fail(fmt.Errorf("there is no session %d", i))
			return nil
		}
		return opened[i].State
	})
	others := s.keys.Others(keys, mine)
	var gone []*numbered
	for _, o := range opened {
		s.rows += o.State.rows
		if slices.Contains(others, o.Key) {
			gone = append(gone, o.State)
			continue
		}
		s.opened.Put(o)
	}
	s.drop(gone)
	s.keys.Remove(others)
}

// mineOf is the rows of a batch whose `per` is mine.
func (a *Aggregate) mineOf(b *operators.Batch, mine operators.Mine) []int32 {
	rows := &operators.Rows{Alloc: a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(a.by[:len(a.spec.Find.Per)])
	defer operators.ReleaseAll(keys)
	if len(keys) == 0 {
		mine = nil
	}
	return mine.Of(keys, b.Rows)
}
