package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
)

// receiver takes what flows along an edge. A batch belongs to the receiver.
type receiver interface {
	batch(input int, b *operators.Batch)
	mark(input int, m mark)
	// satisfied reports that no more rows are needed.
	satisfied() bool
}

// consumer is one input of a receiver.
type consumer struct {
	to    receiver
	input int
}

// recorder is a topic that a node sends error records to.
type recorder struct {
	to     *topicNode
	writer int
}

// station is what all nodes have: ways out.
type station struct {
	e         *Engine
	id        int
	node      *Node
	outs      [][]consumer
	sides     map[string]consumer // topics that take rows, by the name of the side door
	recorders []recorder
	errors    *topicNode // nil when the errors of this node would come back to it
	late      *topicNode
	emitted   []int64            // rows per port
	open      []*operators.Batch // per port, the first row of a pair whose second is to come
	counters  map[string]int64
	counts    map[string]int64 // where Count adds: counters, or those of the reader
	ending    ending
	settling  bool // rows that have waited for the watermark are being dealt with
}

func newStation(e *Engine, id int, n *Node) station {
	counters := map[string]int64{}
	return station{e: e, id: id, node: n, outs: make([][]consumer, max(len(n.Ports), 1)),
		sides: map[string]consumer{}, emitted: make([]int64, max(len(n.Ports), 1)),
		open: make([]*operators.Batch, max(len(n.Ports), 1)), counters: counters, counts: counters}
}

// emit sends rows to the readers of a port and takes over the batch.
func (s *station) emit(port int, b *operators.Batch) {
	if b.Len() == 0 || s.e.failed() {
		b.Release()
		return
	}
	b.Cause, b.Seq, b.Lead = nil, nil, nil
	if s.node.Operator != nil && s.node.Operator.Settles {
		settle(b)
	}
	if b.Ops != nil {
		if b = s.wholePairs(port, b); b == nil {
			return
		}
	}
	s.emitted[port] += int64(b.Len())
	readers := s.outs[port]
	if len(readers) == 0 {
		b.Release()
		return
	}
	for _, c := range readers[:len(readers)-1] {
		c.to.batch(c.input, share(b))
	}
	last := readers[len(readers)-1]
	last.to.batch(last.input, b)
}

// settle gives rows that have waited for the watermark the arrival they leave with: the
// watermark has reached their time, whatever it was when their records came. So no row
// has an arrival below the watermark that went before it, and what is forgotten by the
// watermark is forgotten for every row that follows (SEMANTICS 14, 77).
func settle(b *operators.Batch) {
	if b.Time == nil || b.Arrival == nil || b.Ops != nil { // updates of an open window come before its end
		return
	}
	arrival := make([]int64, len(b.Arrival))
	for i, a := range b.Arrival {
		arrival[i] = max(a, b.Time[i])
	}
	b.Arrival = arrival
}

// wholePairs holds the first row of an update pair back until the second comes,
// so that the rows of a pair are always in one batch.
func (s *station) wholePairs(port int, b *operators.Batch) *operators.Batch {
	if first := s.open[port]; first != nil {
		picks := []pick{{0, rowsOf(first)[0]}}
		b.Each(func(r int) { picks = append(picks, pick{1, int32(r)}) })
		joined := assemble(s.e.opt.Alloc, []*operators.Batch{first, b}, picks)
		first.Release()
		b.Release()
		s.open[port], b = nil, joined
	}
	rows := rowsOf(b)
	last := len(rows) - 1
	if b.Ops[rows[last]] != operators.UpdateBefore {
		return b
	}
	s.open[port] = selected(b, rows[last:])
	if last == 0 {
		b.Release()
		return nil
	}
	b.Sel = rows[:last]
	return b
}

// releaseOpen frees what was held back.
func (s *station) releaseOpen() {
	for port, b := range s.open {
		if b != nil {
			b.Release()
			s.open[port] = nil
		}
	}
}

// emitMark tells the readers of all ports and the topics behind side doors.
func (s *station) emitMark(m mark) { s.emitMarks(m, m, m) }

// emitMarks tells the readers of the ports, the topics that take rows, and those that take
// error records.
func (s *station) emitMarks(out, side, records mark) {
	for _, readers := range s.outs {
		for _, c := range readers {
			c.to.mark(c.input, out)
		}
	}
	for _, d := range s.node.sideDoors() {
		if c, ok := s.sides[d.name]; ok {
			c.to.mark(c.input, side)
		}
	}
	for _, r := range s.recorders {
		r.to.recordMark(r.writer, s.ending.upTo(records))
	}
}

