package exec

import (
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/operators"
)

// merger puts the rows of several inputs into canonical order: a row passes when
// no other input can still deliver an earlier one. The result does not depend on
// how the inputs were cut into batches.
type merger struct {
	alloc memory.Allocator
	size  int  // rows of a batch to aim for
	blend bool // rows of several inputs may leave in one batch
	// numbered: rows of one input leave together, with their numbers over all inputs.
	numbered bool
	given    int64 // rows so far, where numbered
	// timeless: rows lose their time here and stand in order of their records.
	timeless bool
	inputs   []mergeInput
	time     int64 // of the last mark given out
}

// mergeInput is a queue of rows in the order they came.
type mergeInput struct {
	queue []*operators.Batch
	next  int // the next row of queue[0], counted among those selected
	slot  int // where queue[0] stands among the batches being given out, -1 for not yet
	head  spot
	seen  spot // the furthest of all rows so far, where timeless
	mark  mark
	// least holds the smallest arrival of the held rows, per queued batch and later:
	// ascending, so that the first is the smallest of all.
	least  []leastOf
	pushed int64 // batches ever pushed and popped
	popped int64
}

type leastOf struct {
	batch int64
	at    int64
}

func newMerger(inputs int, blend bool, alloc memory.Allocator, size int) *merger {
	m := &merger{alloc: alloc, size: size, blend: blend, inputs: make([]mergeInput, inputs), time: operators.MinTime}
	for i := range m.inputs {
		m.inputs[i] = mergeInput{mark: openMark(), head: firstSpot, seen: firstSpot, slot: -1}
	}
	return m
}

// push takes over a batch of an input.
func (m *merger) push(input int, b *operators.Batch) {
	if b.Len() == 0 {
		b.Release()
		return
	}
	in := &m.inputs[input]
	if m.timeless {
		b.Time, b.Arrival, b.Progress = nil, nil, nil
		b.Each(func(r int) { in.seen = maxSpot(in.seen, spotOf(b, r)) })
	}
	in.queue = append(in.queue, b)
	in.noteLeast(b)
	in.pushed++
	if len(in.queue) == 1 {
		in.next = 0
		in.look()
	}
}

// advance takes the mark of an input. Where rows lose their time, progress says
// nothing of what follows: only that it stands behind what came.
func (m *merger) advance(input int, k mark) {
	if m.timeless && k.upTo.progress != operators.MinTime && !k.End {
		k.upTo = m.inputs[input].seen
	}
	m.inputs[input].mark = k
}

// noteLeast keeps the smallest arrival of the rows of a batch: while a row waits, the
// watermark given out must not pass it. Its arrival, and not a larger time, because a
// change of a changes stream takes rows of earlier times back, and because what keep
// forgets by the watermark must be forgotten for the row too: before the first row of an
// input nothing is.
func (in *mergeInput) noteLeast(b *operators.Batch) {
	least := leastArrival(b, 0)
	for len(in.least) > 0 && in.least[len(in.least)-1].at >= least {
		in.least = in.least[:len(in.least)-1]
	}
	in.least = append(in.least, leastOf{in.pushed, least})
}

// leastArrival is the smallest arrival of the rows that count from one on, MaxTime where
// they have no time.
func leastArrival(b *operators.Batch, from int) int64 {
	least, at := int64(operators.MaxTime), b.Arrival
	if at == nil || b.Time == nil {
		at = b.Time
	}
	switch {
	case at == nil:
	case b.Sel != nil:
		for _, r := range b.Sel[from:] {
			least = min(least, at[r])
		}
	default:
		for _, a := range at[from:b.Rows] {
			least = min(least, a)
		}
	}
	return least
}

// smallest is the smallest arrival of all held rows, and of no row that has left: what a
// mark says must not depend on how rows were cut into batches, for a stage on processing
// time takes its rows when they come to it.
func (in *mergeInput) smallest() int64 {
	if in.next == 0 || in.least[0].batch != in.popped {
		return in.least[0].at
	}
	b := in.queue[0]
	least := leastArrival(b, in.next)
	if len(in.least) > 1 {
		least = min(least, in.least[1].at)
	}
	return least
}

