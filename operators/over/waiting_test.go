package over

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// manyKeys are rows of more keys than come into memory at once, many of which wait when the
// input ends, and some of which come due together.
func manyKeys(t *testing.T, n int) []optest.Row {
	r := optest.Random(t)
	rows := make([]optest.Row, n)
	at := int64(0)
	for i := range rows {
		if at += int64(r.IntN(3)); i%1500 == 1499 {
			at += 3000
		}
		x := int64(r.IntN(9))
		rows[i] = optest.Row{Time: at - int64(r.IntN(9)), Values: []any{int64(r.IntN(1000)), x, fmt.Sprint("s", r.IntN(7)), float64(x)}}
	}
	return optest.Arrive(rows, 10)
}

// TestManyKeysAhead: rows of many keys that wait for others, or for time, are given the same
// where their keys are outside of memory, and as many are held; the watermark is the same.
func TestManyKeysAhead(t *testing.T) {
	rows := manyKeys(t, 4000)
	at := func(name string) int {
		for i, c := range calls {
			if c.name == name {
				return i
			}
		}
		return -1
	}
	span := ir.Frame{Span: 2 * time.Millisecond, Next: true}
	for _, o := range []*ir.Over{
		{Per: []ir.Expr{column(0)}, Calls: []ir.OverCall{overCall(at("lead"), 0, ir.Frame{Next: true})}},
		{Per: []ir.Expr{column(0)}, Calls: []ir.OverCall{overCall(at("lead"), 0, span)}},
		{Per: []ir.Expr{column(0)}, Calls: []ir.OverCall{overCall(at("sum"), 0, span), overCall(at("lead")+1, 1, span), overCall(at("median"), 2, span)}},
	} {
		out := outColumns(o, cols)
		fresh := func() operators.Operator {
			op, err := New(o, cols, out, env)
			if err != nil {
				t.Fatal(err)
			}
			return &marked{ahead: op.(*ahead)}
		}
		var want []string
		for i, run := range []optest.Run{{Batch: 100, Marks: 1}, {Batch: 100, Marks: 1, Shelf: optest.Free}, {Batch: 100, Marks: 1, Shelf: optest.Kept},
			{Batch: 300, Marks: 3, Shelf: optest.Kept}, {Batch: 100, Marks: 1, Shelf: optest.Kept, Snapshot: fresh}} {
			run.Delay = 10
			op := fresh().(*marked)
			sink := &optest.Sink{Cols: out, Meta: true}
			op.sink = sink
			optest.Feed(t, run, cols, rows, sink, op)
			if i == 0 {
				want = sink.Lines
				continue
			}
			expected := want
			if run.Snapshot != nil || run.Marks != 1 { // the operators that follow say nothing of their watermark
				expected, sink.Lines = withoutMarks(want), withoutMarks(sink.Lines)
			}
			if d := gocmp.Diff(expected, sink.Lines); d != "" {
				t.Fatalf("%+v, %+v (-want +got):\n%s", o.Calls[0].Frame, run, d)
			}
		}
		apart := optest.Resume(t, cols, 0, rows, 10, out, func() operators.Operator { return fresh().(*marked).ahead })
		if len(apart.Lines) != len(withoutMarks(want)) {
			t.Errorf("%d rows, want %d", len(apart.Lines), len(withoutMarks(want)))
		}
	}
}

// marked says behind each watermark what the one below is, and how many rows are held.
type marked struct {
	*ahead
	sink *optest.Sink
}

func (m *marked) OnWatermark(w operators.Watermark, out operators.Output) error {
	err := m.ahead.OnWatermark(w, out)
	if m.sink != nil {
		m.sink.Lines = append(m.sink.Lines, fmt.Sprintf("watermark %d, %d rows", m.OutWatermark(w).Time, m.Held()))
	}
	return err
}

func withoutMarks(lines []string) []string {
	var out []string
	for _, l := range lines {
		if l[0] != 'w' {
			out = append(out, l)
		}
	}
	return out
}
