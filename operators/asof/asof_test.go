package asof

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
	leftCols  = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "v", Type: types.TLong}}
	rightCols = []types.Column{{Name: "p", Type: types.TLong}, {Name: "key", Type: types.TLong.OrNull(), Hidden: true}}
	out       = append(slices.Clone(leftCols), types.Column{Name: "p", Type: types.TLong.OrNull()})
)

// below is the condition v < p + 50.
type below struct{}

func (below) Eval(memory.Allocator, []arrow.Array, int, []int32) (kernel.Vector, []operators.Failure) {
	panic("not asked for")
}

func (below) Select(_ memory.Allocator, cols []arrow.Array, rows int, _ []int32) ([]int32, []operators.Failure) {
	v, p := kernel.Values[int64](cols[1]), kernel.Values[int64](cols[2])
	held := []int32{}
	for i := range rows {
		if v[i] < p[i]+50 {
			held = append(held, int32(i))
		}
	}
	return held, nil
}

func fresh(t testing.TB, spec *ir.Asof) operators.Operator {
	t.Helper()
	spec.Alias, spec.LeftKeys, spec.RightKeys = "p", []string{"k"}, []string{"key"}
	env := &operators.Env{Compile: func(ir.Expr, []types.Column) (operators.Eval, error) { return below{}, nil }}
	op, err := New(spec, leftCols, rightCols, out, env)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func due(r optest.From) int64 { return max(r.Time, r.Arrival) }

// naive looks at every right row for every left one, and reads the rules off.
func naive(spec *ir.Asof, rows []optest.From) []string {
	type result struct {
		at, seq int64
		line    string
	}
	var all []result
	d := spec.Within.Microseconds()
	for i, l := range rows {
		if l.Input != 0 {
			continue
		}
		best := -1
		for k, r := range rows {
			switch {
			case r.Input != 1 || l.Values[0] == nil || l.Values[0] != r.Values[1]:
				continue
			case spec.On != nil && l.Values[1].(int64) >= r.Values[0].(int64)+50:
				continue
			case spec.Forward:
				if r.Time < l.Time || r.Time > l.Time+d || l.Arrival > r.Time || r.Arrival > l.Time+d {
					continue
				}
				if best < 0 || r.Time < rows[best].Time {
					best = k
				}
				continue
			case r.Time > l.Time || due(r) > due(l), d > 0 && (r.Time < l.Time-d || l.Arrival > r.Time+d):
				continue
			}
			if best < 0 || r.Time >= rows[best].Time {
				best = k
			}
		}
		if best < 0 && !spec.Left {
			continue
		}
		at, a := due(l), l.Arrival
		if spec.Forward {
			at = max(at, l.Time+d)
		}
		var p any
		if best >= 0 {
			p, a = rows[best].Values[0], max(a, rows[best].Arrival)
		}
		all = append(all, result{at, int64(i), fmt.Sprintf("%d/%s/%d %s %s %s", l.Time, instant(a), at+1, optest.Quote(l.Values[0]), optest.Quote(l.Values[1]), optest.Quote(p))})
	}
	slices.SortFunc(all, func(a, b result) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	var lines []string
	for _, r := range all {
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
		spec := &ir.Asof{Left: r.IntN(2) == 0, Forward: r.IntN(2) == 0, Within: time.Duration(1+r.IntN(60)) * time.Microsecond}
		if !spec.Forward && r.IntN(3) == 0 {
			spec.Within = 0
		}
		if r.IntN(2) == 0 {
			spec.On = &ir.Const{Base: ir.Base{T: types.TBoolean}, Value: true}
		}
		delays := []int64{r.Int64N(20), r.Int64N(20)}
		value := func() any {
			if r.IntN(8) == 0 {
				return nil
			}
			return r.Int64N(4)
		}
		left := optest.RandomRows(40+r.IntN(40), 6, 60, r.Int64N, func(int) []any { return []any{value(), r.Int64N(100)} })
		right := optest.RandomRows(40+r.IntN(40), 6, 60, r.Int64N, func(int) []any { return []any{r.Int64N(100), value()} })
		rows := optest.Merge(optest.Arrive(left, delays[0]), optest.Arrive(right, delays[1]))
		want := naive(spec, rows)
		in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: delays, Rows: rows}
		for _, run := range optest.Runs(func() operators.Operator { return fresh(t, spec) }) {
			sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: out, Meta: true}, fresh(t, spec))
			if d := gocmp.Diff(want, sink.Lines); d != "" {
				t.Fatalf("round %d, %+v, %+v: %s", round, spec, run, d)
			}
		}
		sink := optest.FeedSplit(t, 3, optest.Run{Batch: 7}, in, &optest.Sink{Cols: out, Meta: true}, func() operators.Parallel { return fresh(t, spec).(operators.Parallel) })
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("round %d, %+v, in three: %s", round, spec, d)
		}
	}
}

// TestChangesSide: of a changes stream the new rows count, and after a delete the key
// has no value.
func TestChangesSide(t *testing.T) {
	spec := &ir.Asof{Left: true}
	at := func(input int, time int64, op operators.Op, values ...any) optest.From {
		return optest.From{Input: input, Op: op, Row: optest.Row{Time: time, Arrival: time, Progress: time, Values: values}}
	}
	rows := []optest.From{
		at(1, 1, operators.Insert, int64(5), int64(7)),
		at(0, 2, operators.Insert, int64(7), int64(0)),
		at(1, 3, operators.UpdateBefore, int64(5), int64(7)), at(1, 3, operators.UpdateAfter, int64(6), int64(7)),
		at(0, 4, operators.Insert, int64(7), int64(0)),
		at(1, 5, operators.Delete, int64(6), int64(7)),
		at(0, 6, operators.Insert, int64(7), int64(0)),
	}
	want := []string{"7 0 5", "7 0 6", "7 0 null"}
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Changes: []bool{false, true}, Delays: []int64{0, 0}, Rows: rows}
	for _, run := range optest.Runs(func() operators.Operator { return fresh(t, spec) }) {
		sink := optest.FeedMerged(t, run, in, &optest.Sink{Cols: out}, fresh(t, spec))
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Errorf("%+v: %s", run, d)
		}
	}
}

// TestHistoryIsBounded: versions that no left row can find are forgotten.
func TestHistoryIsBounded(t *testing.T) {
	spec := &ir.Asof{Within: 10 * time.Microsecond}
	op := fresh(t, spec).(*Back)
	var rows []optest.From
	for i := range int64(4000) {
		rows = append(rows, optest.From{Input: int(i % 2), Row: optest.Row{Time: i, Arrival: i - 1, Progress: i, Values: []any{i, i}}})
	}
	most := 0
	in := optest.Inputs{Cols: [][]types.Column{leftCols, rightCols}, Delays: []int64{0, 0}, Rows: rows}
	watch := &watched{Back: op, each: func() { most = max(most, op.table.Len(), op.rows[1].Len(), op.rows[0].Len()) }}
	optest.FeedMerged(t, optest.Run{Batch: 10, Marks: 1}, in, &optest.Sink{Cols: out}, watch)
	if most > 60 {
		t.Errorf("up to %d rows or keys were held", most)
	}
}

type watched struct {
	*Back
	each func()
}

func (w *watched) OnWatermark(m operators.Watermark, out operators.Output) error {
	err := w.Back.OnWatermark(m, out)
	w.each()
	return err
}
