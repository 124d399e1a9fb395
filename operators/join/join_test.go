package join

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/vm/kernel"
)

var (
	leftCols = []types.Column{
		{Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TLong},
		{Name: "from", Type: types.TTimestamp, Hidden: true}, {Name: "to", Type: types.TTimestamp, Hidden: true},
	}
	rightCols = []types.Column{{Name: "p", Type: types.TLong}, {Name: "key", Type: types.TLong.OrNull(), Hidden: true}}
	leftOut   = leftCols[:2]
	bothOut   = []types.Column{leftCols[0], leftCols[1], rightCols[0]}
)

// below is the condition v < p + 50.
type below struct{}

func (below) Eval(memory.Allocator, []arrow.Array, int, []int32) (kernel.Vector, []operators.Failure) {
	panic("not asked for")
}

func (below) Select(_ memory.Allocator, cols []arrow.Array, rows int, _ []int32) ([]int32, []operators.Failure) {
	v, p := kernel.Values[int64](cols[1]), kernel.Values[int64](cols[4])
	out := []int32{}
	for i := range rows {
		if v[i] < p[i]+50 {
			out = append(out, int32(i))
		}
	}
	return out, nil
}

func newJoin(t testing.TB, spec *ir.Join) *Join {
	t.Helper()
	spec.Bound = ir.JoinWithin
	spec.Alias, spec.LeftKeys, spec.RightKeys = "p", []string{"k"}, []string{"key"}
	out := bothOut
	if spec.Kind == ir.SemiJoin || spec.Kind == ir.AntiJoin {
		out = leftOut
	}
	env := &operators.Env{Compile: func(ir.Expr, []types.Column) (operators.Eval, error) { return below{}, nil }}
	j, err := New(spec, leftCols, rightCols, out, env)
	if err != nil {
		t.Fatal(err)
	}
	j.narrowest = 3 // several buckets in the time of the rows here
	return j
}

// naive pairs every left row with every right one, and reads the rules off: what
// pairs, when each row leaves and in which order.
func naive(spec *ir.Join, rows []optest.From) []string {
	type result struct {
		at   int64
		seqs [2]int64
		line string
	}
	var out []result
	lo, hi := spec.Lo.Microseconds(), spec.Hi.Microseconds()
	p := func(r optest.From) int64 { return max(r.Time, r.Arrival) }
	span := func(l optest.From) (from, to int64) {
		if spec.From != "" {
			return max(l.Values[2].(int64), l.Time+lo), l.Values[3].(int64) - 1
		}
		return l.Time + lo, l.Time + hi
	}
	meets := func(l, r optest.From) bool {
		from, to := span(l)
		return l.Values[0] != nil && l.Values[0] == r.Values[1] && from <= r.Time && r.Time <= to && r.Arrival <= to &&
			l.Arrival <= r.Time-lo && (spec.On == nil || l.Values[1].(int64) < r.Values[0].(int64)+50)
	}
	put := func(at, t, a int64, seqs [2]int64, values ...any) {
		line := fmt.Sprintf("%d/%s/%d", t, instant(a), at+1)
		for _, v := range values {
			line += " " + optest.Quote(v)
		}
		out = append(out, result{at, seqs, line})
	}
	for i, l := range rows {
		if l.Input != 0 {
			continue
		}
		first := result{at: operators.MaxTime}
		for k, r := range rows {
			if r.Input != 1 || !meets(l, r) {
				continue
			}
			at, seqs := max(p(l), p(r)), [2]int64{int64(i), int64(k)}
			if spec.Kind == ir.InnerJoin || spec.Kind == ir.LeftJoin || spec.Kind == ir.FullJoin {
				put(at, max(l.Time, r.Time), max(l.Arrival, r.Arrival), seqs, l.Values[0], l.Values[1], r.Values[0])
			}
			if at < first.at {
				first = result{at, seqs, fmt.Sprintf("%d/%s/%d %s %s", max(l.Time, r.Time), instant(max(l.Arrival, r.Arrival)), at+1,
					optest.Quote(l.Values[0]), optest.Quote(l.Values[1]))}
			}
		}
		alone := first.at == operators.MaxTime
		_, to := span(l)
		end := to
		if spec.From != "" {
			end++
		}
		switch {
		case spec.Kind == ir.SemiJoin && !alone:
			out = append(out, first)
		case alone && (spec.Kind == ir.LeftJoin || spec.Kind == ir.FullJoin):
			put(max(p(l), to), max(l.Time, end), l.Arrival, [2]int64{int64(i), operators.MaxTime}, l.Values[0], l.Values[1], nil)
		case alone && spec.Kind == ir.AntiJoin:
			put(max(p(l), to), max(l.Time, end), l.Arrival, [2]int64{int64(i), operators.MaxTime}, l.Values[0], l.Values[1])
		}
	}
	for k, r := range rows {
		alone := r.Input == 1 && !slices.ContainsFunc(rows, func(l optest.From) bool { return l.Input == 0 && meets(l, r) })
		if alone && spec.Kind == ir.FullJoin {
			put(max(p(r), r.Time-lo), max(r.Time, r.Time-lo), r.Arrival, [2]int64{int64(k), operators.MaxTime}, nil, nil, r.Values[0])
		}
	}
	slices.SortFunc(out, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seqs[0], b.seqs[0]), cmp.Compare(a.seqs[1], b.seqs[1]))
	})
	var lines []string
	for _, r := range out {
		lines = append(lines, r.line)
	}
	return lines
}

