// Package kept holds rows that wait for their window to close, or that a changes
// stream may have to take back: rows are copied in, and out again in any order.
//
// Rows that are dropped give their memory back once half of what is held has been
// dropped.
package kept

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// ID names a row that is kept.
type ID int32

// Rows is the rows.
type Rows struct {
	alloc  memory.Allocator
	refs   operators.RefCodec
	adapt  *operators.Adapter
	chunks map[int32]*chunk
	next   int32 // number of the next chunk
	places []place
	free   []ID
	live   int
	stored int
	// detached: see NewDetached.
	detached bool
	away     *away // nil where all rows stay in memory

	parts []*chunk // scratch of Take
	spots []kernel.Spot
	rows  []int32
}

// chunk is rows that came together.
type chunk struct {
	batch *operators.Batch
	ids   []ID // by row, -1 where it was dropped or never kept
	live  int
	held  int   // rows that were kept
	part  int32 // one more than its place among those that rows are being taken of
}

type place struct{ chunk, row int32 }

// NewDetached is NewOf; the records of the rows are copied, so that they hold no others.
func NewDetached(ctx *operators.Context, remembered int) *Rows {
	r := NewOf(ctx, remembered)
	r.Detach()
	return r
}

// Detach says that the records of rows that come are copied, so that they hold no others.
func (r *Rows) Detach() { r.detached = true }

// New holds no rows.
func New(ctx *operators.Context) *Rows { return NewOf(ctx, 0) }

// NewOf holds no rows, which are those that the operator names in that place of what it
// remembers (operators.Migrant).
func NewOf(ctx *operators.Context, remembered int) *Rows {
	return NewAdapted(ctx, ctx.Adapt.Of(remembered))
}

// NewAdapted holds no rows; those of a state are read by an adapter.
func NewAdapted(ctx *operators.Context, adapt *operators.Adapter) *Rows {
	return &Rows{alloc: ctx.Alloc, refs: ctx.Refs, adapt: adapt, chunks: map[int32]*chunk{}}
}

// Adapted reports that rows of a state are read as rows of other columns.
func (r *Rows) Adapted() bool { return r.adapt != nil }

// Len is the number of rows held.
func (r *Rows) Len() int {
	if r.away != nil {
		return r.live + r.away.n
	}
	return r.live
}

// Add copies rows of a batch and returns their names in the same order.
func (r *Rows) Add(b *operators.Batch, rows []int32) []ID {
	if len(rows) == 0 {
		return nil
	}
	own := operators.Gather(r.alloc, b, rows)
	if r.detached {
		own.Detach()
	}
	return r.put(own)
}

// Share keeps rows of a batch, ascending, and returns their names in the same order. Where
// they are most of the batch it stays whole, and what lends its memory with it; few rows of
// a large one are copied.
func (r *Rows) Share(b *operators.Batch, rows []int32) []ID {
	if 4*len(rows) < 3*b.Rows || len(rows) == 0 {
		return r.Add(b, rows)
	}
	held := *b
	held.Cols = slices.Clone(b.Cols)
	held.Retain()
	c := &chunk{batch: &held, ids: make([]ID, b.Rows), live: len(rows), held: len(rows)}
	for i := range c.ids {
		c.ids[i] = -1
	}
	out := make([]ID, len(rows))
	for i, row := range rows {
		out[i] = r.name(place{chunk: r.next, row: row})
		c.ids[row] = out[i]
	}
	r.addChunk(c)
	return out
}

// Hold takes over a batch without a selection and returns the names of its rows.
func (r *Rows) Hold(b *operators.Batch) []ID {
	if b.Rows == 0 {
		b.Release()
		return nil
	}
	return r.put(b)
}

// put takes over a batch without a selection.
func (r *Rows) put(b *operators.Batch) []ID {
	c := &chunk{batch: b, ids: make([]ID, b.Rows), live: b.Rows, held: b.Rows}
	for i := range c.ids {
		c.ids[i] = r.name(place{chunk: r.next, row: int32(i)})
	}
	r.addChunk(c)
	return append([]ID(nil), c.ids...)
}

