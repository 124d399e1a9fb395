package over

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
)

// ahead looks at rows that come after. A row waits until its frame is complete, and
// holds the watermark below back: it leaves with its own time. All calls share one
// frame.
type ahead struct {
	timed
	frame frame
	in    []types.Column
	leads []int64      // how far the leads look
	folds bool         // something else than lead is computed
	heads group.Timers // the time of the first row that waits
	rows  int64        // that wait for their frame, wherever they are
	// waiting is where keys are that are not in memory, nil where all are.
	waiting *waiting

	outs   []leaving
	values places // of the columns of the input
}

// leaving is a row whose frame is complete.
type leaving struct {
	settled, seq int64
	out          int
	time         int64
}

func newAhead(spec *ir.Over, t timed, in []types.Column) *ahead {
	a := &ahead{timed: t, frame: newFrame(spec.Calls[0].Frame), in: in}
	for i := range spec.Calls {
		if c := &spec.Calls[i]; c.Name == ir.Lead {
			a.leads = append(a.leads, c.N)
		} else {
			a.folds = true
		}
	}
	return a
}

var (
	_ operators.Parallel   = (*ahead)(nil)
	_ operators.Timekeeper = (*ahead)(nil)
	_ operators.Spiller    = (*ahead)(nil)
)

// OutWatermark implements operators.Timekeeper.
func (a *ahead) OutWatermark(in operators.Watermark) operators.Watermark {
	out := operators.Watermark{Time: in.Time, Progress: in.Time}
	if _, first, ok := a.heads.First(); ok {
		out.Time = min(out.Time, first)
	}
	if a.waiting != nil {
		if first, ok := a.waiting.heads.First(); ok {
			out.Time = min(out.Time, first)
		}
	}
	return out
}

// Remembers implements operators.Migrant.
func (*ahead) Remembers() ([]operators.Remembered, bool) { return operators.RememberedInputs(1), true }

// Held implements operators.Holder.
func (a *ahead) Held() int64 { return a.timed.Held() + a.rows }

