package exec

import (
	"cmp"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// forkAt is the number of rows from which instances run on goroutines of their
// own; fewer are done one instance after the other, with the same result.
const forkAt = 512

// split runs an operator as several instances, each over the rows whose key
// hashes to it, and restores the order of one instance.
type split struct {
	node      *opNode
	instances []operators.Operator
	hashes    []uint64
}

// capture is the Output of one instance: it keeps everything for later.
type capture struct {
	ports    map[int][]*operators.Batch
	failures []sideRows
	late     []sideRows
	sides    []sideRows
	groups   []groupFailure
	counts   map[string]int64
}

// sideRows is rows that left by a side door.
type sideRows struct {
	batch    *operators.Batch // a share of its own
	rows     []int32
	failures []operators.Failure
	target   *ir.Target
	door     string
}

type groupFailure struct {
	at                   int64
	code, reason, values string
}

func newCapture() *capture {
	return &capture{ports: map[int][]*operators.Batch{}, counts: map[string]int64{}}
}

// Emit keeps a batch.
func (c *capture) Emit(port int, b *operators.Batch) {
	if b.Len() == 0 {
		b.Release()
		return
	}
	c.ports[port] = append(c.ports[port], b)
}

// Fail keeps failed rows.
func (c *capture) Fail(b *operators.Batch, rows []operators.Failure) {
	if len(rows) > 0 {
		c.failures = append(c.failures, sideRows{batch: share(b), failures: slices.Clone(rows)})
	}
}

// FailGroup keeps a failed group.
func (c *capture) FailGroup(at int64, code, reason, values string) {
	c.groups = append(c.groups, groupFailure{at, code, reason, values})
}

// Late keeps late rows.
func (c *capture) Late(b *operators.Batch, rows []int32) {
	if len(rows) > 0 {
		c.late = append(c.late, sideRows{batch: share(b), rows: slices.Clone(rows)})
	}
}

// SideTo keeps rows for a target.
func (c *capture) SideTo(t *ir.Target, door string, b *operators.Batch, rows []operators.Failure) {
	if len(rows) > 0 {
		c.sides = append(c.sides, sideRows{batch: share(b), failures: slices.Clone(rows), target: t, door: door})
	}
}

// Count adds to a counter.
func (c *capture) Count(counter string, n int64) { c.counts[counter] += n }

// each runs f for every instance, side by side where that pays.
func (s *split) each(fork bool, f func(i int, op operators.Operator, out *capture) error) ([]*capture, error) {
	outs := make([]*capture, len(s.instances))
	errs := make([]error, len(s.instances))
	run := func(i int) {
		defer func() {
			if r := recover(); r != nil {
				errs[i] = bugAt(r, debug.Stack())
			}
		}()
		errs[i] = f(i, s.instances[i], outs[i])
	}
	var wg sync.WaitGroup
	for i := range s.instances {
		outs[i] = newCapture()
		if !fork || i == len(s.instances)-1 {
			run(i)
			continue
		}
		wg.Go(func() { run(i) })
	}
	wg.Wait()
	return outs, errors.Join(errs...)
}

func (s *split) process(input int, b *operators.Batch) error {
	defer b.Release()
	if cap(s.hashes) < b.Rows {
		s.hashes = make([]uint64, b.Rows)
	}
	s.hashes = s.hashes[:b.Rows]
	if err := s.node.node.Operator.Hash[input](b, s.hashes); err != nil {
		return err
	}
	rows := make([][]int32, len(s.instances))
	b.Each(func(r int) {
		i := s.hashes[r] % uint64(len(rows))
		rows[i] = append(rows[i], int32(r))
	})
	outs, err := s.each(b.Len() >= forkAt, func(i int, op operators.Operator, out *capture) error {
		if len(rows[i]) == 0 {
			return nil
		}
		return op.Process(input, selected(b, rows[i]), out)
	})
	s.replay(outs, err, s.byCause(b), true)
	return err
}

// byCause orders rows by the row of a batch that caused them. The rows of an update
// pair are one cause, whatever instances they went to: what it has caused leaves as
// deletes, then updates, then inserts, each in the operator's order (SEMANTICS 73).
func (s *split) byCause(in *operators.Batch) lessRow {
	first := pairs(in)
	return func(a, b *operators.Batch) func(i, j int) bool {
		if a.Cause == nil || b.Cause == nil {
			panic(fmt.Sprintf("exec: rows of a parallel operator have no cause (%d and %d rows)", a.Rows, b.Rows))
		}
		if first == nil {
			return func(i, j int) bool { return a.Cause[i] < b.Cause[j] }
		}
		less := s.less(a, b)
		return func(i, j int) bool {
			x, y := first[a.Cause[i]], first[b.Cause[j]]
			if x != y {
				return x < y
			}
			if p, q := changeRank(a.Ops, i), changeRank(b.Ops, j); p != q {
				return p < q
			}
			return less(i, j)
		}
	}
}

// pairs tells for each row of a batch the first row of the update pair it is in,
// else itself; nil for rows that only come.
func pairs(b *operators.Batch) []int32 {
	if b.Ops == nil {
		return nil
	}
	first := make([]int32, b.Rows)
	before := -1
	b.Each(func(r int) {
		first[r] = int32(r)
		if b.Ops[r] == operators.UpdateAfter && before >= 0 {
			first[r] = int32(before)
		}
		before = -1
		if b.Ops[r] == operators.UpdateBefore {
			before = r
		}
	})
	return first
}

// changeRank is Op.Rank of a row; one of a stream that only appends comes last.
func changeRank(ops []operators.Op, row int) int {
	if ops == nil {
		return operators.Insert.Rank()
	}
	return ops[row].Rank()
}

// replay gives out what the instances left, in the order of one instance. With atOne, rows
// that stand at one spot leave in one batch, as they came: a window of rows must reach
// what works in it whole.
func (s *split) replay(outs []*capture, err error, less lessRow, atOne bool) {
	defer func() {
		for _, out := range outs {
			out.release()
		}
	}()
	if err != nil {
		return
	}
	n := s.node
	for _, out := range outs {
		for name, count := range out.counts {
			n.Count(name, count)
		}
	}
	s.replaySides(outs, func(c *capture) []sideRows { return c.failures }, func(x sideRows, at int) {
		n.Fail(x.batch, x.failures[at:at+1])
	})
	var groups []groupFailure
	for _, out := range outs {
		groups = append(groups, out.groups...)
	}
	slices.SortStableFunc(groups, func(a, b groupFailure) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.values, b.values))
	})
	for _, g := range groups {
		n.FailGroup(g.at, g.code, g.reason, g.values)
	}
	s.replaySides(outs, func(c *capture) []sideRows { return c.late }, func(x sideRows, at int) {
		n.Late(x.batch, x.rows[at:at+1])
	})
	s.replaySides(outs, func(c *capture) []sideRows { return c.sides }, func(x sideRows, at int) {
		n.SideTo(x.target, x.door, x.batch, x.failures[at:at+1])
	})
	for port := range n.outs {
		s.replayPort(outs, port, less, atOne)
	}
}

