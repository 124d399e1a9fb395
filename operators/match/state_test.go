package match

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

func thenPattern() *ir.Pattern {
	return &ir.Pattern{Kind: ir.PatternSeq, Next: []bool{false}, Items: []*ir.Pattern{
		{Kind: ir.PatternRow, Define: 0}, {Kind: ir.PatternRow, Define: 1},
	}}
}

func fits(k any, at, id int64, what string) optest.Row {
	return optest.Row{Time: at, Values: []any{k, id, what == "a", what == "b", what == "c"}}
}

// Attempts beyond the limit are not begun, and counted.
func TestLimit(t *testing.T) {
	m := spec(thenPattern())
	m.Within, m.Skip = time.Second, ir.SkipToNext
	op := fresh(t, m)
	op.(*Match).limit = 3
	var rows []optest.Row
	for i := range int64(5) {
		rows = append(rows, fits(int64(1), i, i, "a"))
	}
	rows = append(rows, fits(int64(1), 5, 0, "b"), fits(int64(1), 6, 7, "a"), fits(int64(1), 7, 0, "b"))
	got := optest.Feed(t, optest.Run{Batch: 2, Marks: 1}, columns, optest.Arrive(rows, 0), &optest.Sink{Cols: outColumns}, op)
	if n := got.Counts[CounterDropped]; n != 2 {
		t.Errorf("%d attempts were counted, want 2", n)
	}
	if len(got.Lines) != 4 {
		t.Errorf("got %v, want the matches of three starts and of one later", got.Lines)
	}
}

// A key whose attempts are over leaves nothing behind.
func TestNothingStays(t *testing.T) {
	m := spec(thenPattern())
	m.Within = 10 * time.Microsecond
	op := fresh(t, m).(*Match)
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	if err := op.Open(&operators.Context{Alloc: alloc, BatchRows: 100}); err != nil {
		t.Fatal(err)
	}
	out := &optest.Sink{Cols: outColumns, In: columns}
	rows := optest.Arrive([]optest.Row{
		fits(int64(1), 0, 1, "a"), fits(int64(2), 0, 2, "a"), fits(nil, 1, 3, "a"), fits(int64(2), 2, 4, "b"), fits(int64(3), 3, 5, "c"),
	}, 0)
	if err := op.Process(0, optest.Batch(alloc, columns, rows), out); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		to   int64
		held int64
		keys int
	}{{1, 3, 2}, {2, 3, 3}, {4, 2, 2}, {10, 2, 2}, {11, 1, 1}, {12, 0, 0}} {
		if err := op.OnWatermark(operators.Watermark{Time: step.to, Progress: step.to}, out); err != nil {
			t.Fatal(err)
		}
		if step.to >= 4 && op.Held() != step.held {
			t.Errorf("at %d %d rows are held, want %d", step.to, op.Held(), step.held)
		}
		if op.table.Len() != step.keys || len(op.timers) != step.keys {
			t.Errorf("at %d there are %d keys and %d timers, want %d", step.to, op.table.Len(), len(op.timers), step.keys)
		}
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
}

// A state can be dealt out to more instances than there were: each takes its keys.
func TestRestoreMine(t *testing.T) {
	m := spec(thenPattern())
	m.Within = time.Second
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	ctx := &operators.Context{Alloc: alloc, BatchRows: 100}
	open := func() *Match {
		op := fresh(t, m).(*Match)
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		return op
	}
	var rows []optest.Row
	for k := range int64(20) {
		rows = append(rows, fits(k, k, 1, "a"))
	}
	for k := range int64(20) {
		rows = append(rows, fits(k, 30+k, 2, "b"))
	}
	old := open()
	out := &optest.Sink{Cols: outColumns, In: columns}
	if err := old.Process(0, optest.Batch(alloc, columns, optest.Arrive(rows, 0)), out); err != nil {
		t.Fatal(err)
	}
	if err := old.OnWatermark(operators.Watermark{Time: 35, Progress: 35}, out); err != nil { // five of them are complete
		t.Fatal(err)
	}
	state, err := old.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	ends := operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true}
	if err := old.OnWatermark(ends, out); err != nil {
		t.Fatal(err)
	}
	want := optest.Sorted(out.Lines[5:])
	var got []string
	for i := range uint64(3) {
		op, part := open(), &optest.Sink{Cols: outColumns, In: columns}
		if err := op.Restore(state, func(hash uint64) bool { return hash%3 == i }); err != nil {
			t.Fatal(err)
		}
		if err := op.OnWatermark(ends, part); err != nil {
			t.Fatal(err)
		}
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
		if len(part.Lines) == len(want) {
			t.Error("one instance took all")
		}
		got = append(got, part.Lines...)
	}
	if diff := cmp.Diff(want, optest.Sorted(got)); diff != "" {
		t.Errorf("(-one instance +three):\n%s", diff)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct {
		name string
		p    *ir.Pattern
	}{
		{"then", thenPattern()},
		{"silence", &ir.Pattern{Kind: ir.PatternSeq, Next: []bool{false}, Items: []*ir.Pattern{
			{Kind: ir.PatternRow, Define: 0}, {Kind: ir.PatternNot, Define: 2, For: time.Millisecond},
		}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := spec(c.p)
			m.Within = time.Millisecond
			op, err := New(m, [][]types.Column{columns}, outColumns, testEnv())
			if err != nil {
				b.Fatal(err)
			}
			if err := op.Open(&operators.Context{Alloc: memory.DefaultAllocator, BatchRows: 4096}); err != nil {
				b.Fatal(err)
			}
			out := &discard{}
			rows := make([]optest.Row, 4096)
			at := int64(0)
			for b.Loop() {
				b.StopTimer()
				for i := range rows {
					at++
					what := "ac"[i%2 : i%2+1]
					if i%5 == 0 {
						what = "b"
					}
					rows[i] = fits(int64(i*7%1000), at, at, what)
					rows[i].Arrival, rows[i].Progress = at-1, at
				}
				batch := optest.Batch(memory.DefaultAllocator, columns, rows)
				b.StartTimer()
				if err := op.Process(0, batch, out); err != nil {
					b.Fatal(err)
				}
				if err := op.OnWatermark(operators.Watermark{Time: at - 100, Progress: at}, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/row")
		})
	}
}

// discard is an Output that keeps nothing.
type discard struct{ optest.Sink }

func (*discard) Emit(_ int, b *operators.Batch) { b.Release() }
