package aggregate

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/wire"
)

// singles finds sessions of which each has one group, as where rows are aggregated by what
// sessions are of. What the aggregators know of a session has a place, and no key but that
// of the session: a row that continues one is found the key and the session of, no more.
type singles struct {
	*state // of the keys; what the aggregators know is by place
	sessionRows
	opened *window.Sessions[int32] // by place
	counts []int64                 // rows that count, by place; a session without any has no group
	free   []int32                 // places without a session
	closed []window.Open[int32]    // scratch, as all below
	gone   []int32
	rank   []int32 // by key
}

func newSingles(a *Aggregate) *singles {
	s := &singles{state: a.stateOf(a.byTypes), sessionRows: newSessionRows(a)}
	s.keys = s.table
	s.opened = window.NewSessions[int32](s.rule)
	return s
}

// place is one for a session that begins.
func (s *singles) place() int32 {
	if last := len(s.free) - 1; last >= 0 {
		p := s.free[last]
		s.free = s.free[:last]
		return p
	}
	s.counts = append(s.counts, 0)
	return int32(len(s.counts) - 1)
}

func (s *singles) open(ctx *operators.Context) {
	s.openKeys(ctx, &singleKey{s: s, known: onShelf{s.state}})
}

func (s *singles) onWatermark(w operators.Watermark, out operators.Output) error {
	return s.pass(w, s, out)
}

// close implements sessionFinder.
func (s *singles) close(watermark int64, out operators.Output) (none bool) {
	n := len(s.closed)
	if s.apart.some() {
		n = s.opened.Settling(watermark, s.closed)
	}
	left := slices.Clone(s.closed[n:])
	if s.closed = s.opened.Due(watermark, s.closed[:n]); len(s.closed) > 0 {
		s.send(out)
		s.drop()
		s.forgetKeys(unopened(nil, s.opened, s.closed))
	}
	s.closed = append(s.closed[:0], left...)
	return len(left) == 0
}

// take implements sessionFinder. Rows that fail are in the session as well, and count in no
// aggregate.
func (s *singles) take(b *operators.Batch, out operators.Output) error {
	a := s.agg
	in := a.read(b, out)
	defer in.release()
	if err := s.findKeys(b, in); err != nil {
		return err
	}
	s.opened.Grow(s.keys.Size())
	a.room(b.Rows)
	s.closed = s.opened.TakeAll(b, s.keyOf, a.groups, s.place, s.closed)
	for _, agg := range s.aggs {
		agg.Grow(len(s.counts))
	}
	part := operators.Batch{Rows: b.Rows, Sel: in.sel}
	if part.Len() == 0 {
		return nil
	}
	s.count(&part, 1)
	if failed := a.add(s.state, in, in.sel); len(failed) > 0 {
		out.Fail(b, failed)
		s.count(&operators.Batch{Rows: b.Rows, Sel: refused(failed)}, -1)
	}
	return nil
}

// count notes that rows count, or that they do not after all.
func (s *singles) count(part *operators.Batch, by int64) {
	places := s.agg.groups
	if part.Sel == nil {
		for _, p := range places[:part.Rows] {
			s.counts[p] += by
		}
	} else {
		for _, i := range part.Sel {
			s.counts[places[i]] += by
		}
	}
	s.rows += by * int64(part.Len())
}

// refused are the rows of failures.
func refused(failed []operators.Failure) []int32 {
	rows := make([]int32, len(failed))
	for i, f := range failed {
		rows[i] = int32(f.Row)
	}
	return rows
}

// send emits the results of the sessions that have closed by (end, start, key).
func (s *singles) send(out operators.Output) {
	shown := make([]window.Open[int32], 0, len(s.closed))
	for _, o := range s.closed {
		if s.counts[o.State] > 0 {
			shown = append(shown, o)
		}
	}
	if len(shown) == 0 {
		return
	}
	s.order(shown)
	keys, places := make([]int32, len(shown)), make([]int32, len(shown))
	for i, o := range shown {
		keys[i], places[i] = o.Key, o.State
	}
	bounds := func(i int) window.Bounds {
		return window.Bounds{Start: shown[i].Start, End: s.rule.End(shown[i].Start, shown[i].Last)}
	}
	s.agg.emitFound(s.agg.resultsOf(s.state, s.aggs, keys, places), len(shown), bounds, s.rule.Settled, out)
}

// order sorts sessions by (end, start, key).
func (s *singles) order(list []window.Open[int32]) {
	keys := make([]int32, len(list))
	for i, o := range list {
		keys[i] = o.Key
	}
	slices.Sort(keys)
	keys = slices.Compact(keys) // of a key several may have closed
	s.keys.Sort(keys)
	s.rank = slices.Grow(s.rank[:0], s.keys.Size())[:s.keys.Size()]
	for i, key := range keys {
		s.rank[key] = int32(i)
	}
	slices.SortFunc(list, func(x, y window.Open[int32]) int {
		return cmp.Or(cmp.Compare(s.rule.End(x.Start, x.Last), s.rule.End(y.Start, y.Last)), cmp.Compare(x.Start, y.Start), cmp.Compare(s.rank[x.Key], s.rank[y.Key]))
	})
}

// drop forgets the sessions that have closed.
func (s *singles) drop() {
	s.gone = s.gone[:0]
	for _, o := range s.closed {
		s.gone = append(s.gone, o.State)
	}
	s.dropPlaces(s.gone)
}

func (s *singles) dropPlaces(places []int32) {
	for _, p := range places {
		s.rows -= s.counts[p]
	}
	s.freePlaces(places)
}

// freePlaces lets sessions that begin have the places of others.
func (s *singles) freePlaces(places []int32) {
	for _, p := range places {
		s.counts[p] = 0
	}
	for _, agg := range s.aggs {
		agg.Free(places)
	}
	s.free = append(s.free, places...)
}

func (s *singles) held() int64 { return int64(s.waiting.Len()) + s.rows }

func (s *singles) save(w *wire.Writer) error {
	if apart, err := s.sessionRows.save(w, s.rows); apart || err != nil {
		return err
	}
	var places []int32
	for _, key := range s.keys.Save(w) {
		o := s.opened.Of(key)
		w.Int(o.Start)
		w.Int(o.Last)
		w.Int(s.counts[o.State])
		places = append(places, o.State)
	}
	return s.saveAggs(w, places, len(s.counts))
}

// load implements finder. Of a session of another instance nothing stays.
func (s *singles) load(r *wire.Reader, mine operators.Mine) {
	rows, apart := s.sessionRows.load(r, mine)
	if s.rows += rows; apart {
		return
	}
	keys, theirs := s.loadKeys(r, mine)
	places := make([]int32, len(keys))
	var others, gone []int32
	for i, key := range keys {
		places[i] = s.place()
		o := window.Open[int32]{Key: key, Start: r.Int(), Last: r.Int(), State: places[i]}
		s.counts[o.State] = r.Int()
		s.rows += s.counts[o.State]
		if theirs[key] {
			others, gone = append(others, key), append(gone, o.State)
			continue
		}
		s.opened.Put(o)
	}
	s.loadAggs(r, places, len(s.counts))
	s.dropPlaces(gone)
	s.loaded(others)
}
