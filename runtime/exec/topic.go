package exec

import (
	"context"
	"time"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// topicNode runs a Topic.
type topicNode struct {
	station
	topic   *Topic
	columns []types.Column
	lanes   []*lane
	stamp   *stamper
	last    spot // of the last row sent

	// Rows that nodes write are merged with those of the lanes. Input 0 is the
	// lanes, input 1 error records, the others one writer each.
	merge    *merger
	records  *recordBuffer
	inputs   []string // what each input of merge is called in a State
	writers  []string // the nodes that send error records
	position int64    // of the next row that entered from within

	given     []*operators.Batch // rows of a session that wait for its next step
	order     []int64            // when each of them was given
	stats     TopicSummary
	idle      bool
	forgotten bool // see forgets
	loans     loans
	exhausted bool // lanes have ended and the end was passed on
}

const (
	fromLanes   = 0
	fromRecords = 1
	fromWriters = 2
)

func newTopicNode(e *Engine, id int, n *Node) *topicNode {
	t := &topicNode{topic: n.Topic, columns: n.Ports[0].Columns, last: firstSpot, inputs: []string{"lanes", "records"}}
	t.station = newStation(e, id, n)
	t.stamp = newStamper(n.Topic.Delay.Microseconds(), n.Topic.Complete, n.Topic.Partitions)
	t.stats = TopicSummary{Name: n.Topic.Name}
	for i, l := range n.Topic.Lanes {
		place := i
		if l.Recorded && len(n.Topic.Lanes) > 1 {
			place = behindNone
		}
		t.lanes = append(t.lanes, newLane(l, place))
	}
	return t
}

// written tells that nodes write to the topic: writers of batches, and of error
// records.
func (t *topicNode) written(writers, recorders int) {
	if writers+recorders == 0 {
		return
	}
	t.merge = newMerger(fromWriters+writers, !t.hasSource(), t.e.opt.Alloc, t.e.opt.BatchRows)
	if recorders > 0 {
		t.records = newRecordBuffer(t.columns, recorders)
	} else {
		t.merge.inputs[fromRecords].mark = endMark(operators.MinTime)
	}
	if !t.hasSource() {
		t.merge.inputs[fromLanes].mark = endMark(operators.MinTime)
	}
}

// hasSource reports whether rows come from outside.
func (t *topicNode) hasSource() bool { return t.isRead() || t.topic.Scheduled }

// isRead reports whether rows are read from somewhere.
func (t *topicNode) isRead() bool { return len(t.lanes) > 0 || t.topic.Fed }

// batch takes rows that a node wrote.
func (t *topicNode) batch(input int, b *operators.Batch) {
	if t.topic.TimeOf == nil {
		b.Time, b.Arrival = nil, nil
	}
	t.merge.push(fromWriters+input, b)
}

func (t *topicNode) mark(input int, m mark) {
	t.merge.inputs[fromWriters+input].mark = m
	t.advance(m.flush)
}

// record takes an error record.
func (t *topicNode) record(r record) { t.records.add(r) }

func (t *topicNode) recordMark(writer int, m mark) {
	t.records.marks[writer] = m
	least, ended := lastSpot, true
	for _, w := range t.records.marks {
		ended = ended && w.End
		if !w.idle {
			least = minSpot(least, w.upTo)
		}
	}
	if least == t.records.upTo && !m.flush && !ended {
		return
	}
	t.records.upTo = least
	in := endMark(operators.MinTime)
	in.End, in.upTo = ended, least
	for _, b := range t.records.take(t.e, least, m.flush) {
		t.merge.push(fromRecords, b)
	}
	t.merge.inputs[fromRecords].mark = in
	t.advance(m.flush)
}

// advance sends on what the writers allow.
func (t *topicNode) advance(flush bool) {
	t.merge.drain(flush, func(input int, b *operators.Batch) {
		if input == fromLanes {
			t.send(b)
			return
		}
		t.enter(b)
	})
	m := t.merge.mark()
	t.passMark(m.End, m.idle, flush)
}

// enter gives rows from within the graph a time and a record of their own.
func (t *topicNode) enter(b *operators.Batch) {
	if t.e.failed() {
		b.Release()
		return
	}
	t.stats.Rows += int64(b.Len())
	refused := t.refused(b)
	if !t.onlyWritten() || refused != nil {
		k := keep(t.topic, t.columns, t.position, b)
		k.refused, b.Refs = refused, k.refs(b)
	}
	t.position += int64(b.Len())
	b.Arrival, b.Progress = nil, nil
	if t.topic.TimeOf == nil {
		t.send(b)
		return
	}
	b.Time = nil
	if !t.timed(b, t.recordLanded) {
		b.Release()
		return
	}
	t.send(b)
}

// onlyWritten reports that rows go nowhere but to sinks: then nobody asks for their
// records in this topic, and they keep those they had.
func (t *topicNode) onlyWritten() bool {
	if t.topic.TimeOf != nil {
		return false
	}
	for _, c := range t.outs[0] {
		if _, ok := c.to.(*sinkNode); !ok {
			return false
		}
	}
	return true
}

// recordLanded reports a row without time that came from within.
func (t *topicNode) recordLanded(b *operators.Batch, f operators.Failure) {
	s := spotOf(b, f.Row)
	s.progress = t.stamp.progress
	t.fail(t.entryRecord(b, f, s))
}

// entryRecord is the error record of a row that could not enter. Where its time
// failed it has none.
func (t *topicNode) entryRecord(b *operators.Batch, f operators.Failure, at spot) record {
	r := t.rowRecord(b, f, at)
	if r.timed = f.Code == CodeAhead; !r.timed {
		r.at = 0
	}
	return r
}

// timed computes event times and drops the rows that have none, or one too far
// ahead. It reports whether rows are left.
func (t *topicNode) timed(b *operators.Batch, fail func(*operators.Batch, operators.Failure)) bool {
	failed, err := t.times(b)
	if err != nil {
		t.e.fail(err)
		return false
	}
	failed = t.ahead(b, failed)
	if len(failed) == 0 {
		return b.Len() > 0
	}
	drop := make([]int32, len(failed))
	for i, f := range failed {
		drop[i] = int32(f.Row)
		fail(b, f)
	}
	b.Sel = without(rowsOf(b), drop)
	return len(b.Sel) > 0
}

// times sets the times of a batch, and returns the rows that have none.
func (t *topicNode) times(b *operators.Batch) ([]operators.Failure, error) {
	if t.timeColumn(b) != nil {
		return nil, nil // lent with the batch
	}
	if len(b.Time) != b.Rows {
		b.Time = make([]int64, b.Rows)
	}
	return t.topic.TimeOf(b.Time, b.Cols, b.Sel)
}

// ahead adds the rows that are further ahead of the clock than allowed
// (SEMANTICS 12), in order of rows.
func (t *topicNode) ahead(b *operators.Batch, failed []operators.Failure) []operators.Failure {
	if t.topic.MaxAhead == 0 {
		return failed
	}
	limit := t.e.opt.Clock.Now().Add(t.topic.MaxAhead).UnixMicro()
	var out []operators.Failure
	b.Each(func(r int) {
		switch {
		case len(failed) > 0 && failed[0].Row == r:
			out = append(out, failed[0])
			failed = failed[1:]
		case b.Time[r] > limit:
			out = append(out, operators.Failure{Row: r, Code: CodeAhead,
				Reason: "its time is more than " + t.topic.MaxAhead.String() + " ahead of the clock (max_ahead)"})
		}
	})
	return out
}

// send stamps rows in canonical order and hands them to the readers.
func (t *topicNode) send(b *operators.Batch) {
	if b.Time != nil {
		before := t.stamp.progress
		lane := b.Progress
		if !t.forgotten {
			b.Arrival = nil
		}
		t.stamp.alone = len(t.lanes) == 1 && t.merge == nil
		t.stamp.stamp(b, t.partitions(b), lane, t.e.opt.Clock.Now())
		t.noteFurthest(b, before)
	}
	if n := b.Len(); n > 0 {
		last := b.Rows - 1
		if b.Sel != nil {
			last = int(b.Sel[n-1])
		}
		t.last = spotOf(b, last)
	}
	if t.topic.Record != nil {
		own := share(b) // the recorder looks at it while readers of b have their way with theirs
		t.topic.Record.Record(own, t.e.entering(), entrance{t, own})
	}
	t.emit(0, b)
}

// noteFurthest remembers the row that moved the watermark furthest.
func (t *topicNode) noteFurthest(b *operators.Batch, before int64) {
	if t.stamp.progress <= before {
		return
	}
	if f := t.stats.Furthest; f != nil && uint64(t.stamp.progress-before) <= uint64(f.By) {
		return // no row can have moved it further than all of them have
	}
	if b.Sel == nil {
		for r, at := range b.Time {
			if at > before {
				t.noteJump(b, r, before)
				before = at
			}
		}
		return
	}
	for _, r := range b.Sel {
		if at := b.Time[r]; at > before {
			t.noteJump(b, int(r), before)
			before = at
		}
	}
}

func (t *topicNode) noteJump(b *operators.Batch, row int, before int64) {
	jump := b.Time[row] - before
	if before == operators.MinTime {
		jump = 0
	}
	if t.stats.Furthest == nil || jump > t.stats.Furthest.By {
		t.stats.Furthest = &Furthest{Time: b.Time[row], By: jump, Origin: originOf(b, row)}
	}
}

// partitions tells the partition of each row by the hash of its key.
func (t *topicNode) partitions(b *operators.Batch) func(int) int {
	n := len(t.stamp.parts)
	if n == 1 || len(t.topic.Key) == 0 {
		return nil
	}
	code := keyCodes(t.columns, t.topic.Key, b)
	var buf []byte
	return func(r int) int {
		buf = code(buf[:0], r)
		return int(operators.KeyHash(buf) % uint64(n))
	}
}

// passMark tells the readers how far the topic is complete.
func (t *topicNode) passMark(end, idle, flush bool) {
	if end {
		if !t.exhausted {
			t.exhausted = true
			t.emitMark(endMark(t.stamp.watermark()))
		}
		return
	}
	m := openMark()
	m.upTo, m.idle, m.flush, m.free = t.last, idle || t.idle, flush, t.topic.Free
	if t.topic.TimeOf != nil || t.topic.Fed || t.topic.Scheduled {
		m.Time = t.stamp.watermark()
	}
	if t.topic.Live && t.topic.TimeOf == nil {
		m.upTo = lastSpot
	}
	m.Progress = m.upTo.progress
	t.emitMark(m)
}

// pass tells the readers how far the topic is complete, without new rows.
func (t *topicNode) pass(flush bool) {
	if t.merge == nil {
		t.passMark(false, false, flush)
		return
	}
	if t.idle || flush {
		m := t.merge.inputs[fromLanes].mark
		m.idle = t.idle && !m.End
		t.merge.inputs[fromLanes].mark = m
	}
	t.advance(flush)
}

// flushOut hands out what only waits for rows of others.
func (t *topicNode) flushOut() {
	if !t.exhausted {
		t.pass(true)
	}
}

// satisfied: a topic that routes and `into` write to counts its rows even where nobody
// reads it, so that the summary of a run says where they went.
func (t *topicNode) satisfied() bool {
	if t.topic.Record != nil {
		return false
	}
	if len(t.node.In) > 0 && !t.read() {
		return false
	}
	return t.unread()
}

// checkIdle goes idle when the clock says so, and reports a change.
func (t *topicNode) checkIdle(now time.Time) bool {
	if t.topic.IdleAfter == 0 || !t.topic.Live && !t.topic.Fed || t.exhausted {
		return false
	}
	was := t.idle
	t.idle = t.stamp.idleSince(now.Add(-t.topic.IdleAfter))
	return t.idle != was
}

// resume takes the watermark up to where the readers already are.
func (t *topicNode) resume() {
	if !t.idle {
		return
	}
	t.idle = false
	t.stamp.floor = max(t.stamp.floor, t.e.furthestBelow(t.id))
}

// begin starts lanes: all where rows are merged by time, else the one that is
// read and the next.
func (t *topicNode) begin(reading int) {
	for i, l := range t.lanes {
		if !l.started && (t.topic.TimeOf != nil || t.topic.Live || i <= reading+1) {
			l.start(t.e.ctx, t.e.stop, t.e.opt.BatchRows, t.e.wakeUp)
		}
	}
}

// load turns a decoded batch into rows of the lane.
func (t *topicNode) load(l *lane, rows *format.Rows) {
	p := &laneRecords{topic: t.topic.Index, lane: l.index, spec: &l.spec, base: l.position, records: rows.Records, beside: rows.Beside}
	for _, bad := range rows.Bad {
		p.skipped = append(p.skipped, bad.Before)
	}
	sel, bads, firstBad := l.skipped(p, rows)
	l.position += int64(rows.N + len(rows.Bad))
	if r, ok := rows.Records.(Resumable); ok {
		l.resume = r.Resume()
	}
	t.storedAt(l, rows)
	if r, ok := rows.Records.(Dated); ok {
		l.came = r.Came()
	}
	b := &operators.Batch{Cols: rows.Cols, Rows: rows.N, Sel: sel, Ops: rows.Ops}
	if t.forgotten {
		t.lend(b, p)
	} else {
		b.Refs = make([]operators.Ref, rows.N)
		p.number(b.Refs)
	}
	if t.exhausted && len(bads) > 0 && t.refuseMore() { // their error records would have nowhere to go
		b.Release()
		return
	}
	t.stats.Rows += int64(b.Len() + len(bads))
	t.stats.Bad += int64(len(bads))
	if t.topic.TimeOf == nil {
		t.fillBlank(b, rows)
		t.loadBad(l, p, bads, firstBad, nil, l.accept(p, b))
		t.queue(l, b)
		return
	}
	before := l.largest
	var failed []operators.Failure
	if b.Len() > 0 {
		t.timed(b, func(_ *operators.Batch, f operators.Failure) { failed = append(failed, f) })
	}
	if b.Progress == nil {
		b.Progress = make([]int64, b.Rows)
	}
	switch {
	case b.Sel == nil && t.forgotten && ascends(b.Time, l.largest):
		b.Progress = b.Time
		l.largest = b.Time[b.Rows-1]
	case b.Sel == nil:
		l.largest = furthest(b.Progress, b.Time, l.largest)
	default:
		for _, r := range b.Sel {
			l.largest = max(l.largest, b.Time[r])
			b.Progress[r] = l.largest
		}
	}
	t.fillBlank(b, rows)
	behind := l.accept(p, b)
	if len(failed)+len(bads) == 0 {
		t.queue(l, b)
		return
	}
	progress := progressBefore(b, before)
	for _, f := range failed {
		s := spotOf(b, f.Row)
		s.progress = progress(f.Row)
		r := t.entryRecord(b, f, s)
		r.behind, r.header = behind(f.Row), headerOf(rows.Records)
		t.fail(r)
	}
	t.loadBad(l, p, bads, firstBad, progress, behind)
	t.queue(l, b)
}

// progressBefore tells the largest time before a row of a lane's batch.
func progressBefore(b *operators.Batch, before int64) func(row int) int64 {
	all := make([]int64, b.Rows+1)
	sel, now := rowsOf(b), before
	for r := range all {
		all[r] = now
		if len(sel) > 0 && int(sel[0]) == r {
			now, sel = b.Progress[r], sel[1:]
		}
	}
	return func(row int) int64 { return all[row] }
}

// loadBad sends undecodable records, the first of which has a number in its batch, to the
// error topic.
func (t *topicNode) loadBad(l *lane, p *laneRecords, bad []format.Bad, first int, progress, behind func(int) int64) {
	for i, x := range bad {
		s := spot{progress: operators.MinTime, topic: p.topic, partition: p.lane, position: p.base + int64(x.Before+first+i)}
		if progress != nil {
			s.progress = progress(x.Before)
		}
		r := record{spot: s, origin: l.spec.OriginOf(x.Byte), stage: t.node.Stage, code: x.Code,
			reason: x.Reason, row: quote(x.Text), behind: behind(x.Before), header: headerOf(p.records)}
		if f := x.Refused; f != nil {
			r.origin, r.row, r.at, r.timed, r.spot.progress = f.Origin, f.Row, f.At, f.Timed, f.Progress
		}
		t.fail(r)
	}
}

func (t *topicNode) queue(l *lane, b *operators.Batch) {
	if b.Len() == 0 {
		b.Release()
		return
	}
	l.queue = append(l.queue, b)
}

// shed frees everything the topic holds.
func (t *topicNode) shed(patience context.Context) {
	for _, l := range t.lanes {
		l.release(patience)
	}
	if t.merge != nil {
		t.merge.release()
	}
	for _, b := range t.given {
		b.Release()
	}
	t.given = nil
	t.releaseOpen()
}
