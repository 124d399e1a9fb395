package window

import (
	"errors"
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// Rows puts rows into windows of a number of rows of each key, counted in canonical
// order (SEMANTICS 25). The rows of a window leave together in one batch, as soon as
// the last of them has come; incomplete windows leave at the end of the input, and until
// then hold the watermark below back: they stand at their last row. What works within
// such windows closes them at the end of the batch (see package paned).
type Rows struct {
	held
	size, every int64
	counts      []*tally     // by key
	waits       group.Timers // by key, where the last of its incomplete windows would stand
	full        *full        // of the batch at hand, else empty
	in          []types.Column
	timed       bool       // rows have a time
	apart       *rowsApart // nil where all keys stay in memory
	ended       *int64     // where the first window stood when the input ended, nil before
}

// tally is the rows of a key that windows wait for.
type tally struct {
	ids  []kept.ID
	time []int64 // zeros without time
	last int64   // where the window would stand that begins last
}

var (
	_ operators.Holder     = (*Rows)(nil)
	_ operators.Spiller    = (*Rows)(nil)
	_ operators.Timekeeper = TimedRows{}
)

// NewRows makes the operator for the columns of its input, whose rows have no time;
// Columns are its output's.
func NewRows(spec *ir.Window, in []types.Column, env *operators.Env) (*Rows, error) {
	if spec.Rows < 1 || spec.RowsEvery < 1 || spec.RowsEvery > spec.Rows {
		return nil, fmt.Errorf("window: %d rows every %d", spec.Rows, spec.RowsEvery)
	}
	h, err := newHeld(spec, in, env)
	h.together = true
	r := &Rows{held: h, size: spec.Rows, every: spec.RowsEvery, in: in}
	r.full = newFull(r)
	return r, err
}

// TimedRows is Rows over an input whose rows have a time.
type TimedRows struct{ *Rows }

// NewTimedRows makes the operator.
func NewTimedRows(spec *ir.Window, in []types.Column, env *operators.Env) (TimedRows, error) {
	r, err := NewRows(spec, in, env)
	if err != nil {
		return TimedRows{}, err
	}
	r.timed = true
	return TimedRows{r}, nil
}

// Keys implements operators.Parallel: rows leave in the order in which windows are
// full, which one instance alone knows.
func (r *Rows) Keys(int) []ir.Expr { return nil }

// Process implements operators.Operator.
func (r *Rows) Process(_ int, b *operators.Batch, out operators.Output) error {
	defer b.Release()
	if b.Ops != nil {
		return errors.New("window: rows of a changes stream cannot be counted")
	}
	groups := r.find(b)
	r.grow()
	if err := r.apart.bring(b, groups); err != nil {
		return err
	}
	sel := b.Sel
	if sel == nil {
		sel = r.all(b.Rows)
	}
	ids := r.rows.Add(b, sel)
	for i, row := range sel {
		g, t := groups[row], int64(0)
		if b.Time != nil {
			t = b.Time[row]
		}
		c := r.counts[g]
		c.stand(b, row, int64(len(c.ids))%r.every == 0)
		c.ids, c.time = append(c.ids, ids[i]), append(c.time, t)
		if int64(len(c.ids)) == r.size {
			progress := int64(operators.MinTime)
			if b.Progress != nil {
				progress = b.Progress[row]
			}
			r.full.add(g, progress, out)
		}
	}
	r.full.send(out)
	for _, row := range sel {
		r.wait(groups[row])
	}
	return nil
}

// stand takes a row into the window that begins last, or begins it. It would stand at
// the largest time of its rows, which wait as long as any of them has to.
func (c *tally) stand(b *operators.Batch, row int32, begins bool) {
	at := int64(0)
	if b.Time != nil {
		at = ordered.At(b, int(row))
	}
	if !begins {
		at = max(at, c.last)
	}
	c.last = at
}

// wait notes where the rows of a key wait.
func (r *Rows) wait(g int32) {
	if c := r.counts[g]; len(c.ids) > 0 {
		r.waits.Set(g, c.last)
	} else {
		r.waits.Clear(g)
	}
}

// OutWatermark implements operators.Timekeeper.
func (r TimedRows) OutWatermark(in operators.Watermark) operators.Watermark {
	in.Time = min(in.Time, r.first())
	return in
}

func (r *Rows) grow() {
	for len(r.counts) < r.keys.Size() {
		r.counts = append(r.counts, &tally{})
	}
}

// full is the windows that leave together: none of them has the bounds of another, by
// which what works within windows tells them apart.
type full struct {
	r     *Rows
	parts []part
	known map[span]bool
	ids   []kept.ID // of the rows of all parts
	gone  []kept.ID
}

func newFull(r *Rows) *full { return &full{r: r, known: map[span]bool{}} }

// add takes the first window of a key; it holds the rows there are, up to its size.
func (f *full) add(g int32, progress int64, out operators.Output) {
	c := f.r.counts[g]
	n := min(int(f.r.size), len(c.ids))
	w := f.r.spanOf(c.time)
	if f.known[w] {
		f.send(out)
	}
	f.known[w] = true
	from := len(f.ids)
	f.ids = append(f.ids, c.ids[:n]...)
	f.parts = append(f.parts, part{span: w, key: g, progress: progress, rows: f.ids[from:]})
	gone := min(int(f.r.every), n)
	f.gone = append(f.gone, c.ids[:gone]...)
	c.ids, c.time = append(c.ids[:0], c.ids[gone:]...), append(c.time[:0], c.time[gone:]...)
}

func (f *full) send(out operators.Output) {
	f.r.emit(f.parts, out)
	for _, id := range f.gone {
		f.r.rows.Drop(id)
	}
	f.parts, f.ids, f.gone = f.parts[:0], f.ids[:0], f.gone[:0]
	clear(f.known)
}

// OnWatermark implements operators.Operator: at the end incomplete windows leave.
func (r *Rows) OnWatermark(w operators.Watermark, out operators.Output) error {
	if !w.End {
		return nil
	}
	first := r.first()
	r.ended = &first
	if r.apart != nil {
		return r.apart.finish(out)
	}
	var rest []part
	groups := r.keys.Groups(nil)
	for _, g := range groups {
		rest = append(rest, r.incomplete(g)...)
	}
	r.sendEach(rest, out)
	for _, g := range groups {
		for _, id := range r.counts[g].ids {
			r.rows.Drop(id)
		}
		*r.counts[g] = tally{}
	}
	return nil
}

// spanOf are the bounds of a window that begins with the first of the times of rows.
func (r *Rows) spanOf(times []int64) span {
	w := span{start: times[0], end: times[0] + 1}
	for _, t := range times[:min(int(r.size), len(times))] {
		w.start, w.end = min(w.start, t), max(w.end, t+1)
	}
	return w
}

// incomplete are the windows of a key that wait for rows.
func (r *Rows) incomplete(g int32) []part {
	var parts []part
	c := r.counts[g]
	for from := 0; from < len(c.ids); from += int(r.every) {
		to := min(from+int(r.size), len(c.ids))
		parts = append(parts, part{span: r.spanOf(c.time[from:]), key: g, rows: c.ids[from:to], progress: operators.MaxTime})
	}
	return parts
}

// sendEach sends windows that may have the bounds of others, in order and each by itself.
func (r *Rows) sendEach(parts []part, out operators.Output) {
	r.inOrder(parts)
	for _, p := range parts {
		r.emit([]part{p}, out)
	}
}

// Remembers implements operators.Migrant.
func (*Rows) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Held implements operators.Holder.
func (r *Rows) Held() int64 {
	n := int64(r.rows.Len())
	if r.apart != nil {
		n += r.apart.held
	}
	return n
}

// Close implements operators.Operator.
func (r *Rows) Close() error {
	if r.rows != nil {
		r.rows.Release()
	}
	return nil
}

// Snapshot implements operators.Operator.
func (r *Rows) Snapshot() ([]byte, error) {
	var w wire.Writer
	w.Bool(r.apart != nil)
	if r.apart != nil {
		err := r.apart.save(&w)
		return w.Buf, err
	}
	var ids []kept.ID
	for _, g := range r.keys.Save(&w) {
		w.Ints(r.counts[g].time)
		w.Int(r.counts[g].last)
		ids = append(ids, r.counts[g].ids...)
	}
	if err := r.rows.Save(&w, ids); err != nil {
		return nil, err
	}
	return w.Buf, nil
}

// Restore implements operators.Operator. There is one instance.
func (r *Rows) Restore(saved []byte, _ operators.Mine) error {
	in := wire.NewReader(saved)
	if in.Bool() {
		if err := errors.Join(r.apart.load(in), in.Err()); err != nil {
			return fmt.Errorf("window: %w", err)
		}
		return nil
	}
	groups := r.keys.Load(in)
	r.grow()
	total := 0
	for _, g := range groups {
		r.counts[g].time, r.counts[g].last = in.Ints(), in.Int()
		total += len(r.counts[g].time)
	}
	ids := r.rows.Load(in)
	if len(ids) != total {
		in.Fail(fmt.Errorf("%d rows instead of %d", len(ids), total))
	} else {
		for _, g := range groups {
			n := len(r.counts[g].time)
			r.counts[g].ids, ids = append([]kept.ID(nil), ids[:n]...), ids[n:]
			r.wait(g)
		}
	}
	if r.apart != nil {
		r.apart.spill.Adopt() // the next snapshot puts them on the shelf
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("window: %w", err)
	}
	return nil
}

// errNoShelf is a state that says its keys are where nothing can be.
var errNoShelf = errors.New("the keys of the state are outside of memory, and there is no such place")