func (r *Rows) addChunk(c *chunk) {
	r.chunks[r.next] = c
	r.next++
	r.live += c.live
	r.stored += c.held
}

func (r *Rows) name(at place) ID {
	if last := len(r.free) - 1; last >= 0 {
		id := r.free[last]
		r.free = r.free[:last]
		r.places[id] = at
		if r.away != nil && int(id) < len(r.away.put) {
			r.away.put[id] = false // that was another row
		}
		return id
	}
	r.places = append(r.places, at)
	return ID(len(r.places) - 1)
}

// At is where a row lies, until rows are dropped.
func (r *Rows) At(id ID) (b *operators.Batch, row int32) {
	at := r.places[id]
	return r.chunks[at.chunk].batch, at.row
}

// Drop forgets a row.
func (r *Rows) Drop(id ID) {
	at := r.places[id]
	if at.chunk == nowhere {
		r.away.n--
		r.free = append(r.free, id)
		return
	}
	c := r.chunks[at.chunk]
	c.ids[at.row] = -1
	c.live--
	r.live--
	r.free = append(r.free, id)
	if c.live == 0 {
		r.stored -= c.held
		c.batch.Release()
		delete(r.chunks, at.chunk)
	}
	if r.stored > 1024 && r.stored > 2*r.live {
		r.compact()
	}
}

// compact copies the rows that are left into one chunk; their names stay.
func (r *Rows) compact() {
	if r.live == 0 {
		return
	}
	ids := r.here()
	b := r.Take(ids)
	if r.detached { // else one row of a batch would hold the records of all that came with it
		b.Detach()
	}
	r.releaseChunks()
	r.chunks[0] = &chunk{batch: b, ids: ids, live: len(ids), held: len(ids)}
	r.next, r.stored = 1, len(ids)
	if r.away != nil {
		r.away.lent = r.away.lent[:0] // those stay
	}
	for i, id := range ids {
		r.places[id] = place{chunk: 0, row: int32(i)}
	}
}

// Take copies rows out in the order given; they stay.
func (r *Rows) Take(ids []ID) *operators.Batch {
	parts, spots := r.parts[:0], slices.Grow(r.spots[:0], len(ids))
	for _, id := range ids {
		at := r.places[id]
		c := r.chunks[at.chunk]
		if c.part == 0 {
			parts = append(parts, c)
			c.part = int32(len(parts))
		}
		spots = append(spots, kernel.Spot{Part: c.part - 1, Row: at.row})
	}
	var out *operators.Batch
	switch len(parts) {
	case 0:
		out = &operators.Batch{}
	case 1:
		out = r.takeOne(parts[0].batch, spots)
	default:
		out = r.takeParts(parts, spots)
	}
	for _, c := range parts {
		c.part = 0
	}
	clear(parts) // they may be forgotten
	r.parts, r.spots = parts[:0], spots
	return out
}

// takeOne copies rows out of one chunk.
func (r *Rows) takeOne(from *operators.Batch, spots []kernel.Spot) *operators.Batch {
	rows := slices.Grow(r.rows[:0], len(spots))
	for _, s := range spots {
		rows = append(rows, s.Row)
	}
	r.rows = rows
	return operators.Gather(r.alloc, from, rows)
}

// takeParts copies rows out of several chunks.
func (r *Rows) takeParts(parts []*chunk, spots []kernel.Spot) *operators.Batch {
	batches := make([]*operators.Batch, len(parts))
	for i, c := range parts {
		batches[i] = c.batch
	}
	out := &operators.Batch{Rows: len(spots), Cols: make([]arrow.Array, len(batches[0].Cols)), Lease: operators.JoinLeases(batches)}
	arrs := make([]arrow.Array, len(parts))
	for c := range out.Cols {
		for i, b := range batches {
			arrs[i] = b.Cols[c]
		}
		out.Cols[c] = kernel.GatherParts(r.alloc, arrs, spots)
	}
	out.Time = spotsOf(batches, spots, func(b *operators.Batch) []int64 { return b.Time })
	out.Arrival = spotsOf(batches, spots, func(b *operators.Batch) []int64 { return b.Arrival })
	out.Progress = spotsOf(batches, spots, func(b *operators.Batch) []int64 { return b.Progress })
	if slices.ContainsFunc(batches, func(b *operators.Batch) bool { return b.Refs != nil }) {
		out.Refs = make([]operators.Ref, len(spots))
		for i, s := range spots {
			if refs := batches[s.Part].Refs; refs != nil { // else a derived row, or one that lost its own in a snapshot
				out.Refs[i] = refs[s.Row]
			}
		}
	}
	return out
}