// replaySides gives out rows of side doors in order of the rows.
func (s *split) replaySides(outs []*capture, of func(*capture) []sideRows, give func(x sideRows, at int)) {
	type item struct {
		spot spot
		row  int
		from sideRows
		at   int
	}
	var items []item
	for _, out := range outs {
		for _, x := range of(out) {
			for i, r := range x.rows {
				items = append(items, item{spotOf(x.batch, int(r)), int(r), x, i})
			}
			for i, f := range x.failures {
				items = append(items, item{spotOf(x.batch, f.Row), f.Row, x, i})
			}
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Or(a.spot.compare(b.spot), cmp.Compare(a.row, b.row)) })
	for _, it := range items {
		give(it.from, it.at)
	}
}

// releaseRows frees the rows of all ports.
func (c *capture) releaseRows() {
	for _, batches := range c.ports {
		for _, b := range batches {
			b.Release()
		}
	}
	clear(c.ports)
}

func (c *capture) release() {
	c.releaseRows()
	for _, list := range [][]sideRows{c.failures, c.late, c.sides} {
		for _, x := range list {
			x.batch.Release()
		}
	}
}

func (s *split) close() error {
	var errs []error
	for _, op := range s.instances {
		errs = append(errs, op.Close())
	}
	return errors.Join(errs...)
}
