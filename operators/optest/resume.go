package optest

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Resume runs rows through an operator that is taken apart and put together again: a
// third of the rows by one instance, the next by three that restored its state, each
// the keys that are its own, and the rest by one that restored all of theirs. Rows are
// dealt out by a column. It returns what they gave together, in no order. One that spills
// must give the same where all that it knows is put away after each batch.
func Resume(t testing.TB, cols []types.Column, key int, rows []Row, delay int64, out []types.Column, fresh func() operators.Operator) *Sink {
	t.Helper()
	r := resumed{t: t, cols: cols, key: key, delay: delay, sink: &Sink{Cols: out, In: cols}}
	r.run(rows, fresh)
	if s, ok := fresh().(operators.Spiller); ok && s.Spills() {
		apart := resumed{t: t, cols: cols, key: key, delay: delay, sink: &Sink{Cols: out, In: cols}, shelf: NewBoard(false)}
		apart.run(rows, fresh)
		if diff := cmp.Diff(r.sink.Lines, apart.sink.Lines); diff != "" {
			t.Errorf("with groups outside of memory (-want +got):\n%s", diff)
		}
	}
	return r.sink
}

func (r *resumed) run(rows []Row, fresh func() operators.Operator) {
	alloc := memory.NewCheckedAllocator(Scrambler{})
	defer alloc.AssertSize(r.t, 0)
	r.ctx = &operators.Context{Alloc: alloc, BatchRows: 4096, Stage: "test"}
	if r.shelf != nil {
		r.ctx.Shelf = r.shelf
	}
	one, three := len(rows)/3, 2*len(rows)/3
	ops := r.restore(fresh, 1, nil)
	r.feed(ops, rows[:one])
	ops = r.restore(fresh, 3, ops)
	r.feed(ops, rows[one:three])
	ops = r.restore(fresh, 1, ops)
	r.feed(ops, rows[three:])
	for _, op := range ops {
		r.check(op.OnWatermark(operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true}, r.sink))
		r.check(op.Close())
	}
	r.sink.Lines = Sorted(r.sink.Lines)
}

type resumed struct {
	t     testing.TB
	cols  []types.Column
	key   int
	delay int64
	sink  *Sink
	ctx   *operators.Context
	base  int64
	shelf *Board
}

func (r *resumed) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// restore makes n instances that go on from the states of others.
func (r *resumed) restore(fresh func() operators.Operator, n int, from []operators.Operator) []operators.Operator {
	var states [][]byte
	for _, op := range from {
		state, err := op.Snapshot()
		r.check(err)
		states = append(states, state)
		r.check(op.Close())
	}
	if r.shelf != nil {
		r.shelf.Commit()
	}
	out := make([]operators.Operator, n)
	for i := range out {
		out[i] = fresh()
		ctx := *r.ctx
		ctx.Mine = func(hash uint64) bool { return hash%uint64(n) == uint64(i) }
		r.check(out[i].Open(&ctx))
		for _, state := range states {
			r.check(out[i].Restore(state, ctx.Mine))
		}
	}
	return out
}

// feed deals batches of rows out to instances, with a watermark after each.
func (r *resumed) feed(ops []operators.Operator, rows []Row) {
	for len(rows) > 0 {
		n := min(7, len(rows))
		part, mark := rows[:n], rows[n-1].Progress
		rows = rows[n:]
		b := Batch(r.ctx.Alloc, r.cols, part)
		b.Base = r.base
		r.base += int64(n)
		code := keycode.Row([]kernel.Vector{{Type: r.cols[r.key].Type, Arr: b.Cols[r.key]}}, keycode.Key)
		sel := make([][]int32, len(ops))
		for i := range part {
			at := operators.KeyHash(code(nil, i)) % uint64(len(ops))
			sel[at] = append(sel[at], int32(i))
		}
		for i, op := range ops {
			if len(sel[i]) > 0 {
				mine := *b
				mine.Retain()
				mine.Sel = sel[i]
				r.sink.last = math.MinInt64 // instances do not know of each other
				r.check(op.Process(0, &mine, r.sink))
			}
			r.sink.last = math.MinInt64
			r.check(op.OnWatermark(operators.Watermark{Time: mark - r.delay, Progress: mark}, r.sink))
		}
		if r.shelf != nil {
			r.check(r.shelf.putAway(ops...))
		}
		b.Release()
	}
	r.check(r.sink.err)
}
