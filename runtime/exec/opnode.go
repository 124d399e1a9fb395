package exec

import (
	"errors"

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
	marks    []mark             // of each input
	last     mark               // given to the operator
	said     bool
	finished bool
}

func newOpNode(e *Engine, id int, n *Node, inputs int) (*opNode, error) {
	o := &opNode{station: newStation(e, id, n), marks: make([]mark, inputs), last: openMark()}
	for i := range o.marks {
		o.marks[i] = openMark()
	}
	op, err := o.open()
	if err != nil {
		return nil, err
	}
	o.op = op
	if m, ok := op.(operators.Merger); ok && m.MergeInputs() && inputs > 1 {
		separate, apart := op.(operators.Separate)
		o.merge = newMerger(inputs, !apart, e.opt.Alloc, e.opt.BatchRows)
		o.merge.numbered = apart && separate.SeparateInputs()
		o.merge.timeless = n.Ports[0].Time == types.NoTime
	}
	if _, ok := op.(operators.Parallel); ok && n.Operator.Hash != nil && e.opt.Parallel > 1 {
		o.split = &split{node: o, instances: []operators.Operator{op}}
		for range e.opt.Parallel - 1 {
			op, err := o.open()
			if err != nil {
				return o, err
			}
			o.split.instances = append(o.split.instances, op)
		}
	}
	return o, nil
}

func (o *opNode) open() (operators.Operator, error) {
	op, err := o.node.Operator.New()
	if err != nil {
		return nil, err
	}
	return op, op.Open(&operators.Context{Alloc: o.e.opt.Alloc, Params: o.e.opt.Params, BatchRows: o.e.opt.BatchRows, Stage: o.node.Stage})
}

// Emit sends rows to the readers of a port.
func (o *opNode) Emit(port int, b *operators.Batch) { o.emit(port, b) }

func (o *opNode) batch(input int, b *operators.Batch) {
	switch {
	case o.finished || o.e.failed():
		b.Release()
	case o.merge != nil:
		o.merge.push(input, b)
	default:
		o.process(input, b)
	}
}

func (o *opNode) process(input int, b *operators.Batch) {
	if o.finished || o.e.failed() {
		b.Release()
		return
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
		o.emitMark(endMark())
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
	} else if len(o.marks) > 1 {
		m = leastOfMarks(o.marks, m.flush)
	}
	if o.finished || o.said && !m.flush && m == o.last {
		return
	}
	o.last, o.said = m, true
	var err error
	if o.split != nil {
		err = o.split.onWatermark(m.Watermark)
	} else {
		err = o.op.OnWatermark(m.Watermark, o)
	}
	o.check(err)
	o.pass(m)
	o.checkDone()
	o.finished = o.finished || m.End
}

// pass forwards a watermark as the operator changes it.
func (o *opNode) pass(m mark) {
	if m.End {
		o.emitMark(endMark())
		return
	}
	out, side := m, m
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
	if k, ok := o.op.(operators.Timekeeper); ok {
		w := k.OutWatermark(m.Watermark)
		out.Time, out.upTo = w.Time, firstSpot
		out.upTo.progress = w.Progress
	}
	out.Progress, side.Progress = out.upTo.progress, side.upTo.progress
	o.emitMarks(out, side)
}

// leastOfMarks is what holds for all inputs of an operator that does not need
// them in order.
func leastOfMarks(marks []mark, flush bool) mark {
	out := endMark()
	ended, idle := true, true
	for _, m := range marks {
		ended = ended && m.End
		if m.idle && !m.End {
			continue
		}
		idle = idle && m.End
		out.Time, out.upTo = min(out.Time, m.Time), minSpot(out.upTo, m.upTo)
	}
	out.End, out.flush, out.idle = ended, flush, idle && !ended
	out.Progress = out.upTo.progress
	return out
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
	if err != nil && !errors.As(err, &bug) {
		err = bugf("%s: %v", o.node.Name, err)
	}
	o.e.fail(err)
}

// held is how many rows wait for results that have not left.
func (o *opNode) held() int64 {
	ops := []operators.Operator{o.op}
	if o.split != nil {
		ops = o.split.instances
	}
	n := int64(0)
	for _, op := range ops {
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
	if o.split == nil {
		return o.op.Close()
	}
	return o.split.close()
}
