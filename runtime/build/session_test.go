package build_test

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/exec"
)

const sessionProgram = `
schema Bid { at: timestamp who: string price: long }
topic bids: Bid { time: at watermark: 5s late_to: bids_late }
topic bids_late: Bid {}
topic others: Bid { time: at watermark: 0s }
stream both = from bids |> union others
stream minutes = from both |> window tumbling 1m |> aggregate total = sum(price), n = count() by who
stream totals = from both |> aggregate total = sum(price) by who keep forever
stream rich = from totals |> where total >= 10
stream log = from rich |> changes |> select op, who = after?.who ?? before?.who, total = after?.total
`

type session struct {
	t *testing.T
	*exec.Session
}

func newSession(t *testing.T, opt build.Options, replace map[string]build.Replaced) *session {
	t.Helper()
	w := newWorld(t, nil)
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	opt.Alloc = alloc
	s, err := build.NewSession(w.plan(sessionProgram, lower.Options{All: true, KeepColumns: true}), opt, replace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		alloc.AssertSize(t, 0)
	})
	return &session{t, s}
}

// at is a second of the test's first day, in microseconds.
func at(second int64) int64 { return (946684800 + second) * 1e6 }

func (s *session) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) rows(name string, want ...[]any) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.Collected(name).Rows()); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestSessionSteps(t *testing.T) {
	for _, opt := range settings {
		s := newSession(t, opt, nil)
		s.ok(s.Given("bids", [][]any{{at(10), "ann", int64(1)}, {at(50), "bob", int64(2)}}))
		s.ok(s.Given("others", [][]any{{at(20), "ann", int64(9)}, {at(65), "cy", int64(4)}}))
		s.ok(s.Step())
		s.rows("both", []any{at(10), "ann", int64(1)}, []any{at(20), "ann", int64(9)}, []any{at(50), "bob", int64(2)}, []any{at(65), "cy", int64(4)})
		s.rows("minutes")
		s.ok(s.AdvanceWatermark(at(60)))
		s.rows("minutes", []any{"ann", int64(10), int64(2)}, []any{"bob", int64(2), int64(1)})
		// A row behind the advanced watermark is late and goes as it entered its topic.
		s.ok(s.Given("bids", [][]any{{at(30), "ann", int64(7)}, {at(70), "bob", int64(8)}}))
		s.ok(s.Step())
		s.rows("bids_late", []any{at(30), "ann", int64(7)})
		s.ok(s.End())
		s.rows("minutes", []any{"ann", int64(10), int64(2)}, []any{"bob", int64(2), int64(1)},
			[]any{"bob", int64(8), int64(1)}, []any{"cy", int64(4), int64(1)})
		s.rows("log", []any{"insert", "ann", int64(10)}, []any{"update", "ann", int64(17)}, []any{"insert", "bob", int64(10)})
		if diff := cmp.Diff([][]any{{"ann", int64(17)}, {"bob", int64(10)}, {"cy", int64(4)}}, s.Collected("totals").Final()); diff != "" {
			t.Errorf("totals (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]operators.Op{operators.Insert, operators.UpdateBefore, operators.UpdateAfter, operators.Insert}, s.Collected("rich").Ops()); diff != "" {
			t.Errorf("rich (-want +got):\n%s", diff)
		}
	}
}

func TestSessionReplacesStream(t *testing.T) {
	s := newSession(t, build.Options{}, map[string]build.Replaced{"both": {Time: "at", Delay: 5 * time.Second}})
	s.ok(s.Given("bids", [][]any{{at(1), "nobody", int64(1)}}))
	s.ok(s.Given("both", [][]any{{at(10), "ann", int64(1)}, {at(64), "ann", int64(2)}}))
	s.ok(s.Step())
	s.rows("both", []any{at(10), "ann", int64(1)}, []any{at(64), "ann", int64(2)})
	s.rows("minutes")
	s.ok(s.Given("both", [][]any{{at(65), "ann", int64(3)}}))
	s.ok(s.Step())
	s.rows("minutes", []any{"ann", int64(1), int64(1)})
	s.ok(s.End())
	s.rows("minutes", []any{"ann", int64(1), int64(1)}, []any{"ann", int64(5), int64(2)})
}

const idleProgram = `
schema Tick { at: timestamp n: long }
topic a: Tick { time: at watermark: 0s idle_after: 1m late_to: late }
topic b: Tick { time: at watermark: 0s }
topic late: Tick {}
stream both = from a |> union b
stream minutes = from both |> window tumbling 1m |> aggregate total = sum(n)
`

// TestSessionIdle: an idle topic holds nothing back, and when it resumes its rows
// are no earlier than what has gone on without it (SEMANTICS 10).
func TestSessionIdle(t *testing.T) {
	w := newWorld(t, nil)
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	raw, err := build.NewSession(w.plan(idleProgram, lower.Options{All: true, KeepColumns: true}), build.Options{Alloc: alloc}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t, raw}
	s.ok(s.Given("a", [][]any{{at(10), int64(1)}}))
	s.ok(s.Given("b", [][]any{{at(20), int64(2)}, {at(150), int64(4)}}))
	s.ok(s.Step())
	s.rows("minutes")
	s.ok(s.AdvanceTime(at(60)))
	s.rows("minutes", []any{int64(3)})
	s.ok(s.Given("a", [][]any{{at(30), int64(8)}, {at(155), int64(16)}}))
	s.ok(s.End())
	s.rows("late", []any{at(30), int64(8)})
	s.rows("minutes", []any{int64(3)}, []any{int64(20)})
	s.ok(s.Close())
	alloc.AssertSize(t, 0)
}
