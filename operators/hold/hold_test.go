package hold

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

var cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}, {Name: "c", Type: types.TBoolean}, {Name: "v", Type: types.TString}}

func column(i int) ir.Expr { return &ir.Column{Base: ir.Base{T: cols[i].Type}, Name: cols[i].Name} }

// naive follows each key by the rule: a streak begins at a row where the condition is
// true, and holds when every row through its first time plus the span is true.
func naive(rows []optest.Row, span int64) []string {
	type row struct {
		optest.Row
		seq int
	}
	keys := map[any][]row{}
	for i, r := range rows {
		if r.Time >= r.Arrival {
			keys[r.Values[0]] = append(keys[r.Values[0]], row{r, i})
		}
	}
	type leaves struct {
		at   int64
		seq  int
		text string
	}
	var out []leaves
	for _, list := range keys {
		slices.SortStableFunc(list, func(a, b row) int { return cmp.Compare(a.Time, b.Time) })
		for i := 0; i < len(list); {
			if !list[i].Values[1].(bool) {
				i++
				continue
			}
			end, j := list[i].Time+span, i
			for j < len(list) && list[j].Time <= end && list[j].Values[1].(bool) {
				j++
			}
			if j == len(list) || list[j].Time > end {
				last := list[j-1]
				text := fmt.Sprintf("%d/%d/%d %s true %s", end, end, end+1, optest.Quote(last.Values[0]), optest.Quote(last.Values[2]))
				out = append(out, leaves{end, last.seq, text})
			}
			for j < len(list) && list[j].Values[1].(bool) {
				j++
			}
			i = j
		}
	}
	slices.SortFunc(out, func(a, b leaves) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	var lines []string
	for _, l := range out {
		lines = append(lines, l.text)
	}
	return lines
}

func TestAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 500)
	for i := range rows {
		var k any = int64(r.IntN(4))
		if r.IntN(5) == 0 {
			k = nil
		}
		rows[i] = optest.Row{Time: int64(i) + int64(r.IntN(12)), Values: []any{k, r.IntN(5) > 0, fmt.Sprint("v", i)}}
	}
	rows = optest.Arrive(rows, 8)
	spec := &ir.Hold{For: 9 * time.Microsecond, While: column(1), Per: []ir.Expr{column(0)}}
	fresh := func() operators.Operator {
		op, err := New(spec, cols, cols, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	want := naive(rows, 9)
	for _, run := range optest.Runs(fresh) {
		run.Delay = 8
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: cols, Meta: true}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, d)
		}
	}
	plain := optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: cols}, fresh())
	got := optest.Resume(t, cols, 0, rows, 8, cols, fresh)
	if d := gocmp.Diff(optest.Sorted(plain.Lines), got.Lines); d != "" {
		t.Fatalf("taken apart (-want +got):\n%s", d)
	}
}
