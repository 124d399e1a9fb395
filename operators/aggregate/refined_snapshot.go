package aggregate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/wire"
)

// save writes the windows with their rows, and what the aggregators know of them.
func (f *refined) save(w *wire.Writer) error {
	w.Int(f.clock)
	w.Int(f.seq)
	w.Int(f.flat.next)
	w.Bool(f.apart != nil)
	if f.apart != nil {
		return f.apart.save(w)
	}
	saving := &refinedSaving{f: f, w: w}
	for _, key := range f.keys.Save(w) {
		saving.history(f.byKey[key])
	}
	place := map[*numbered]int64{}
	for i, n := range saving.windows {
		place[n] = int64(i)
	}
	groups := f.table.Save(w)
	for _, g := range groups {
		w.Int(place[f.windowOf[g]])
	}
	if err := f.saveAggs(w, groups, f.table.Size()); err != nil {
		return err
	}
	return f.rows.Save(w, saving.ids)
}

// refinedSaving lists windows and rows in the order they are written.
type refinedSaving struct {
	f       *refined
	w       *wire.Writer
	ids     []kept.ID
	windows []*numbered
}

func (s *refinedSaving) history(h *history) {
	for _, windows := range [][]*refinedWindow{h.windows, h.gone} {
		s.w.Uint(uint64(len(windows)))
		for _, o := range windows {
			s.window(h, o)
		}
	}
	s.rows(h, h.rows)
	s.w.Int(h.rowCount)
	s.w.Int(h.opened)
}

func (s *refinedSaving) window(h *history, o *refinedWindow) {
	w := s.w
	s.windows = append(s.windows, o.numbered)
	saveNumbered(w, o.numbered)
	w.Bool(o.base != nil)
	if o.base != nil {
		s.windows = append(s.windows, o.base)
		saveNumbered(w, o.base)
		w.Int(o.baseLast)
	}
	w.Int(o.start)
	w.Int(o.end)
	w.Int(o.last)
	w.Int(o.nth)
	w.Int(o.size)
	w.Int(o.arrival)
	s.rows(h, o.rows)
	w.Bool(o.changed)
	w.Uint(uint64(len(o.shown)))
	for _, was := range o.shown {
		saveSeen(w, was)
	}
	w.Uint(uint64(len(o.ghosts)))
	for _, g := range o.ghosts {
		saveSeen(w, g)
	}
}

func (s *refinedSaving) rows(h *history, rows []refinedRow) {
	s.w.Uint(uint64(len(rows)))
	for _, r := range rows {
		s.w.Int(r.t)
		s.w.Int(r.seq)
		s.w.Bool(s.f.counts(r))
		s.w.Int(r.gone)
		s.w.String(r.code)
		s.w.Bool(h.knows(r))
		s.ids = append(s.ids, r.id)
	}
}

func saveNumbered(w *wire.Writer, n *numbered) {
	w.Int(n.number)
	w.Int(n.rows)
}

func loadNumbered(r *wire.Reader) *numbered { return &numbered{number: r.Int(), rows: r.Int()} }

func saveSeen(w *wire.Writer, s *seen) {
	w.Bytes(s.key)
	w.String("") // once the `by` values, which the key has
	w.Bytes(s.items)
	w.Int(s.start)
	w.Int(s.end)
	w.Int(s.number)
	w.Bool(s.failed != nil)
}

func loadSeen(r *wire.Reader) *seen {
	s := &seen{key: slices.Clone(r.Bytes())}
	r.Bytes()
	s.items, s.start, s.end, s.number = slices.Clone(r.Bytes()), r.Int(), r.Int(), r.Int()
	if r.Bool() {
		s.failed = &operators.Failure{}
	}
	return s
}