// sideDoor is a way that rows take to a topic beside the ports.
type sideDoor struct{ name, topic string }

// sideDoors are the side doors of a node. Late rows have one of their own even where
// rows of an `else ->` go to the same topic: they leave when they come, the others when
// their turn has come, and so the topic puts them into order as rows of two writers.
func (n *Node) sideDoors() []sideDoor {
	var out []sideDoor
	for _, topic := range n.Sides {
		out = append(out, sideDoor{topic, topic})
	}
	if n.Late != "" {
		out = append(out, sideDoor{n.lateDoor(), n.Late})
	}
	return out
}

// lateDoor is the name of the side door of late rows.
func (n *Node) lateDoor() string {
	if slices.Contains(n.Sides, n.Late) {
		return n.Late + "/late"
	}
	return n.Late
}

// read reports that a node reads the rows of a port, whether it needs more or not.
func (s *station) read() bool {
	return slices.ContainsFunc(s.outs, func(readers []consumer) bool { return len(readers) > 0 })
}

// unread reports that nobody needs the rows of any port. Who reads error records needs
// no more of them once the rows are not needed; but a stream that has no reader at all
// runs for their sake.
func (s *station) unread() bool {
	if !s.read() {
		for _, r := range s.recorders {
			if !r.to.satisfied() {
				return false
			}
		}
	}
	for _, readers := range s.outs {
		for _, c := range readers {
			if !c.to.satisfied() {
				return false
			}
		}
	}
	for _, c := range s.sides {
		if !c.to.satisfied() {
			return false
		}
	}
	return true
}

// fail sends an error record to the node's error topic. Records that would come
// back to the node they came from are counted and go no further.
func (s *station) fail(r record) {
	s.counters["errors"]++
	r = s.atEnd(r)
	if s.errors == nil {
		s.e.errors.note(r)
		return
	}
	s.errors.record(r)
}

// rowRecord is the error record of a row.
func (s *station) rowRecord(b *operators.Batch, f operators.Failure, at spot) record {
	r := record{spot: at, stage: s.node.Stage, code: f.Code, reason: f.Reason, origin: originOf(b, f.Row)}
	if b.Time != nil {
		r.at, r.timed = b.Time[f.Row], true
	}
	if b.Refs != nil && b.Refs[f.Row].From != nil {
		r.row = b.Refs[f.Row].From.Text(b.Refs[f.Row].Index)
	} else {
		r.row = s.textOf(b, f.Row)
	}
	return r
}

// inputColumns are the columns of rows that the node was given.
func (s *station) inputColumns(b *operators.Batch) []types.Column {
	if len(s.node.In) == 0 || s.node.Topic != nil {
		return s.node.Ports[0].Columns
	}
	return s.e.typeOf(s.node.In[b.Input]).Columns
}

// The methods of operators.Output but for Emit.

// Fail sends rows to the error topic.
func (s *station) Fail(b *operators.Batch, rows []operators.Failure) {
	for _, f := range rows {
		s.fail(s.rowRecord(b, f, spotOf(b, f.Row)))
	}
}

// FailGroup sends a group to the error topic.
func (s *station) FailGroup(at int64, code, reason, values string) {
	at0 := lastSpot
	at0.progress, at0.partition, at0.position = at, 0, 0
	s.fail(record{spot: at0, tie: values, at: at, timed: true, stage: s.node.Stage, code: code, reason: reason, row: values})
}

// Count adds to a counter.
func (s *station) Count(counter string, n int64) { s.counts[counter] += n }

// Late sends rows to the late target.
func (s *station) Late(b *operators.Batch, rows []int32) {
	if len(rows) == 0 {
		return
	}
	s.counters[operators.DoorLate] += int64(len(rows))
	switch {
	case s.node.LateDrop:
	case s.late != nil:
		s.sendTo(s.node.lateDoor(), s.late, b, lateRows(rows))
	default:
		for _, f := range lateRows(rows) {
			s.fail(s.rowRecord(b, f, spotOf(b, f.Row)))
		}
	}
}

// lateRows are late rows as error records word them.
func lateRows(rows []int32) []operators.Failure {
	out := make([]operators.Failure, len(rows))
	for i, r := range rows {
		out[i] = operators.Failure{Row: int(r), Code: CodeLate, Reason: "late"}
	}
	return out
}

