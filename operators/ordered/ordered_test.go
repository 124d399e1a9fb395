package ordered

import (
	"cmp"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

var cols = []types.Column{{Name: "v", Type: types.TLong}}

// waiting is a row in the naive reference.
type waiting struct {
	input     int
	v, p, seq int64
}

func inOrder(a, b waiting) int { return cmp.Or(cmp.Compare(a.p, b.p), cmp.Compare(a.seq, b.seq)) }

// TestAgainstSort feeds two inputs with rows out of order and compares what is due
// with a sorted list.
func TestAgainstSort(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	ctx := &operators.Context{Alloc: alloc}
	r := optest.Random(t)
	buf := New(ctx)
	var want []waiting
	var most, base int64
	for step := range 400 {
		input := r.IntN(2)
		rows := make([]optest.Row, 1+r.IntN(9))
		var sel []int32
		for i := range rows {
			rows[i] = optest.Row{Time: most - r.Int64N(40), Arrival: most - 20, Values: []any{base + int64(i)}}
			most = max(most, rows[i].Time) + r.Int64N(3)
			if r.IntN(3) > 0 {
				sel = append(sel, int32(i))
				want = append(want, waiting{input, base + int64(i), max(rows[i].Time, rows[i].Arrival), base + int64(i)})
			}
		}
		b := optest.Batch(alloc, cols, rows)
		b.Base = base
		base += int64(len(rows))
		if sel == nil {
			sel = []int32{}
		}
		buf.Add(input, b, sel)
		b.Release()
		if step%5 == 0 {
			buf = reload(t, ctx, buf)
		}
		if step%3 == 0 || step == 399 {
			mark := most - 20 - r.Int64N(10)
			if step == 399 {
				mark = operators.MaxTime
			}
			slices.SortFunc(want, inOrder)
			n := slices.IndexFunc(want, func(w waiting) bool { return w.p >= mark })
			if n < 0 {
				n = len(want)
			}
			checkDue(t, dueAt(t, buf, mark), want[:n])
			want = want[n:]
			if buf.Len() != len(want) {
				t.Fatalf("%d rows wait, want %d", buf.Len(), len(want))
			}
		}
	}
	buf.Release()
}

// dueAt takes out what is due before an instant.
func dueAt(t *testing.T, b *Buffer, until int64) *Due {
	t.Helper()
	d, err := b.due(until)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func checkDue(t *testing.T, d *Due, want []waiting) {
	t.Helper()
	defer d.Release()
	var got []waiting
	for _, s := range d.Steps {
		b := d.Inputs[s.Input]
		got = append(got, waiting{s.Input, kernel.Values[int64](b.Cols[0])[s.Row], s.P, s.Seq})
		if b.Progress[s.Row] != s.P+1 || b.Seq[s.Row] != s.Seq || At(b, int(s.Row)) != s.P {
			t.Fatalf("row %d of input %d: progress %d, seq %d, step %+v", s.Row, s.Input, b.Progress[s.Row], b.Seq[s.Row], s)
		}
	}
	if diff := gocmp.Diff(slices.Clone(want), got, gocmp.AllowUnexported(waiting{})); diff != "" && len(got)+len(want) > 0 {
		t.Fatalf("due (-want +got):\n%s", diff)
	}
}

// reload writes the rows and reads them back as two instances would, which hold all
// of them together.
func reload(t *testing.T, ctx *operators.Context, buf *Buffer) *Buffer {
	t.Helper()
	var w wire.Writer
	n := buf.Len()
	if err := buf.Save(&w); err != nil {
		t.Fatal(err)
	}
	if buf.Len() != n {
		t.Fatalf("saving left %d of %d rows", buf.Len(), n)
	}
	buf.Release()
	fresh := New(ctx)
	for half := range int64(2) {
		r := wire.NewReader(w.Buf)
		fresh.Load(r, func(_ int, rows *operators.Batch) []int32 {
			var mine []int32
			for i, v := range kernel.Values[int64](rows.Cols[0]) {
				if v%2 == half {
					mine = append(mine, int32(i))
				}
			}
			return mine
		})
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return fresh
}

// Parts gives the rows that Each does, whether they come nearly in order or not, and
// what they refer to stays until they were given, or until they have left memory.
func TestParts(t *testing.T) {
	for _, spread := range []int64{1, 400} {
		testParts(t, spread, false)
		testParts(t, spread, true)
	}
}

func testParts(t *testing.T, spread int64, shed bool) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	ctx := &operators.Context{Alloc: alloc}
	r := optest.Random(t)
	due := New(ctx)
	if shed {
		apart := *ctx
		apart.Shelf = optest.NewBoard(true)
		ctx = &apart
	}
	parts := New(ctx)
	var base, most int64
	freed := 0
	for range 60 {
		rows := make([]optest.Row, 200+r.IntN(200))
		for i := range rows {
			most += r.Int64N(3)
			rows[i] = optest.Row{Time: most - r.Int64N(spread), Arrival: operators.MinTime, Values: []any{base + int64(i)}}
		}
		b := optest.Batch(alloc, cols, rows)
		b.Base = base
		b.Lease = operators.NewLease(func() { freed++ })
		base += int64(len(rows))
		due.Add(0, b, nil)
		parts.Add(0, b, nil)
		b.Release()
		if err := parts.Shed(r.Int64N(20000)); err != nil {
			t.Fatal(err)
		}
		mark := most - r.Int64N(2*spread)
		var want, got []int64
		d := dueAt(t, due, mark)
		for _, in := range d.Inputs {
			want = append(want, kernel.Values[int64](in.Cols[0])...)
		}
		d.Release()
		before := freed
		err := parts.Parts(mark, func(p *operators.Batch) {
			if freed != before {
				t.Fatal("what rows refer to was given back before they were")
			}
			values := kernel.Values[int64](p.Cols[0])
			p.Each(func(i int) {
				got = append(got, values[i])
				if p.Progress[i] != At(p, i)+1 || seqOf(p, i) != values[i] {
					t.Fatalf("progress %d and number %d of row %d, which was due at %d", p.Progress[i], seqOf(p, i), values[i], At(p, i))
				}
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("spread %d (-due +parts):\n%s", spread, diff)
		}
		if due.Len() != parts.Len() {
			t.Fatalf("%d and %d rows wait", due.Len(), parts.Len())
		}
	}
	due.Release()
	parts.Release()
	if freed != 60 {
		t.Errorf("%d of 60 leases were given back", freed)
	}
	alloc.AssertSize(t, 0)
}
