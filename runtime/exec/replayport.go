package exec

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// lessRow orders rows of one batch and another.
type lessRow func(a, b *operators.Batch) func(i, j int) bool

// portReplay merges the batches that instances emitted on a port.
type portReplay struct {
	node   *opNode
	port   int
	less   lessRow
	orders map[[2]int32]func(i, j int) bool // of two batches
	// atOne: rows that stand at one spot leave in one batch, as they came: a window of rows
	// must reach what works in it whole.
	atOne   bool
	batches []*operators.Batch // of all instances
	slots   []int32            // where batches are among those that leave next, -1 for not there
	lanes   []replayLane
	picks   []pick // the rows that leave next
}

// replayLane is the rows of one instance that have not left yet.
type replayLane struct {
	instance int
	from, to int // of batches, that they are of
	rows     []pick
}

// replayPort gives out what instances emitted on a port, in the order of one.
func (s *split) replayPort(outs []*capture, port int, less lessRow, atOne bool) {
	r := newPortReplay(s.node, outs, port, less, atOne)
	for len(r.lanes) > 0 {
		if best := r.take(); len(r.lanes[best].rows) == 0 {
			r.lanes = slices.Delete(r.lanes, best, best+1)
		}
	}
	r.send()
}

// replayStints gives out what instances emit on the only port, in the order of one, and has
// each go on when its rows have left. It ends where one of them fails.
func (s *split) replayStints(stints []*stint) {
	outs := make([]*capture, len(stints))
	for i, t := range stints {
		outs[i] = t.capture
	}
	r := newPortReplay(s.node, outs, 0, s.less, false)
	for len(r.lanes) > 0 {
		best := r.take()
		l := &r.lanes[best]
		t := stints[l.instance]
		for len(l.rows) == 0 && !t.ended {
			r.send() // before what they are rows of is freed
			clear(r.orders)
			clear(r.batches[l.from:l.to])
			t.next()
			r.add(l, t.ports[0])
		}
		if t.err != nil {
			return
		}
		if len(l.rows) == 0 {
			r.lanes = slices.Delete(r.lanes, best, best+1)
		}
	}
	r.send()
}

func newPortReplay(node *opNode, outs []*capture, port int, less lessRow, atOne bool) *portReplay {
	r := &portReplay{node: node, port: port, less: less, orders: map[[2]int32]func(i, j int) bool{}, atOne: atOne}
	for i, out := range outs {
		l := replayLane{instance: i}
		if r.add(&l, out.ports[port]); len(l.rows) > 0 {
			r.lanes = append(r.lanes, l)
		}
	}
	return r
}

// add lists the rows of batches of an instance.
func (r *portReplay) add(l *replayLane, batches []*operators.Batch) {
	l.from = len(r.batches)
	for _, b := range batches {
		at := int32(len(r.batches))
		b.Each(func(row int) { l.rows = append(l.rows, pick{at, int32(row)}) })
		r.batches, r.slots = append(r.batches, b), append(r.slots, -1)
	}
	l.to = len(r.batches)
}

// take moves the first row of all, or update, to those that leave next, and returns the lane
// it was in.
func (r *portReplay) take() int {
	best := 0
	for i := 1; i < len(r.lanes); i++ {
		if r.before(r.lanes[i].rows[0], r.lanes[best].rows[0]) {
			best = i
		}
	}
	l := &r.lanes[best]
	if n := len(r.picks); n >= r.node.e.opt.BatchRows && !(r.atOne && r.spot(l.rows[0]) == r.spot(r.picks[n-1])) {
		r.send()
	}
	n := pairLen(r.batches, l.rows)
	r.picks = append(r.picks, l.rows[:n]...)
	l.rows = l.rows[n:]
	return best
}

// before tells that a row comes before another.
func (r *portReplay) before(a, b pick) bool {
	of := [2]int32{a.batch, b.batch}
	less, known := r.orders[of]
	if !known {
		less = r.less(r.batches[a.batch], r.batches[b.batch])
		r.orders[of] = less
	}
	return less(int(a.row), int(b.row))
}

func (r *portReplay) spot(p pick) spot { return spotOf(r.batches[p.batch], int(p.row)) }

// send gives out the rows that leave next, as a batch of those batches that they are of.
func (r *portReplay) send() {
	if len(r.picks) == 0 {
		return
	}
	var of []*operators.Batch
	var used []int32
	for i, p := range r.picks {
		if r.slots[p.batch] < 0 {
			r.slots[p.batch] = int32(len(of))
			of, used = append(of, r.batches[p.batch]), append(used, p.batch)
		}
		r.picks[i].batch = r.slots[p.batch]
	}
	for _, b := range used {
		r.slots[b] = -1
	}
	r.node.emit(r.port, assemble(r.node.e.opt.Alloc, of, r.picks))
	r.picks = r.picks[:0]
}

// pairLen is 2 where an update pair comes next, else 1.
func pairLen(batches []*operators.Batch, next []pick) int {
	if b := batches[next[0].batch]; len(next) > 1 && b.Ops != nil && b.Ops[next[0].row] == operators.UpdateBefore {
		return 2
	}
	return 1
}
