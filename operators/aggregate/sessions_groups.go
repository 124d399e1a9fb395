package aggregate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// sessions finds sessions of which each may have several groups.
type sessions struct {
	flat
	sessionRows
	opened *window.Sessions[*numbered]
	in     []*numbered              // by row of a batch
	closed []window.Open[*numbered] // scratch
}

func newSessions(a *Aggregate) *sessions {
	s := &sessions{flat: *newFlat(a), sessionRows: newSessionRows(a)}
	s.opened = window.NewSessions[*numbered](s.rule)
	return s
}

func (s *sessions) open(ctx *operators.Context) {
	s.openKeys(ctx, &groupsKey{s: s, known: onShelf{s.state}})
}

func (s *sessions) onWatermark(w operators.Watermark, out operators.Output) error {
	return s.pass(w, s, out)
}

// close implements sessionFinder.
func (s *sessions) close(watermark int64, out operators.Output) (none bool) {
	n := len(s.closed)
	if s.apart.some() {
		n = s.opened.Settling(watermark, s.closed)
	}
	left := slices.Clone(s.closed[n:])
	if s.closed = s.opened.Due(watermark, s.closed[:n]); len(s.closed) > 0 {
		s.send(s.closed, out)
		clear(s.closed)
	}
	s.closed = append(s.closed[:0], left...)
	return len(left) == 0
}

// take implements sessionFinder. Rows that fail are in the session as well, and count in no
// aggregate.
func (s *sessions) take(b *operators.Batch, out operators.Output) error {
	in := s.a.read(b, out)
	defer in.release()
	if err := s.findKeys(b, in); err != nil {
		return err
	}
	s.opened.Grow(s.keys.Size())
	s.in = slices.Grow(s.in[:0], b.Rows)[:b.Rows]
	s.closed = s.opened.TakeAll(b, s.keyOf, s.in, s.number, s.closed)
	if failed := s.add(in, in.sel, s.in); len(failed) > 0 {
		out.Fail(b, failed)
	}
	return nil
}

// send emits the results of sessions by (end, start, group values).
func (s *sessions) send(closed []window.Open[*numbered], out operators.Output) {
	windows := make([]*numbered, len(closed))
	var groups []int32
	for i, o := range closed {
		windows[i] = o.State
		o.State.bounds = window.Bounds{Start: o.Start, End: s.rule.End(o.Start, o.Last)}
		groups = append(groups, o.State.groups...)
	}
	bounds := func(g int32) window.Bounds { return s.windowOf[g].bounds }
	s.table.Sort(groups)
	slices.SortStableFunc(groups, func(a, b int32) int {
		x, y := bounds(a), bounds(b)
		return cmp.Or(cmp.Compare(x.End, y.End), cmp.Compare(x.Start, y.Start))
	})
	s.emit(groups, bounds, s.rule.Settled, out)
	s.drop(windows)
	s.forgetKeys(unopened(nil, s.opened, closed))
	s.reuse(windows, 256+s.opened.Len()+2*len(windows))
}

func (s *sessions) held() int64 { return int64(s.waiting.Len()) + s.rows }

func (s *sessions) save(w *wire.Writer) error {
	w.Int(s.next)
	if apart, err := s.sessionRows.save(w, s.rows); apart || err != nil {
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
	groups := s.table.Save(w)
	for _, g := range groups {
		w.Int(place[s.windowOf[g]])
	}
	return s.saveAggs(w, groups, s.table.Size())
}

// load implements finder. Of a window of another instance nothing stays.
func (s *sessions) load(r *wire.Reader, mine operators.Mine) {
	s.next = max(s.next, r.Int())
	rows, apart := s.sessionRows.load(r, mine)
	if s.rows += rows; apart {
		return
	}
	keys, theirs := s.loadKeys(r, mine)
	opened := make([]window.Open[*numbered], len(keys))
	for i, key := range keys {
		opened[i] = window.Open[*numbered]{Key: key, Start: r.Int(), Last: r.Int(), State: &numbered{}}
		opened[i].State.number, opened[i].State.rows = r.Int(), r.Int()
	}
	s.loadGroups(r, func(r *wire.Reader) *numbered {
		i := r.Int()
		if i < 0 || i >= int64(len(opened)) {
			r.Fail(fmt.Errorf("there is no session %d", i))
			return nil
		}
		return opened[i].State
	})
	var gone []*numbered
	var others []int32
	for _, o := range opened {
		s.rows += o.State.rows
		if theirs[o.Key] {
			gone, others = append(gone, o.State), append(others, o.Key)
			continue
		}
		s.opened.Put(o)
	}
	s.drop(gone)
	s.loaded(others)
}
