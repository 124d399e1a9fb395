// Package ordered holds rows until time has passed them, and gives them out in the
// order in which stages that wait for time evaluate (SEMANTICS 16): ascending
// p = max(t, a), then as they came. A row is due when the watermark is above p.
//
// It serves operators of one input and of several. Inputs must be given in
// canonical order; the operator is then independent of how rows were cut into
// batches and of the steps of the watermark. It does not know keys, and never
// decides what is late. Rows may be outside of memory while they wait.
package ordered

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Buffer is the rows that wait. The zero Buffer is not usable: see New.
type Buffer struct {
	alloc memory.Allocator
	refs  operators.RefCodec
	adapt operators.Adapters // by input
	at    func(b *operators.Batch, row int) int64
	times bool // at is the time of a row
	own   bool // at is the progress of a row, which is kept with it
	runs  runs
	n     int
	spare spare
	apart *apart          // nil where rows stay in memory
	share operators.Share // of the keys

	sel      []int32 // of the part at hand, see Parts
	progress []int64
}

// prefix is what the names of pieces begin with on the shelf of the operator.
const prefix = "waits"

// New holds no rows. They leave memory where the operator has a shelf.
func New(ctx *operators.Context) *Buffer { return NewBy(ctx, At) }

// NewBy holds no rows, and orders them by an instant other than p.
func NewBy(ctx *operators.Context, at func(b *operators.Batch, row int) int64) *Buffer {
	return NewBeside(ctx, prefix, at)
}

// NewBeside is NewBy for an operator that has other rows waiting; what their pieces are called
// on its shelf begins with another name.
func NewBeside(ctx *operators.Context, name string, at func(b *operators.Batch, row int) int64) *Buffer {
	b := &Buffer{alloc: ctx.Alloc, refs: ctx.Refs, adapt: ctx.Adapt, at: at, share: ctx.Share}
	if ctx.Mine == nil {
		b.share = operators.Whole
	}
	if ctx.Shelf != nil {
		b.apart = &apart{shelf: spill.NewPart(ctx.Shelf, []byte(name)), passed: operators.MinTime, seen: map[string]bool{}}
	}
	return b
}

// NewByTime holds no rows, and orders them by their time.
func NewByTime(ctx *operators.Context) *Buffer {
	b := NewBy(ctx, func(b *operators.Batch, row int) int64 { return b.Time[row] })
	b.times = true
	return b
}

// NewByProgress holds no rows, and orders them by what their stream had come to with each: so
// they leave as they came.
func NewByProgress(ctx *operators.Context) *Buffer {
	b := NewBy(ctx, func(b *operators.Batch, row int) int64 { return b.Progress[row] })
	b.own = true
	return b
}

// unsettled is rows as they were before they were made ready to leave, when their progress was
// set to the instant behind what they were ordered by.
func (b *Buffer) unsettled(rows *operators.Batch) *operators.Batch {
	if !b.own {
		rows.Progress = nil
		return rows
	}
	for i := range rows.Progress {
		rows.Progress[i]--
	}
	return rows
}

// Len is the number of rows that wait.
func (b *Buffer) Len() int { return b.n }

// stepRows is about how many rows leave in a step.
const stepRows = 16 << 10

// Step is an instant up to a watermark before which some rows are due, if any are, and not too
// many of them.
func (b *Buffer) Step(watermark int64) int64 {
	if b.n <= stepRows || b.Least() >= watermark {
		return watermark
	}
	runs := slices.Clone(b.runs)
	slices.SortFunc(runs, func(x, y *run) int { return cmp.Compare(x.last().p, y.last().p) })
	n := 0
	for _, r := range runs {
		if last := r.last().p; last >= watermark {
			break
		} else if n += r.left(); n >= stepRows {
			return last + 1
		}
	}
	return watermark
}

// Least is the smallest p of the rows that wait, operators.MaxTime for none.
func (b *Buffer) Least() int64 {
	if len(b.runs) == 0 {
		return operators.MaxTime
	}
	return b.runs[0].first().p
}

// Last is the largest p of the rows that wait, operators.MinTime for none.
func (b *Buffer) Last() int64 {
	last := int64(operators.MinTime)
	for _, r := range b.runs {
		last = max(last, r.last().p)
	}
	return last
}

// At is p of a row of a batch that has time.
func At(b *operators.Batch, row int) int64 { return max(b.Time[row], b.Arrival[row]) }

// Add keeps rows of a batch, nil for all that count. The batch stays the caller's.
func (b *Buffer) Add(input int, in *operators.Batch, rows []int32) {
	part := *in
	if rows != nil {
		part.Sel = rows
	}
	if part.Sel == nil && b.addWhole(input, in) {
		return
	}
	places := take(&b.spare.places, part.Len())
	part.Each(func(r int) {
		places = append(places, place{row: int32(r), p: b.at(in, r), seq: seqOf(in, r)})
	})
	b.put(input, in, places)
}

