package aggregate

import (
	"maps"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
)

// refined shows windows that depend on the rows around them before they are complete:
// after every row, or when the watermark crosses a tick (SEMANTICS 39, 40). Which
// windows the rows of a key make is the shape's; what is shown of them, and when, is
// the same for all.
//
// It keeps rows for as long as a row that is not late may change a window they are in.
// Over a changes stream a row that is taken back is as if it had never come, but for
// the windows that have closed by then.
type refined struct {
	flat
	shape    shape
	lateness int64 // a window takes rows until this long after its end
	every    int64 // 0 after every row
	clock    int64
	ticks    group.Timers // when a key shows at a tick what has changed
	keys     *group.Table // of `per`
	byKey    []*history
	active   map[int32]bool // keys that have rows
	due      group.Timers   // when a watermark settles something of a key
	rows     *kept.Rows
	in       []types.Column   // of rows
	apart    *refinedApart    // nil where all keys stay in memory
	refused  map[kept.ID]bool // rows that an aggregate has refused: they count in no window any more
	out      operators.Output // at hand
	batch    *operators.Batch // at hand
	seq      int64
	turn     int64          // counts what is shown together
	identity *kept.Identity // of the rows of a changes stream, else nil
	picks    *picks         // where rows are shown, nil where aggregates are
	moments  *moments       // nil where results are computed one by one
	pending  []*seen        // whose results stand among the moments, in their order
	spare    spare
	before   before // scratch
	code     []byte // scratch
	reads    reads  // of the batch at hand
	texts    texts
	single   [1]int32
	keyOf    []int32
	changed  []*refinedWindow // scratch
	idle     []int32          // scratch
	settles  []int32          // scratch
	ticking  []int32          // keys of the windows that are shown at the tick at hand
	settling settling
}

// shape is how rows of one key make windows.
type shape interface {
	// add takes a row, the i-th of the batch at hand.
	add(h *history, row refinedRow, i int)
	// takes tells whether a row can still be taken back by a change with this arrival.
	takes(h *history, row refinedRow, arrival int64) bool
	// remove takes a row back.
	remove(h *history, row refinedRow, arrival int64)
	// adopts tells that a window takes the place of one that is no more.
	adopts(w, gone *refinedWindow) bool
	// settle forgets what a watermark settles, and appends the windows whose groups go.
	settle(h *history, w operators.Watermark, gone []*numbered) []*numbered
	// rowsOf are the rows that a window knows, in order of time.
	rowsOf(h *history, w *refinedWindow) []refinedRow
	// held is how many rows are in open windows.
	held(h *history) int64
	// next is the first watermark that settles something of a key which has windows or rows,
	// math.MaxInt64 where none does.
	next(h *history) int64
	// over is the watermark that settles all there is of a key, math.MaxInt64 where none does.
	over(h *history) int64
	// lasts is about how long there is something of a key after its last row.
	lasts() int64
}

// history is what is known of a key.
type history struct {
	windows []*refinedWindow // open ones, in order
	rows    []refinedRow     // of all windows, by (t, seq), where windows share rows
	// gone are windows that are no more, whose last rows readers still have.
	gone  []*refinedWindow
	ahead span                    // of rows
	known map[string][]refinedRow // rows that may be taken back, as they came
	spare [][]refinedRow          // lists of those, empty
	// rowCount and opened are how many rows and windows of rows there have been.
	rowCount, opened int64
}

// refinedWindow is an open window.
type refinedWindow struct {
	*numbered
	start, end int64
	last       int64        // the time of the last row of a session
	base       *numbered    // what settled rows of a session have come to; nil where there are none
	baseLast   int64        // the time of the last of them
	rows       []refinedRow // the others, in order of time, of a session
	shown      []*seen      // by key
	// ghosts are what was shown of windows that have become this one, not taken back yet.
	ghosts  []*seen
	changed bool // since it was last shown
	// Of a window of rows: which one of its key it is, how many rows it has, and the
	// largest of their arrivals.
	nth, size, arrival int64
	full               bool
}

type refinedRow struct {
	t, seq int64
	// arrival is not kept: only the row that comes has one.
	arrival int64
	id      kept.ID
	counts  bool   // the row did not fail
	code    string // what it is told apart by, over a changes stream
	gone    int64  // windows that end at this instant or later do not have it any more
}

// seen is the row of a group that readers have seen last. Once it was shown it stays as it
// is.
type seen struct {
	key    []byte // what is told apart within a window: of an aggregate its `by` values
	items  []byte
	start  int64
	end    int64
	number int64              // of a window of rows
	failed *operators.Failure // its error record has left, and no row is seen
}

