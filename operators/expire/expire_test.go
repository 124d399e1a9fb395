package expire

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

var cols = []types.Column{{Name: "id", Type: types.TLong}, {Name: "x", Type: types.TLong}}

// young is the rows that changes leave and that are not old: the time of each is at
// most `after` behind that of the last row.
func young(rows []optest.Row, after, end int64) []string {
	var out []string
	for _, r := range optest.Left(rows) {
		if r.Time+after >= end {
			out = append(out, fmt.Sprint(r.Values[0], " ", r.Values[1]))
		}
	}
	slices.Sort(out)
	return out
}

// TestExpireAgainstRecomputation compares what changes leave with what is recomputed of them,
// for keys of one column and without a key, and for instants all of which differ or many of
// which are the same.
func TestExpireAgainstRecomputation(t *testing.T) {
	for _, keyed := range []bool{true, false} {
		for _, grain := range []int64{1, 20} {
			t.Run(fmt.Sprintf("keyed %v, every %d", keyed, grain), func(t *testing.T) { recompute(t, keyed, grain) })
		}
	}
}

func recompute(t *testing.T, keyed bool, grain int64) {
	r := optest.Random(t)
	const after, delay = 40, 5
	rows := optest.RandomChanges(r, 400, 30, 4, 0, func() []any { return []any{r.Int64N(5)} })
	spec := &ir.Expire{After: after * time.Microsecond}
	if keyed {
		spec.Input.Key = []string{"id"}
	} else {
		rows = withoutPairs(rows)
	}
	for i := range rows {
		rows[i].Time -= rows[i].Time % grain
	}
	rows = optest.Arrive(rows, delay)
	fresh := func() operators.Operator { return New(spec, cols) }
	var lines []string
	for _, run := range optest.Runs(fresh) {
		run.Delay = delay
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols, Meta: true}, fresh())
		if lines == nil {
			lines = sink.Lines
		}
		if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
	}
	for n := range optest.Prefixes(rows, 11) {
		sink := optest.Feed(t, optest.Run{Batch: 7, Marks: 1, Delay: delay}, cols, rows[:n], &optest.Sink{Cols: cols}, fresh())
		table := optest.Table{Keys: 1}
		table.Apply(t, sink.Lines)
		if diff := gocmp.Diff(young(rows[:n], after, rows[n-1].Progress), table.Rows()); diff != "" {
			t.Fatalf("after %d changes (-want +got):\n%s", n, diff)
		}
	}
}

// withoutPairs is changes as a stream without a key says them: a row goes, and another one comes.
func withoutPairs(rows []optest.Row) []optest.Row {
	for i := range rows {
		switch rows[i].Op {
		case operators.UpdateBefore:
			rows[i].Op = operators.Delete
		case operators.UpdateAfter:
			rows[i].Op = operators.Insert
		case operators.Insert, operators.Delete, operators.Refused:
		}
	}
	return rows
}

// TestManyAtOnce lets rows be too old that came at few instants: more of them than come back
// into memory, or leave, at a time. A fifth of the keys have changed since, and some twice.
func TestManyAtOnce(t *testing.T) {
	const n, after = 3 * flushAt, 1000
	var rows []optest.Row
	put := func(at, id, x int64, op operators.Op) {
		rows = append(rows, optest.Row{Time: at, Values: []any{id, x}, Op: op})
	}
	first := map[int64]int64{}
	for i := range int64(n) {
		id := i * 7919 % n
		first[id] = i / (n / 2)
		put(first[id], id, first[id], operators.Insert)
	}
	for id := int64(0); id < n; id += 5 {
		put(500, id, first[id], operators.UpdateBefore)
		put(500, id, 500, operators.UpdateAfter)
	}
	for id := int64(0); id < 50; id += 5 {
		put(1200, id, 500, operators.UpdateBefore)
		put(1200, id, 1200, operators.UpdateAfter)
	}
	put(1800, 3, 1800, operators.Insert)
	put(1800, 4, 1800, operators.Insert)
	rows = optest.Arrive(rows, 0)
	spec := &ir.Expire{After: after * time.Microsecond, Input: ir.Replaced{Key: []string{"id"}}}
	fresh := func() operators.Operator { return New(spec, cols) }
	plain := optest.Feed(t, optest.Run{Batch: 4096, Marks: 1}, cols, rows, &optest.Sink{Cols: cols}, fresh())
	table := optest.Table{Keys: 1}
	table.Apply(t, plain.Lines)
	if diff := gocmp.Diff(young(rows, after, 1800), table.Rows()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if have := plain.Counts[Counter]; have != n-10 {
		t.Errorf("%d rows were too old, want %d", have, n-10)
	}
	for _, run := range []optest.Run{{Batch: 1 << 20}, {Batch: 5000, Marks: 2}, {Batch: 4000, Marks: 1, Shelf: optest.Free},
		{Batch: 5000, Marks: 2, Shelf: optest.Kept}, {Batch: 9000, Marks: 1, Snapshot: fresh, Shelf: optest.Kept}} {
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols}, fresh())
		if diff := gocmp.Diff(plain.Lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
	}
}

// TestKeysLeaveMemory leaves nothing in memory where nothing may be there, and nothing on the shelf in
// the end.
func TestKeysLeaveMemory(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	shelf := optest.NewBoard(true)
	x := New(&ir.Expire{After: 100 * time.Microsecond, Input: ir.Replaced{Key: []string{"id"}}}, cols)
	if err := x.Open(&operators.Context{Alloc: alloc, Shelf: shelf}); err != nil {
		t.Fatal(err)
	}
	sink := &optest.Sink{Cols: cols, In: cols}
	for turn := range int64(40) {
		rows := make([]optest.Row, 500)
		for i := range rows {
			rows[i] = optest.Row{Time: turn * 10, Arrival: turn * 10, Progress: turn * 10, Values: []any{turn*1000 + int64(i), int64(i)}}
		}
		if err := x.Process(0, optest.Batch(alloc, cols, rows), sink); err != nil {
			t.Fatal(err)
		}
		if err := x.OnWatermark(operators.Watermark{Time: turn*10 - 20, Progress: turn * 10}, sink); err != nil {
			t.Fatal(err)
		}
		if err := x.Shed(0); err != nil {
			t.Fatal(err)
		}
		if keys, rows := x.lasts.rows.Len(), x.waits.Holding(); keys > 0 || rows > 0 {
			t.Fatalf("turn %d: %d keys are in memory, and rows that wait of %d bytes", turn, keys, rows)
		}
	}
	if err := x.OnWatermark(operators.Watermark{Time: 1 << 40, Progress: 1 << 40}, sink); err != nil {
		t.Fatal(err)
	}
	if have := sink.Counts[Counter]; have != 40*500 {
		t.Errorf("%d rows were too old, want %d", have, 40*500)
	}
	if err := x.Shed(0); err != nil {
		t.Fatal(err)
	}
	if len(shelf.There) > 0 {
		t.Errorf("%d keys are left on the shelf", len(shelf.There))
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}
