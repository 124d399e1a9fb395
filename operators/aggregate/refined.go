package aggregate

import (
	"errors"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
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
	next     int64        // no window shows changes before
	keys     *group.Table // of `per`
	byKey    []*history
	active   map[int32]bool // keys that have rows
	rows     *kept.Rows
	refused  map[kept.ID]bool // rows that an aggregate has refused: they count in no window any more
	out      operators.Output // at hand
	batch    *operators.Batch // at hand
	seq      int64
	identity *kept.Identity // of the rows of a changes stream, else nil
	// numbers is room for the number of the window of each row of a batch.
	numbers arrow.Array
	values  []int64
	single  [1]int32
	keyOf   []int32
}

// shape is how rows of one key make windows.
type shape interface {
	// add takes a row, the i-th of the batch that in was read from.
	add(h *history, row refinedRow, in *input, i int)
	// takes tells whether a row can still be taken back by a change with this arrival.
	takes(h *history, row refinedRow, arrival int64) bool
	// remove takes a row back.
	remove(h *history, row refinedRow, arrival int64)
	// adopts tells that a window takes the place of one that is no more.
	adopts(w, gone *refinedWindow) bool
	// settle forgets what a watermark settles, and returns the windows whose groups go.
	settle(h *history, w operators.Watermark) []*numbered
	// held is how many rows are in open windows.
	held(h *history) int64
}

// history is what is known of a key.
type history struct {
	windows []*refinedWindow // open ones, in order
	rows    []refinedRow     // of all windows, by (t, seq), where windows share rows
	// gone are windows that are no more, whose last rows readers still have.
	gone  []*refinedWindow
	known map[string][]refinedRow // rows that may be taken back, as they came
}

// refinedWindow is an open window.
type refinedWindow struct {
	*numbered
	start, end int64
	last       int64        // the time of the last row of a session
	base       *numbered    // what settled rows of a session have come to; nil where there are none
	baseLast   int64        // the time of the last of them
	rows       []refinedRow // the others, in order of time, of a session
	shown      map[string]seen
	// ghosts are what was shown of windows that have become this one, not taken back yet.
	ghosts  []ghost
	changed bool // since it was last shown
}

type refinedRow struct {
	t, seq int64
	id     kept.ID
	counts bool   // the row did not fail
	code   string // what it is told apart by, over a changes stream
	gone   int64  // windows that end at this instant or later do not have it any more
}

// seen is the row of a group that readers have seen last.
type seen struct {
	by     string // its `by` values, exactly
	items  string
	start  int64
	end    int64
	failed bool // its error record has left, and no row is seen
}

type ghost struct {
	key string
	was seen
}

func newRefined(a *Aggregate, in []types.Column) *refined {
	f := &refined{
		flat: *newFlat(a), lateness: a.spec.Lateness.Microseconds(), every: a.spec.EmitEvery.Microseconds(), clock: math.MinInt64, next: math.MaxInt64,
		keys: group.New(a.byTypes[:len(a.spec.Find.Per)]), active: map[int32]bool{}, refused: map[kept.ID]bool{}, out: nowhere{},
	}
	if a.spec.Find.Kind == ir.WindowSliding {
		f.shape = &slidingShape{f: f, size: a.spec.Find.Size.Micros}
	} else {
		f.shape = &sessionShape{f: f, rule: window.NewRule(a.spec.Find)}
	}
	if a.spec.Input != nil {
		f.identity = kept.NewIdentity(outOfWindows(a.spec.Input), in)
	}
	return f
}

// outOfWindows is how rows are told apart that are in no window yet.
func outOfWindows(r *ir.Replaced) *ir.Replaced {
	return &ir.Replaced{Key: slices.DeleteFunc(slices.Clone(r.Key), func(k string) bool { return k == types.WindowStart || k == types.WindowEnd })}
}

func (f *refined) open(ctx *operators.Context) { f.rows = kept.New(ctx) }

// settled is the watermark from which on a window takes no more rows.
func (f *refined) settled(end int64) int64 {
	if end > math.MaxInt64-f.lateness {
		return math.MaxInt64
	}
	return end + f.lateness
}

func (f *refined) process(b *operators.Batch, out operators.Output) error {
	if b.Time == nil || b.Arrival == nil {
		return errors.New("aggregate: windows of rows without time")
	}
	if b.Len() == 0 {
		return nil
	}
	f.out = out
	come := *b // rows that are taken back need not be computed
	come.Sel = coming(b)
	in := f.a.read(&come, out)
	defer in.release()
	f.findKeys(b)
	f.numbers, f.values = kernel.NewFixed[int64](f.a.Alloc, arrow.PrimitiveTypes.Int64, b.Rows)
	defer f.numbers.Release()
	f.batch = b
	r := &refining{f: f, b: b, in: in, out: out, ids: make([]kept.ID, b.Rows), counts: make([]bool, b.Rows)}
	ok := operators.Batch{Rows: b.Rows, Sel: in.sel}
	ok.Each(func(i int) { r.counts[i] = true }) // the others are in windows as well
	rows := make([]int32, 0, come.Len())
	come.Each(func(i int) { rows = append(rows, int32(i)) })
	for n, id := range f.rows.Add(b, rows) {
		r.ids[rows[n]] = id
	}
	if f.identity != nil {
		r.code = f.identity.Codes(b)
	}
	eachChange(b, r.turn)
	f.send(r.changes, f.every == 0, out)
	return nil
}