// SideTo sends rows to the target of an `else ->`.
func (s *station) SideTo(t *ir.Target, door string, b *operators.Batch, rows []operators.Failure) {
	if len(rows) == 0 {
		return
	}
	s.counters[door] += int64(len(rows))
	if t.Drop {
		return
	}
	to := s.e.topics[t.Topic]
	if to == nil {
		s.e.fail(bugf("stage %s of %s sends rows to a topic %q that the graph does not have", s.node.Stage, s.node.Stream, t.Topic))
		return
	}
	s.sendTo(t.Topic, to, b, rows)
}

// sendTo sends rows by a side door to a topic as it wants them: error records, rows as they
// entered their own topic, or rows as they are.
func (s *station) sendTo(door string, to *topicNode, b *operators.Batch, rows []operators.Failure) {
	c, ok := s.sides[door]
	if !ok { // a topic of error records, or one whose rows would come back here
		for _, f := range rows {
			rec := s.rowRecord(b, f, spotOf(b, f.Row))
			if s.recordsTo(to) {
				to.record(s.atEnd(rec))
			} else {
				s.fail(rec)
			}
		}
		return
	}
	for len(rows) > 0 {
		whole := s.entersWhole(to, b, rows[0].Row)
		n := slices.IndexFunc(rows, func(f operators.Failure) bool { return s.entersWhole(to, b, f.Row) != whole })
		if n < 0 {
			n = len(rows)
		}
		s.sendRows(c, to, b, indices(rows[:n]), whole)
		rows = rows[n:]
	}
}

func indices(rows []operators.Failure) []int32 {
	out := make([]int32, len(rows))
	for i, f := range rows {
		out[i] = int32(f.Row)
	}
	return out
}

// entersWhole reports that a row goes to a topic as it entered its own, because
// both topics have the same rows (SEMANTICS 36).
func (s *station) entersWhole(to *topicNode, b *operators.Batch, row int) bool {
	if b.Refs == nil || b.Refs[row].From == nil {
		return false
	}
	index, _, _ := b.Refs[row].From.Place(b.Refs[row].Index)
	from := s.e.topicAt[index]
	return from != nil && types.Equal(from.topic.Row, to.topic.Row)
}

// sendRows writes rows to a topic, as they entered theirs or as they are here.
func (s *station) sendRows(c consumer, to *topicNode, b *operators.Batch, rows []int32, whole bool) {
	var cols []arrow.Array
	var err error
	if whole {
		cols, err = asEntered(b, rows, to.topic.Built, s.e)
	} else {
		cols, err = columnsByName(s.e.opt.Alloc, s.inputColumns(b), b.Cols, rows, to.columns)
	}
	if err != nil {
		s.e.fail(bugf("rows of %s cannot be written to topic %s: %v", s.node.Name, to.topic.Name, err))
		return
	}
	picks := make([]pick, len(rows))
	for i, r := range rows {
		picks[i].row = r
	}
	one := []*operators.Batch{b}
	c.to.batch(c.input, &operators.Batch{Cols: cols, Rows: len(rows),
		Time:     collect(one, picks, func(b *operators.Batch) []int64 { return b.Time }),
		Arrival:  collect(one, picks, func(b *operators.Batch) []int64 { return b.Arrival }),
		Progress: collect(one, picks, func(b *operators.Batch) []int64 { return b.Progress }),
		Refs:     collect(one, picks, func(b *operators.Batch) []operators.Ref { return b.Refs })})
}

func (s *station) recordsTo(to *topicNode) bool {
	return slices.ContainsFunc(s.recorders, func(r recorder) bool { return r.to == to })
}

// asEntered decodes the records of rows again with all columns of their topic.
func asEntered(b *operators.Batch, rows []int32, row *types.Type, e *Engine) ([]arrow.Array, error) {
	var parts [][]arrow.Array
	defer func() {
		for _, p := range parts {
			releaseCols(p)
		}
	}()
	for len(rows) > 0 {
		from := b.Refs[rows[0]].From
		n := slices.IndexFunc(rows, func(r int32) bool { return b.Refs[r].From != from })
		if n < 0 {
			n = len(rows)
		}
		at := make([]int32, n)
		for i := range at {
			at[i] = b.Refs[rows[i]].Index
		}
		cols, err := from.Columns(at, row)
		if err != nil {
			return nil, err
		}
		parts = append(parts, cols)
		rows = rows[n:]
	}
	out := make([]arrow.Array, len(parts[0]))
	for c := range out {
		arrs := make([]arrow.Array, len(parts))
		total := 0
		for i, p := range parts {
			arrs[i] = p[c]
			total += p[c].Len()
		}
		all := make([]int32, total)
		for i := range all {
			all[i] = int32(i)
		}
		out[c] = kernel.GatherAny(e.opt.Alloc, arrs, all)
	}
	return out, nil
}

func releaseCols(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}
