package over

import (
	"cmp"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// waiting writes single keys whose rows look ahead. Each has rows that wait, the first of which
// is its head. A key comes back when a row asks for it, or when its head is about to have waited
// long enough; keys whose rows wait for others come back once the input has ended.
type waiting struct {
	apart
	a *ahead
	// heads are those of keys that are not in memory: the watermark below waits for them, too.
	heads   group.Instants
	past    int64 // heads before it have waited long enough, and none of them are left
	counted bool  // the keys of the states that were read are among heads
	over    bool  // the input has ended
}

// headsPrefix is what heads begin with on the shelf, by which keys are found that have one.
const headsPrefix = "when"

// Open implements operators.Operator.
func (a *ahead) Open(ctx *operators.Context) error {
	if err := a.timed.Open(ctx); err != nil || ctx.Shelf == nil || !a.engine.spec.Spills() {
		return err
	}
	a.engine.history.Detach()
	w := &waiting{apart: *newApart(a.engine, &a.heads, a.in), a: a, past: operators.MinTime}
	w.spill = spill.New(a.engine.table, spill.NewPart(ctx.Shelf, []byte(prefix)), w)
	if a.frame.span > 0 {
		w.spill.Index(ctx.Shelf, []byte(headsPrefix), a.frame.span)
	}
	a.waiting, a.engine.apart = w, &w.apart
	return nil
}

// moment is when a row leaves that waits, if no other comes: the instant at which it is settled
// then, and its number.
type moment struct{ settled, seq int64 }

func (m moment) compare(n moment) int {
	return cmp.Or(cmp.Compare(m.settled, n.settled), cmp.Compare(m.seq, n.seq))
}

// end is the watermark when the input has ended.
var end = operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true}

// Save implements spill.Codec. Behind the head stand the moments of the rows that wait, by which
// those are chosen that leave first.
func (w *waiting) Save(to *wire.Writer, g int32) error {
	to.Int(w.Next(g))
	k := &w.e.keys[g]
	to.Uint(uint64(k.total() - k.next))
	for pos := k.next; pos < k.total(); pos++ {
		settled, _ := w.a.settled(k, pos, end)
		to.Int(settled)
		to.Int(k.at(pos).seq)
	}
	return w.save(to, g)
}

// moments calls f for the moments of the rows of a key, as Save wrote them.
func moments(r *wire.Reader, f func(m moment)) {
	r.Int()
	for range r.Len() {
		f(moment{r.Int(), r.Int()})
	}
}

// Load implements spill.Codec.
func (w *waiting) Load(r *wire.Reader, g int32) error {
	head := r.Int()
	w.timers.Set(g, head)
	if !w.over {
		w.heads.Remove(head)
	}
	for range r.Len() {
		r.Int()
		r.Int()
	}
	w.load(r, g)
	return nil
}

// Free implements spill.Codec.
func (w *waiting) Free(groups []int32) {
	for _, g := range groups {
		if !w.over {
			w.heads.Add(w.Next(g))
		}
	}
	w.apart.Free(groups)
}

// some reports that there are keys that are not in memory.
func (w *waiting) some() bool {
	if w == nil {
		return false
	}
	_, some := w.heads.First()
	return some
}

// leastTogether is how many keys may be in memory at once in any case, or all keys would be
// looked at for a few.
const leastTogether = 256

// together is how many keys may come into memory at once.
func (w *waiting) together() int { return max(w.spill.Room(w.most), leastTogether) }

// steps are instants up to a watermark, at each of which not too many heads have waited long
// enough that are not in memory.
func (a *ahead) steps(w operators.Watermark) []operators.Watermark {
	var steps []operators.Watermark
	if limit, some := a.limit(w.Time); some {
		heads := a.waiting.heads.Sorted()
		n := a.waiting.together()
		for i := n - 1; i+n < len(heads) && heads[i+n] < limit; i += n {
			if at := later(heads[i], a.frame.span); len(steps) == 0 || at > steps[len(steps)-1].Time {
				steps = append(steps, operators.Watermark{Time: at, Progress: at})
			}
		}
	}
	return append(steps, w)
}

// limit is the first instant at which a head has not waited long enough; false where none that
// is not in memory has.
func (a *ahead) limit(watermark int64) (at int64, some bool) {
	if a.waiting == nil || a.frame.span == 0 {
		return operators.MinTime, false
	}
	at = later(earlier(watermark, a.frame.span), 1)
	first, some := a.waiting.heads.First()
	return at, some && first < at
}

