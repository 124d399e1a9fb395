package over

import (
	"errors"
	"math"
	"unsafe"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/wire"
)

// apart writes single keys with their rows, so that those leave memory that no row has asked
// for of late.
type apart struct {
	e      *engine
	timers *group.Timers // when something happens to a key
	spill  *spill.Groups
	rows   *kept.Apart
	ids    []kept.ID // scratch
	coming []coming
	// most is what all might take when it left memory last, shed that it ever did.
	most int64
	shed bool
}

// coming is a row of a key that was read and is not held yet.
type coming struct {
	group int32
	at    int // in the rows of the key
	row   *kept.Entry
}

// prefix is what keys begin with on the shelf, beside rows that wait.
const prefix = "keys"

// Open implements operators.Operator.
func (b *back) Open(ctx *operators.Context) error {
	if err := b.timed.Open(ctx); err != nil || ctx.Shelf == nil || !b.engine.spec.Spills() {
		return err
	}
	a := newApart(b.engine, &b.timers, nil)
	a.spill = spill.New(b.engine.table, spill.NewPart(ctx.Shelf, []byte(prefix)), a)
	b.engine.apart = a
	return nil
}

// newApart is for rows of columns, beside the arguments that are kept with them.
func newApart(e *engine, timers *group.Timers, in []types.Column) *apart {
	columns := make([]types.Column, len(e.kept))
	for i, a := range e.kept {
		columns[i].Type = e.types[a]
	}
	return &apart{e: e, timers: timers, rows: kept.NewApart(e.history, append(columns, in...))}
}

// Grow implements spill.Codec.
func (a *apart) Grow(n int) { a.e.grow(n) }

// Next implements spill.Dated: when the key is forgotten.
func (a *apart) Next(g int32) int64 {
	if at, ok := a.timers.At(g); ok {
		return at
	}
	return math.MaxInt64
}

// Saving implements spill.Together.
func (a *apart) Saving(groups []int32) error {
	ids := a.ids[:0]
	for _, g := range groups {
		k := &a.e.keys[g]
		for i := range k.rows[k.head:] {
			ids = append(ids, k.rows[k.head+i].id)
		}
	}
	a.ids = ids
	return a.rows.Saving(ids)
}

// Save implements spill.Codec.
func (a *apart) Save(w *wire.Writer, g int32) error {
	w.Int(a.Next(g))
	return a.save(w, g)
}

func (a *apart) save(w *wire.Writer, g int32) error {
	k := &a.e.keys[g]
	k.save(w)
	w.Uint(uint64(len(k.rows) - k.head))
	for _, en := range k.rows[k.head:] {
		w.Int(en.time)
		w.Int(en.seq)
		a.rows.Save(w, en.id)
	}
	for _, c := range a.e.calls {
		if err := c.save(w, []int32{g}); err != nil {
			return err
		}
	}
	return nil
}

// Load implements spill.Codec.
func (a *apart) Load(r *wire.Reader, g int32) error {
	if at := r.Int(); at < math.MaxInt64 {
		a.timers.Set(g, at)
	}
	a.load(r, g)
	return nil
}

func (a *apart) load(r *wire.Reader, g int32) {
	k := &a.e.keys[g]
	k.rows, k.head = k.rows[:0], 0
	k.load(r)
	for i := range r.Len() {
		k.rows = append(k.rows, entry{time: r.Int(), seq: r.Int()})
		c := coming{group: g, at: i, row: &kept.Entry{}}
		a.rows.Load(r, c.row)
		a.coming = append(a.coming, c)
	}
	for _, c := range a.e.calls {
		c.load(r, []int32{g})
	}
}

// Loaded implements spill.Together.
func (a *apart) Loaded() error {
	if err := a.rows.Loaded(); err != nil {
		return err
	}
	for _, c := range a.coming {
		a.e.keys[c.group].rows[c.at].id = c.row.ID
	}
	clear(a.coming)
	a.coming = a.coming[:0]
	return nil
}

// Free implements spill.Codec.
func (a *apart) Free(groups []int32) {
	for _, g := range groups {
		a.timers.Clear(g)
		a.e.empty(g)
	}
}

// callBytes is about what a call knows of a key.
const callBytes = 64

// Bytes implements spill.Codec: a key has as many rows as keys have in the mean.
func (a *apart) Bytes() int {
	e := a.e
	row := int(unsafe.Sizeof(entry{})) + 40 // with its place among those that are kept
	own := int(unsafe.Sizeof(key{})) + len(e.frames)*int(unsafe.Sizeof(span{})) + len(e.calls)*callBytes
	return own + e.history.Len()*row*5/4/max(e.table.Len(), 1)
}

// sweep forgets keys outside of memory that are over. Each time it looks at all of them, and
// that a key is forgotten shows nowhere: so it does an eighth of their time after the last.
func (b *back) sweep(watermark int64) error {
	if b.engine.apart == nil || watermark < b.sweepAt {
		return nil
	}
	b.sweepAt = later(watermark, b.expires/8+1)
	_, err := b.engine.apart.spill.Away(b.Ctx.Mine, func(at int64) bool { return at <= watermark })
	return err
}

// Holding implements operators.Spiller.
func (t *timed) Holding() int64 {
	n := t.Stage.Holding()
	if t.engine.apart != nil {
		n += t.engine.apart.spill.Holding()
	}
	return n
}

// Shed implements operators.Spiller: rows that wait and keys keep the same part.
func (t *timed) Shed(most int64) error {
	if t.engine.apart == nil {
		return t.Stage.Shed(most)
	}
	a := t.engine.apart
	part := float64(most) / float64(max(t.Holding(), 1))
	err := t.Stage.Shed(int64(part * float64(t.Stage.Holding())))
	a.most, a.shed = most, true
	return errors.Join(err, a.spill.Shed(int64(part*float64(a.spill.Holding()))))
}

// relieve puts keys away between two steps of a watermark that passes many rows, as at the end of
// the input, where they take twice what they may.
func (t *timed) relieve() error {
	a := t.engine.apart
	if a == nil || !a.shed {
		return nil
	}
	return a.spill.Relieve(a.most)
}

var errNotThere = errors.New("over: the keys of the state are outside of memory, and there is no such place")