func instant(v int64) string {
	if v == operators.MinTime {
		return "-"
	}
	return fmt.Sprint(v)
}

func TestAgainstNestedLoops(t *testing.T) {
	r := optest.Random(t)
	for round := range 60 {
		spec := &ir.Join{Kind: []ir.JoinKind{ir.InnerJoin, ir.LeftJoin, ir.FullJoin, ir.SemiJoin, ir.AntiJoin}[r.IntN(5)]}
		if r.IntN(3) == 0 {
			spec.From, spec.To = "from", "to"
			spec.Lo = time.Duration(r.IntN(40)-30) * time.Microsecond
		} else {
			spec.Lo = time.Duration(r.IntN(60)-40) * time.Microsecond
			spec.Hi = spec.Lo + time.Duration(r.IntN(50))*time.Microsecond
		}
		if r.IntN(2) == 0 {
			spec.On = &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: true}
		}
		delays := []int64{r.Int64N(20), r.Int64N(20)}
		nulls := 2 + r.IntN(7)
		value := func() any {
			if r.IntN(nulls) == 0 {
				return nil
			}
			return r.Int64N(4)
		}
		left := optest.RandomRows(40+r.IntN(40), 6, 60, r.Int64N, func(int) []any { return []any{value(), r.Int64N(100), nil, nil} })
		for i := range left {
			from := left[i].Time - r.Int64N(30) + 10
			left[i].Values[2], left[i].Values[3] = from, from+r.Int64N(40)-5
		}
		right := optest.RandomRows(40+r.IntN(40), 6, 60, r.Int64N, func(int) []any { return []any{r.Int64N(100), value()} })
		rows := optest.Merge(optest.Arrive(left, delays[0]), optest.Arrive(right, delays[1]))
		want := naive(spec, rows)
		in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: delays, Rows: rows}
		for _, run := range optest.Runs(func() operators.Operator { return newJoin(t, spec) }) {
			j := newJoin(t, spec)
			sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: cols(spec), Meta: true}, j)
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("round %d, %+v, %+v: %s", round, spec, run, d)
			}
		}
		sink := optest.FeedSplit(t, 3, optest.Run{Batch: 7}, in, &optest.Sink{Cols: cols(spec), Meta: true}, func() operators.Parallel { return newJoin(t, spec) })
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("round %d, %+v, in three: %s", round, spec, d)
		}
	}
}

func cols(spec *ir.Join) []types.Column {
	if spec.Kind == ir.SemiJoin || spec.Kind == ir.AntiJoin {
		return leftOut
	}
	return bothOut
}

// TestStateIsReleased: what no later row can reach is gone.
func TestStateIsReleased(t *testing.T) {
	spec := &ir.Join{Kind: ir.FullJoin, Lo: -5 * time.Microsecond, Hi: 5 * time.Microsecond}
	j := newJoin(t, spec)
	left := optest.RandomRows(3000, 3, 2, func(n int64) int64 { return n - 1 }, func(i int) []any { return []any{int64(i), int64(0), int64(0), int64(0)} })
	right := optest.RandomRows(3000, 3, 2, func(n int64) int64 { return n - 1 }, func(i int) []any { return []any{int64(0), int64(i)} })
	rows := optest.Merge(optest.Arrive(left, 0), optest.Arrive(right, 0))
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{0, 0}, Rows: rows}
	most := 0
	watch := &watched{Join: j, each: func() { most = max(most, j.buckets.keys.Len(), int(j.buckets.held()), len(j.sides[0].entries)) }}
	optest.FeedMerged(t, optest.Run{Batch: 10, Marks: 1}, in, &optest.Sink{Cols: bothOut}, watch)
	if most > 60 {
		t.Errorf("up to %d rows or keys were held for a join of 10 microseconds over one row each 2", most)
	}
}

// TestKeylessLeaveMemory: rows with a null in their key wait outside of memory to be shown.
func TestKeylessLeaveMemory(t *testing.T) {
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	defer alloc.AssertSize(t, 0)
	for _, free := range []bool{true, false} {
		shelf := optest.NewBoard(free)
		j := newJoin(t, &ir.Join{Kind: ir.FullJoin, Lo: 0, Hi: 5000 * time.Microsecond})
		if err := j.Open(&operators.Context{Alloc: alloc, Shelf: shelf}); err != nil {
			t.Fatal(err)
		}
		sink := &optest.Sink{Cols: bothOut, In: leftCols}
		const turns, each = 20, 200
		for turn := range int64(turns) {
			rows := make([]optest.Row, each)
			for i := range rows {
				rows[i] = optest.Row{Time: turn * 100, Arrival: turn * 100, Values: []any{nil, int64(i), int64(0), int64(0)}}
			}
			b := optest.Batch(alloc, leftCols, rows)
			b.Base = turn * each
			if err := j.Process(0, b, sink); err != nil {
				t.Fatal(err)
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
			if held, rows := j.Holding(), j.rows[ir.LeftSide].Len(); held > 0 || rows > 0 {
				t.Fatalf("turn %d: %d bytes and %d rows are in memory", turn, held, rows)
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

type watched struct {
	*Join
	each func()
}

func (w *watched) OnWatermark(m operators.Watermark, out operators.Output) error {
	err := w.Join.OnWatermark(m, out)
	w.each()
	return err
}