func newRefined(a *Aggregate, in []types.Column) *refined {
	f := &refined{
		flat: *newFlat(a), lateness: a.spec.Lateness.Microseconds(), every: a.spec.EmitEvery.Microseconds(), clock: math.MinInt64,
		keys: group.New(a.byTypes[:len(a.spec.Find.Per)]), in: in, active: map[int32]bool{}, refused: map[kept.ID]bool{}, out: nowhere{},
	}
	switch find := a.spec.Find; find.Kind {
	case ir.WindowSliding:
		f.shape = newSlidingShape(f)
	case ir.WindowRows:
		f.shape = &rowsShape{f: f, size: find.Rows, every: find.RowsEvery}
	default:
		f.shape = &sessionShape{f: f, rule: window.NewRule(find)}
	}
	f.moments = newMoments(a, func(*call) bool { return false })
	if a.spec.Input != nil {
		f.identity = kept.NewIdentity(outOfWindows(a.spec.Input), in)
	}
	return f
}

// outOfWindows is how rows are told apart that are in no window yet.
func outOfWindows(r *ir.Replaced) *ir.Replaced {
	return &ir.Replaced{Key: slices.DeleteFunc(slices.Clone(r.Key), func(k string) bool { return k == types.WindowStart || k == types.WindowEnd })}
}

func (f *refined) open(ctx *operators.Context) {
	if ctx.Shelf == nil || !f.a.spec.Spills() {
		f.rows = kept.New(ctx)
		return
	}
	f.rows = kept.NewDetached(ctx, 0)
	f.apart = newRefinedApart(f, ctx)
}

// settled is the watermark from which on a window takes no more rows.
func (f *refined) settled(end int64) int64 { return later(end, f.lateness) }

// later is an instant after another, or the last there is.
func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// numbers tells that windows are numbered, and may have no time.
func (f *refined) numbers() bool { return f.a.spec.Find.Kind == ir.WindowRows }

// takeBack finds the row that a change takes back, and takes it out of the windows that
// are open for the change. Those that have closed keep it. Of equal rows the first goes
// that any window can do without, else the last to be forgotten, so that what has been
// forgotten makes no difference.
func (f *refined) takeBack(h *history, code []byte, arrival int64) {
	list := h.known[string(code)]
	if len(list) == 0 {
		return
	}
	row := slices.MaxFunc(list, byTimeAndSeq)
	at := slices.IndexFunc(list, func(r refinedRow) bool { return f.shape.takes(h, r, arrival) })
	if at >= 0 {
		row = list[at]
	}
	h.forget(row)
	if at >= 0 {
		f.shape.remove(h, row, arrival)
	}
}

// know notes that a row may be taken back.
func (h *history) know(row refinedRow) {
	if h.known == nil {
		h.known = map[string][]refinedRow{}
	}
	list := h.known[row.code]
	if last := len(h.spare) - 1; list == nil && last >= 0 {
		list, h.spare = h.spare[last], h.spare[:last]
	}
	h.known[row.code] = append(list, row)
}

// mostSpare is how many lists of a key wait to be used again.
const mostSpare = 16

// forget drops what a row is found by.
func (h *history) forget(row refinedRow) {
	if h.known == nil {
		return
	}
	list := slices.DeleteFunc(h.known[row.code], func(r refinedRow) bool { return r.seq == row.seq })
	if h.known[row.code] = list; len(list) == 0 {
		delete(h.known, row.code)
		if list = few(list); list != nil && len(h.spare) < mostSpare {
			h.spare = append(h.spare, list)
		}
	}
}

// leave keeps what was shown of a window that is no more until its readers know: a
// window that starts where it did, or that takes its place, says so with its own changes.
func (f *refined) leave(h *history, w *refinedWindow) {
	ghosts := w.ghosts
	for _, g := range append(ghosts, w.shown...) {
		at := slices.IndexFunc(h.windows, func(heir *refinedWindow) bool { return heir.start == g.start })
		if at < 0 {
			at = slices.IndexFunc(h.windows, func(heir *refinedWindow) bool { return f.shape.adopts(heir, w) })
		}
		if at >= 0 {
			heir := h.windows[at]
			heir.ghosts, heir.changed = append(heir.ghosts, g), true
			continue
		}
		if at = len(h.gone) - 1; at < 0 || h.gone[at].start != w.start || h.gone[at].end != w.end {
			gone := f.openWindow(w.start, w.end)
			gone.numbered, gone.last = f.flat.unnumbered(), w.last
			h.gone = append(h.gone, gone)
			at++
		}
		h.gone[at].ghosts = append(h.gone[at].ghosts, g)
	}
}

