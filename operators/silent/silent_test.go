package silent

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

var (
	cols = []types.Column{{Name: "k", Type: types.TLong.OrNull()}}
	made = []types.Column{{Name: "silent_at", Type: types.TTimestamp}, {Name: "k", Type: types.TLong.OrNull()}, {Name: "last_seen", Type: types.TTimestamp}}
)

type spoke struct {
	at, seen int64
	seq      int
	k        any
}

// naive looks for the row after each by the rule.
func naive(rows []optest.Row, span int64) []string {
	var out []spoke
	for i, r := range rows {
		if r.Time < r.Arrival {
			continue
		}
		came := slices.ContainsFunc(rows, func(o optest.Row) bool {
			return o.Time >= o.Arrival && o.Values[0] == r.Values[0] && o.Time > r.Time && o.Time <= r.Time+span
		})
		later := slices.ContainsFunc(rows[i+1:], func(o optest.Row) bool {
			return o.Time >= o.Arrival && o.Values[0] == r.Values[0] && o.Time == r.Time
		})
		if !came && !later {
			out = append(out, spoke{r.Time + span, r.Time, i, r.Values[0]})
		}
	}
	slices.SortFunc(out, func(a, b spoke) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	var lines []string
	for _, s := range out {
		lines = append(lines, fmt.Sprintf("%d/%d/%d %s %s %s", s.at, s.at, s.at+1, instant(s.at), optest.Quote(s.k), instant(s.seen)))
	}
	return lines
}

func instant(t int64) string {
	text := time.UnixMicro(t).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
	return optest.Quote(text)
}

func TestAgainstNaive(t *testing.T) {
	r := optest.Random(t)
	rows := make([]optest.Row, 400)
	for i := range rows {
		var k any = int64(r.IntN(6))
		if r.IntN(7) == 0 {
			k = nil
		}
		rows[i] = optest.Row{Time: int64(i) + int64(r.IntN(12)), Values: []any{k}}
	}
	rows = optest.Arrive(rows, 8)
	spec := &ir.Silent{For: 9 * time.Microsecond, Per: []ir.Item{{Name: "k", Expr: &ir.Column{Base: ir.Base{T: cols[0].Type}, Name: "k"}}}}
	fresh := func() operators.Operator {
		op, err := New(spec, cols, made, &operators.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	want := naive(rows, 9)
	for _, run := range optest.Runs(fresh) {
		run.Delay = 8
		sink := optest.Feed(t, run, cols, rows, &optest.Sink{Cols: made, Meta: true}, fresh())
		if d := gocmp.Diff(want, sink.Lines); d != "" {
			t.Fatalf("%+v (-want +got):\n%s", run, d)
		}
	}
	plain := optest.Feed(t, optest.Run{Batch: 4096}, cols, rows, &optest.Sink{Cols: made}, fresh())
	got := optest.Resume(t, cols, 0, rows, 8, made, fresh)
	if d := gocmp.Diff(optest.Sorted(plain.Lines), got.Lines); d != "" {
		t.Fatalf("taken apart (-want +got):\n%s", d)
	}
}
