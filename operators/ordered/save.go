package ordered

import (
	"fmt"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/wire"
)

// Save writes the rows that wait, or where rows can be on a shelf puts them there, writes those
// that are due already, and which pieces there are.
func (b *Buffer) Save(w *wire.Writer) error {
	d, err := b.fromMemory()
	if err != nil {
		return err
	}
	defer d.Release()
	w.Uint(uint64(len(d.Inputs)))
	for in, rows := range d.Inputs {
		w.Bool(rows != nil)
		if rows == nil {
			continue
		}
		if err := b.saveInput(w, b.unsettled(rows)); err != nil {
			return err
		}
		b.putBack(in, rows)
	}
	w.Bool(b.apart != nil)
	if b.apart != nil {
		b.saveNames(w)
	}
	return nil
}

// fromMemory takes the rows out that are written into the state itself.
func (b *Buffer) fromMemory() (*Due, error) {
	if b.apart != nil {
		return b.saveApart()
	}
	d, err := b.due(operators.MaxTime)
	if left := b.n; left > 0 && err == nil {
		d.Release()
		err = fmt.Errorf("%d rows wait for the end of time", left)
	}
	return d, err
}

func (b *Buffer) saveInput(w *wire.Writer, rows *operators.Batch) error {
	w.Uint(uint64(rows.Rows))
	w.Bool(len(rows.Cols) > 0)
	if len(rows.Cols) > 0 {
		if err := w.Arrays(rows.Cols, rows.Rows); err != nil {
			return err
		}
	}
	w.Ints(rows.Time)
	w.Ints(rows.Arrival)
	w.Ints(rows.Seq)
	if b.own {
		w.Ints(rows.Progress)
	}
	w.Bool(rows.Ops != nil)
	if rows.Ops != nil {
		for _, op := range rows.Ops {
			w.Uint(uint64(op))
		}
	}
	return operators.SaveRefs(b.refs, w, rows.Refs)
}

// putBack keeps rows that Save took out, or that were read back.
func (b *Buffer) putBack(input int, rows *operators.Batch) {
	places := make([]place, rows.Rows)
	for i := range places {
		places[i] = place{row: int32(i), p: b.at(rows, i), seq: rows.Seq[i]}
	}
	held := *rows
	held.Seq = nil
	b.put(input, &held, places)
}

// Load adds the rows that Save wrote and that mine selects out of a batch of an
// input; mine nil takes all.
func (b *Buffer) Load(r *wire.Reader, mine func(input int, rows *operators.Batch) []int32) {
	for in := range r.Len() {
		if r.Bool() {
			b.loadInput(r, in, mine)
		}
	}
	if r.Bool() {
		if b.apart != nil {
			b.apart.mine = mine
		}
		b.loadNames(r)
	}
}

func (b *Buffer) loadInput(r *wire.Reader, input int, mine func(input int, rows *operators.Batch) []int32) {
	rows := b.readInput(r, b.adapt.Of(input))
	defer rows.Release()
	if r.Failed() {
		return
	}
	if mine == nil {
		b.putBack(input, rows)
		return
	}
	if keep := mine(input, rows); len(keep) > 0 {
		some := operators.Gather(b.alloc, rows, keep)
		defer some.Release()
		b.putBack(input, some)
	}
}

// readInput reads what saveInput wrote of rows that may have had other columns.
func (b *Buffer) readInput(r *wire.Reader, adapt *operators.Adapter) *operators.Batch {
	rows := &operators.Batch{Rows: r.Len()}
	if r.Bool() {
		var n int
		if rows.Cols, n = r.Arrays(b.alloc); n != rows.Rows {
			r.Fail(fmt.Errorf("%d rows instead of %d", n, rows.Rows))
		}
	}
	if !r.Failed() {
		var err error
		if rows.Cols, err = adapt.Apply(rows.Cols, rows.Rows); err != nil {
			r.Fail(fmt.Errorf("rows that wait: %w", err))
		}
	}
	rows.Time, rows.Arrival, rows.Seq = r.Ints(), r.Ints(), r.Ints()
	if b.own {
		rows.Progress = r.Ints()
	}
	if r.Bool() {
		rows.Ops = make([]operators.Op, rows.Rows)
		for i := range rows.Ops {
			rows.Ops[i] = operators.Op(r.Uint())
		}
	}
	rows.Refs = operators.LoadRefs(b.refs, r)
	if len(rows.Time) != rows.Rows || len(rows.Arrival) != rows.Rows || len(rows.Seq) != rows.Rows || b.own && len(rows.Progress) != rows.Rows {
		r.Fail(fmt.Errorf("times are missing for %d rows", rows.Rows))
	}
	return rows
}
