package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// send emits changes; caused says that rows of the batch have caused them.
func (f *refined) send(changes []refinedChange, caused bool, out operators.Output) {
	var of []int32
	var rows []*seen
	b := &operators.Batch{}
	put := func(i int, op operators.Op, s *seen) {
		of, rows, b.Ops = append(of, int32(i)), append(rows, s), append(b.Ops, op)
	}
	for i := range changes {
		switch c := &changes[i]; c.rank() {
		case 0:
			put(i, operators.Delete, c.before)
		case 1:
			put(i, operators.UpdateBefore, c.before)
			put(i, operators.UpdateAfter, c.after)
		default:
			put(i, operators.Insert, c.after)
		}
	}
	n := len(rows)
	if n == 0 {
		return
	}
	alloc := f.a.Alloc
	made := keycode.Decode(alloc, f.a.byTypes, n, func(i int) []byte { return []byte(rows[i].by) })
	itemTypes := make([]*types.Type, len(f.a.spec.Items))
	for i, it := range f.a.spec.Items {
		itemTypes[i] = it.Expr.Type()
	}
	made = append(made, keycode.Decode(alloc, itemTypes, n, func(i int) []byte { return []byte(rows[i].items) })...)
	starts, first := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	ends, last := kernel.NewFixed[int64](alloc, arrow.FixedWidthTypes.Timestamp_us, n)
	b.Rows, b.Time, b.Arrival, b.Progress = n, make([]int64, n), make([]int64, n), make([]int64, n)
	if caused {
		b.Cause = make([]int32, n)
	}
	for i, s := range rows {
		c := &changes[of[i]]
		first[i], last[i] = s.start, s.end
		b.Time[i], b.Progress[i] = s.end-1, c.progress
		if c.rank() == 1 { // the rows of a pair share one time
			b.Time[i] = c.after.end - 1
		}
		b.Arrival[i] = min(c.progress, b.Time[i])
		if caused {
			b.Cause[i] = c.row
		}
	}
	b.Cols = f.a.Layout.Arrange(append(made, starts, ends))
	out.Emit(0, b)
}

// nextTick is the first instant after the clock at which a session shows changes:
// multiples of `every` from its start up to its end, and the end of its lateness.
func (f *refined) nextTick(s *refinedSession) int64 {
	end := f.rule.End(s.start, s.last)
	settled := f.rule.Settled(end)
	tick := s.start + f.every
	if f.clock >= s.start {
		tick = s.start + ((f.clock-s.start)/f.every+1)*f.every
	}
	switch {
	case tick < end:
		return tick
	case f.a.spec.Emit == "early" || f.clock >= end:
		return settled
	}
	return end
}

// advance moves the clock and shows, tick by tick, what has changed.
func (f *refined) advance(to int64, out operators.Output, changes []refinedChange) []refinedChange {
	for f.clock < to && f.next <= to {
		tick, due := f.firstTick()
		if f.next = tick; tick > to || len(due) == 0 {
			break
		}
		slices.SortStableFunc(due, func(a, b *refinedSession) int {
			return cmp.Or(cmp.Compare(f.rule.End(a.start, a.last), f.rule.End(b.start, b.last)), cmp.Compare(a.start, b.start))
		})
		changes = f.showAll(due, -1, tick, out, changes)
		if tick == math.MaxInt64 {
			break
		}
		f.clock = max(f.clock, tick)
	}
	f.clock = max(f.clock, to)
	return changes
}

// firstTick is the next instant at which sessions with changes show them, and which.
func (f *refined) firstTick() (tick int64, due []*refinedSession) {
	tick = math.MaxInt64
	for _, key := range f.activeKeys() {
		for _, s := range changed(f.byKey[key]) {
			switch next := f.nextTick(s); {
			case next < tick:
				tick, due = next, []*refinedSession{s}
			case next == tick:
				due = append(due, s)
			}
		}
	}
	return tick, due
}