// findKeys sets the key of each row of a batch.
func (f *refined) findKeys(b *operators.Batch) {
	rows := &operators.Rows{Alloc: f.a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(f.a.by[:len(f.a.spec.Find.Per)]) // plain columns, which cannot fail
	defer operators.ReleaseAll(keys)
	f.keyOf = slices.Grow(f.keyOf[:0], b.Rows)[:b.Rows]
	f.keys.Find(keys, b.Rows, b.Sel, f.keyOf)
	for len(f.byKey) < f.keys.Size() {
		f.byKey = append(f.byKey, &history{})
	}
}

// coming are the rows of a batch that take nothing back, nil for all.
func coming(b *operators.Batch) []int32 {
	if b.Ops == nil {
		return b.Sel
	}
	rows := make([]int32, 0, b.Len())
	b.Each(func(i int) {
		if b.Ops[i] == operators.Insert || b.Ops[i] == operators.UpdateAfter {
			rows = append(rows, int32(i))
		}
	})
	return rows
}

// eachChange calls f for each change of a batch: the row that is taken back and the
// one that comes, -1 for none. Of a pair another instance may have either.
func eachChange(b *operators.Batch, f func(sub, add int32)) {
	before := int32(-1) // of a pair whose second row is to come
	flush := func() {
		if before >= 0 {
			f(before, -1)
		}
		before = -1
	}
	b.Each(func(i int) {
		row, op := int32(i), operators.Insert
		if b.Ops != nil {
			op = b.Ops[i]
		}
		if op == operators.UpdateAfter && before >= 0 && before == row-1 {
			f(before, row)
			before = -1
			return
		}
		flush()
		switch op {
		case operators.Insert, operators.UpdateAfter:
			f(-1, row)
		case operators.UpdateBefore:
			before = row
		case operators.Delete:
			f(row, -1)
		}
	})
	flush()
}

// refining works through one batch.
type refining struct {
	f       *refined
	b       *operators.Batch
	in      *input
	out     operators.Output
	ids     []kept.ID
	counts  []bool
	code    keycode.Appender
	changes []refinedChange
}

// turn follows one change of the input.
func (r *refining) turn(sub, add int32) {
	f, cause := r.f, sub
	if sub < 0 {
		cause = add
	}
	if arrival := r.b.Arrival[cause]; f.every > 0 && arrival > f.clock {
		r.changes = f.advance(arrival, r.out, r.changes)
	}
	var touched []*history
	if sub >= 0 {
		f.active[f.keyOf[sub]] = true
		h := f.byKey[f.keyOf[sub]]
		touched = append(touched, h)
		f.takeBack(h, string(r.code(nil, int(sub))), r.b.Arrival[sub])
	}
	if add >= 0 {
		if h := f.byKey[f.keyOf[add]]; !slices.Contains(touched, h) {
			touched = append(touched, h)
		}
		r.add(int(add))
	}
	var list []*refinedWindow
	for _, h := range touched {
		list = append(list, changed(h)...)
	}
	if f.every == 0 {
		r.changes = f.showAll(list, cause, r.b.Progress[cause], r.out, r.changes)
		return
	}
	r.changes = f.await(list, r.out, r.changes)
}

// add puts a row into the windows of its key.
func (r *refining) add(i int) {
	f := r.f
	h := f.byKey[f.keyOf[i]]
	f.active[f.keyOf[i]] = true
	f.seq++
	row := refinedRow{t: r.b.Time[i], seq: f.seq, id: r.ids[i], counts: r.counts[i], gone: math.MaxInt64}
	if r.code != nil {
		row.code = string(r.code(nil, i))
		h.know(row)
	}
	f.shape.add(h, row, r.in, i)
}

// takeBack finds the row that a change takes back, and takes it out of the windows that
// are open for the change. Those that have closed keep it. Of equal rows the first goes
// that any window can do without, else the last to be forgotten, so that what has been
// forgotten makes no difference.
func (f *refined) takeBack(h *history, code string, arrival int64) {
	list := h.known[code]
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
	h.known[row.code] = append(h.known[row.code], row)
}

// forget drops what a row is found by.
func (h *history) forget(row refinedRow) {
	if h.known == nil {
		return
	}
	list := slices.DeleteFunc(h.known[row.code], func(r refinedRow) bool { return r.seq == row.seq })
	if h.known[row.code] = list; len(list) == 0 {
		delete(h.known, row.code)
	}
}

// leave keeps what was shown of a window that is no more until its readers know: a
// window that starts where it did, or that takes its place, says so with its own changes.
func (f *refined) leave(h *history, w *refinedWindow) {
	ghosts := w.ghosts
	for _, key := range sortedKeys(w.shown) {
		ghosts = append(ghosts, ghost{key: key, was: w.shown[key]})
	}
	for _, g := range ghosts {
		at := slices.IndexFunc(h.windows, func(heir *refinedWindow) bool { return heir.start == g.was.start })
		if at < 0 {
			at = slices.IndexFunc(h.windows, func(heir *refinedWindow) bool { return f.shape.adopts(heir, w) })
		}
		if at >= 0 {
			heir := h.windows[at]
			heir.ghosts, heir.changed = append(heir.ghosts, g), true
			continue
		}
		if at = len(h.gone) - 1; at < 0 || h.gone[at].start != w.start || h.gone[at].end != w.end {
			h.gone = append(h.gone, &refinedWindow{numbered: &numbered{}, start: w.start, last: w.last, end: w.end, changed: true})
			at++
		}
		h.gone[at].ghosts = append(h.gone[at].ghosts, g)
	}
}

// inherit lets a window take over what was shown of those that are no more: where it
// takes their place, or starts where they did.
func (f *refined) inherit(h *history, w *refinedWindow) {
	h.gone = slices.DeleteFunc(h.gone, func(gone *refinedWindow) bool {
		if !gone.changed || !f.shape.adopts(w, gone) {
			return !gone.changed
		}
		w.ghosts = append(w.ghosts, gone.ghosts...)
		return true
	})
	for _, windows := range [][]*refinedWindow{h.windows, h.gone} {
		for _, o := range windows {
			if o == w {
				continue
			}
			o.ghosts = slices.DeleteFunc(o.ghosts, func(g ghost) bool {
				if g.was.start == w.start {
					w.ghosts = append(w.ghosts, g)
				}
				return g.was.start == w.start
			})
		}
	}
}

// changed are the windows of a key that have changed since they were last shown.
func changed(h *history) []*refinedWindow {
	var list []*refinedWindow
	h.gone = slices.DeleteFunc(h.gone, func(w *refinedWindow) bool { return !w.changed })
	for _, windows := range [][]*refinedWindow{h.windows, h.gone} {
		for _, w := range windows {
			if w.changed {
				list = append(list, w)
			}
		}
	}
	return list
}

// one adds a row of the batch to a window in which it is the last, or in which the
// order of rows does not matter.
func (f *refined) one(in *input, i int, w *refinedWindow, row refinedRow) {
	if !f.counts(row) {
		return
	}
	f.a.room(in.n)
	f.values[i] = w.number
	f.single[0] = int32(i)
	f.a.note(f.table)
	windowOf := func(int) *numbered { return w.numbered }
	f.findIn(in, f.single[:], f.numbers, windowOf)
	f.refuse(f.batch, f.count(in, f.single[:], windowOf), []kept.ID{row.id}, func(int) int { return 0 })
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
	f.rows.Drop(id)
}

// addKept adds kept rows to a window. Rows that are refused in their place there count in
// no window from then on.
func (f *refined) addKept(rows []refinedRow, to *numbered) {
	var ids []kept.ID
	for _, r := range rows {
		if f.counts(r) {
			ids = append(ids, r.id)
		}
	}
	if len(ids) == 0 {
		return
	}
	windows := make([]*numbered, len(ids))
	for i := range windows {
		windows[i] = to
	}
	b := f.rows.Take(ids)
	defer b.Release()
	in := f.a.read(b, nowhere{}) // none of them failed when it came
	defer in.release()
	f.refuse(b, f.add(in, nil, windows), ids, func(row int) int { return row })
}

// onWatermark shows what is due and forgets the windows that are settled: what was
// shown of them stands.
func (f *refined) onWatermark(w operators.Watermark, out operators.Output) {
	f.out = out
	if f.every > 0 {
		f.send(f.advance(w.Time, out, nil), false, out)
	}
	var gone []*numbered
	var keys []int32
	for key := range f.active {
		h := f.byKey[key]
		gone = append(gone, f.shape.settle(h, w)...)
		if len(h.windows) == 0 && len(h.rows) == 0 && len(changed(h)) == 0 {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		f.byKey[key] = &history{}
		delete(f.active, key)
	}
	slices.Sort(keys)
	f.keys.Remove(keys)
	slices.SortFunc(gone, func(a, b *numbered) int { return int(a.number - b.number) })
	f.drop(gone)
}

func (f *refined) held() int64 {
	n := int64(0)
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