// bring brings the keys back whose head has waited long enough at a watermark, or will have not
// long after.
func (a *ahead) bring(watermark int64) error {
	if a.waiting == nil || a.frame.span == 0 {
		return nil
	}
	w := a.waiting
	limit, some := a.limit(watermark)
	w.past = max(w.past, limit)
	if !some { // but an instant may stand for a key whose head is a later one by now
		return w.spill.Bring(a.Ctx.Mine, limit)
	}
	until := later(limit, a.frame.span/16)
	if heads, n := w.heads.Sorted(), w.together(); n < len(heads) {
		until = max(min(until, heads[n]), limit)
	}
	return w.spill.Bring(a.Ctx.Mine, until)
}

// Snapshot implements operators.Operator.
func (a *ahead) Snapshot() ([]byte, error) {
	if err := a.passed(); err != nil {
		return nil, err
	}
	return a.timed.Snapshot()
}

// Shed implements operators.Spiller.
func (a *ahead) Shed(most int64) error {
	if a.waiting != nil && a.Ctx.Shelf.Free() {
		if err := a.passed(); err != nil {
			return err
		}
	}
	return a.timed.Shed(most)
}

// passed takes heads off the shelf that have waited long enough: all instances have come as far.
func (a *ahead) passed() error {
	if a.waiting == nil || a.frame.span == 0 {
		return nil
	}
	return a.waiting.spill.Passed(a.waiting.past)
}

// endsByTime reports that the end of the input can be time that passes: what waits, waits for time
// alone, and keys may leave memory on the way.
func (a *ahead) endsByTime() bool {
	return a.waiting != nil && a.frame.span > 0 && a.Ctx.Shelf.Free()
}

// runOut lets time pass as far as rows have come, and then from head to head until none is left
// outside of memory.
func (a *ahead) runOut(out operators.Output) error {
	at := later(a.Waiting.Last(), 1)
	for some := true; some; at, some = a.nextTogether() {
		if err := a.OnWatermark(operators.Watermark{Time: at, Progress: at}, out); err != nil {
			return err
		}
	}
	return nil
}

// nextTogether is the instant at which as many heads have waited long enough as may come into
// memory at once, of those that are not there; false for none.
func (a *ahead) nextTogether() (int64, bool) {
	heads := a.waiting.heads.Sorted()
	if len(heads) == 0 {
		return 0, false
	}
	return later(heads[min(a.waiting.together(), len(heads))-1], a.frame.span), true
}

// finish lets all rows leave when the input has ended, some of them at a time. A key is read for
// each part in which it has rows, and gives all of its rows their columns then.
func (a *ahead) finish(out operators.Output) error {
	w := a.waiting
	together := 2 * w.together() // there is nothing else
	last, err := w.spill.Last(a.Ctx.Mine)
	if err != nil {
		return err
	}
	w.over, w.heads = true, group.Instants{}
	parts := spill.Parts[moment]{
		Of:      func(_, value []byte, f func(m moment)) { moments(wire.NewReader(value), f) },
		Compare: moment.compare, Hash: func(m moment) uint64 { return spill.Mixed(m.seq) },
	}
	err = parts.Each(last, together, func(groups []int32, has func(m moment) bool) error {
		for _, g := range groups {
			a.engine.touch(g)
			a.complete(g, end)
		}
		a.emit(nil, has, out)
		a.engine.settle()
		return nil
	})
	a.rows = 0
	return err
}

// resume goes on with keys that are on the shelf.
func (a *ahead) resume(mine operators.Mine) error {
	w := a.waiting
	w.spill.Resume()
	if w.counted {
		return nil
	}
	w.counted = true
	err := w.spill.EachAway(mine, func(_, value []byte) {
		w.heads.Add(wire.NewReader(value).Int())
		moments(wire.NewReader(value), func(moment) { a.rows++ })
	})
	if err != nil || !a.engine.history.Adapted() {
		return err
	}
	return w.rows.Adapted(func() error {
		_, err := w.spill.BringAll(mine)
		return err
	})
}

// adaptedBeside reads rows of another form beside the arguments that are kept with them.
func (e *engine) adaptedBeside(adapt *operators.Adapter) *operators.Adapter {
	if adapt == nil {
		return nil
	}
	var own []*types.Type
	for _, a := range e.kept {
		own = append(own, e.types[a])
	}
	beside := adapt.Beside(len(own), 0)
	beside.From = slices.Concat(own, adapt.From)
	return beside
}