// addWhole keeps a batch whose rows are due in the order they came in, else it reports
// false.
func (b *Buffer) addWhole(input int, in *operators.Batch) bool {
	if in.Rows == 0 {
		return true
	}
	due := in.Time
	if !b.times {
		due = take(&b.spare.due, in.Rows)[:in.Rows]
		for i := range due {
			due[i] = b.at(in, i)
		}
	}
	if !slices.IsSorted(due) || in.Seq != nil && !slices.IsSorted(in.Seq) {
		b.spareDue(due)
		return false
	}
	b.push(&run{input: input, batch: shared(in), due: due})
	return true
}

// spareDue keeps a slice that is the buffer's own.
func (b *Buffer) spareDue(due []int64) {
	if !b.times {
		give(&b.spare.due, due)
	}
}

// shared is a batch that the buffer and its owner have.
func shared(in *operators.Batch) *operators.Batch {
	held := *in
	held.Cols = slices.Clone(in.Cols)
	held.Retain()
	return &held
}

func (b *Buffer) push(r *run) {
	heap.Push(&b.runs, r)
	b.n += r.left()
}

// leave frees a run all of whose rows have left.
func (b *Buffer) leave(r *run) {
	r.batch.Release()
	b.spent(r)
	give(&b.spare.places, r.places)
	b.spareDue(r.due)
	r.places, r.due = nil, nil
}

// put keeps places of a batch; few rows of a large one are copied out of it.
func (b *Buffer) put(input int, in *operators.Batch, places []place) {
	if len(places) == 0 {
		return
	}
	var held *operators.Batch
	if 2*len(places) < in.Rows {
		rows := make([]int32, len(places))
		for i := range places {
			rows[i], places[i].row = places[i].row, int32(i)
		}
		held = operators.Gather(b.alloc, in, rows)
	} else {
		held = shared(in)
	}
	if !sorted(places) {
		slices.SortFunc(places, place.compare)
	}
	b.push(&run{input: input, batch: held, places: places})
}

// sorted reports that places are due one after the other.
func sorted(places []place) bool {
	for i := 1; i < len(places); i++ {
		if a, b := &places[i-1], &places[i]; a.p > b.p || a.p == b.p && a.seq > b.seq {
			return false
		}
	}
	return true
}

// Each takes out the rows with p below a watermark and calls f for them: once, or where many
// are outside of memory once for each of some instants up to the watermark, as if that had come
// in steps. The rows are f's.
func (b *Buffer) Each(watermark int64, f func(until int64, due *Due) error) error {
	return b.inSteps(watermark, func(until int64) error {
		due, err := b.due(until)
		if err != nil {
			return err
		}
		return f(until, due)
	})
}

// inSteps calls f for a watermark or for steps up to it.
func (b *Buffer) inSteps(watermark int64, f func(until int64) error) error {
	if b.apart == nil {
		return f(watermark)
	}
	if b.apart.rows == 0 {
		b.apart.passed = max(b.apart.passed, watermark)
		return f(watermark)
	}
	for _, until := range b.steps(watermark) {
		b.apart.passed = max(b.apart.passed, until)
		if err := f(until); err != nil {
			return err
		}
	}
	return nil
}

// due takes out the rows with p below an instant.
func (b *Buffer) due(until int64) (*Due, error) {
	d := &Due{}
	var picks []pick
	err := b.each(until, func(c cut) error {
		for i := c.from; i < c.to; i++ {
			picks = append(picks, pick{c.run, c.run.at(i)})
		}
		b.n -= c.to - c.from
		if c.run.left() == 0 {
			b.spent(c.run)
			d.spent = append(d.spent, c.run.batch)
		}
		return nil
	})
	d.gather(b.alloc, picks)
	if err != nil {
		d.Release()
	}
	return d, err
}

// spent notes that the rows of a run are not needed any more, wherever they are.
func (b *Buffer) spent(r *run) {
	if r.piece != nil {
		b.apart.gone = append(b.apart.gone, r.piece)
	}
}

// cut is rows of a run that are due, in the order they are.
type cut struct {
	run      *run
	from, to int
}