// OnWatermark implements operators.Operator.
func (a *ahead) OnWatermark(w operators.Watermark, out operators.Output) error {
	if w.End && a.endsByTime() {
		if err := a.runOut(out); err != nil {
			return err
		}
	}
	steps := []operators.Watermark{w}
	if !w.End { // or what is left leaves in parts, see finish
		steps = a.steps(w)
	}
	for _, step := range steps {
		err := a.Each(step, func(w operators.Watermark, due *operators.Batch) error {
			if err := a.pass(w, due, out); err != nil {
				return err
			}
			return a.relieve()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pass takes the rows that a watermark has passed, and gives those their columns that it has settled.
func (a *ahead) pass(w operators.Watermark, due *operators.Batch, out operators.Output) error {
	e := a.engine
	if due != nil {
		keys, args, sel := a.Read(due, e.args, out)
		defer func() {
			due.Release()
			operators.ReleaseAll(keys)
			operators.ReleaseAll(args)
		}()
		if err := e.take(due, keys, args, sel, due.Time); err != nil {
			return err
		}
		a.rows += int64((&operators.Batch{Rows: due.Rows, Sel: sel}).Len())
	}
	if w.End && a.waiting.some() {
		e.settle()
		return a.finish(out)
	}
	if err := a.bring(w.Time); err != nil {
		return err
	}
	for _, g := range e.touched {
		a.complete(g, w)
	}
	a.passTime(w)
	a.emit(due, nil, out)
	for _, g := range e.touched {
		if k := &e.keys[g]; k.next == k.total() {
			e.forget(g) // nothing that follows looks back at it
		} else if a.waiting != nil {
			a.waiting.spill.Changed(g)
		}
	}
	e.settle()
	return nil
}

// passTime looks at the keys whose first row waits for time, and at all of them when
// the input has ended.
func (a *ahead) passTime(w operators.Watermark) {
	for {
		g, at, ok := a.heads.First()
		if !ok || !w.End && (a.frame.span == 0 || later(at, a.frame.span) > w.Time) {
			return
		}
		a.engine.touch(g)
		a.complete(g, w)
	}
}

// complete gives the rows of a key their columns as far as their frames reach.
func (a *ahead) complete(g int32, w operators.Watermark) {
	k := &a.engine.keys[g]
	for k.next < k.total() {
		settled, ok := a.settled(k, k.next, w)
		if !ok {
			break
		}
		en := k.at(k.next)
		out := len(a.outs)
		a.outs = append(a.outs, leaving{settled: settled, seq: en.seq, out: out, time: en.time})
		b, row := a.engine.where(en)
		a.values.put(out, b, row, false)
		a.engine.compute(g, out)
		a.rows--
	}
	if k.next < k.total() {
		a.heads.Set(g, k.at(k.next).time)
	} else {
		a.heads.Clear(g)
	}
}

// settled is the instant at which the frame of a row of a key was complete; false when it is
// not. All rows before the watermark are there.
func (a *ahead) settled(k *key, row int64, w operators.Watermark) (int64, bool) {
	t := k.at(row).time
	at := later(t, 1)
	wait := func(pos int64) bool { // for a row
		if pos >= k.total() {
			at = operators.MaxTime
			return w.End
		}
		at = max(at, later(k.at(pos).time, 1))
		return true
	}
	end := later(t, a.frame.span) // of a frame of time
	ok := true
	if a.folds {
		switch {
		case a.frame.Rows > 0:
			ok = wait(row + a.frame.Rows - 1)
		case a.frame.span > 0:
			ok, at = end <= w.Time, end
		}
	}
	for _, n := range a.leads {
		pos := row + n
		switch {
		case a.frame.Rows > 0 && n >= a.frame.Rows: // there never is such a row
		case a.frame.span > 0 && (pos >= k.total() || k.at(pos).time >= end):
			ok = ok && end <= w.Time
			at = max(at, end)
		default:
			ok = ok && wait(pos)
		}
	}
	return at, ok
}

// emit sends the rows that are complete, in the order in which they were settled; where not all
// do so, those that has tells, and no others are left.
func (a *ahead) emit(due *operators.Batch, has func(m moment) bool, out operators.Output) {
	n := len(a.outs)
	if n == 0 {
		return
	}
	e := a.engine
	b := &operators.Batch{Rows: n, Time: make([]int64, n), Progress: make([]int64, n), Seq: make([]int64, n)}
	for _, r := range a.outs {
		b.Time[r.out], b.Progress[r.out], b.Seq[r.out] = r.time, r.settled, r.seq
	}
	b.Refs = a.refs(due)
	for c := range a.in {
		b.Cols = append(b.Cols, a.values.array(e, n, func(from *operators.Batch) arrow.Array {
			if from == nil {
				return due.Cols[c]
			}
			return from.Cols[len(e.kept)+c]
		}, nil))
	}
	var sel []int32
	if has != nil {
		sel = make([]int32, 0, n) // none are not nil, which is all of them
		for i := range n {
			if has(moment{b.Progress[i], b.Seq[i]}) {
				sel = append(sel, int32(i))
			}
		}
	}
	cols, sel := results(e, b, sel, out)
	b.Cols = append(b.Cols, cols...)
	a.values.reset()
	slices.SortFunc(a.outs, func(x, y leaving) int {
		return cmp.Or(cmp.Compare(x.settled, y.settled), cmp.Compare(x.seq, y.seq))
	})
	a.send(b, sel, out)
	a.outs = a.outs[:0]
}

// refs are the records of the rows that leave, nil where none has one.
func (a *ahead) refs(due *operators.Batch) []operators.Ref {
	var refs []operators.Ref
	a.values.each(func(out int, b *operators.Batch, row int32) {
		if b == nil {
			b = due
		}
		if b.Refs == nil {
			return
		}
		if refs == nil {
			refs = make([]operators.Ref, len(a.outs))
		}
		refs[out] = b.Refs[row]
	})
	return refs
}

// send emits rows of a batch, nil for all, in the order of outs.
func (a *ahead) send(b *operators.Batch, sel []int32, out operators.Output) {
	defer b.Release()
	failed := make([]bool, b.Rows)
	if sel != nil {
		for i := range failed {
			failed[i] = true
		}
		for _, i := range sel {
			failed[i] = false
		}
	}
	rows := make([]int32, 0, len(a.outs))
	for _, r := range a.outs {
		if !failed[r.out] {
			rows = append(rows, int32(r.out))
		}
	}
	if len(rows) == 0 {
		return
	}
	r := operators.Gather(a.Alloc, b, rows)
	r.Cols = a.layout.Arrange(r.Cols)
	r.Arrival = r.Time // what the watermark has reached below it, at most
	out.Emit(0, r)
}

// Restore implements operators.Operator.
func (a *ahead) Restore(saved []byte, mine operators.Mine) error {
	groups, apart, err := a.restore(saved, mine)
	if apart && err == nil {
		return a.resume(mine)
	}
	for _, g := range groups {
		if k := &a.engine.keys[g]; k.next < k.total() {
			a.heads.Set(g, k.at(k.next).time)
			a.rows += k.total() - k.next
		}
	}
	return err
}
