package aggregate

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/vm/keycode"
)

// source is rows whose keys and arguments have been read.
type source struct {
	in     *input
	batch  *operators.Batch
	ids    []kept.ID // by row
	codeOf keycode.Appender
	rows   []int32 // scratch
}

func (s *source) read(b *operators.Batch, ids []kept.ID, in *input) {
	s.in, s.batch, s.ids, s.codeOf = in, b, ids, keycode.Row(in.keys, keycode.Key)
}

// take reads rows out of those that are kept; release is for the caller.
func (s *source) take(f *refined, ids []kept.ID) {
	b := f.rows.Take(ids)
	s.read(b, ids, f.a.read(b, nowhere{})) // none of them failed when it came
}

func (s *source) release() {
	s.in.release()
	s.batch.Release()
	*s = source{rows: s.rows}
}

// reads is rows that windows may need while a batch is worked through. To read a row out
// of those that are kept takes far longer alone than with others: the rows of the batch
// are read as they come, and older ones that windows will need are read ahead, together. A
// row that is in neither is read when a window asks for it.
type reads struct {
	own     source    // rows of the batch
	ahead   source    // rows read ahead
	late    source    // rows a window has asked for
	place   []int32   // by ID: n+1 for row n of ahead, -n-1 for row n of the batch, else 0
	ids     []kept.ID // of ahead
	lateIDs []kept.ID // scratch
	turn    int64     // counts batches
}

// span is which rows of a key are read ahead in a turn.
type span struct {
	turn     int64
	from, to int
}

// begin reads ahead what the rows of a batch may need.
func (r *reads) begin(f *refined, b *operators.Batch, in *input, rows []int32, ids []kept.ID) {
	r.turn++
	r.ids = r.ids[:0]
	if s, ok := f.shape.(*slidingShape); ok && f.picks == nil {
		for _, i := range rows {
			h := f.byKey[f.keyOf[i]]
			r.more(f, h, s.needs(h, b.Time[i]))
		}
	}
	if len(r.ids) > 0 {
		r.ahead.take(f, r.ids)
	}
	r.own.read(b, ids, in)
	for _, i := range rows {
		r.put(ids[i], -i-1)
	}
}

// more reads rows of a key ahead that are not among those yet.
func (r *reads) more(f *refined, h *history, of span) {
	if of.from >= of.to {
		return
	}
	if h.ahead.turn != r.turn || of.from > h.ahead.to || of.to < h.ahead.from {
		r.all(f, h.rows[of.from:of.to])
		h.ahead = span{turn: r.turn, from: of.from, to: of.to}
		return
	}
	if of.from < h.ahead.from {
		r.all(f, h.rows[of.from:h.ahead.from])
		h.ahead.from = of.from
	}
	if of.to > h.ahead.to {
		r.all(f, h.rows[h.ahead.to:of.to])
		h.ahead.to = of.to
	}
}

func (r *reads) all(f *refined, rows []refinedRow) {
	for _, row := range rows {
		if f.counts(row) && r.at(row.id) == 0 {
			r.ids = append(r.ids, row.id)
			r.put(row.id, int32(len(r.ids)))
		}
	}
}

func (r *reads) at(id kept.ID) int32 {
	if int(id) < len(r.place) {
		return r.place[id]
	}
	return 0
}

func (r *reads) put(id kept.ID, place int32) {
	if n := int(id) + 1; n > len(r.place) {
		r.place = slices.Grow(r.place, n-len(r.place))[:n]
	}
	r.place[id] = place
}

// end forgets what was read.
func (r *reads) end(rows []int32) {
	for _, i := range rows {
		r.put(r.own.ids[i], 0)
	}
	for _, id := range r.ids {
		r.put(id, 0)
	}
	r.own = source{rows: r.own.rows} // the batch is the caller's
	if r.ahead.in != nil {
		r.ahead.release()
	}
}

// eachRead calls do with the rows that count, in their order: as many at once as follow each
// other in one source.
func (r *reads) eachRead(f *refined, rows []refinedRow, do func(from *source, rows []int32)) {
	for len(rows) > 0 {
		var from *source
		from, rows = r.next(f, rows)
		if len(from.rows) > 0 {
			do(from, from.rows)
		}
		if from == &r.late && from.in != nil {
			from.release()
		}
	}
}

// next is the source of the rows that come first, and the others.
func (r *reads) next(f *refined, rows []refinedRow) (*source, []refinedRow) {
	var from *source
	r.lateIDs = r.lateIDs[:0]
	n := 0
	for ; n < len(rows); n++ {
		if !f.counts(rows[n]) {
			continue
		}
		in, row := &r.late, int32(len(r.lateIDs))
		switch place := r.at(rows[n].id); {
		case place > 0:
			in, row = &r.ahead, place-1
		case place < 0:
			in, row = &r.own, -place-1
		}
		if from == nil {
			from = in
			from.rows = from.rows[:0]
		}
		if in != from {
			break
		}
		from.rows = append(from.rows, row)
		if in == &r.late {
			r.lateIDs = append(r.lateIDs, rows[n].id)
		}
	}
	if from == nil {
		r.late.rows = r.late.rows[:0]
		return &r.late, nil
	}
	if from == &r.late {
		from.take(f, r.lateIDs)
	}
	return from, rows[n:]
}

// addRead adds rows to a window.
func (f *refined) addRead(from *source, rows []int32, to *numbered) {
	f.a.note(f.table)
	for _, i := range rows {
		f.groupOf(from, int(i), to)
	}
	failed := f.a.add(f.state, from.in, rows)
	if len(failed) == 0 {
		return
	}
	f.uncount(from.in, rows, failed, func(int) *numbered { return to })
	f.refuse(from.batch, failed, from.ids, func(row int) int { return row })
}