// each takes the rows out that are due before a watermark, in order, and calls f for them.
func (b *Buffer) each(watermark int64, f func(cut) error) error {
	for len(b.runs) > 0 && b.runs[0].first().p < watermark {
		r := b.runs[0]
		if r.batch == nil {
			if err := b.bring(r); err != nil {
				return err
			}
		}
		n := b.dueOf(r, watermark)
		c := cut{run: r, from: r.next, to: r.next + n}
		if r.next += n; r.left() == 0 {
			heap.Pop(&b.runs)
		} else {
			heap.Fix(&b.runs, 0)
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// dueOf is how many rows of the first run are due before those of any other.
func (b *Buffer) dueOf(r *run, watermark int64) int {
	limit := place{p: watermark, seq: operators.MinTime}
	for _, i := range []int{1, 2} { // the next in the heap
		if i < len(b.runs) && b.runs[i].first().compare(limit) < 0 {
			limit = b.runs[i].first()
		}
	}
	return r.before(limit)
}

// Release forgets all rows.
func (b *Buffer) Release() {
	for _, r := range b.runs {
		if r.batch != nil {
			r.batch.Release()
		}
	}
	b.runs, b.n = nil, 0
}

// pick is a row of a run.
type pick struct {
	run *run
	at  place
}

// Due is rows whose time has come.
type Due struct {
	// Inputs are the due rows of each input in order, without a selection, Seq set and
	// Progress set to the instant they are settled, p + 1; nil for an input without.
	Inputs []*operators.Batch
	// Steps are all of them in order.
	Steps []Step
	spent []*operators.Batch
}

// Step is one due row: a row of Inputs[Input].
type Step struct {
	Input  int
	Row    int32
	P, Seq int64
}

// Release gives the rows back.
func (d *Due) Release() {
	for _, b := range d.Inputs {
		if b != nil {
			b.Release()
		}
	}
	d.Inputs = nil
}

// gather copies the rows of each input together.
func (d *Due) gather(alloc memory.Allocator, picks []pick) {
	var byInput [][]pick
	d.Steps = make([]Step, len(picks))
	for i, p := range picks {
		in := p.run.input
		for in >= len(byInput) {
			byInput = append(byInput, nil)
		}
		d.Steps[i] = Step{Input: in, Row: int32(len(byInput[in])), P: p.at.p, Seq: p.at.seq}
		byInput[in] = append(byInput[in], p)
	}
	d.Inputs = make([]*operators.Batch, len(byInput))
	for in, ps := range byInput {
		if len(ps) > 0 {
			d.Inputs[in] = assemble(alloc, ps)
		}
	}
	for _, b := range d.spent {
		b.Release()
	}
	d.spent = nil
}

// assemble makes one batch of rows in the order given.
func assemble(alloc memory.Allocator, ps []pick) *operators.Batch {
	var batches []*operators.Batch
	base := map[*run]int32{}
	total := int32(0)
	at := make([]int32, len(ps))
	var last *run
	from := int32(0)
	for i, p := range ps {
		if p.run != last {
			last = p.run
			var known bool
			if from, known = base[last]; !known {
				from = total
				base[last] = from
				batches = append(batches, last.batch)
				total += int32(last.batch.Rows)
			}
		}
		at[i] = from + p.at.row
	}
	out := &operators.Batch{Rows: len(ps), Cols: make([]arrow.Array, len(batches[0].Cols)), Lease: operators.JoinLeases(batches)}
	gatherColumns(alloc, batches, at, total, out)
	out.Time = pickOf(ps, func(b *operators.Batch) []int64 { return b.Time })
	out.Arrival = pickOf(ps, func(b *operators.Batch) []int64 { return b.Arrival })
	out.Refs = pickOf(ps, func(b *operators.Batch) []operators.Ref { return b.Refs })
	out.Ops = pickOf(ps, func(b *operators.Batch) []operators.Op { return b.Ops })
	out.Progress, out.Seq = make([]int64, len(ps)), make([]int64, len(ps))
	for i, p := range ps {
		out.Progress[i], out.Seq[i] = p.at.p+1, p.at.seq
	}
	return out
}

// gatherColumns copies the rows at places of batches laid end to end; a whole batch
// in its own order is shared.
func gatherColumns(alloc memory.Allocator, batches []*operators.Batch, at []int32, total int32, out *operators.Batch) {
	whole := len(batches) == 1 && int(total) == len(at)
	for i := 0; whole && i < len(at); i++ {
		whole = at[i] == int32(i)
	}
	for c := range out.Cols {
		if whole {
			out.Cols[c] = batches[0].Cols[c]
			out.Cols[c].Retain()
			continue
		}
		arrs := make([]arrow.Array, len(batches))
		for i, b := range batches {
			arrs[i] = b.Cols[c]
		}
		out.Cols[c] = kernel.GatherAny(alloc, arrs, at)
	}
}

// pickOf takes one of the slices of batches along; nil where no batch has it.
func pickOf[T any](ps []pick, of func(*operators.Batch) []T) []T {
	var out []T
	for i, p := range ps {
		from := of(p.run.batch)
		if from == nil {
			continue
		}
		if out == nil {
			out = make([]T, len(ps))
		}
		out[i] = from[p.at.row]
	}
	return out
}

// byInput is rows by their input.
func byInput(ps []pick) (of [][]pick) {
	for _, p := range ps {
		for p.run.input >= len(of) {
			of = append(of, nil)
		}
		of[p.run.input] = append(of[p.run.input], p)
	}
	return of
}
