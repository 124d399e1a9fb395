package join

import (
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/ordered"
	"github.com/edynamic/edynamic/vm/wire"
)

// A row with a null in its key meets no other row. Where rows of its side show without a partner
// it waits for its last instant, among others in the order of those, and may be outside of memory
// until then. It is an entry as all others are when its instant comes.

// alonePrefix is what names of such rows begin with on the shelf.
const alonePrefix = "alone"

// newAlone holds no rows without a key; nil for a side whose rows do not show without a partner.
func (j *Join) newAlone(side ir.Side) *ordered.Buffer {
	if !j.keepsUnmatched(side) {
		return nil
	}
	return ordered.NewBeside(j.ctx, alonePrefix, func(b *operators.Batch, row int) int64 {
		var e entry
		j.bounder(side, b)(row, &e)
		return e.until
	})
}

// hold keeps the rows of a batch, which it takes over, with their entries; those without a key
// wait by themselves, or are not needed any more.
func (j *Join) hold(side ir.Side, b *operators.Batch, x arrived) {
	times := *b
	lean := j.lean(side, b)
	if !slices.Contains(x.keys, none) {
		for i, id := range j.rows[side].Hold(lean) {
			x.entries[i].id = id
		}
		return
	}
	defer lean.Release()
	var keyed, alone []int32
	for i, key := range x.keys {
		if key == none {
			alone = append(alone, int32(i))
		} else {
			keyed = append(keyed, int32(i))
		}
	}
	if buffer := j.alone[side]; buffer != nil {
		waits := *lean
		waits.Time, waits.Arrival, waits.Seq = times.Time, times.Arrival, times.Seq
		part := operators.Gather(j.ctx.Alloc, &waits, alone) // the batch would hold the others, too
		buffer.Add(int(side), part, nil)
		part.Release()
	}
	for i, id := range j.rows[side].Add(lean, keyed) {
		x.entries[keyed[i]].id = id
	}
}

// saveAlone writes the rows without a key.
func (j *Join) saveAlone(w *wire.Writer) error {
	for _, b := range j.alone {
		if b == nil {
			continue
		}
		if err := b.Save(w); err != nil {
			return err
		}
	}
	return nil
}

// loadAlone reads what saveAlone wrote.
func (j *Join) loadAlone(r *wire.Reader, mine func(input int, b *operators.Batch) []int32) {
	for _, b := range j.alone {
		if b != nil {
			b.Load(r, mine)
		}
	}
}

// holdingAlone is about how many bytes the rows without a key take in memory.
func (j *Join) holdingAlone() (n int64) {
	for _, b := range j.alone {
		if b != nil {
			n += b.Holding()
		}
	}
	return n
}

// shedAlone lets rows without a key leave memory until a part of them is left.
func (j *Join) shedAlone(part float64) error {
	for _, b := range j.alone {
		if b == nil {
			continue
		}
		if err := b.Shed(int64(part * float64(b.Holding()))); err != nil {
			return err
		}
	}
	return nil
}

// comeAlone makes entries of the rows without a key whose last instant is before another, and
// says up to which that is all of them: as many as there may be in memory.
func (j *Join) comeAlone(until int64) (int64, error) {
	for _, b := range j.alone {
		if b != nil {
			until = b.Step(until)
		}
	}
	for s, buffer := range j.alone {
		if buffer == nil {
			continue
		}
		err := buffer.Each(until, func(_ int64, due *ordered.Due) error {
			if len(due.Inputs) > s && due.Inputs[s] != nil {
				j.showLast(ir.Side(s), due.Inputs[s])
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return until, nil
}

// showLast makes entries of rows without a key, and takes them over.
func (j *Join) showLast(side ir.Side, b *operators.Batch) {
	entries := make([]entry, b.Rows)
	bound := j.bounder(side, b)
	for i := range entries {
		bound(i, &entries[i])
		entries[i].group = none
	}
	for i, id := range j.rows[side].Hold(j.lean(side, b)) {
		entries[i].id = id
		j.sides[side].add(entries[i])
	}
}

func (j *Join) releaseAlone() {
	for _, b := range j.alone {
		if b != nil {
			b.Release()
		}
	}
}
