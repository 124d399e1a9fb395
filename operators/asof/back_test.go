package asof

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestManyKeysBack: left rows find the same right rows of more keys than come into memory at once when
// these are outside of memory, some are forgotten there, and other rows of them come later.
func TestManyKeysBack(t *testing.T) {
	r := optest.Random(t)
	const within = 900
	key := func() any {
		if r.IntN(20) == 0 {
			return nil
		}
		return r.Int64N(3 * broughtAtOnce / 2)
	}
	rows := func(n int, values func() []any) []optest.Row {
		out, at := make([]optest.Row, n), int64(0)
		for i := range out {
			if i%1500 == 1499 {
				at += 2 * within
			}
			at += r.Int64N(2)
			out[i] = optest.Row{Time: at - r.Int64N(9), Values: values()}
		}
		return optest.Arrive(out, 10)
	}
	left := rows(3200, func() []any { return []any{key(), r.Int64N(100)} })
	right := rows(3200, func() []any { return []any{r.Int64N(100), key()} })
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{10, 10}, Rows: optest.Merge(left, right)}
	for _, spec := range []*ir.Asof{
		{Left: true, Within: within * time.Microsecond},
		{Left: true},
		{Within: within * time.Microsecond, Sides: ir.Sides{On: &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: true}}},
	} {
		sameOutsideOfMemory(t, spec, in)
	}
}

// TestHistoriesLeaveMemory: right rows are outside of memory, are found there, and nothing is left of them
// once they are too old.
func TestHistoriesLeaveMemory(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	for _, free := range []bool{true, false} {
		shelf := optest.NewBoard(free)
		j := fresh(t, &ir.Asof{Within: 5000 * time.Microsecond}).(*Back)
		if err := j.Open(&operators.Context{Alloc: alloc, Shelf: shelf}); err != nil {
			t.Fatal(err)
		}
		sink := &optest.Sink{Cols: out, In: leftCols}
		seq := int64(0)
		feed := func(input int, at int64, rows []optest.Row) {
			b := optest.Batch(alloc, [][]types.Column{leftCols, rightCols}[input], rows)
			for range rows {
				b.Seq = append(b.Seq, seq)
				seq++
			}
			if err := j.Process(input, b, sink); err != nil {
				t.Fatal(err)
			}
			if err := j.OnWatermark(operators.Watermark{Time: at + 50}, sink); err != nil {
				t.Fatal(err)
			}
			if !free {
				if _, err := j.Snapshot(); err != nil {
					t.Fatal(err)
				}
				shelf.Commit()
			}
			if err := j.Shed(0); err != nil {
				t.Fatal(err)
			}
			if rights, keys := j.rows[ir.RightSide].Len(), j.table.Len(); rights+keys > 0 {
				t.Fatalf("at %d: %d right rows of %d keys are in memory", at, rights, keys)
			}
		}
		const turns, each = 20, 200
		for turn := range int64(turns) {
			rights := make([]optest.Row, each)
			for i := range rights {
				rights[i] = optest.Row{Time: turn * 100, Arrival: turn * 100, Values: []any{int64(i), turn*each + int64(i)}}
			}
			feed(1, turn*100, rights)
		}
		lefts := make([]optest.Row, turns*each)
		for i := range lefts {
			lefts[i] = optest.Row{Time: 2500, Arrival: 2500, Values: []any{int64(i), int64(0)}}
		}
		feed(0, 2500, lefts)
		if len(sink.Lines) != turns*each {
			t.Errorf("%d rows found another, want %d", len(sink.Lines), turns*each)
		}
		feed(0, 20_000, lefts[:1])
		feed(0, 30_000, lefts[:1])
		left := 0
		if err := j.keys.spill.EachAway(nil, func(_, _ []byte) { left++ }); err != nil || left > 0 {
			t.Errorf("%d keys are left, %v", left, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
