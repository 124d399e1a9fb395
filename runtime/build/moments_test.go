package build_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

const momentsProgram = `schema R { k: string v: long at: timestamp }
topic a: R { time: at watermark: 2s }
topic b: R { time: at watermark: 2s }
source from_a from file into a { path: "a.ndjson" }
source from_b from file into b { path: "b.ndjson" }
stream counts = from a |> window tumbling 10s on processing time |> aggregate n = count(), sum = sum(v) by k
stream visits = from a |> dedup by v within 3s |> window session gap 3s per k on processing time |> aggregate n = count(), first = min(v)
stream pairs = from a |> join o = b on k == o.k within 2s |> window hopping 20s every 10s on processing time |> aggregate n = count() |> select n, start = window.start
stream all = from a |> union b |> window tumbling 5s on processing time |> aggregate n = count() |> select n, start = window.start
`

var momentsStreams = []string{"counts", "visits", "pairs", "all"}

// TestReplayHasTheMomentsOfTheRun: rows are stored with the time they came, and a replay
// puts them into the windows on processing time they were in, whatever its clock shows, its
// batches and its instances (SEMANTICS 31).
func TestReplayHasTheMomentsOfTheRun(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	w := newWorld(t, map[string]string{"a.ndjson": momentRows(r), "b.ndjson": momentRows(r)})
	l := log.NewMemory()
	defer l.Close()
	outputs := func(kind string) map[string][]string {
		out := map[string][]string{}
		for _, s := range momentsStreams {
			out[s] = []string{w.dir + "/" + kind + "-" + s + ".ndjson"}
		}
		return out
	}
	clk := &ticking{}
	run, err := checkpoint.Open(l, "moments", 20*time.Second, clk)
	if err != nil {
		t.Fatal(err)
	}
	do := func(opt build.Options) {
		opt.System = w.system
		j, err := build.New(context.Background(), w.durablePlan(momentsProgram, momentsStreams), opt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	reg := registry.Open(l)
	do(build.Options{BatchRows: 9, Parallel: 2, Clock: clk, Outputs: outputs("run"), Data: &build.Data{Log: l, Run: run, Registry: reg}})
	run.Close()
	for _, opt := range settings {
		opt.Clock, opt.Outputs = clock.Real{}, outputs("replay")
		opt.Replay = &build.Replay{Log: l, Registry: reg, To: build.Bound{Offset: -1}}
		do(opt)
		for _, s := range momentsStreams {
			want := w.read("run-" + s + ".ndjson")
			if strings.Count(want, "\n") < 3 {
				t.Fatalf("%s has few windows:\n%s", s, want)
			}
			if diff := cmp.Diff(want, w.read("replay-"+s+".ndjson")); diff != "" {
				t.Errorf("seed %d: %s, %d rows, %d instances (-run +replay):\n%s", seed, s, opt.BatchRows, opt.Parallel, diff)
			}
		}
	}
}

// TestReplayHasTheMomentsAtWhichStoredRowsWereTaken: rows of one topic were put into the
// folder by another program, earlier, between runs too, and those of the other are read from
// a file. A replay has the moments of the run for both, and a program that did not run has
// those at which rows were stored.
func TestReplayHasTheMomentsAtWhichStoredRowsWereTaken(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 6))
	w := newWorld(t, map[string]string{"a.ndjson": momentRows(r), "b.ndjson": momentRows(r)})
	l := log.NewMemory()
	defer l.Close()
	reg := registry.Open(l)
	clk := &ticking{}
	source := func(topic string) string {
		return "source from_" + topic + " from file into " + topic + " { path: \"" + topic + ".ndjson\" }\n"
	}
	putter := strings.Replace(momentsProgram[:strings.Index(momentsProgram, "stream")], source("b"), "", 1)
	reader := strings.Replace(momentsProgram, source("a"), "", 1)
	process := func(ctx context.Context, name, program string, streams []string, opt build.Options) {
		t.Helper()
		run, err := checkpoint.Open(l, name, time.Duration(1+r.IntN(20))*time.Second, clk)
		if err != nil {
			t.Fatal(err)
		}
		opt.System, opt.BatchRows, opt.Parallel = w.system, 1+r.IntN(20), 1+r.IntN(3)
		if opt.Replay == nil {
			opt.Clock, opt.Data = clk, &build.Data{Log: l, Run: run, Registry: reg, Ends: ctx.Done() == nil}
		}
		j, err := build.New(ctx, w.durablePlan(program, streams), opt)
		if err != nil {
			t.Fatal(err)
		}
		_, err = j.Run(ctx)
		if err = errors.Join(err, j.Close(), run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	outputs := func(kind string) map[string][]string {
		out := map[string][]string{}
		for _, s := range momentsStreams {
			out[s] = []string{w.dir + "/" + kind + "-" + s + ".ndjson"}
		}
		return out
	}
	process(context.Background(), "putter", putter, nil, build.Options{})
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		stopping := &stopping{after: int64(20 + r.IntN(60)), stop: cancel}
		run := build.Options{Outputs: outputs("run"), Progress: stopping.look}
		process(ctx, "reader", reader, momentsStreams, run)
		cancel()
	}
	process(context.Background(), "reader", reader, momentsStreams, build.Options{Outputs: outputs("run")})
	process(context.Background(), "replayer", reader, momentsStreams, build.Options{Outputs: outputs("replay"), Replay: &build.Replay{Log: l, Registry: reg, Run: "reader", To: build.Bound{Offset: -1}}})
	process(context.Background(), "replayer", reader, momentsStreams, build.Options{Outputs: outputs("other"), Replay: &build.Replay{Log: l, Registry: reg, To: build.Bound{Offset: -1}}})
	for _, s := range momentsStreams {
		want := w.read("run-" + s + ".ndjson")
		if strings.Count(want, "\n") < 3 {
			t.Fatalf("seed %d: %s has few windows:\n%s", seed, s, want)
		}
		if diff := cmp.Diff(want, w.read("replay-"+s+".ndjson")); diff != "" {
			t.Errorf("seed %d: %s (-run +replay):\n%s", seed, s, diff)
		}
	}
	if w.read("run-counts.ndjson") == w.read("other-counts.ndjson") {
		t.Errorf("seed %d: rows have come when they were stored", seed)
	}
}

// stopping ends a run after some looks at how it goes.
type stopping struct {
	after int64
	stop  func()
}

func (s *stopping) look(exec.Progress) {
	if s.after--; s.after < 0 {
		s.stop()
	}
}

func momentRows(r *rand.Rand) string {
	var b strings.Builder
	for i := range 150 {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i*300-r.IntN(1500)) * time.Millisecond)
		fmt.Fprintf(&b, "{\"k\":\"%c\",\"v\":%d,\"at\":%q}\n", 'a'+rune(r.IntN(3)), r.IntN(20), at.Format("2006-01-02T15:04:05.000Z"))
	}
	return b.String()
}