func (f *refined) activeKeys() []int32 {
	keys := make([]int32, 0, len(f.active))
	for key := range f.active {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	f.keys.Sort(keys)
	return keys
}

func (f *refined) onWatermark(w operators.Watermark, out operators.Output) {
	if f.every > 0 {
		f.send(f.advance(w.Time, out, nil), false, out)
	}
	f.settle(w)
}

// settle forgets the sessions that a watermark settles: what was shown of them stands.
func (f *refined) settle(w operators.Watermark) {
	var gone []*numbered
	var keys []int32
	complete := window.Complete(w, f.rule.Lateness)
	for key := range f.active {
		h := f.byKey[key]
		n := 0
		for n < len(h.sessions) && f.rule.Settled(f.rule.End(h.sessions[n].start, h.sessions[n].last)) <= w.Time {
			s := h.sessions[n]
			if gone = append(gone, s.numbered); s.base != nil {
				gone = append(gone, s.base)
			}
			for _, r := range s.rows {
				f.rows.Drop(r.id)
			}
			n++
		}
		if h.sessions = h.sessions[n:]; len(h.sessions) == 0 {
			keys = append(keys, key)
		} else if !w.End {
			f.settleRows(h.sessions[0], complete)
		}
	}
	for _, key := range keys {
		f.byKey[key] = &history{}
		delete(f.active, key)
	}
	slices.Sort(keys)
	f.keys.Remove(keys)
	slices.SortFunc(gone, func(a, b *numbered) int { return cmp.Compare(a.number, b.number) })
	f.drop(gone)
}

func (f *refined) held() int64 {
	n := int64(0)
	for key := range f.active {
		for _, s := range f.byKey[key].sessions {
			n += s.numbered.rows
		}
	}
	return n
}

func (f *refined) release() {
	if f.rows != nil {
		f.rows.Release()
	}
}

// save writes the sessions with their rows, and what the aggregators know of them.
func (f *refined) save(w *wire.Writer) error {
	w.Int(f.clock)
	w.Int(f.seq)
	w.Int(f.flat.next)
	var ids []kept.ID
	place := map[*numbered]int64{}
	for _, key := range f.keys.Save(w) {
		sessions := f.byKey[key].sessions
		w.Uint(uint64(len(sessions)))
		for _, s := range sessions {
			place[s.numbered] = int64(len(place))
			saveNumbered(w, s.numbered)
			w.Bool(s.base != nil)
			if s.base != nil {
				place[s.base] = int64(len(place))
				saveNumbered(w, s.base)
				w.Int(s.baseLast)
			}
			w.Int(s.start)
			w.Int(s.last)
			w.Uint(uint64(len(s.rows)))
			for _, r := range s.rows {
				w.Int(r.t)
				w.Int(r.seq)
				w.Bool(r.counts)
				ids = append(ids, r.id)
			}
			w.Bool(s.changed)
			w.Uint(uint64(len(s.shown)))
			for _, key := range sortedKeys(s.shown) {
				saveSeen(w, key, s.shown[key])
			}
			w.Uint(uint64(len(s.ghosts)))
			for _, g := range s.ghosts {
				saveSeen(w, g.key, g.was)
			}
		}
	}
	groups := f.table.Save(w)
	for _, g := range groups {
		w.Int(place[f.windowOf[g]])
	}
	if err := f.saveAggs(w, groups); err != nil {
		return err
	}
	return f.rows.Save(w, ids)
}

func saveNumbered(w *wire.Writer, n *numbered) {
	w.Int(n.number)
	w.Int(n.rows)
}

func loadNumbered(r *wire.Reader) *numbered { return &numbered{number: r.Int(), rows: r.Int()} }

func sortedKeys(m map[string]seen) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func saveSeen(w *wire.Writer, key string, s seen) {
	w.String(key)
	w.String(s.by)
	w.String(s.items)
	w.Int(s.start)
	w.Int(s.end)
	w.Bool(s.failed)
}

func loadSeen(r *wire.Reader) (string, seen) {
	return r.String(), seen{by: r.String(), items: r.String(), start: r.Int(), end: r.Int(), failed: r.Bool()}
}

// load reads what save wrote. The sequence of rows goes on behind that of all
// instances.
func (f *refined) load(r *wire.Reader, mine operators.Mine) {
	f.clock, f.seq = max(f.clock, r.Int()), max(f.seq, r.Int())
	f.flat.next = max(f.flat.next, r.Int())
	keys := f.keys.Load(r)
	for len(f.byKey) < f.keys.Size() {
		f.byKey = append(f.byKey, &history{})
	}
	var all []*refinedSession
	var windows []*numbered
	for _, key := range keys {
		for range r.Len() {
			s := loadSession(r)
			if windows = append(windows, s.numbered); s.base != nil {
				windows = append(windows, s.base)
			}
			f.byKey[key].sessions = append(f.byKey[key].sessions, s)
			all = append(all, s)
		}
		f.active[key] = true
	}
	f.next = math.MinInt64 // looked for when it is asked for
	f.loadGroups(r, func(r *wire.Reader) *numbered {
		if i := r.Int(); i >= 0 && i < int64(len(windows)) {
			return windows[i]
		}
		r.Fail(errors.New("there is no such session"))
		return nil
	})
	for _, w := range windows {
		f.flat.state.rows += w.rows
	}
	f.name(r, all)
	f.leave(f.keys.Others(keys, mine))
}

func loadSession(r *wire.Reader) *refinedSession {
	s := &refinedSession{numbered: loadNumbered(r), shown: map[string]seen{}}
	if r.Bool() {
		s.base, s.baseLast = loadNumbered(r), r.Int()
	}
	s.start, s.last = r.Int(), r.Int()
	s.rows = make([]sessionRow, r.Len())
	for i := range s.rows {
		s.rows[i].t, s.rows[i].seq, s.rows[i].counts = r.Int(), r.Int(), r.Bool()
	}
	s.changed = r.Bool()
	for range r.Len() {
		k, v := loadSeen(r)
		s.shown[k] = v
	}
	for range r.Len() {
		k, v := loadSeen(r)
		s.ghosts = append(s.ghosts, ghost{key: k, was: v})
	}
	return s
}

// leave forgets the keys of other instances.
func (f *refined) leave(others []int32) {
	var gone []*numbered
	for _, key := range others {
		for _, s := range f.byKey[key].sessions {
			for _, row := range s.rows {
				f.rows.Drop(row.id)
			}
			if gone = append(gone, s.numbered); s.base != nil {
				gone = append(gone, s.base)
			}
		}
		f.byKey[key] = &history{}
		delete(f.active, key)
	}
	f.drop(gone)
	f.keys.Remove(others)
}

// name gives the rows of sessions their ids, in the order they were saved.
func (f *refined) name(r *wire.Reader, all []*refinedSession) {
	ids := f.rows.Load(r)
	for _, s := range all {
		if len(s.rows) > len(ids) {
			r.Fail(fmt.Errorf("a session of %d rows has %d", len(s.rows), len(ids)))
			return
		}
		for i := range s.rows {
			s.rows[i].id = ids[i]
		}
		ids = ids[len(s.rows):]
	}
}
