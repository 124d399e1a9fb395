package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

const liveProgram = `schema Bid { auction: long, price: double, who: string, at: timestamp }
topic bids: Bid { time: at watermark: 0s key: auction partitions: 3 }
source feed from file into bids { path: "bids.ndjson" follow: true }
stream dear = from bids |> where price > 5.0
sink o from dear to "dear.ndjson"
`

func liveBids(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, `{"auction":%d,"price":%d,"who":"w%d","at":"2026-01-01T10:00:%02dZ"}`+"\n", i%4, i, i%3, i)
	}
	return b.String()
}

// says waits until a process has printed something.
func (p *process) says(t *testing.T, text string) {
	t.Helper()
	for range 400 {
		if strings.Contains(p.out.String(), text) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatalf("it never said %s\nstdout: %s\nstderr: %s", text, p.out.String(), p.err.String())
}

// While a run has the folder open, tail prints what it commits as it comes, narrowed by
// conditions, until the run ends; and other commands read the folder.
func TestTailOfARun(t *testing.T) {
	folder(t, "p.edy", liveProgram, "bids.ndjson", liveBids(0, 10))
	run := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms")
	waitFor(t, "dear.ndjson", 4)
	all := start(t, "topic", "tail", "bids", "--data", "d", "-n", "2")
	some := start(t, "topic", "tail", "bids", "--data", "d", "--where", "price > 8.0 and who != 'w0'", "--where", "auction=1", "--from", "0")
	all.says(t, liveBids(8, 10))
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  10 rows  ")
	edyc("topic", "verify", "--data", "d").expect(t, 0, "bids, partition 0: ", "the chain holds")
	edyc("topic", "tail", "bids", "--data", "d", "-n", "1", "--no-follow").expect(t, 0, liveBids(9, 10))
	edyc("topic", "put", "bids", "bids.ndjson", "--data", "d").expect(t, 1, "belongs to a process that is running")
	edyc("replay", "p.edy", "--data", "d", "--output", "dear=-").expect(t, 0, `"price":6`, `"price":9`)
	appendTo(t, "bids.ndjson", liveBids(10, 20))
	all.says(t, liveBids(8, 20)) // in the order in which they came
	run.interrupt(t).expect(t, 0, "bids: 20 rows read\n")
	for _, p := range []*process{all, some} {
		if err := p.Wait(); err != nil {
			t.Errorf("%v: %s", err, p.err.String())
		}
	}
	if got, want := some.out.String(), liveBids(13, 14)+liveBids(17, 18); got != want {
		t.Errorf("narrowed:\n%swant\n%s", got, want) // of 1, 5, 9, 13, 17; w0 has 9
	}
	if _, err := os.Stat("d/live.sock"); err == nil {
		t.Error("the socket is left over")
	}
}

// With --follow, tail sees what one process after the other writes, and stands in nobody's
// way.
func TestTailFollows(t *testing.T) {
	folder(t, "p.edy", liveProgram, "a.ndjson", liveBids(0, 3), "b.ndjson", liveBids(3, 5), "c.ndjson", liveBids(5, 9))
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	p := start(t, "topic", "tail", "bids", "--data", "d", "--follow", "--key", "1")
	p.says(t, liveBids(1, 2))
	edyc("topic", "put", "bids", "b.ndjson", "--data", "d").expect(t, 0)
	edyc("topic", "put", "bids", "c.ndjson", "--data", "d").expect(t, 0)
	p.says(t, liveBids(5, 6))
	if got, want := p.interrupt(t), liveBids(1, 2)+liveBids(5, 6); got.out != want || got.code != 0 {
		t.Errorf("exit %d:\n%swant\n%s", got.code, got.out, want)
	}
}

// What tail is asked for.
func TestTailFilters(t *testing.T) {
	folder(t, "p.edy", liveProgram, "a.ndjson", liveBids(0, 40))
	edyc("topic", "put", "bids", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	tail := func(args ...string) result {
		return edyc(append([]string{"topic", "tail", "bids", "--data", "d"}, args...)...)
	}
	if got := tail().out; got != liveBids(30, 40) {
		t.Errorf("the last ten: %s", got)
	}
	if got := tail("-n", "3", "--where", "price < 7.0").out; got != liveBids(4, 7) {
		t.Errorf("the last three below 7: %s", got)
	}
	if got := tail("--where", "who=w1", "--where", "at=2026-01-01T10:00:13Z").out; got != liveBids(13, 14) {
		t.Errorf("w1 at 13: %s", got)
	}
	if got := tail("--from", "2026-01-01T10:00:04Z", "--to", "2026-01-01T10:00:09Z").out; got != liveBids(4, 9) {
		t.Errorf("from 4 to 9: %s", got)
	}
	tail("--where", "pric > 3.0").expect(t, 1, "E0", `"pric"`)
	tail("--where", "nobody=3").expect(t, 1, `"nobody"`)
	tail("--key", "1", "--key", "2").expect(t, 2, "the key of bids is auction, so it takes 1 value")
}