// inherit lets a window take over what was shown of those that are no more: where it
// takes their place, or starts where they did.
func (f *refined) inherit(h *history, w *refinedWindow) {
	h.gone = slices.DeleteFunc(h.gone, func(gone *refinedWindow) bool {
		if gone.changed && !f.shape.adopts(w, gone) {
			return false
		}
		if gone.changed {
			w.ghosts = append(w.ghosts, gone.ghosts...)
		}
		f.closeGone(gone)
		return true
	})
	for _, windows := range [][]*refinedWindow{h.windows, h.gone} {
		for _, o := range windows {
			if o == w {
				continue
			}
			o.ghosts = slices.DeleteFunc(o.ghosts, func(g *seen) bool {
				if g.start == w.start {
					w.ghosts = append(w.ghosts, g)
				}
				return g.start == w.start
			})
		}
	}
}

// appendChanged appends the windows of a key that have changed since they were last shown.
func (f *refined) appendChanged(list []*refinedWindow, h *history) []*refinedWindow {
	f.changing(h)
	for _, w := range h.windows {
		if w.changed {
			list = append(list, w)
		}
	}
	return append(list, h.gone...)
}

// changing tells that readers do not know yet of windows that are no more.
func (f *refined) changing(h *history) bool {
	h.gone = slices.DeleteFunc(h.gone, func(w *refinedWindow) bool {
		if !w.changed {
			f.closeGone(w)
		}
		return !w.changed
	})
	return len(h.gone) > 0
}

// one adds a row of the batch to a window in which it is the last, or in which the
// order of rows does not matter.
func (f *refined) one(i int, w *refinedWindow, row refinedRow) {
	if !f.counts(row) {
		return
	}
	if f.picks != nil {
		f.picks.count(f, []refinedRow{row}, w.numbered)
		return
	}
	f.single[0] = int32(i)
	f.addRead(&f.reads.own, f.single[:], w.numbered)
}

// groupOf finds the group of a row in a window, where it counts.
func (f *refined) groupOf(from *source, i int, w *numbered) int32 {
	f.a.room(from.in.n)
	if f.flat.single && len(w.groups) > 0 {
		w.rows++
		f.state.rows++
		f.a.groups[i] = w.groups[0]
		return w.groups[0]
	}
	f.code = from.codeOf(f.code[:0], i)
	g := f.table.Numbered(f.code, w.number)
	f.a.groups[i] = g
	f.taken(g, w)
	return g
}

// counts tells that a row has not failed.
func (f *refined) counts(row refinedRow) bool { return row.counts && !f.refused[row.id] }

// refuse sends rows that an aggregate does not take to the error topic. ids are those of
// the rows, by the place that at tells.
func (f *refined) refuse(b *operators.Batch, failed []operators.Failure, ids []kept.ID, at func(row int) int) {
	if len(failed) == 0 {
		return
	}
	for _, x := range failed {
		f.refused[ids[at(x.Row)]] = true
	}
	f.out.Fail(b, failed)
}

// dropRow forgets a row.
func (f *refined) dropRow(id kept.ID) {
	delete(f.refused, id)
	if f.picks != nil {
		delete(f.picks.candidates, id)
	}
	f.rows.Drop(id)
}

// counted are the rows that did not fail.
func (f *refined) counted(rows []refinedRow) []refinedRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r refinedRow) bool { return !f.counts(r) })
}

