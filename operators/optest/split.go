package optest

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// FeedSplit is FeedMerged for several instances of an operator, each with the rows
// whose keys fall to it. What they give is put in order as the runtime does.
func FeedSplit(t testing.TB, n int, run Run, in Inputs, sink *Sink, fresh func() operators.Parallel) *Sink {
	t.Helper()
	alloc := memory.NewCheckedAllocator(Scrambler{})
	defer alloc.AssertSize(t, 0)
	sink.last, sink.In = math.MinInt64, in.Cols[0]
	ctx := &operators.Context{Alloc: alloc, BatchRows: 4096, Stage: "test"}
	c := &chain{t: t, sink: sink}
	ops := make([]operators.Parallel, n)
	for i := range ops {
		ops[i] = fresh()
		c.check(ops[i].Open(ctx))
	}
	for at := 0; at < len(in.Rows); {
		size := chunk(in.Rows[at:], run.Batch)
		given := make([]*captured, n)
		for i, op := range ops {
			given[i] = &captured{Sink: sink}
			for input := range in.Cols {
				if b := in.batch(alloc, input, at, size); b != nil {
					b.Sel = in.mine(op.Keys(input), input, at, size, i, n)
					c.check(op.Process(input, b, given[i]))
				}
			}
			c.check(op.OnWatermark(operators.Watermark{Time: operators.MinTime, Progress: operators.MinTime}, given[i]))
		}
		give(alloc, ops[0], given, sink)
		at += size
	}
	given := make([]*captured, n)
	for i, op := range ops {
		given[i] = &captured{Sink: sink}
		c.check(op.OnWatermark(operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true}, given[i]))
		c.check(op.Close())
	}
	give(alloc, ops[0], given, sink)
	c.check(sink.err)
	return sink
}

// mine are the rows of an input that fall to instance i of n, not nil.
func (in *Inputs) mine(keys []ir.Expr, input, at, size, i, n int) []int32 {
	rows := []int32{}
	row := int32(-1)
	for _, r := range in.Rows[at : at+size] {
		if r.Input != input {
			continue
		}
		row++
		h := fnv.New32()
		for _, k := range keys {
			fmt.Fprintf(h, "%v,", r.Values[operators.ColumnIndex(in.Cols[input], k.(*ir.Column).Name)])
		}
		if int(h.Sum32()%uint32(n)) == i {
			rows = append(rows, row)
		}
	}
	return rows
}

// captured keeps the batches of one instance.
type captured struct {
	*Sink
	batches []*operators.Batch
}

// Emit implements operators.Output.
func (c *captured) Emit(_ int, b *operators.Batch) { c.batches = append(c.batches, b) }

// give merges what instances left, keeping the rows of an update together.
func give(alloc memory.Allocator, op operators.Parallel, given []*captured, sink *Sink) {
	next := make([]int, len(given))
	for {
		best := -1
		for i, g := range given {
			for len(g.batches) > 0 && next[i] == g.batches[0].Rows {
				g.batches[0].Release()
				g.batches, next[i] = g.batches[1:], 0
			}
			if len(g.batches) > 0 && (best < 0 || op.Less(g.batches[0], given[best].batches[0])(next[i], next[best])) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		for more := true; more; {
			b := given[best].batches[0]
			more = b.Ops != nil && b.Ops[next[best]] == operators.UpdateBefore
			sink.Emit(0, operators.Gather(alloc, b, []int32{int32(next[best])}))
			next[best]++
		}
	}
}
