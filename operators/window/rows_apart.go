package window

import (
	"cmp"
	"math"
	"slices"
	"unsafe"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// rowsApart writes single keys with the rows that their windows wait for, so that those leave
// memory that no row has asked for of late.
type rowsApart struct {
	r     *Rows
	spill *spill.Groups
	rows  *kept.Apart
	mine  operators.Mine
	// lasts are where the windows of keys stand that are not in memory: the watermark below waits
	// for them, too.
	lasts  group.Instants
	held   int64 // rows of keys that are not in memory
	most   int64 // what all might take when it left memory last
	coming []comingRow
	ids    []kept.ID // scratch
}

// comingRow is a row of a key that was read and is not held yet.
type comingRow struct {
	tally *tally
	at    int
	row   *kept.Entry
}

// Open implements operators.Operator.
func (r *Rows) Open(ctx *operators.Context) error {
	if err := r.held.Open(ctx); err != nil || ctx.Shelf == nil || !r.Spills() {
		return err
	}
	r.rows.Detach()
	r.apart = &rowsApart{r: r, rows: kept.NewApart(r.rows, r.in), mine: ctx.Mine}
	r.apart.spill = spill.New(r.keys, ctx.Shelf, r.apart)
	return nil
}

// Spills implements operators.Spiller. One key alone is asked for by every row.
func (r *Rows) Spills() bool { return len(r.types) > 0 }

// Holding implements operators.Spiller.
func (r *Rows) Holding() int64 {
	if r.apart == nil {
		return 0
	}
	return r.apart.spill.Holding()
}

// Shed implements operators.Spiller.
func (r *Rows) Shed(most int64) error {
	a := r.apart
	if a == nil {
		return nil
	}
	a.most = most
	a.forgetEmpty()
	return a.spill.Shed(most)
}

// forgetEmpty forgets the keys whose rows have all left, which begin anew.
func (a *rowsApart) forgetEmpty() {
	empty := slices.DeleteFunc(a.r.keys.Groups(nil), func(g int32) bool { return len(a.r.counts[g].ids) > 0 })
	a.spill.Removed(empty)
	a.r.keys.Remove(empty)
}

// bring brings the keys of the rows of a batch back that were put away. It follows find.
func (a *rowsApart) bring(b *operators.Batch, groups []int32) error {
	if a == nil || b.Len() == 0 {
		return nil
	}
	return a.spill.Found(b.Rows, b.Sel, groups)
}

// Grow implements spill.Codec.
func (a *rowsApart) Grow(int) { a.r.grow() }

// Saving implements spill.Together.
func (a *rowsApart) Saving(groups []int32) error {
	a.ids = a.ids[:0]
	for _, g := range groups {
		a.ids = append(a.ids, a.r.counts[g].ids...)
	}
	return a.rows.Saving(a.ids)
}

// Save implements spill.Codec.
func (a *rowsApart) Save(w *wire.Writer, g int32) error {
	c := a.r.counts[g]
	w.Int(c.last)
	w.Ints(c.time)
	for _, id := range c.ids {
		a.rows.Save(w, id)
	}
	return nil
}

// Load implements spill.Codec.
func (a *rowsApart) Load(r *wire.Reader, g int32) error {
	c := a.r.counts[g]
	c.last = r.Int()
	c.time = append(c.time[:0], r.Ints()...)
	c.ids = slices.Grow(c.ids[:0], len(c.time))[:len(c.time)]
	for i := range c.ids {
		coming := comingRow{tally: c, at: i, row: &kept.Entry{}}
		a.rows.Load(r, coming.row)
		a.coming = append(a.coming, coming)
	}
	a.held -= int64(len(c.ids))
	if a.r.timed && a.r.ended == nil && len(c.ids) > 0 {
		a.lasts.Remove(c.last)
	}
	a.r.wait(g)
	return r.Err()
}

// Loaded implements spill.Together.
func (a *rowsApart) Loaded() error {
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	for _, c := range a.coming {
		c.tally.ids[c.at] = c.row.ID
	}
	clear(a.coming)
	a.coming = a.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (a *rowsApart) Free(groups []int32) {
	for _, g := range groups {
		c := a.r.counts[g]
		for _, id := range c.ids {
			a.r.rows.Drop(id)
		}
		a.held += int64(len(c.ids))
		if a.r.timed && a.r.ended == nil && len(c.ids) > 0 {
			a.lasts.Add(c.last)
		}
		c.ids, c.time = cleared(c.ids), cleared(c.time)
		a.r.wait(g)
	}
}

// rowBytes is what a row takes beside its values: its place among those that are kept.
const rowBytes = int(unsafe.Sizeof(kept.ID(0))+unsafe.Sizeof(int64(0)))*5/4 + 40

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (a *rowsApart) Bytes() int {
	return int(unsafe.Sizeof(tally{})) + 40 + a.r.rows.Len()*rowBytes/max(a.r.keys.Len(), 1)
}

// stand is an incomplete window, by what such windows leave in order of.
type stand struct {
	span
	key string
}

func (s stand) compare(o stand) int {
	return cmp.Or(cmp.Compare(s.end, o.end), cmp.Compare(s.start, o.start), cmp.Compare(s.key, o.key))
}

// stands calls f for the incomplete windows of a key, as Save wrote it.
func (a *rowsApart) stands(code, value []byte, f func(s stand)) {
	in := wire.NewReader(value)
	in.Int()
	times := in.Ints()
	for from := 0; from < len(times); from += int(a.r.every) {
		f(stand{a.r.spanOf(times[from:]), string(code)})
	}
}

// leastTogether is how many windows may be in memory at once in any case, or all keys would be
// looked at for a few.
const leastTogether = 256

// finish lets incomplete windows leave when the input has ended, some of them at a time.
func (a *rowsApart) finish(out operators.Output) error {
	r := a.r
	together := max(a.spill.Room(a.most), leastTogether)
	last, err := a.spill.Last(a.mine)
	if err != nil {
		return err
	}
	parts := spill.Parts[stand]{Of: a.stands, Compare: stand.compare, Hash: func(s stand) uint64 { return operators.KeyHash([]byte(s.key)) }}
	err = parts.Each(last, together, func(groups []int32, has func(s stand) bool) error {
		var rest []part
		for _, g := range groups {
			key := string(r.keys.Code(nil, g))
			rest = append(rest, slices.DeleteFunc(r.incomplete(g), func(p part) bool { return !has(stand{p.span, key}) })...)
		}
		r.sendEach(rest, out)
		return nil
	})
	a.held = 0
	return err
}

// save puts the keys that have changed on the shelf.
func (a *rowsApart) save(w *wire.Writer) error {
	a.forgetEmpty()
	w.Int(a.r.Held())
	return a.spill.Flush()
}

// load goes on with keys that are on the shelf. Of all of them it is known where they stand.
func (a *rowsApart) load(in *wire.Reader) error {
	if a == nil {
		return errNoShelf
	}
	a.held += in.Int()
	a.spill.Resume()
	var err error
	if a.r.timed {
		err = a.spill.EachAway(a.mine, func(_, value []byte) {
			in := wire.NewReader(value)
			if last := in.Int(); len(in.Ints()) > 0 {
				a.lasts.Add(last)
			}
		})
	}
	if err != nil || !a.r.rows.Adapted() {
		return err
	}
	return a.rows.Adapted(func() error {
		_, err := a.spill.BringAll(a.mine)
		return err
	})
}

// first is where the window stands that stands first; math.MaxInt64 where there is none.
func (r *Rows) first() int64 {
	if r.ended != nil {
		return *r.ended
	}
	first := int64(math.MaxInt64)
	if _, at, ok := r.waits.First(); ok {
		first = at
	}
	if r.apart != nil {
		if at, ok := r.apart.lasts.First(); ok {
			first = min(first, at)
		}
	}
	return first
}