// look sets head to the spot of the next row; an update stands where its new row does.
// Spots of one input never fall, even where an operator such as sort gave its rows an
// order of its own.
func (in *mergeInput) look() {
	b, at := in.queue[0], in.next
	if b.Ops != nil && b.Ops[in.row()] == operators.UpdateBefore && at+1 < b.Len() {
		at++
	}
	row := at
	if b.Sel != nil {
		row = int(b.Sel[at])
	}
	in.head = maxSpot(in.head, spotOf(b, row))
}

func (in *mergeInput) row() int32 {
	if b := in.queue[0]; b.Sel != nil {
		return b.Sel[in.next]
	}
	return int32(in.next)
}

func (in *mergeInput) pop() {
	in.queue[0] = nil
	in.queue = in.queue[1:]
	in.next, in.slot = 0, -1
	in.popped++
	for len(in.least) > 0 && in.least[0].batch < in.popped {
		in.least = in.least[1:]
	}
}

// holds reports whether rows at s must wait for an input that has none yet.
func (in *mergeInput) holds(s spot) bool {
	return len(in.queue) == 0 && !in.mark.End && !in.mark.idle && s.compare(in.mark.upTo) > 0
}

// drain gives out the rows whose turn has come; with all, every row.
func (m *merger) drain(all bool, emit func(input int, b *operators.Batch)) {
	if m.numbered {
		m.drainNumbered(all, emit)
		return
	}
	if m.drainOnly(emit) {
		return
	}
	var out handOut
	for {
		best := m.best()
		if out.pair { // its second row is next in the same batch
			best = out.from
		} else if best < 0 || !all && m.held(best) {
			break
		} else if m.cuts(&out, best) {
			m.send(&out, emit)
		}
		m.take(&out, best)
	}
	m.send(&out, emit)
}

// cuts tells that the next row, of the input named, begins a batch. Rows of one input that
// stand at one spot leave as they came, together or apart: each may be a window of rows,
// which what works in it must get whole, and for itself.
func (m *merger) cuts(out *handOut, next int) bool {
	in := &m.inputs[next]
	switch {
	case len(out.picks) == 0:
		return false
	case next == out.from && in.head.compare(out.last) == 0:
		return in.next == 0
	case next == out.from || m.blend:
		return len(out.picks) >= m.size
	default:
		return true
	}
}

// take moves the next row of an input to those about to be given out.
func (m *merger) take(out *handOut, from int) {
	in := &m.inputs[from]
	out.last = in.head
	if in.slot < 0 {
		in.slot = len(out.batches)
		out.batches = append(out.batches, in.queue[0])
	}
	out.from = from
	row := in.row()
	out.picks = append(out.picks, pick{int32(in.slot), row})
	out.pair = in.queue[0].Ops != nil && in.queue[0].Ops[row] == operators.UpdateBefore
	in.next++
	if in.next == in.queue[0].Len() {
		out.done = append(out.done, in.queue[0])
		in.pop()
	}
	if len(in.queue) > 0 {
		in.look()
	}
}

// drainNumbered gives out the rows whose turn has come, those of each input together.
func (m *merger) drainNumbered(all bool, emit func(input int, b *operators.Batch)) {
	outs := make([]handOut, len(m.inputs))
	for i := range outs {
		outs[i].from = i
	}
	numbers := make([][]int64, len(m.inputs))
	pair := -1 // the input whose last row is the first of an update
	for {
		best := m.best()
		if pair >= 0 {
			best = pair
		} else if best < 0 || !all && m.held(best) {
			break
		} else if m.cuts(&outs[best], best) {
			m.sendNumbered(&outs[best], numbers[best], emit)
			numbers[best] = nil
		}
		m.take(&outs[best], best)
		numbers[best] = append(numbers[best], m.given)
		m.given++
		if pair = -1; outs[best].pair {
			pair = best
		}
	}
	for i := range outs {
		m.sendNumbered(&outs[i], numbers[i], emit)
	}
}

