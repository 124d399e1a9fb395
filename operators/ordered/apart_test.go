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

// apartRun is buffers of several instances that share a shelf, and what is to come out.
type apartRun struct {
	t    *testing.T
	ctx  operators.Context
	free bool
	on   *optest.Board
	bufs []*Buffer
	want []waiting
	most int64
	base int64
}

// TestApart lets rows out of order leave memory as often as they like, on a shelf of either
// kind, and go on in other instances: what is due is that of a sorted list.
func TestApart(t *testing.T) {
	for _, free := range []bool{true, false} {
		alloc := memory.NewCheckedAllocator(optest.Scrambler{})
		r := optest.Random(t)
		x := &apartRun{t: t, ctx: operators.Context{Alloc: alloc}, free: free, on: optest.NewBoard(free)}
		x.ctx.Shelf = x.on
		x.bufs = []*Buffer{New(&x.ctx)}
		for step := range 300 {
			x.add(r.IntN(2), 1+r.IntN(60), r.Int64N)
			if step%3 == 0 {
				x.shed(r.Int64N(4000))
			}
			if step%40 == 39 && !free {
				x.resume([]int{1, 2, 3, 3, 4, 6}[r.IntN(6)], r.IntN(2) == 0)
			}
			if step%7 == 0 {
				x.due(x.most - r.Int64N(900))
			}
		}
		x.shed(0)
		for _, b := range x.bufs {
			if b.here() > 0 && b.Least() >= b.apart.passed {
				t.Errorf("%d rows are in memory, of %d", b.here(), b.Len())
			}
		}
		x.due(operators.MaxTime)
		x.shed(0)
		if len(x.on.There) > 0 {
			t.Errorf("%d pieces are left on the shelf", len(x.on.There))
		}
		for _, b := range x.bufs {
			b.Release()
		}
		alloc.AssertSize(t, 0)
	}
}

// mine are the rows of an instance among n.
func mineOf(i, n int) func(int, *operators.Batch) []int32 {
	return func(_ int, rows *operators.Batch) []int32 {
		var mine []int32
		for row, v := range kernel.Values[int64](rows.Cols[0]) {
			if int(v)%n == i {
				mine = append(mine, int32(row))
			}
		}
		return mine
	}
}

func (x *apartRun) add(input, n int, random func(n int64) int64) {
	rows := make([]optest.Row, n)
	for i := range rows {
		at := x.most - random(800)
		rows[i] = optest.Row{Time: at, Arrival: x.most - 900, Values: []any{x.base + int64(i)}}
		x.most = max(x.most, at) + random(30)
		x.want = append(x.want, waiting{input, x.base + int64(i), max(at, rows[i].Arrival), x.base + int64(i)})
	}
	b := optest.Batch(x.ctx.Alloc, cols, rows)
	b.Base = x.base
	x.base += int64(n)
	for i, buf := range x.bufs {
		buf.Add(input, b, append([]int32{}, mineOf(i, len(x.bufs))(input, b)...))
	}
	b.Release()
}

func (x *apartRun) save() (states [][]byte) {
	for _, b := range x.bufs {
		var w wire.Writer
		n := b.Len()
		if err := b.Save(&w); err != nil {
			x.t.Fatal(err)
		}
		if b.Len() != n {
			x.t.Fatalf("saving left %d of %d rows", b.Len(), n)
		}
		states = append(states, w.Buf)
	}
	x.on.Commit()
	return states
}

func (x *apartRun) shed(most int64) {
	if !x.free {
		x.save()
	}
	for _, b := range x.bufs {
		if err := b.Shed(most); err != nil {
			x.t.Fatal(err)
		}
		if got := b.Holding(); got > most && (x.free || b.Least() >= b.apart.passed) { // rows that are due stay
			x.t.Fatalf("%d bytes are in memory, of which %d may be", got, most)
		}
	}
}

// resume goes on with n instances, which may know which keys are whose.
func (x *apartRun) resume(n int, known bool) {
	states := x.save()
	held := 0
	for _, b := range x.bufs {
		held += b.Len()
		b.Release()
	}
	x.bufs = nil
	for i := range n {
		ctx := x.ctx
		if n > 1 {
			ctx.Mine = func(uint64) bool { return false } // it is mineOf that tells
		}
		if known {
			ctx.Share = operators.Share{Index: i, Of: n}
		}
		b := New(&ctx)
		for _, state := range states {
			r := wire.NewReader(state)
			b.Load(r, mineOf(i, n))
			if err := r.Err(); err != nil {
				x.t.Fatal(err)
			}
		}
		x.bufs = append(x.bufs, b)
		held -= b.Len()
	}
	if held != 0 {
		x.t.Fatalf("%d rows are missing after going on", held)
	}
}

func (x *apartRun) due(mark int64) {
	slices.SortFunc(x.want, inOrder)
	n := slices.IndexFunc(x.want, func(w waiting) bool { return w.p >= mark })
	if n < 0 {
		n = len(x.want)
	}
	var got []waiting
	for _, b := range x.bufs {
		last := int64(operators.MinTime)
		err := b.Each(mark, func(until int64, d *Due) error {
			for _, s := range d.Steps {
				if s.P < last || s.P >= until {
					x.t.Fatalf("a row of %d is due between %d and %d", s.P, last, until)
				}
				got = append(got, waiting{s.Input, kernel.Values[int64](d.Inputs[s.Input].Cols[0])[s.Row], s.P, s.Seq})
			}
			last = until
			d.Release()
			return nil
		})
		if err != nil {
			x.t.Fatal(err)
		}
	}
	if len(x.bufs) > 1 {
		slices.SortFunc(got, inOrder)
	}
	if diff := gocmp.Diff(slices.Clone(x.want[:n]), got, gocmp.AllowUnexported(waiting{})); diff != "" && len(got)+n > 0 {
		x.t.Fatalf("due (-want +got):\n%s", diff)
	}
	x.want = x.want[n:]
}

// counted is a shelf that counts how many keys are asked for.
type counted struct {
	*optest.Board
	n int
}

func (c *counted) Get(keys [][]byte, f func(i int, value []byte)) error {
	c.n += len(keys)
	return c.Board.Get(keys, f)
}

// TestOwnPieces: instances that go on read no rows to find which are theirs where there are as many as
// there were, also where those were others than had written the rows, and none of those of instances with
// which they have no key in common.
func TestOwnPieces(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	r := optest.Random(t)
	on := &counted{Board: optest.NewBoard(false)}
	x := &apartRun{t: t, ctx: operators.Context{Alloc: alloc, Shelf: on}, on: on.Board}
	x.bufs = []*Buffer{New(&x.ctx)}
	x.resume(3, true)
	for range 40 {
		x.add(0, 60, r.Int64N)
	}
	x.shed(0)
	for _, c := range []struct {
		n    int
		some bool
	}{{3, false}, {3, false}, {6, true}, {6, false}, {4, true}, {4, false}, {1, false}} {
		pieces := len(on.There)
		on.n = 0
		if x.resume(c.n, true); (on.n > 0) != c.some || on.n > 4*pieces {
			t.Errorf("%d instances read %d pieces of %d", c.n, on.n, pieces)
		}
	}
	x.due(operators.MaxTime)
	for _, b := range x.bufs {
		b.Release()
	}
	alloc.AssertSize(t, 0)
}