// spotsOf takes elements of slices of batches; one that any of them lacks nobody needs.
func spotsOf(batches []*operators.Batch, spots []kernel.Spot, of func(b *operators.Batch) []int64) []int64 {
	in := make([][]int64, len(batches))
	for i, b := range batches {
		if in[i] = of(b); in[i] == nil {
			return nil
		}
	}
	out := make([]int64, len(spots))
	for i, s := range spots {
		out[i] = in[s.Part][s.Row]
	}
	return out
}

// Release forgets all rows.
func (r *Rows) Release() {
	r.releaseChunks()
	r.places, r.free, r.live, r.stored, r.next = r.places[:0], r.free[:0], 0, 0, 0
	if r.away != nil {
		r.away.put, r.away.n, r.away.lent, r.away.found = r.away.put[:0], 0, nil, 0
	}
}

func (r *Rows) releaseChunks() {
	for _, c := range r.chunks {
		c.batch.Release()
	}
	clear(r.chunks)
}

// Save writes rows in the order given.
func (r *Rows) Save(w *wire.Writer, ids []ID) error {
	w.Uint(uint64(len(ids)))
	if len(ids) == 0 {
		return nil
	}
	b := r.Take(ids)
	defer b.Release()
	w.Uint(uint64(len(b.Cols)))
	if len(b.Cols) > 0 {
		if err := w.Arrays(b.Cols, b.Rows); err != nil {
			return fmt.Errorf("kept rows: %w", err)
		}
	}
	w.Ints(b.Time)
	w.Ints(b.Arrival)
	w.Ints(b.Progress)
	return operators.SaveRefs(r.refs, w, b.Refs)
}

// Load adds the rows that Save wrote and returns their names in the same order.
func (r *Rows) Load(in *wire.Reader) []ID {
	n := in.Len()
	if n == 0 {
		return nil
	}
	b := &operators.Batch{Rows: n}
	if in.Uint() > 0 {
		var rows int
		if b.Cols, rows = in.Arrays(r.alloc); rows != n {
			in.Fail(fmt.Errorf("%d rows instead of %d", rows, n))
		}
	}
	if !in.Failed() {
		var err error
		if b.Cols, err = r.adapt.Apply(b.Cols, n); err != nil {
			in.Fail(fmt.Errorf("kept rows: %w", err))
		}
	}
	b.Time, b.Arrival, b.Progress = in.Ints(), in.Ints(), in.Ints()
	for _, s := range [][]int64{b.Time, b.Arrival, b.Progress} {
		if s != nil && len(s) != n {
			in.Fail(fmt.Errorf("%d times for %d rows", len(s), n))
		}
	}
	b.Refs = operators.LoadRefs(r.refs, in)
	return r.put(b)
}

// Settled makes rows the results of a window: their time is its last microsecond,
// they are never late, and they stand where the window was settled (SEMANTICS 14).
func Settled(b *operators.Batch, end, settled int64) {
	b.Time = operators.Repeated(b.Rows, end-1)
	b.Arrival = b.Time
	b.Progress = operators.Repeated(b.Rows, settled)
}

// Ranks is a column of numbers.
func Ranks(alloc memory.Allocator, ranks []int64) arrow.Array {
	arr, values := kernel.NewFixed[int64](alloc, arrow.PrimitiveTypes.Int64, len(ranks))
	copy(values, ranks)
	return arr
}
