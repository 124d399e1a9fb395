package keptjoin

import (
	"maps"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// heavy is a join that is given rows of one key, and its shelf.
type heavy struct {
	t     *testing.T
	s     setup
	ctx   *operators.Context
	shelf *optest.Board
	j     *Join
	sink  *optest.Sink
	base  int64
}

func (h *heavy) open() {
	h.j = h.s.fresh(h.t)
	h.j.pieceRows = pieceRows
	h.check(h.j.Open(h.ctx))
}

func (h *heavy) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// give gives rows of a side, whose ids go on, at an instant.
func (h *heavy) give(side ir.Side, n int, at int64) {
	h.t.Helper()
	cols, rows := leftCols, make([]optest.Row, n)
	if side == ir.RightSide {
		cols = rightCols
	}
	for i := range rows {
		values := []any{h.base + int64(i), int64(7), int64(0)}
		if side == ir.RightSide {
			values = []any{int64(0), int64(7), h.base + int64(i)}
		}
		rows[i] = optest.Row{Time: at, Arrival: at, Progress: at, Values: values}
	}
	b := optest.Batch(h.ctx.Alloc, cols, rows)
	b.Base = h.base
	h.base += int64(n)
	h.check(h.j.Process(int(side), b, h.sink))
	h.check(h.j.OnWatermark(operators.Watermark{Time: at, Progress: at}, h.sink))
}

// checkpoint returns the snapshot, and how many bytes of the shelf it has written.
func (h *heavy) checkpoint() (state []byte, written int) {
	h.t.Helper()
	before := maps.Clone(h.shelf.There)
	state, err := h.j.Snapshot()
	h.check(err)
	h.shelf.Commit()
	for k, v := range h.shelf.There {
		if before[k] != v {
			written += len(k) + len(v)
		}
	}
	return state, written
}

// TestHeavyKey: a checkpoint writes the rows of a key that have come since the one before, and
// not those before these; a join that goes on has them all, also where it brings them back.
func TestHeavyKey(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	shelf := optest.NewBoard(false)
	h := &heavy{t: t, s: setup{kind: ir.LeftJoin, keep: time.Second}, shelf: shelf, ctx: &operators.Context{Alloc: alloc, Shelf: shelf}}
	h.sink = &optest.Sink{Cols: h.s.out()}
	h.open()
	const turns, each = 30, 500
	var state []byte
	first, last := 0, 0
	for turn := range int64(turns) {
		h.give(ir.LeftSide, each, turn)
		if state, last = h.checkpoint(); first == 0 {
			first = last
		}
		if turn%7 == 3 {
			h.check(h.j.Shed(0))
			if n := h.j.rows[ir.LeftSide].Len(); n > 0 {
				t.Fatalf("%d rows are in memory", n)
			}
		}
	}
	if last > 4*first {
		t.Errorf("a checkpoint of %d rows more writes %d bytes, and wrote %d of the first", each, last, first)
	}
	h.check(h.j.Close())
	h.open()
	h.check(h.j.Restore(state, nil))
	before := len(h.sink.Lines)
	h.give(ir.RightSide, 1, turns)
	if have := len(h.sink.Lines) - before; have != 2*turns*each { // each left row is not alone any more
		t.Errorf("a row pairs with %d changes, want %d", have, 2*turns*each)
	}
	h.checkpoint()
	h.check(h.j.Shed(0))
	before = len(h.sink.Lines)
	h.give(ir.RightSide, 1, turns)
	if have := len(h.sink.Lines) - before; have != turns*each {
		t.Errorf("another row pairs with %d, want %d", have, turns*each)
	}
	h.checkpoint()
	h.check(h.j.Shed(0))
	h.check(h.j.OnWatermark(operators.Watermark{Time: 1 << 40}, h.sink))
	h.checkpoint()
	if len(shelf.There) > 0 {
		t.Errorf("%d pieces of a key that has expired are left", len(shelf.There))
	}
	h.check(h.j.Close())
}
