package build_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

const unreadProgram = `
schema Bid { auction: long  price: long  at: timestamp }
topic bids: Bid { time: at  watermark: 3s }
source feed from file into bids { path: "in.ndjson" }
stream lasts = from bids |> extend share = 100 % price, cheap = price < 10 |> latest by auction keep 1d
stream shown = from lasts |> select auction, price
`

// TestUnreadInFolder: a column that nobody reads is computed in a run that is kept in a
// folder only where it cannot fail (SEMANTICS 90), and a program that reads one which was
// not has the stage behind it made anew.
func TestUnreadInFolder(t *testing.T) {
	w := newWorld(t, map[string]string{"in.ndjson": `{"auction":1,"price":0,"at":"2026-01-01T00:00:00Z"}
{"auction":2,"price":7,"at":"2026-01-01T00:00:01Z"}
`})
	l := log.NewMemory()
	run := func(text string) (int64, []checkpoint.Change) {
		t.Helper()
		r, err := checkpoint.Open(l, "unread", time.Hour, clock.Real{})
		must(t, err)
		opt := build.Options{System: w.system, Outputs: map[string][]string{"shown": {w.dir + "/shown.ndjson?changes=log"}},
			Data: &build.Data{Log: l, Run: r, Registry: registry.Open(l)}}
		j, err := build.New(context.Background(), w.durablePlan(text, []string{"shown"}), opt)
		must(t, err)
		sum, err := j.Run(context.Background())
		must(t, errors.Join(err, j.Close(), r.Close()))
		return sum.ErrorCount(), opt.Data.Changes
	}
	if errs, _ := run(unreadProgram); errs != 0 {
		t.Errorf("%d rows failed for a column that nobody reads", errs)
	}
	for _, c := range []struct {
		reads string
		fate  checkpoint.Fate
	}{{"auction, price, cheap", checkpoint.Kept}, {"auction, price, share", checkpoint.Rebuilt}} {
		_, changes := run(unreadProgram[:len(unreadProgram)-len("auction, price\n")] + c.reads + "\n")
		if len(changes) != 1 || changes[0].Fate != c.fate {
			t.Errorf("reading %s: %+v, want %s", c.reads, changes, c.fate)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
