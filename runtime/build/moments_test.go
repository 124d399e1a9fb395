package build_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
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

func momentRows(r *rand.Rand) string {
	var b strings.Builder
	for i := range 150 {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i*300-r.IntN(1500)) * time.Millisecond)
		fmt.Fprintf(&b, "{\"k\":\"%c\",\"v\":%d,\"at\":%q}\n", 'a'+rune(r.IntN(3)), r.IntN(20), at.Format("2006-01-02T15:04:05.000Z"))
	}
	return b.String()
}
