package main

import "testing"

// TestMoreAfterTheEnd: a run whose input had ended refuses what comes later, also where none of it can be
// decoded: it would be counted, and no error record would tell of it.
func TestMoreAfterTheEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "p.edy", `schema Bid { auction: long, at: timestamp }
topic bids: Bid { time: at watermark: 0s }
source feed from file into bids { path: "in*.csv" }
stream all = from bids
`)
	run := []string{"run", "p.edy", "--data", "d", "--output", "all=all.ndjson"}
	write(t, "in1.csv", "auction,at\n1,2026-01-01T10:00:00Z\nx,2026-01-01T10:01:00Z\n")
	edyc(run...).expect(t, 0, "1 row with bad_value")
	edyc(run...).expect(t, 0)
	write(t, "in2.csv", "auction,at\ny,2026-01-01T10:02:00Z\n")
	for range 2 {
		edyc(run...).expect(t, 1, "topic bids has more rows, although its input had ended", "begin with a new data folder")
	}
	edyc("topic", "list", "--data", "d").expect(t, 0, "errors  1 row  ")
	edyc("run", "p.edy", "--data", "new", "--output", "all=new.ndjson").expect(t, 0, "2 rows with bad_value")
}
