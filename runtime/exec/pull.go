package exec

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// pullState is what became of asking a topic for rows.
type pullState int

const (
	pulled  pullState = iota // rows were sent
	waiting                  // nothing there yet
	ended                    // nothing will come
)

// pull takes the next rows of a topic's lanes in canonical order and sends them,
// with the watermark after them.
func (t *topicNode) pull(interrupted bool) pullState {
	if t.topic.Fed {
		return t.pullGiven()
	}
	ready := t.fill(interrupted)
	if t.e.failed() {
		return ended
	}
	live := slices.DeleteFunc(slices.Clone(t.lanes), func(l *lane) bool { return len(l.queue) == 0 })
	if len(live) == 0 {
		if ready {
			return ended
		}
		return waiting
	}
	if !ready && (!t.topic.Live || t.recalls()) && !interrupted {
		return waiting
	}
	t.resume()
	t.came()
	t.arrived(t.takeMerged(live))
	t.afterPull()
	return pulled
}

// recalls: rows that were recorded before those of other lanes are still to come.
func (t *topicNode) recalls() bool {
	return slices.ContainsFunc(t.lanes, func(l *lane) bool { return l.spec.Recorded && len(l.queue) == 0 && !l.ended })
}

// refuseMore ends the run where a topic whose input has ended is given more. Where nothing
// reads it, as error records of another program, no window of this one waited for that.
func (t *topicNode) refuseMore() (refused bool) {
	if !t.read() {
		return false
	}
	t.e.fail(fmt.Errorf("topic %s has more rows, although its input had ended in an earlier run and windows were closed: run them with edyc replay, or begin with a new data folder", t.topic.Name))
	return true
}

// afterPull passes the watermark on, through the merger where others write too.
func (t *topicNode) afterPull() {
	if t.merge == nil {
		t.passMark(false, false, false)
		return
	}
	t.advance(false)
}

// arrived hands rows from outside on.
func (t *topicNode) arrived(b *operators.Batch) {
	if t.exhausted {
		b.Release()
		t.refuseMore()
		return
	}
	if t.merge == nil {
		t.send(b)
		return
	}
	rows := rowsOf(b)
	m := openMark()
	m.upTo = spotOf(b, int(rows[len(rows)-1]))
	t.merge.push(fromLanes, b)
	t.merge.inputs[fromLanes].mark = m
}

// finish ends what comes from outside.
func (t *topicNode) finish() {
	t.noteEnd()
	if t.merge == nil {
		t.passMark(true, false, false)
		return
	}
	t.merge.inputs[fromLanes].mark = endMark(t.stamp.watermark())
	t.advance(false)
}

// fill takes decoded batches for lanes that have no rows left. It reports whether
// every lane that is not at its end has rows; lanes that are read one after the
// other count up to the first that has not ended.
func (t *topicNode) fill(interrupted bool) bool {
	ready := true
	for i, l := range t.lanes {
		if !interrupted {
			t.begin(i)
		}
		for len(l.queue) == 0 && !l.ended {
			d, ok := l.poll()
			if !ok {
				break
			}
			if d.err != nil {
				t.e.fail(d.err)
				return false
			}
			l.readAgain(d.rows)
			t.load(l, d.rows)
		}
		if l.ended {
			t.noteUnknown(l)
		}
		if len(l.queue) == 0 && !l.ended && !interrupted {
			ready = false
		}
		if t.topic.TimeOf == nil && !t.topic.Live && (len(l.queue) > 0 || !ready) {
			break
		}
	}
	return ready
}

func (t *topicNode) noteUnknown(l *lane) {
	if l.unknown == nil {
		return
	}
	t.stats.Unknown = append(t.stats.Unknown, l.unknown...)
	slices.Sort(t.stats.Unknown)
	t.stats.Unknown = slices.Compact(t.stats.Unknown)
	l.unknown = nil
}

// takeMerged merges up to a batch of rows out of lanes that all have some. It
// stops where a lane runs out, because its next row is not known yet.
func (t *topicNode) takeMerged(lanes []*lane) *operators.Batch {
	if len(lanes) == 1 || t.topic.TimeOf == nil {
		t.tookRest(lanes[0])
		return lanes[0].takeRest()
	}
	var out handOut
	for _, l := range lanes {
		out.batches = append(out.batches, l.queue[0])
	}
	for len(out.picks) < t.e.opt.BatchRows {
		best := 0
		head := lanes[0].head()
		for i := 1; i < len(lanes); i++ {
			if h := lanes[i].head(); h.compare(head) < 0 {
				best, head = i, h
			}
		}
		l := lanes[best]
		out.picks = append(out.picks, pick{int32(best), l.row()})
		t.took(l, l.row())
		l.next++
		if l.next == l.queue[0].Len() {
			out.done = append(out.done, l.queue[0])
			l.queue, l.next = nil, 0
			break
		}
	}
	b := assemble(t.e.opt.Alloc, out.batches, out.picks)
	for _, d := range out.done {
		d.Release()
	}
	return b
}

// takeRest is all rows left of the batch at the front.
func (l *lane) takeRest() *operators.Batch {
	b := l.queue[0]
	if l.next > 0 {
		b.Sel = rowsOf(b)[l.next:]
	}
	l.queue, l.next = nil, 0
	return b
}

// pullGiven takes the next rows that a session gave.
func (t *topicNode) pullGiven() pullState {
	if len(t.given) == 0 {
		return waiting
	}
	b := t.given[0]
	t.given, t.order = t.given[1:], t.order[1:]
	t.resume()
	t.came()
	t.stats.Rows += int64(b.Len())
	b.Refs = keep(t.topic, t.columns, t.position, b).refs(b)
	t.position += int64(b.Len())
	if t.topic.TimeOf != nil {
		if !t.timed(b, t.recordLanded) {
			b.Release()
			return pulled
		}
		b.Progress = make([]int64, b.Rows)
		largest := t.stamp.progress
		b.Each(func(r int) {
			largest = max(largest, b.Time[r])
			b.Progress[r] = largest
		})
	}
	t.arrived(b)
	t.afterPull()
	return pulled
}
