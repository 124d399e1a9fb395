package asof

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestManyKeysForward: left rows of more keys than come into memory at once, many of which leave at
// the same instant or wait when the input ends, find the same outside of memory.
func TestManyKeysForward(t *testing.T) {
	r := optest.Random(t)
	const within = 3000
	key := func() any {
		if r.IntN(20) == 0 {
			return nil
		}
		return r.Int64N(4 * broughtAtOnce)
	}
	at := int64(0)
	rows := func(n int, values func() []any) []optest.Row {
		out := make([]optest.Row, n)
		for i := range out {
			if i%1500 == 1499 {
				at += 2 * within
			}
			if i%5 == 0 {
				at += r.Int64N(3)
			}
			out[i] = optest.Row{Time: at - r.Int64N(9), Values: values()}
		}
		at = 0
		return optest.Arrive(out, 10)
	}
	left := rows(9000, func() []any { return []any{key(), r.Int64N(100)} })
	right := rows(6000, func() []any { return []any{r.Int64N(100), key()} })
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{10, 10}, Rows: optest.Merge(left, right)}
	for _, spec := range []*ir.Asof{
		{Left: true, Forward: true, Within: within * time.Microsecond},
		{Forward: true, Within: within * time.Microsecond, Sides: ir.Sides{On: &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: true}}},
	} {
		sameOutsideOfMemory(t, spec, in)
	}
}

// sameOutsideOfMemory: rows give the same where keys leave memory, and where a run goes on from a snapshot.
func sameOutsideOfMemory(t *testing.T, spec *ir.Asof, in optest.Inputs) {
	t.Helper()
	one := func() operators.Operator { return fresh(t, spec) }
	var want *optest.Sink
	for i, run := range []optest.Run{{Batch: 500, Marks: 1}, {Batch: 500, Marks: 1, Shelf: optest.Free}, {Batch: 500, Marks: 2, Shelf: optest.Kept},
		{Batch: 700, Marks: 1, Shelf: optest.Kept, Snapshot: one}, {Batch: 700, Marks: 1, Snapshot: one}} {
		sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: out, Meta: true}, one())
		if i == 0 {
			want = sink
			continue
		}
		if d := gocmp.Diff(want.Lines, sink.Lines); d != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, d)
		}
		if d := gocmp.Diff(want.Counts, sink.Counts); d != "" {
			t.Fatalf("%+v, counted (-want +got):\n%s", run, d)
		}
	}
}

// TestForwardLeavesMemory: left rows that wait, also those without a key and those that have found a right
// row, are outside of memory, are counted there, and find nothing else than they would have.
func TestForwardLeavesMemory(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	for _, free := range []bool{true, false} {
		shelf := optest.NewBoard(free)
		j := fresh(t, &ir.Asof{Left: true, Forward: true, Within: 5000 * time.Microsecond}).(*Forward)
		if err := j.Open(&operators.Context{Alloc: alloc, Shelf: shelf}); err != nil {
			t.Fatal(err)
		}
		sink := &optest.Sink{Cols: out, In: leftCols}
		const turns, each = 20, 200
		for turn := range int64(turns) {
			lefts, rights := make([]optest.Row, each), make([]optest.Row, each)
			for i := range lefts {
				at := turn * 100
				var key any = turn*each + int64(i)
				rights[i] = optest.Row{Time: at, Arrival: at, Values: []any{int64(i), key}}
				if i%2 == 0 {
					key = nil
				}
				lefts[i] = optest.Row{Time: at, Arrival: at, Values: []any{key, int64(i)}}
			}
			for input, cols := range [][]types.Column{leftCols, rightCols} {
				b := optest.Batch(alloc, cols, [][]optest.Row{lefts, rights}[input])
				for i := range int64(each) {
					b.Seq = append(b.Seq, (2*turn+int64(input))*each+i)
				}
				if err := j.Process(input, b, sink); err != nil {
					t.Fatal(err)
				}
			}
			if err := j.OnWatermark(operators.Watermark{Time: turn*100 + 50}, sink); err != nil {
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
			if lefts, rights, keys := j.rows[ir.LeftSide].Len(), j.rows[ir.RightSide].Len(), j.table.Len(); lefts+rights+keys > 0 {
				t.Fatalf("turn %d: %d left and %d right rows of %d keys are in memory", turn, lefts, rights, keys)
			}
		}
		if have := j.Held(); have != turns*each {
			t.Errorf("%d rows wait, want %d", have, turns*each)
		}
		if err := j.OnWatermark(operators.Watermark{Time: 1 << 40}, sink); err != nil {
			t.Fatal(err)
		}
		if len(sink.Lines) != turns*each || j.Held() != 0 {
			t.Errorf("%d rows came, and %d wait", len(sink.Lines), j.Held())
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
