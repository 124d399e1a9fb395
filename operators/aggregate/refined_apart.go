package aggregate

import (
	"math"
	"slices"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/wire"
)

// refinedApart writes single keys with their windows, the rows of these and what the
// aggregators know, so that keys leave memory that no row has asked for of late. One whose
// windows have changed since they were shown stays until they are.
//
// That a window is settled shows nothing, so that no key comes back for it: one that does
// come back forgets first what has been settled meanwhile.
type refinedApart struct {
	f       *refined
	spill   *spill.Groups
	rows    *kept.Apart
	mine    operators.Mine
	settled operators.Watermark // up to which keys in memory are
	sweep   int64               // when keys are looked for that are over
	held    int64               // rows in windows of keys that are not in memory
	coming  []comingKey
	groups  []int32   // scratch, as all below
	ids     []kept.ID //
	code    []byte    //
}

// comingKey is a key that was read, and whose rows are not held yet.
type comingKey struct {
	key     int32
	rows    []*refinedRow
	entries []kept.Entry
	known   map[int64]bool
}

func newRefinedApart(f *refined, ctx *operators.Context) *refinedApart {
	a := &refinedApart{f: f, rows: kept.NewApart(f.rows, f.in), mine: ctx.Mine, sweep: operators.MinTime}
	a.settled = operators.Watermark{Time: operators.MinTime}
	a.spill = spill.New(f.keys, ctx.Shelf, a)
	return a
}

// Grow implements spill.Codec.
func (a *refinedApart) Grow(n int) { a.f.grow(n) }

// Next implements spill.Dated: nothing happens to a key that is not in memory but that it is over.
func (a *refinedApart) Next(g int32) int64 {
	if a.Pinned(g) {
		return changedFirst
	}
	return max(a.f.shape.over(a.f.byKey[g]), changedFirst+1)
}

// Pinned implements spill.Pinning.
func (a *refinedApart) Pinned(g int32) bool {
	h := a.f.byKey[g]
	return a.f.changing(h) || slices.ContainsFunc(h.windows, func(w *refinedWindow) bool { return w.changed })
}

// Saving implements spill.Together.
func (a *refinedApart) Saving(keys []int32) error {
	a.ids = a.ids[:0]
	for _, key := range keys {
		a.ids = a.f.byKey[key].appendIDs(a.ids)
	}
	return a.rows.Saving(a.ids)
}

// appendIDs appends the names of all rows of a key, in the order in which they are saved.
func (h *history) appendIDs(ids []kept.ID) []kept.ID {
	for _, windows := range [][]*refinedWindow{h.windows, h.gone} {
		for _, w := range windows {
			for _, r := range w.rows {
				ids = append(ids, r.id)
			}
		}
	}
	for _, r := range h.rows {
		ids = append(ids, r.id)
	}
	return ids
}

// Save implements spill.Codec. A window has another number when it comes back.
func (a *refinedApart) Save(w *wire.Writer, g int32) error {
	f, h := a.f, a.f.byKey[g]
	w.Int(a.Next(g))
	w.Int(f.shape.held(h))
	s := &refinedSaving{f: f, w: w}
	s.history(h)
	groups := a.groups[:0]
	for _, n := range s.windows {
		w.Uint(uint64(len(n.groups)))
		for _, g := range n.groups {
			a.code = f.keyOfGroup(a.code[:0], g)
			w.Bytes(a.code)
		}
		groups = append(groups, n.groups...)
	}
	a.groups = groups
	if err := f.saveAggs(w, groups, f.table.Size()); err != nil {
		return err
	}
	for _, id := range s.ids {
		a.rows.Save(w, id)
	}
	return nil
}

// Load implements spill.Codec.
func (a *refinedApart) Load(r *wire.Reader, g int32) error {
	f := a.f
	r.Int()
	a.held -= r.Int()
	l := &refinedLoading{r: r}
	h := l.history()
	groups := a.groups[:0]
	for _, n := range l.windows {
		f.flat.next++
		n.number = f.flat.next
		for range r.Len() {
			groups = append(groups, f.restored(r.Bytes(), n))
		}
		f.state.rows += n.rows
	}
	a.groups = groups
	f.loadAggs(r, groups, f.table.Size())
	c := comingKey{key: g, rows: l.rows, known: l.known, entries: make([]kept.Entry, len(l.rows))}
	for i := range c.entries {
		a.rows.Load(r, &c.entries[i])
	}
	if r.Failed() {
		return r.Err()
	}
	was := f.byKey[g]
	h.known, h.spare = was.known, was.spare
	*was = *h
	f.active[g] = true
	a.coming = append(a.coming, c)
	return nil
}

