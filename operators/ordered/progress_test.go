package ordered

import (
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// TestByProgress takes changes out by what their stream had come to, which neither their time
// nor their arrival tells: they leave as they came, and both rows of an update together, also
// where they leave memory in between or go on in another buffer.
func TestByProgress(t *testing.T) {
	for _, kind := range []string{"memory", "free", "kept"} {
		alloc := memory.NewCheckedAllocator(optest.Scrambler{})
		r := optest.Random(t)
		ctx := &operators.Context{Alloc: alloc}
		shelf := optest.NewBoard(kind == "free")
		if kind != "memory" {
			ctx.Shelf = shelf
		}
		b := NewByProgress(ctx)
		var want, got []int64
		var progress, base int64
		for step := range 200 {
			var rows []optest.Row
			for range 1 + r.IntN(80) {
				progress += r.Int64N(3)
				row := optest.Row{Time: r.Int64N(1000), Arrival: r.Int64N(1000), Progress: progress, Values: []any{base + int64(len(rows))}}
				if row.Op = operators.Delete; r.IntN(3) > 0 {
					row.Op = operators.UpdateBefore
					rows = append(rows, row)
					row.Op, row.Values = operators.UpdateAfter, []any{base + int64(len(rows))}
				}
				rows = append(rows, row)
			}
			in := optest.Batch(alloc, cols, rows)
			in.Base = base
			base += int64(len(rows))
			b.Add(0, in, nil)
			in.Release()
			for _, row := range rows {
				want = append(want, row.Values[0].(int64), row.Progress+1)
			}
			if kind == "kept" || step%30 == 29 {
				var w wire.Writer
				if err := b.Save(&w); err != nil {
					t.Fatal(err)
				}
				shelf.Commit()
				if step%30 == 29 {
					b.Release()
					b = NewByProgress(ctx)
					saved := wire.NewReader(w.Buf)
					if b.Load(saved, nil); saved.Err() != nil {
						t.Fatal(saved.Err())
					}
				}
			}
			if err := b.Shed(r.Int64N(20000)); err != nil {
				t.Fatal(err)
			}
			if step%3 > 0 {
				continue
			}
			err := b.Parts(progress-r.Int64N(100), func(p *operators.Batch) {
				values := kernel.Values[int64](p.Cols[0])
				last := operators.Delete
				p.Each(func(i int) {
					got, last = append(got, values[i], p.Progress[i]), p.Ops[i]
				})
				if last == operators.UpdateBefore {
					t.Fatalf("%s: an update is taken apart", kind)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want[:len(got)], got); diff != "" && len(got) > 0 {
				t.Fatalf("%s (-want +got):\n%s", kind, diff)
			}
			want, got = slices.Clone(want[len(got):]), nil
			if b.Len() != len(want)/2 {
				t.Fatalf("%s: %d rows wait, want %d", kind, b.Len(), len(want)/2)
			}
		}
		b.Release()
		alloc.AssertSize(t, 0)
	}
}

// TestStep goes through rows of many batches in steps: all of them leave, and no step has many
// more than it should.
func TestStep(t *testing.T) {
	r := optest.Random(t)
	for _, shelved := range []bool{false, true} {
		ctx := &operators.Context{Alloc: memory.DefaultAllocator}
		if shelved {
			ctx.Shelf = optest.NewBoard(true)
		}
		b := New(ctx)
		const batches, each = 60, 2000
		for n := range int64(batches) {
			rows := make([]optest.Row, each)
			for i := range rows {
				rows[i] = optest.Row{Time: n*each + r.Int64N(3*each), Arrival: operators.MinTime, Values: []any{int64(i)}}
			}
			in := optest.Batch(ctx.Alloc, cols, rows)
			b.Add(0, in, nil)
			in.Release()
		}
		if err := b.Shed(100000); err != nil {
			t.Fatal(err)
		}
		const watermark = batches * each
		left, steps := b.Len(), 0
		for b.Least() < watermark {
			before, until := b.Len(), b.Step(watermark)
			err := b.Each(until, func(_ int64, due *Due) error {
				due.Release()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if n := before - b.Len(); n == 0 || n > 2*stepRows {
				t.Fatalf("%d rows left in a step", n)
			}
			steps++
		}
		if left -= b.Len(); steps > 4*left/stepRows+2 {
			t.Errorf("%d steps for %d rows", steps, left)
		}
		b.Release()
	}
}
