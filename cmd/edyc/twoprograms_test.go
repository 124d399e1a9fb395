package main

import (
	"strings"
	"testing"
)

const sharedTopic = `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
source feed from file into bids { path: "bids.ndjson" }
stream totals = from bids |> window tumbling 1h |> aggregate n = count(), total = sum(price) by auction
sink o from totals to "first.ndjson"
`

// Two programs of one folder that read the same file into the same topic put each row there
// once, and both see all rows.
func TestTwoProgramsFeedATopic(t *testing.T) {
	want := `{"auction":1,"n":2,"total":5}` + "\n" + `{"auction":2,"n":1,"total":5}` + "\n"
	folder(t, "first.edy", sharedTopic, "second.edy", strings.Replace(sharedTopic, "first.ndjson", "second.ndjson", 1), "bids.ndjson", firstBids)
	edyc("run", "first.edy", "--data", "d").expect(t, 0, "bids: 3 rows read\n")
	edyc("run", "second.edy", "--data", "d").expect(t, 0, "bids: 3 rows read\n")
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  3 rows")
	for _, name := range []string{"first.ndjson", "second.ndjson"} {
		if got := read(t, name); got != want {
			t.Errorf("%s:\n%swant\n%s", name, got, want)
		}
	}
	edyc("run", "first.edy", "--data", "d").expect(t, 0, "bids: 0 rows read\n")
	// A file that has other bytes now is not passed over as the one that was read.
	appendTo(t, "bids.ndjson", laterBids)
	write(t, "third.edy", strings.Replace(sharedTopic, "first.ndjson", "third.ndjson", 1))
	edyc("run", "third.edy", "--data", "d").expect(t, 1, "bids.ndjson had ended, and has other bytes now")
}

// They may take turns over a file that grows: what one has put into the topic the other
// reads from there.
func TestTwoProgramsTakeTurns(t *testing.T) {
	growing := strings.Replace(sharedTopic, `"bids.ndjson"`, `"bids.ndjson" follow: true`, 1)
	growing = strings.Replace(growing, "window tumbling 1h |> aggregate n = count(), total = sum(price) by auction", "select auction, price", 1)
	folder(t, "first.edy", growing, "second.edy", strings.Replace(growing, "first.ndjson", "second.ndjson", 1), "bids.ndjson", firstBids)
	turn := func(name string, lines int) {
		t.Helper()
		p := start(t, "run", name+".edy", "--data", "d", "--checkpoint-every", "30ms")
		waitFor(t, name+".ndjson", lines)
		p.interrupt(t).expect(t, 0)
	}
	turn("first", 3)
	appendTo(t, "bids.ndjson", laterBids)
	turn("second", 5)
	appendTo(t, "bids.ndjson", `{"auction":9,"price":9,"at":"2026-01-01T12:00:00Z"}`+"\n")
	turn("first", 6)
	turn("second", 6)
	edyc("topic", "list", "--data", "d").expect(t, 0, "bids  6 rows")
	if a, b := read(t, "first.ndjson"), read(t, "second.ndjson"); a != b || strings.Count(a, "\n") != 6 {
		t.Errorf("first:\n%ssecond:\n%s", a, b)
	}
}

// A topic that only an output reads has its rows recorded, also where they were read from the
// folder themselves; and a replay makes them once.
func TestRowsOfTheFolderGoIntoTopics(t *testing.T) {
	folder(t, "p.edy", `schema Bid { auction: long, price: double, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
topic dear: Bid { key: auction }
stream some = from bids |> where price > 2.0 |> into dear
sink o from dear to "dear.ndjson"
`, "bids.ndjson", firstBids)
	edyc("topic", "put", "bids", "bids.ndjson", "--file", "p.edy", "--data", "d").expect(t, 0)
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "o: 2 rows written")
	edyc("topic", "list", "--data", "d").expect(t, 0, "dear  2 rows")
	want := strings.Join(strings.SplitAfter(firstBids, "\n")[1:], "")
	if got := edyc("topic", "tail", "dear", "--data", "d").out; got != want {
		t.Errorf("recorded:\n%swant\n%s", got, want)
	}
	edyc("replay", "p.edy", "--data", "d", "--from", "0", "--output", "dear=again.ndjson").expect(t, 0)
	if got := read(t, "again.ndjson"); got != want {
		t.Errorf("made again:\n%swant\n%s", got, want)
	}
}