func (m *merger) sendNumbered(out *handOut, numbers []int64, emit func(input int, b *operators.Batch)) {
	from := out.from
	m.inputs[from].slot = -1
	if len(out.picks) > 0 {
		b := assemble(m.alloc, out.batches, out.picks)
		b.Seq = make([]int64, b.Rows)
		for i, r := range rowsOf(b) {
			b.Seq[r] = numbers[i]
		}
		emit(from, b)
	}
	for _, b := range out.done {
		b.Release()
	}
	*out = handOut{from: from}
}

// drainOnly gives out whole batches when all inputs but one have ended. It reports
// false when rows must be looked at one by one.
func (m *merger) drainOnly(emit func(input int, b *operators.Batch)) bool {
	only := -1
	for i := range m.inputs {
		in := &m.inputs[i]
		if in.mark.End && len(in.queue) == 0 {
			continue
		}
		if only >= 0 || in.next > 0 {
			return false
		}
		only = i
	}
	if only < 0 {
		return true
	}
	in := &m.inputs[only]
	for len(in.queue) > 0 {
		b := in.queue[0]
		in.pop()
		if len(in.queue) > 0 {
			in.look()
		}
		emit(only, b)
	}
	return true
}

// handOut is rows about to be given out.
type handOut struct {
	from    int
	last    spot // of the last row
	pair    bool // the last row is the first of an update pair
	batches []*operators.Batch
	picks   []pick
	done    []*operators.Batch // all of whose rows have been picked
}

func (m *merger) send(out *handOut, emit func(input int, b *operators.Batch)) {
	if len(out.picks) > 0 {
		emit(out.from, assemble(m.alloc, out.batches, out.picks))
	}
	for _, b := range out.done {
		b.Release()
	}
	for i := range m.inputs {
		m.inputs[i].slot = -1
	}
	*out = handOut{}
}

// best is the input whose next row is the earliest, -1 when no row is there.
func (m *merger) best() int {
	best := -1
	for i := range m.inputs {
		if len(m.inputs[i].queue) > 0 && (best < 0 || m.inputs[i].head.compare(m.inputs[best].head) < 0) {
			best = i
		}
	}
	return best
}

func (m *merger) held(best int) bool {
	for i := range m.inputs {
		if i != best && m.inputs[i].holds(m.inputs[best].head) {
			return true
		}
	}
	return false
}

// mark is what can be said of the merged rows: the minimum over the inputs, and
// no further than the rows that still wait allow.
func (m *merger) mark() mark {
	out := endMark(operators.MinTime)
	out.idle = true
	ended, active := true, false
	bound := bounding(len(m.inputs), func(i int) mark { return m.inputs[i].mark })
	out.free = true
	for i := range m.inputs {
		in := &m.inputs[i]
		out.Reached = in.mark.reached(out.Reached)
		out.free = out.free && (in.mark.free || in.mark.End)
		ended = ended && in.mark.End && len(in.queue) == 0
		if len(in.queue) > 0 {
			active = true
			out.Time = min(out.Time, in.smallest())
			out.upTo = minSpot(out.upTo, in.justBefore())
		}
		if in.mark.idle && !in.mark.End {
			continue
		}
		out.idle = out.idle && in.mark.End
		active = active || !in.mark.End
		if bound(i) {
			out.Time = min(out.Time, in.mark.Time)
		}
		if len(in.queue) == 0 {
			out.upTo = minSpot(out.upTo, in.mark.upTo)
		}
	}
	out.End = ended
	if !active && !ended { // every input that goes on is idle: stand still
		out.Time, out.upTo = m.time, firstSpot
	}
	out.idle, out.free = out.idle && !ended, out.free && !ended
	m.time = max(m.time, out.Time)
	out.Time = m.time
	if !ended {
		out.Reached = 0
	}
	out.Progress = out.upTo.progress
	return out
}

// justBefore is a spot before that of the next row.
func (in *mergeInput) justBefore() spot {
	s := in.head
	if s.position > 0 {
		s.position--
		return s
	}
	s.partition, s.position = s.partition-1, 0
	return s
}

// release frees the rows that are still held.
func (m *merger) release() {
	for i := range m.inputs {
		for _, b := range m.inputs[i].queue {
			b.Release()
		}
		m.inputs[i].queue = nil
	}
}
