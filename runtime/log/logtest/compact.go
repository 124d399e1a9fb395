package logtest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/log"
)

// three appends entries of 3, 2 and 1 events, and returns them as they are read.
func three(t *testing.T, l log.Log) []log.Entry {
	t.Helper()
	for _, a := range []log.Append{events("aaa", 3, 1, 9), events("bb", 2, 4, 12), events("c", 1, 30, 30)} {
		must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{a}}))
	}
	return must[[]log.Entry](t)(l.Read("bids", 0, 0, 1<<20))
}

// compaction is one of some entries.
func compaction(entries []log.Entry, kept int, payload string) log.Compaction {
	first, last := &entries[0], &entries[len(entries)-1]
	return log.Compaction{From: first.First, To: last.Next(), Was: last.Hash, Kept: kept, MinTime: 4, MaxTime: 4, Ingest: 8, Schema: 3, Payload: []byte(payload)}
}

func compacts(t *testing.T, open Open) {
	l := begin(t, open)
	e := three(t, l)
	for what, wrong := range map[string]log.Compaction{
		"another hash":        {From: 0, To: 5, Was: e[0].Hash, Kept: 1, Payload: []byte("x")},
		"half an entry":       {From: 0, To: 4, Was: e[1].Hash, Kept: 1, Payload: []byte("x")},
		"the rest of one":     {From: 1, To: 5, Was: e[1].Hash, Kept: 1, Payload: []byte("x")},
		"more than there are": {From: 0, To: 5, Was: e[1].Hash, Kept: 6, Payload: []byte("x")},
		"what is to come":     {From: 5, To: 7, Was: e[2].Hash, Kept: 1, Payload: []byte("x")},
		"nothing":             {From: 5, To: 5, Was: e[1].Hash},
	} {
		if err := l.Compact("bids", 0, wrong); err == nil {
			t.Errorf("%s was compacted", what)
		}
	}
	var c *log.Conflict
	if err := l.Compact("bids", 0, log.Compaction{From: 0, To: 5, Was: e[0].Hash}); !errors.As(err, &c) {
		t.Errorf("another hash: %v", err)
	}
	want(t, l, 0, 0, "0+3 aaa", "3+2 bb", "5+1 c")

	check(t, l.Compact("bids", 0, compaction(e[:2], 1, "B")))
	look := func() {
		t.Helper()
		want(t, l, 0, 0, "0+5 B", "5+1 c")
		want(t, l, 0, 4, "0+5 B", "5+1 c")
		want(t, l, 0, 5, "5+1 c")
		head(t, l, log.Head{Next: 6, Largest: 30, Entries: 2, Bytes: 2, Gone: 4}, 2)
		verified(t, l, 0, 2)
		// Times are found where they may be, and never behind that.
		for time, at := range map[int64]int64{0: 0, 10: 3, 13: 5, 31: 6} {
			if got := must[int64](t)(l.Seek("bids", 0, time)); got != at {
				t.Errorf("time %d is found at %d, want %d", time, got, at)
			}
		}
	}
	look()
	l = again(t, l, open)
	look()
	got := must[[]log.Entry](t)(l.Read("bids", 0, 0, 0))[0]
	if !got.Compacted || got.Rows() != 1 || got.Hash != e[1].Hash || got.Ingest != 8 || got.MinTime != 4 {
		t.Errorf("entry %+v", got)
	}
	// It can be compacted again, to nothing too, and events come after it as before.
	all := must[[]log.Entry](t)(l.Read("bids", 0, 0, 1<<20))
	check(t, l.Compact("bids", 0, compaction(all, 0, "")))
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("d", 1, 31, 31)}}))
	want(t, l, 0, 0, "0+6 ", "6+1 d")
	head(t, l, log.Head{Next: 7, Largest: 31, Entries: 2, Bytes: 1, Gone: 6}, 1)
	verified(t, l, 0, 2)
	check(t, l.Close())
}

// head compares all but the hash.
func head(t *testing.T, l log.Log, want log.Head, rows int64) {
	t.Helper()
	got := must[log.Head](t)(l.Head("bids", 0))
	got.Hash = log.Hash{}
	if diff := cmp.Diff(want, got); diff != "" || got.Rows() != rows {
		t.Errorf("head, of %d rows, want %d (-want +got):\n%s", got.Rows(), rows, diff)
	}
}

func trimsCompacted(t *testing.T, open Open) {
	l := begin(t, open)
	e := three(t, l)
	check(t, l.Compact("bids", 0, compaction(e[1:], 2, "BC"))) // behind one that is not
	verified(t, l, 0, 2)
	check(t, l.Trim("bids", 0, 5)) // event 5 is in the compacted entry, which stays
	want(t, l, 0, 0, "3+3 BC")
	head(t, l, log.Head{First: 3, Next: 6, Largest: 30, Entries: 1, Bytes: 2, Gone: 1}, 2)
	l = again(t, l, open)
	verified(t, l, 0, 1)
	e = must[[]log.Entry](t)(l.Read("bids", 0, 0, 1<<20))
	check(t, l.Compact("bids", 0, compaction(e, 1, "C"))) // the first one kept
	verified(t, l, 0, 1)
	check(t, l.Trim("bids", 0, 6))
	head(t, l, log.Head{First: 6, Next: 6, Largest: 30}, 0)
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("d", 1, 31, 31)}}))
	verified(t, l, 0, 1)
	check(t, l.Close())
}