// Loaded implements spill.Together.
func (a *refinedApart) Loaded() error {
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	f := a.f
	keys := make([]int32, len(a.coming))
	for i, c := range a.coming {
		for j, row := range c.rows {
			row.id = c.entries[j].ID
		}
		f.byKey[c.key].learn(c.known)
		keys[i] = c.key
	}
	clear(a.coming)
	a.coming = a.coming[:0]
	if f.picks != nil {
		f.picks.recall(f, keys)
	}
	f.settleKeys(keys, a.settled)
	for _, key := range keys {
		f.tick(key)
	}
	f.bury()
	return nil
}

// Free implements spill.Codec.
func (a *refinedApart) Free(keys []int32) {
	f := a.f
	for _, key := range keys {
		a.held += f.shape.held(f.byKey[key])
	}
	f.empty(keys)
	f.bury()
}

// Forgotten implements spill.Forgetting.
func (a *refinedApart) Forgotten(_, value []byte) {
	r := wire.NewReader(value)
	r.Int()
	a.held -= r.Int()
}

// What things take in memory beside what is written of them: a window with what was shown of
// it, its group, a row, and a key. Slices that grow have room to spare.
const (
	refinedWindowBytes = int(unsafe.Sizeof(refinedWindow{})+unsafe.Sizeof(numbered{})+unsafe.Sizeof(seen{})) + 2*8
	refinedGroupBytes  = 64 + 2*8
	refinedRowBytes    = int(unsafe.Sizeof(refinedRow{}))*5/4 + 40
	candidateBytes     = int(unsafe.Sizeof(Candidate{})) + 64
	refinedKeyBytes    = int(unsafe.Sizeof(history{})) + 40
)

// Bytes implements spill.Codec: a key has as many windows and rows as keys have in the mean.
func (a *refinedApart) Bytes() int {
	f := a.f
	group, row := refinedGroupBytes+refinedWindowBytes, refinedRowBytes
	for _, agg := range f.aggs {
		if sized, ok := agg.(fold.Sized); ok {
			group += 2 * sized.StateBytes()
		}
	}
	if f.picks != nil {
		row += candidateBytes
	}
	return refinedKeyBytes + (f.table.Len()*group+f.rows.Len()*row)/max(f.keys.Len(), 1)
}

// bring brings the keys of the rows of a batch back that were put away. It follows Find.
func (a *refinedApart) bring(b *operators.Batch, keys []int32) error {
	if a == nil {
		return nil
	}
	return a.spill.Found(b.Rows, b.Sel, keys)
}

// shown is told of keys whose windows have been shown at a tick.
func (a *refinedApart) shown(keys []int32) {
	if a == nil {
		return
	}
	for _, key := range keys {
		a.spill.Changed(key)
	}
}

// forget is told of keys in memory before the table forgets them.
func (a *refinedApart) forget(keys []int32) {
	if a != nil {
		a.spill.Removed(keys)
	}
}

// passed is told of a watermark that has settled what is in memory. Keys that are over by it
// and not in memory show nowhere, but all keys are looked at to find them: so that is done an
// eighth of the time after the last that they last. At the end of the input no row asks for
// any.
func (a *refinedApart) passed(w operators.Watermark) error {
	if a == nil {
		return nil
	}
	a.settled = w
	lasts := a.f.shape.lasts()
	if lasts == math.MaxInt64 || w.Time < a.sweep {
		return nil
	}
	if w.End {
		a.held = 0
		a.spill.End()
		return nil
	}
	a.sweep = later(w.Time, lasts/8+1)
	_, err := a.spill.Away(a.mine, func(at int64) bool { return at <= w.Time })
	return err
}

func (a *refinedApart) away() int64 {
	if a == nil {
		return 0
	}
	return a.held
}

// save puts the keys that have changed on the shelf.
func (a *refinedApart) save(w *wire.Writer) error {
	w.Int(a.settled.Time)
	w.Int(a.f.held())
	return a.spill.Flush()
}

// load goes on with keys that are on the shelf, and brings those back that have something to
// show at a tick.
func (a *refinedApart) load(r *wire.Reader, mine operators.Mine) {
	if a == nil {
		r.Fail(errNoShelf)
		return
	}
	a.settled.Time = max(a.settled.Time, r.Int())
	if held := r.Int(); mine == nil || mine(0) { // of all keys: one instance counts them
		a.held += held
	}
	a.spill.Resume()
	if a.f.every == 0 || r.Failed() {
		return
	}
	if err := a.spill.Bring(mine, changedFirst+1); err != nil {
		r.Fail(err)
	}
}

// holding implements ownShelf.
func (f *refined) holding() int64 {
	if f.apart == nil {
		return 0
	}
	return f.apart.spill.Holding()
}

// shed implements ownShelf.
func (f *refined) shed(most int64) error {
	if f.apart == nil {
		return nil
	}
	return f.apart.spill.Shed(most)
}
