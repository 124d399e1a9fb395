package aggregate

import (
	"errors"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/keycode"
)

func (f *refined) process(b *operators.Batch, out operators.Output) error {
	if (b.Time == nil || b.Arrival == nil) && !f.numbers() {
		return errors.New("aggregate: windows of rows without time")
	}
	if b.Len() == 0 {
		return nil
	}
	f.out, f.batch, f.spare.arrived = out, b, b.Len()
	come := *b // rows that are taken back need not be computed
	come.Sel = coming(b)
	in := f.a.read(&come, out)
	defer in.release()
	var picked *picked
	if f.picks != nil {
		picked = f.picks.read(f, b, in, out)
		defer picked.release()
	}
	if err := f.findKeys(b); err != nil {
		return err
	}
	r := &refining{f: f, b: b, ids: make([]kept.ID, b.Rows), counts: make([]bool, b.Rows)}
	ok := operators.Batch{Rows: b.Rows, Sel: in.sel}
	ok.Each(func(i int) { r.counts[i] = true }) // the others are in windows as well
	rows := make([]int32, 0, come.Len())
	come.Each(func(i int) { rows = append(rows, int32(i)) })
	for n, id := range f.rows.Add(b, rows) {
		r.ids[rows[n]] = id
	}
	picked.keep(r.ids)
	f.reads.begin(f, b, in, rows, r.ids)
	defer f.reads.end(rows)
	if f.identity != nil {
		r.code = f.identity.Codes(b)
	}
	eachChange(b, r.turn)
	b.Each(func(i int) { f.wait(f.keyOf[i]) })
	f.send(r.changes, b, out)
	f.bury()
	return nil
}

// findKeys sets the key of each row of a batch.
func (f *refined) findKeys(b *operators.Batch) error {
	rows := &operators.Rows{Alloc: f.a.Alloc, Batch: b, Sel: b.Sel}
	keys := rows.All(f.a.by[:len(f.a.spec.Find.Per)]) // plain columns, which cannot fail
	defer operators.ReleaseAll(keys)
	f.keyOf = slices.Grow(f.keyOf[:0], b.Rows)[:b.Rows]
	f.keys.Find(keys, b.Rows, b.Sel, f.keyOf)
	f.grow(f.keys.Size())
	return f.apart.bring(b, f.keyOf)
}

// grow makes room for keys.
func (f *refined) grow(n int) {
	for len(f.byKey) < n {
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
	ids     []kept.ID
	counts  []bool
	code    keycode.Appender
	touched []*history // scratch
	changes []refinedChange
}

// turn follows one change of the input.
func (r *refining) turn(sub, add int32) {
	f, cause := r.f, sub
	if sub < 0 {
		cause = add
	}
	if f.every > 0 && r.b.Arrival[cause] > f.clock {
		r.changes = f.advance(r.b.Arrival[cause], r.changes)
	}
	touched := r.touched[:0]
	if sub >= 0 {
		f.active[f.keyOf[sub]] = true
		h := f.byKey[f.keyOf[sub]]
		touched = append(touched, h)
		f.code = r.code(f.code[:0], int(sub))
		f.takeBack(h, f.code, r.b.Arrival[sub])
	}
	if add >= 0 {
		if h := f.byKey[f.keyOf[add]]; !slices.Contains(touched, h) {
			touched = append(touched, h)
		}
		r.add(int(add))
	}
	r.touched = touched
	list := f.changed[:0]
	for _, h := range touched {
		list = f.appendChanged(list, h)
	}
	f.changed = list
	progress := int64(0)
	if r.b.Progress != nil {
		progress = r.b.Progress[cause]
	}
	if f.every > 0 {
		list, r.changes = f.await(list, r.changes)
	}
	r.changes = f.showAll(list, cause, progress, r.changes)
	for _, h := range touched {
		f.dropFull(h)
	}
	for _, row := range [2]int32{sub, add} {
		if row >= 0 {
			f.tick(f.keyOf[row])
		}
	}
}

// add puts a row into the windows of its key.
func (r *refining) add(i int) {
	f := r.f
	h := f.byKey[f.keyOf[i]]
	f.active[f.keyOf[i]] = true
	f.seq++
	row := refinedRow{seq: f.seq, id: r.ids[i], counts: r.counts[i], gone: math.MaxInt64}
	if r.b.Time != nil {
		row.t, row.arrival = r.b.Time[i], r.b.Arrival[i]
	}
	if r.code != nil {
		f.code = r.code(f.code[:0], i)
		row.code = f.texts.of(f.code, f.rows.Len())
		h.know(row)
	}
	f.shape.add(h, row, i)
}
