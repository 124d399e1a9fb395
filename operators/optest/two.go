package optest

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// From is a row of one of several inputs.
type From struct {
	Input int
	Row
	Op operators.Op // of a changes stream
}

// Merge puts the rows of inputs, each with Arrive done, into canonical order.
func Merge(inputs ...[]Row) []From {
	var out []From
	for in, rows := range inputs {
		for _, r := range rows {
			out = append(out, From{Input: in, Row: r})
		}
	}
	slices.SortStableFunc(out, func(a, b From) int { return cmp.Or(cmp.Compare(a.Progress, b.Progress), cmp.Compare(a.Input, b.Input)) })
	return out
}

// Inputs are what FeedMerged gives an operator.
type Inputs struct {
	Cols    [][]types.Column
	Changes []bool // inputs that are changes streams; nil for none
	Delays  []int64
	Rows    []From
}

// FeedMerged runs rows of several inputs through an operator whose inputs are numbered
// (operators.Separate), and returns what it gives. After each chunk of rows, which
// holds whole updates, it is told a watermark: the least of the inputs, or none yet.
func FeedMerged(t testing.TB, run Run, in Inputs, sink *Sink, op operators.Operator) *Sink {
	t.Helper()
	alloc := memory.NewCheckedAllocator(Scrambler{})
	defer alloc.AssertSize(t, 0)
	sink.last, sink.In = math.MinInt64, in.Cols[0]
	ctx := &operators.Context{Alloc: alloc, BatchRows: 4096, Stage: "test"}
	shelf := NewBoard(run.Shelf == Free)
	if run.Shelf != Nowhere {
		ctx.Shelf = shelf
	}
	c := &chain{t: t, ops: []operators.Operator{op}, sink: sink}
	c.check(op.Open(ctx))
	least := make([]int64, len(in.Cols))
	for i := range least {
		least[i] = operators.MinTime
	}
	mark := operators.Watermark{Time: operators.MinTime, Progress: operators.MinTime}
	for at, chunks := 0, 0; at < len(in.Rows); {
		n := chunk(in.Rows[at:], run.Batch)
		for input := range in.Cols {
			if b := in.batch(alloc, input, at, n); b != nil {
				c.check(c.ops[0].Process(input, b, link{sink, c, 1}))
			}
		}
		for _, r := range in.Rows[at : at+n] {
			most := max(r.Time, r.Arrival)
			if r.Arrival != operators.MinTime {
				most = max(r.Time, r.Arrival+in.Delays[r.Input])
			}
			least[r.Input] = max(least[r.Input], most-in.Delays[r.Input])
		}
		at += n
		if chunks++; run.Marks > 0 && chunks%run.Marks == 0 {
			mark.Time, mark.Progress = slices.Min(least), in.Rows[at-1].Progress
		}
		c.watermark(0, mark)
		if run.Snapshot != nil {
			c.replace(0, run.Snapshot(), ctx)
		}
		if run.Shelf != Nowhere {
			c.check(shelf.putAway(c.ops[0]))
		}
	}
	if !run.Open {
		c.watermark(0, operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true})
	}
	c.check(c.ops[0].Close())
	c.check(sink.err)
	return sink
}

// chunk is how many rows to give, so that no update is cut in two.
func chunk(rows []From, size int) int {
	n := min(size, len(rows))
	for n < len(rows) && rows[n-1].Op == operators.UpdateBefore {
		n++
	}
	return n
}

// batch is the rows of one input among n from a place on, numbered; nil for none.
func (in *Inputs) batch(alloc memory.Allocator, input, at, n int) *operators.Batch {
	var rows []Row
	var seq []int64
	var ops []operators.Op
	for i, r := range in.Rows[at : at+n] {
		if r.Input == input {
			rows, seq, ops = append(rows, r.Row), append(seq, int64(at+i)), append(ops, r.Op)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	b := Batch(alloc, in.Cols[input], rows)
	b.Seq = seq
	if in.Changes != nil && in.Changes[input] {
		b.Ops = ops
	}
	return b
}

// RandomRows draws rows of one input that come somewhat out of order: about one in
// ten is behind by up to far.
func RandomRows(n int, step, far int64, intn func(int64) int64, values func(i int) []any) []Row {
	rows := make([]Row, n)
	t := int64(0)
	for i := range rows {
		t += intn(step)
		rows[i] = Row{Time: t, Values: values(i)}
		if intn(10) == 0 {
			rows[i].Time -= intn(far)
		}
	}
	return rows
}
