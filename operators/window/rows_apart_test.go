package window

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestManyKeysOfRows: windows of more keys than come into memory at once, many of which are
// incomplete when the input ends and have the bounds of others, leave as where all keys are in
// memory; as many rows are held, and the watermark is the same.
func TestManyKeysOfRows(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 3000)
	at := int64(0)
	for i := range rows {
		if i%5 == 0 {
			at += int64(r.IntN(3))
		}
		rows[i] = optest.Row{Time: at - int64(r.IntN(4)), Values: []any{int64(r.IntN(900)), int64(i), at, at}}
	}
	rows = optest.Arrive(rows, 5)
	for _, c := range []struct{ size, every int64 }{{1, 1}, {4, 4}, {5, 2}, {9, 1}} {
		spec := &ir.Window{Kind: ir.WindowRows, Rows: c.size, RowsEvery: c.every, Per: []string{"k"}}
		fresh := func() operators.Operator {
			op, err := NewTimedRows(spec, keyed, &operators.Env{})
			if err != nil {
				t.Fatal(err)
			}
			return &marked{TimedRows: op}
		}
		var want []string
		for i, run := range []optest.Run{{Batch: 100, Marks: 1}, {Batch: 100, Marks: 1, Shelf: optest.Free}, {Batch: 100, Marks: 1, Shelf: optest.Kept},
			{Batch: 300, Marks: 3, Shelf: optest.Kept}, {Batch: 100, Marks: 1, Shelf: optest.Kept, Snapshot: fresh}, {Batch: 100, Marks: 1, Snapshot: fresh}} {
			run.Delay = 5
			op := fresh().(*marked)
			sink := &optest.Sink{Cols: shownKeyed(), Meta: true}
			op.sink = sink
			optest.Feed(t, run, keyed, rows, sink, op)
			if i == 0 {
				want = sink.Lines
				continue
			}
			expected := want
			if run.Snapshot != nil || run.Marks != 1 { // the operators that follow say nothing of their watermark
				expected, sink.Lines = withoutMarks(want), withoutMarks(sink.Lines)
			}
			if d := gocmp.Diff(expected, sink.Lines); d != "" {
				t.Fatalf("%+v, %+v (-want +got):\n%s", c, run, d)
			}
		}
	}
}

// marked says behind each watermark what the one below is, and how many rows are held.
type marked struct {
	TimedRows
	sink *optest.Sink
}

func (m *marked) OnWatermark(w operators.Watermark, out operators.Output) error {
	err := m.TimedRows.OnWatermark(w, out)
	if m.sink != nil {
		m.sink.Lines = append(m.sink.Lines, fmt.Sprintf("watermark %d, %d rows", m.OutWatermark(w).Time, m.Held()))
	}
	return err
}

func withoutMarks(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !strings.HasPrefix(l, "watermark") {
			out = append(out, l)
		}
	}
	return out
}
