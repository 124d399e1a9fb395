package build_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

const scheduled = `module scheduled timezone "UTC"
schema Tick { name: string  at: timestamp }
topic ticks: Tick { time: at  watermark: 0s }
table counts = from ticks |> aggregate n = count() by name keep forever
sink lake from counts to "lake.ndjson"
sink log from ticks to "ticks.ndjson"
schedule hourly every 1h {
  emit Tick(name: "hour", at: now()) to ticks
  snapshot counts to lake
}
schedule daily every 1d at @02:00 {
  emit Tick(name: "day", at: now()) to ticks
}
`

// A program of schedules alone runs until it is stopped, by the clock it is given, and
// each snapshot replaces the one before.
func TestSchedulesByTheClock(t *testing.T) {
	w := newWorld(t, nil)
	g := w.plan(scheduled, lower.Options{})
	alloc := memory.NewCheckedAllocator(optest.Scrambler{})
	now := clock.NewVirtual(time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC))
	job, err := build.New(context.Background(), g, build.Options{Clock: now, Alloc: alloc, System: &file.System{Clock: now}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var summary *exec.Summary
	done := make(chan error, 1)
	go func() {
		var err error
		summary, err = job.Run(ctx)
		done <- err
	}()
	lake := filepath.Join(w.dir, "lake.ndjson")
	until := func(at time.Time, want string) {
		t.Helper()
		now.Set(at)
		for range 500 {
			got, _ := os.ReadFile(lake)
			if string(got) == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		got, _ := os.ReadFile(lake)
		t.Fatalf("at %s (-want +got):\n%s", at, cmp.Diff(want, string(got)))
	}
	until(time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), "{\"name\":\"hour\",\"n\":1}\n")
	until(time.Date(2026, 1, 1, 3, 30, 0, 0, time.UTC), "{\"name\":\"day\",\"n\":1}\n{\"name\":\"hour\",\"n\":3}\n")
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range summary.Sinks {
		names = append(names, s.Name)
		if s.Name == "sink lake" && s.Rows != 2 {
			t.Errorf("%d rows in the last snapshot, want 2", s.Rows)
		}
	}
	if diff := cmp.Diff([]string{"sink log", "sink lake"}, names); diff != "" {
		t.Errorf("sinks (-want +got):\n%s", diff)
	}
	want := `{"name":"hour","at":"2026-01-01T01:00:00Z"}
{"name":"hour","at":"2026-01-01T02:00:00Z"}
{"name":"day","at":"2026-01-01T02:00:00Z"}
{"name":"hour","at":"2026-01-01T03:00:00Z"}
`
	if diff := cmp.Diff(want, w.read("ticks.ndjson")); diff != "" {
		t.Errorf("ticks (-want +got):\n%s", diff)
	}
	if err := job.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}

// A schedule does not keep a run going whose inputs have ended.
func TestSchedulesEndWithTheInputs(t *testing.T) {
	w := newWorld(t, map[string]string{"in.ndjson": `{"name":"a","at":"2026-01-01T00:00:00Z"}` + "\n"})
	g := w.plan(scheduled+`source s from file into ticks { path: "in.ndjson" }`+"\n", lower.Options{})
	now := clock.NewVirtual(time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC))
	job, err := build.New(context.Background(), g, build.Options{Clock: now, System: &file.System{Clock: now}})
	if err != nil {
		t.Fatal(err)
	}
	defer job.Close()
	summary, err := job.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if n := summary.Topics[0].Rows; n != 1 {
		t.Errorf("%d rows entered, want 1", n)
	}
}
