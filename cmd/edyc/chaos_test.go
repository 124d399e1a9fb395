package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var (
	kills     = flag.Int("kills", 5, "how often TestKills kills the command")
	chaosSeed = flag.Uint64("chaos-seed", 0, "the seed of TestKills; 0 takes one from the clock")
)

const chaosProgram = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 5s key: auction partitions: 2 }
topic dear: Bid { time: at watermark: 5s }
source feed from file into bids { path: "bids.ndjson" }
stream high = from bids |> where price > 95.0 |> into dear
stream totals = from bids |> window tumbling 1m |> aggregate n = count(), total = sum(price) by auction
stream visits = from bids |> window session gap 3s per auction |> aggregate n = count()
stream tops = from dear |> window tumbling 5m |> aggregate n = count(), most = max(price)
sink o1 from totals to "totals.ndjson"
sink o2 from visits to "visits.csv"
sink o3 from tops to "tops.parquet"
sink o4 from errors to "errors.ndjson"
`

// chaosBids are rows out of order.
func chaosBids(r *rand.Rand, n int) string {
	var b bytes.Buffer
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i*50) * time.Millisecond)
		if r.IntN(10) == 0 {
			at = at.Add(-time.Duration(r.IntN(9000)) * time.Millisecond)
		}
		fmt.Fprintf(&b, "{\"auction\":%d,\"price\":%d.25,\"at\":%q}\n", r.IntN(50), r.IntN(100), at.Format("2006-01-02T15:04:05.000Z"))
	}
	return b.String()
}

// TestKills kills the command at random moments, goes on with other numbers of workers and
// rows a batch, and compares the outputs with those of an undisturbed run without a data
// folder.
func TestKills(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat: go test ./cmd/edyc -run TestKills -kills %d -chaos-seed %d", *kills, seed)
	r := rand.New(rand.NewPCG(seed, 1))
	folder(t, "p.edy", chaosProgram, "bids.ndjson", chaosBids(r, 120000))
	if got := edyc("run", "p.edy"); got.code != 0 {
		t.Fatal(got.err)
	}
	outputs := []string{"totals.ndjson", "visits.csv", "tops.parquet", "errors.ndjson"}
	want := map[string]string{}
	for _, name := range outputs {
		want[name] = read(t, name)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	killed, round := 0, 0
	for ; killed < *kills; round++ {
		data := fmt.Sprintf("data%d", round)
		for ended := false; !ended; {
			n, done := oneLife(t, r, data, killed < *kills)
			killed, ended = killed+n, done
		}
		for _, name := range outputs {
			if got := read(t, name); got != want[name] {
				t.Fatalf("after %d kills %s differs: %d bytes instead of %d", killed, name, len(got), len(want[name]))
			}
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		if left, _ := filepath.Glob(".*"); len(left) > 0 {
			t.Errorf("files are left over: %v", left)
		}
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills in %d runs", killed, round)
}

// oneLife runs the command until it is killed or ends.
func oneLife(t *testing.T, r *rand.Rand, data string, kill bool) (killed int, ended bool) {
	t.Helper()
	p := start(t, "run", "p.edy", "--data", data, "--checkpoint-every", "15ms",
		"--parallel", fmt.Sprint(1+r.IntN(3)), "--batch", fmt.Sprint(200+r.IntN(4000)))
	done := make(chan error, 1)
	go func() { done <- p.Wait() }()
	patience := time.Hour
	if kill {
		patience = time.Duration(50+r.IntN(400)) * time.Millisecond
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v\n%s", err, p.err.String())
		}
		return 0, true
	case <-time.After(patience):
		if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		err := <-done
		if exit, ok := err.(*exec.ExitError); ok && exit.Exited() {
			t.Fatalf("it had failed: %s", p.err.String())
		}
		return 1, err == nil
	}
}

// TestSecondProcess: a data folder belongs to one process at a time.
func TestSecondProcess(t *testing.T) {
	folder(t, "p.edy", bidProgram)
	p := start(t, "run", "p.edy", "--input", "bids=-", "--output", "big=big.ndjson", "--data", "d")
	for range 400 {
		if _, err := os.Stat(".big.ndjson.part"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	edyc("run", "p.edy", "--output", "big=other.ndjson", "--data", "d").expect(t, 1,
		`edyc: the data folder "d" belongs to a process that is running: one at a time writes to it`)
	p.interrupt(t)
}

// TestGracefulStop: Ctrl-C writes the run down, and the next one goes on.
func TestGracefulStop(t *testing.T) {
	folder(t, "p.edy", bidProgram, "bids.ndjson", fourBids)
	args := []string{"run", "p.edy", "--input", "bids=bids.ndjson?follow=true", "--output", "big=big.ndjson", "--output", "hourly=hourly.ndjson", "--data", "d", "--checkpoint-every", "50ms"}
	p := start(t, args...)
	waitFor(t, "big.ndjson", 3)
	p.interrupt(t).expect(t, 0, "bids: 4 rows read\n")
	more := strings.Split(threeBig, "\n")[0] + "\n"
	f, err := os.OpenFile("bids.ndjson", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(more); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p = start(t, args...)
	waitFor(t, "big.ndjson", 4)
	p.interrupt(t).expect(t, 0, "going on from checkpoint ", "bids: 1 row read\n")
	if text := read(t, "big.ndjson"); text != threeBig+more {
		t.Errorf("big.ndjson: %q", text)
	}
}
