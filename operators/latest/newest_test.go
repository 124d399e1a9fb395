package latest

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
)

// newestOf is the row of each group with the largest time over the rows that changes
// leave, of equal times the one that changed last.
func newestOf(rows []optest.Row) []string {
	best := map[any]optest.Row{}
	for _, r := range optest.Left(rows) {
		if b, ok := best[r.Values[1]]; !ok || r.Time >= b.Time {
			best[r.Values[1]] = r
		}
	}
	var out []string
	for g, r := range best {
		out = append(out, fmt.Sprint(optest.Quote(g), " ", r.Values[0], " ", r.Values[2]))
	}
	slices.Sort(out)
	return out
}

func TestNewestAgainstRecomputation(t *testing.T) {
	r := optest.Random(t)
	in := []types.Column{{Name: "id", Type: types.TLong}, {Name: "g", Type: types.TString}, {Name: "x", Type: types.TLong}}
	out := []types.Column{in[1], in[0], in[2]}
	rows := optest.Arrive(optest.RandomChanges(r, 300, 12, 4, 9, func() []any {
		return []any{string(rune('a' + r.IntN(3))), r.Int64N(5)}
	}), 5)
	spec := &ir.Latest{By: []ir.Expr{&ir.Column{Base: ir.Base{T: types.TString}, Name: "g"}}, Keep: ir.KeepForever,
		Input: &ir.Replaced{Key: []string{"id"}}}
	fresh := func() operators.Operator {
		op, err := NewNewest(spec, in, out, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	var lines []string
	for _, run := range optest.Runs(fresh) {
		sink := optest.Feed(t, run, in, rows, &optest.Sink{Cols: out}, fresh())
		if lines == nil {
			lines = sink.Lines
		}
		if diff := gocmp.Diff(lines, sink.Lines); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, diff)
		}
	}
	for n := range optest.Prefixes(rows, 7) {
		sink := optest.Feed(t, optest.Run{Batch: 4096}, in, rows[:n], &optest.Sink{Cols: out}, fresh())
		table := optest.Table{Keys: 1}
		table.Apply(t, sink.Lines)
		if diff := gocmp.Diff(newestOf(rows[:n]), table.Rows()); diff != "" {
			t.Fatalf("after %d changes (-want +got):\n%s", n, diff)
		}
	}
}
