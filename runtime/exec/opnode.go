package exec

import (
	"errors"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// opNode runs an operator, as one instance or as several.
type opNode struct {
	station
	op       operators.Operator // the only instance, or the first
	split    *split             // nil for one instance
	merge    *merger            // nil unless the inputs must be seen in canonical order
	given    int64              // rows so far, over all inputs
	inputs   []string           // where each input comes from, in a State
	marks    []mark             // of each input
	last     mark               // given to the operator
	table    *tableInput        // nil unless one input is a table
	said     bool
	finished bool
}

func newOpNode(e *Engine, id int, n *Node, inputs int) (*opNode, error) {
	o := &opNode{station: newStation(e, id, n), marks: make([]mark, inputs), last: openMark()}
	for i := range o.marks {
		o.marks[i] = openMark()
	}
	if err := o.openInstances(e.opt.Parallel); err != nil {
		return o, err
	}
	if m, ok := o.op.(operators.Merger); ok && m.MergeInputs() && inputs > 1 {
		separate, apart := o.op.(operators.Separate)
		o.merge = newMerger(inputs, !apart, e.opt.Alloc, e.opt.BatchRows)
		o.merge.numbered = apart && separate.SeparateInputs()
		o.merge.timeless = n.Ports[0].Time == types.NoTime
	}
	if at := n.Operator.Table; at > 0 && o.merge == nil {
		o.table = &tableInput{input: at - 1, first: n.Operator.TableFirst}
	}
	return o, nil
}

// open opens an instance, which has a share of the keys.
func (o *opNode) open(op operators.Operator, share operators.Share) error {
	ctx := &operators.Context{Alloc: o.e.opt.Alloc, Params: o.e.opt.Params, BatchRows: o.e.opt.BatchRows,
		Stage: o.node.Stage, Refs: refCodec{o.e}, Now: func() int64 { return o.e.moment }, Mine: share.Mine(), Share: share,
		Adapt: o.e.opt.Adapt[o.node.Identity()]}
	if s, ok := op.(operators.Spiller); ok && s.Spills() && o.e.opt.Shelves != nil {
		ctx.Shelf = o.e.opt.Shelves.Shelf(o.node.Identity())
	}
	return op.Open(ctx)
}

// Emit sends rows to the readers of a port.
func (o *opNode) Emit(port int, b *operators.Batch) { o.emit(port, b) }

func (o *opNode) batch(input int, b *operators.Batch) {
	switch {
	case o.finished || o.e.failed():
		b.Release()
	case o.merge != nil:
		o.merge.push(input, b)
	case o.table != nil && o.table.holds(input):
		o.table.held = append(o.table.held, heldBatch{input, b})
	default:
		o.process(input, b)
	}
}

func (o *opNode) process(input int, b *operators.Batch) {
	if o.finished || o.e.failed() {
		b.Release()
		return
	}
	if b.Ops != nil && b.Sel != nil && o.node.Operator.Table > 0 {
		b = dense(o.e.opt.Alloc, b) // so that the rows of an update stand side by side
	}
	b.Input = input
	b.Base = o.given
	o.given += int64(b.Rows)
	var err error
	if o.split != nil {
		err = o.split.process(input, b)
	} else {
		err = o.op.Process(input, b, o)
	}
	o.check(err)
	o.checkDone()
}

// checkDone ends the stream of an operator that needs no more rows.
func (o *opNode) checkDone() {
	if f, ok := o.op.(operators.Finisher); ok && f.Done() && !o.finished {
		o.finished = true
		o.emitMark(endMark(o.last.Time))
	}
}

func (o *opNode) mark(input int, m mark) {
	if o.finished || o.e.failed() {
		return
	}
	o.marks[input] = m
	if o.merge != nil {
		o.merge.advance(input, m)
		o.merge.drain(m.flush, func(input int, b *operators.Batch) {
			o.said = o.said && !o.merge.numbered // such rows are answered below
			o.process(input, b)
		})
		flush := m.flush
		m = o.merge.mark()
		m.flush = flush
	} else if o.table != nil {
		if o.table.waits(o, input, m) {
			return
		}
		m = o.table.mark(o.marks, m.flush)
	} else if len(o.marks) > 1 {
		m = leastOfMarks(o.marks, m.flush)
	}
	if o.finished || o.said && !m.flush && m == o.last {
		return
	}
	o.last, o.said = m, true
	var err error
	o.settling = true
	if o.split != nil {
		err = o.split.onWatermark(m.Watermark)
	} else {
		err = o.op.OnWatermark(m.Watermark, o)
	}
	o.settling = false
	o.check(err)
	o.pass(m)
	o.checkDone()
	o.finished = o.finished || m.End
}

// pass forwards a watermark as the operator changes it.
func (o *opNode) pass(m mark) {
	if m.End {
		end := m.Reached
		if d, ok := o.op.(operators.Delayer); ok {
			end = earlier(end, d.Delay())
		}
		if w, ok := o.ownWatermark(m.Watermark); ok && w.Time != operators.MaxTime {
			end = w.Time // in the operator's own time
		}
		o.emitMark(endMark(end))
		return
	}
	out, side, records := m, m, m
	if d, ok := o.op.(operators.Delayer); ok {
		out.Time = earlier(m.Time, d.Delay())
	}
	if o.node.Operator.Settles {
		settled := firstSpot
		settled.progress = out.Time
		out.upTo = minSpot(m.upTo, settled)
		side.upTo = out.upTo
	}
	if o.node.Operator.Blocks {
		out.upTo, side.upTo = firstSpot, firstSpot
	}
	if o.ending == endsNever {
		records.upTo = side.upTo
	}
	if w, ok := o.ownWatermark(m.Watermark); ok {
		out.Time, out.upTo = w.Time, firstSpot
		out.upTo.progress = w.Progress
	}
	out.Progress, side.Progress = out.upTo.progress, side.upTo.progress
	o.emitMarks(out, side, records)
}

// ownWatermark is the watermark that the operator keeps itself, the least of its
// instances; false when it keeps none.
func (o *opNode) ownWatermark(in operators.Watermark) (operators.Watermark, bool) {
	least, keeps := in, false
	for _, op := range o.instances() {
		k, ok := op.(operators.Timekeeper)
		if !ok {
			return in, false
		}
		w := k.OutWatermark(in)
		if !keeps {
			least = w
		}
		least.Time, least.Progress = min(least.Time, w.Time), min(least.Progress, w.Progress)
		keeps = true
	}
	return least, keeps
}

// tick passes the clock on where it is the watermark.
func (o *opNode) tick() {
	if _, ok := o.op.(operators.Clocked); ok && !o.finished && !o.e.failed() {
		o.pass(o.last)
	}
}

// leastOfMarks is what holds for all inputs of an operator that does not need
// them in order.
func leastOfMarks(marks []mark, flush bool) mark {
	out := endMark(operators.MinTime)
	ended, idle := true, true
	bound := bounding(len(marks), func(i int) mark { return marks[i] })
	for i, m := range marks {
		ended, out.Reached = ended && m.End, m.reached(out.Reached)
		if m.idle && !m.End {
			continue
		}
		idle = idle && m.End
		out.upTo = minSpot(out.upTo, m.upTo)
		if bound(i) {
			out.Time = min(out.Time, m.Time)
		}
	}
	out.free = !ended && !slices.ContainsFunc(marks, func(m mark) bool { return !m.free && !m.End })
	out.End, out.flush, out.idle = ended, flush, idle && !ended
	if !ended {
		out.Reached = 0
	}
	out.Progress = out.upTo.progress
	return out
}

// bounding tells which of several inputs bound the watermark: all but those that hold
// none back, and these too where there is no other.
func bounding(n int, of func(i int) mark) func(i int) bool {
	other := false
	for i := range n {
		m := of(i)
		other = other || !m.free && !m.End
	}
	return func(i int) bool { return !of(i).free || !other }
}

func (o *opNode) satisfied() bool {
	if len(o.node.Ports) == 0 { // it only counts
		return o.finished
	}
	return o.finished || o.unread()
}

// check takes the error of an operator: a row that cannot be processed is an error
// record and never an error here, so this is a bug.
func (o *opNode) check(err error) {
	var bug *Bug
	var shelf *operators.ShelfError
	if err != nil && !errors.As(err, &bug) && !errors.As(err, &shelf) {
		err = bugf("%s: %v", o.node.Name, err)
	}
	o.e.fail(err)
}

// held is how many rows wait for results that have not left.
func (o *opNode) held() int64 {
	n := int64(0)
	for _, op := range o.instances() {
		if h, ok := op.(operators.Holder); ok {
			n += h.Held()
		}
	}
	return n
}

func (o *opNode) close() error {
	o.releaseOpen()
	if o.merge != nil {
		o.merge.release()
	}
	if o.table != nil {
		o.table.release()
	}
	if o.op == nil { // it could not be opened
		return nil
	}
	return o.closeInstances()
}