// load reads what save wrote. The sequence of rows goes on behind that of all
// instances.
func (f *refined) load(r *wire.Reader, mine operators.Mine) {
	f.clock, f.seq = max(f.clock, r.Int()), max(f.seq, r.Int())
	f.flat.next = max(f.flat.next, r.Int())
	if r.Bool() {
		f.apart.load(r, mine)
		return
	}
	keys := f.keys.Load(r)
	f.grow(f.keys.Size())
	loading := &refinedLoading{r: r}
	var known []map[int64]bool // by key
	for _, key := range keys {
		f.byKey[key] = loading.history()
		known = append(known, loading.known)
		f.active[key] = true
	}
	f.loadGroups(r, func(r *wire.Reader) *numbered {
		if i := r.Int(); i >= 0 && i < int64(len(loading.windows)) {
			return loading.windows[i]
		}
		r.Fail(errors.New("there is no such window"))
		return nil
	})
	for _, w := range loading.windows {
		f.flat.state.rows += w.rows
	}
	loading.name(f.rows.Load(r))
	for i, key := range keys {
		f.byKey[key].learn(known[i])
		f.wait(key)
		f.tick(key)
	}
	if f.apart != nil {
		f.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	others := f.keys.Others(keys, mine)
	f.empty(others)
	f.apart.forget(others)
	f.keys.Remove(others)
	if f.picks != nil {
		f.picks.recall(f, keys)
	}
}

// refinedLoading reads windows and rows in the order they were written.
type refinedLoading struct {
	r       *wire.Reader
	windows []*numbered
	rows    []*refinedRow
	known   map[int64]bool // the sequence numbers of rows of the key that may be taken back
}

func (l *refinedLoading) history() *history {
	h := &history{}
	l.known = map[int64]bool{}
	for _, windows := range []*[]*refinedWindow{&h.windows, &h.gone} {
		*windows = make([]*refinedWindow, l.r.Len())
		for i := range *windows {
			(*windows)[i] = l.window()
		}
	}
	h.rows = l.readRows()
	h.rowCount, h.opened = l.r.Int(), l.r.Int()
	return h
}

func (l *refinedLoading) window() *refinedWindow {
	r := l.r
	w := &refinedWindow{numbered: loadNumbered(r)}
	l.windows = append(l.windows, w.numbered)
	if r.Bool() {
		w.base, w.baseLast = loadNumbered(r), r.Int()
		l.windows = append(l.windows, w.base)
	}
	w.start, w.end, w.last = r.Int(), r.Int(), r.Int()
	w.nth, w.size, w.arrival = r.Int(), r.Int(), r.Int()
	w.rows = l.readRows()
	w.changed = r.Bool()
	for range r.Len() {
		w.shown = append(w.shown, loadSeen(r))
	}
	for range r.Len() {
		w.ghosts = append(w.ghosts, loadSeen(r))
	}
	return w
}

func (l *refinedLoading) readRows() []refinedRow {
	rows := make([]refinedRow, l.r.Len())
	for i := range rows {
		rows[i] = refinedRow{t: l.r.Int(), seq: l.r.Int(), counts: l.r.Bool(), gone: l.r.Int(), code: l.r.String()}
		if l.r.Bool() {
			l.known[rows[i].seq] = true
		}
		l.rows = append(l.rows, &rows[i])
	}
	return rows
}

// name gives rows their ids, in the order they were saved.
func (l *refinedLoading) name(ids []kept.ID) {
	if len(ids) != len(l.rows) {
		l.r.Fail(fmt.Errorf("%d rows instead of %d", len(ids), len(l.rows)))
		return
	}
	for i, id := range ids {
		l.rows[i].id = id
	}
}

// knows tells that a row may still be taken back.
func (h *history) knows(row refinedRow) bool {
	return slices.ContainsFunc(h.known[row.code], func(r refinedRow) bool { return r.seq == row.seq })
}

// learn notes the rows that may be taken back, in the order they came.
func (h *history) learn(known map[int64]bool) {
	var rows []refinedRow
	for _, r := range append(appendRows(nil, h.windows), h.rows...) {
		if known[r.seq] {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b refinedRow) int { return cmp.Compare(a.seq, b.seq) })
	for _, r := range rows {
		h.know(r)
	}
}