// countedIDs are the names of the rows that did not fail.
func (f *refined) countedIDs(rows []refinedRow) []kept.ID {
	var ids []kept.ID
	for _, r := range rows {
		if f.counts(r) {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// addKept adds kept rows to a window. Rows that are refused in their place there count in
// no window from then on.
func (f *refined) addKept(rows []refinedRow, to *numbered) {
	if f.picks != nil {
		f.picks.count(f, f.counted(rows), to)
		return
	}
	f.reads.eachRead(f, rows, func(from *source, rows []int32) { f.addRead(from, rows, to) })
}

// addIDs adds kept rows, none of which failed, to a window each.
func (f *refined) addIDs(ids []kept.ID, windows []*numbered) {
	if len(ids) == 0 {
		return
	}
	b := f.rows.Take(ids)
	defer b.Release()
	in := f.a.read(b, nowhere{}) // none of them failed when it came
	defer in.release()
	f.refuse(b, f.add(in, nil, windows), ids, func(row int) int { return row })
}

// settling is kept rows that are to count for good in windows, and to be forgotten.
type settling struct {
	rows []refinedRow
	to   []*numbered
	ids  []kept.ID // scratch
}

// settleRows lets rows count that are settling. None of them are shown themselves.
func (f *refined) settleRows() {
	s := &f.settling
	ids, to := s.ids[:0], s.to[:0]
	for i, r := range s.rows {
		if f.counts(r) {
			ids, to = append(ids, r.id), append(to, s.to[i])
		}
	}
	f.addIDs(ids, to)
	for _, r := range s.rows {
		f.dropRow(r.id)
	}
	clear(s.rows)
	clear(s.to)
	s.rows, s.to, s.ids = s.rows[:0], s.to[:0], ids
}

// onWatermark shows what is due and forgets the windows that are settled: what was
// shown of them stands.
func (f *refined) onWatermark(w operators.Watermark, out operators.Output) error {
	f.out = out
	if f.every > 0 {
		f.send(f.advance(w.Time, nil), nil, out)
	}
	keys := f.settleKeys(f.dueKeys(w), w)
	for _, key := range keys {
		f.byKey[key].clear()
		f.unwatch(key)
	}
	slices.Sort(keys)
	f.apart.forget(keys)
	f.keys.Remove(keys)
	f.bury()
	return f.apart.passed(w)
}

// dueKeys are the keys of which a watermark settles something.
func (f *refined) dueKeys(w operators.Watermark) []int32 {
	keys := f.settles[:0]
	if w.End {
		keys = slices.AppendSeq(keys, maps.Keys(f.active))
	} else {
		for {
			key, at, ok := f.due.First()
			if !ok || at > w.Time {
				break
			}
			f.due.Clear(key)
			keys = append(keys, key)
		}
	}
	f.settles = keys
	return keys
}

// wait notes when a watermark settles something of a key. Of one of which nothing is left any
// watermark does.
func (f *refined) wait(key int32) {
	h, next := f.byKey[key], int64(math.MinInt64)
	if len(h.windows) > 0 || len(h.rows) > 0 || h.opened > 0 {
		next = f.shape.next(h)
	}
	if next == math.MaxInt64 {
		f.due.Clear(key)
	} else {
		f.due.Set(key, next)
	}
}

// settleKeys forgets what a watermark settles of keys, and returns those of which nothing is
// left.
func (f *refined) settleKeys(keys []int32, w operators.Watermark) (idle []int32) {
	gone, idle := f.spare.gone[:0], f.idle[:0]
	for _, key := range keys {
		h := f.byKey[key]
		gone = f.shape.settle(h, w, gone)
		if len(h.windows) == 0 && len(h.rows) == 0 && !f.changing(h) && h.opened == 0 { // windows of rows are numbered for ever
			idle = append(idle, key)
		}
		f.wait(key)
	}
	f.settleRows()
	f.idle = idle
	slices.SortFunc(gone, func(a, b *numbered) int { return int(a.number - b.number) })
	f.drop(gone)
	clear(gone)
	f.spare.gone = gone
	return idle
}

// unwatch takes a key without windows out of those that are looked at.
func (f *refined) unwatch(key int32) {
	delete(f.active, key)
	f.due.Clear(key)
	f.ticks.Clear(key)
}

// clear forgets what is known of a key of which nothing is left, and keeps the memory.
func (h *history) clear() {
	clear(h.known)
	*h = history{windows: few(h.windows), rows: few(h.rows), gone: few(h.gone), known: h.known, spare: h.spare}
}

// empty forgets the windows of keys with their rows.
func (f *refined) empty(keys []int32) {
	gone := f.spare.gone[:0]
	var ids []kept.ID
	for _, key := range keys {
		h := f.byKey[key]
		ids = h.appendIDs(ids[:0])
		for _, id := range ids {
			f.dropRow(id)
		}
		for _, w := range h.windows {
			if gone = append(gone, w.numbered); w.base != nil {
				gone = append(gone, w.base)
			}
			f.forgetShown(w)
			f.closeWindow(w)
		}
		for _, w := range h.gone {
			f.forgetShown(w)
			f.closeGone(w)
		}
		clear(h.windows)
		clear(h.gone)
		h.clear()
		f.unwatch(key)
	}
	f.drop(gone)
	clear(gone)
	f.spare.gone = gone
}

func (f *refined) held() int64 {
	n := f.apart.away()
	for key := range f.active {
		n += f.shape.held(f.byKey[key])
	}
	return n
}

func (f *refined) release() {
	if f.rows != nil {
		f.rows.Release()
	}
}
