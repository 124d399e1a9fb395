// Package logtest is what every log must do: one suite for all implementations,
// and a model that a random history is compared with. It is for tests alone.
package logtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/log"
)

// Open opens the log that a test works on. Called again it opens the same log anew,
// after the one before was closed.
type Open func(t *testing.T) log.Log

// Conformance runs the suite; fresh makes a way of opening a log of its own. The seed is
// that of what is random in it.
func Conformance(t *testing.T, seed uint64, fresh func(t *testing.T) Open) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, open Open)
	}{
		{"appends are numbered and read back", appends},
		{"an expectation that does not hold commits nothing", conflicts},
		{"an append of one name is done once", dedups},
		{"state and events are committed together", together},
		{"events are found by time", seeks},
		{"what is trimmed is gone, and the chain holds", trims},
		{"topics grow and never shrink", grows},
		{"blobs are found by their content", blobs},
		{"partitions have one owner", claims},
		{"reads are cut by bytes", cuts},
		{"entries become one, and the chain holds", compacts},
		{"what was compacted can be trimmed", trimsCompacted},
		{"a commit to several topics is done whole or not at all", several},
		{"a log that is closed does nothing", closed},
		{"a random history is as the model has it", func(t *testing.T, open Open) { randoms(t, open, seed) }},
		{"what is written ahead is there with its commit", ahead},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// begin opens a log with the topic "bids" of two partitions.
func begin(t *testing.T, open Open) log.Log {
	t.Helper()
	l := open(t)
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 2, Settings: []byte(`{"key":["auction"]}`)}))
	return l
}

// again closes a log and opens it anew.
func again(t *testing.T, l log.Log, open Open) log.Log {
	t.Helper()
	check(t, l.Close())
	return open(t)
}

func events(payload string, n int, from, to int64) log.Append {
	return log.Append{Topic: "bids", Expect: -1, N: n, MinTime: from, MaxTime: to, Ingest: 7, Schema: 3, Payload: []byte(payload)}
}

func payloads(entries []log.Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%d+%d %s", e.First, e.N, e.Payload))
	}
	return out
}

func want(t *testing.T, l log.Log, partition int, from int64, entries ...string) {
	t.Helper()
	got := payloads(must[[]log.Entry](t)(l.Read("bids", partition, from, 1<<20)))
	if diff := cmp.Diff(entries, got); diff != "" {
		t.Errorf("partition %d from %d (-want +got):\n%s", partition, from, diff)
	}
}

func verified(t *testing.T, l log.Log, partition int, entries int64) {
	t.Helper()
	v := must[log.Verified](t)(log.Verify(l, "bids", partition))
	if v.Entries != entries {
		t.Errorf("partition %d: %d entries in the chain, want %d", partition, v.Entries, entries)
	}
}

func appends(t *testing.T, open Open) {
	l := begin(t, open)
	other := events("c", 5, 10, 20)
	other.Partition = 1
	out := must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("a", 3, 1, 9), events("b", 2, 4, 5), other}}))
	if diff := cmp.Diff([]log.Appended{{First: 0}, {First: 3}, {First: 0}}, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	look := func() {
		t.Helper()
		want(t, l, 0, 0, "0+3 a", "3+2 b")
		want(t, l, 0, 2, "0+3 a", "3+2 b") // event 2 is in the first entry
		want(t, l, 0, 3, "3+2 b")
		want(t, l, 0, 5)
		want(t, l, 1, 0, "0+5 c")
		h := must[log.Head](t)(l.Head("bids", 0))
		if h.Next != 5 || h.Largest != 9 || h.Entries != 2 || h.Bytes != 2 || h.First != 0 {
			t.Errorf("head %+v", h)
		}
		verified(t, l, 0, 2)
		verified(t, l, 1, 1)
	}
	look()
	e := must[[]log.Entry](t)(l.Read("bids", 0, 0, 0))[0]
	if e.MinTime != 1 || e.MaxTime != 9 || e.Ingest != 7 || e.Schema != 3 {
		t.Errorf("entry %+v", e)
	}
	if _, err := l.Read("asks", 0, 0, 1); !errors.Is(err, log.ErrNoTopic) {
		t.Errorf("reading a topic that is not there: %v", err)
	}
	if _, err := l.Head("bids", 2); err == nil {
		t.Error("partition 2 of 2 has a head")
	}
	l = again(t, l, open)
	look()
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("d", 1, 1, 1)}}))
	want(t, l, 0, 4, "3+2 b", "5+1 d")
	verified(t, l, 0, 3)
	check(t, l.Close())
}

func conflicts(t *testing.T, open Open) {
	l := begin(t, open)
	good, bad := events("a", 2, 1, 1), events("b", 1, 1, 1)
	good.Expect, bad.Expect = 0, 1
	_, err := l.Commit(&log.Tx{Appends: []log.Append{good, bad}, Set: []log.KeyValue{{Key: []byte("k"), Value: []byte("v")}}})
	var c *log.Conflict
	if !errors.As(err, &c) || c.Expected != 1 || c.Next != 2 {
		t.Fatalf("error %v", err)
	}
	want(t, l, 0, 0)
	if v := must[[]byte](t)(l.Get([]byte("k"))); v != nil {
		t.Errorf("the state was set: %q", v)
	}
	bad.Expect = 2
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{good, bad}}))
	want(t, l, 0, 0, "0+2 a", "2+1 b")
	check(t, l.Close())
}

func dedups(t *testing.T, open Open) {
	l := begin(t, open)
	a := events("a", 2, 1, 1)
	a.Dedup = "batch 1"
	out := must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{a, a}}))
	if diff := cmp.Diff([]log.Appended{{First: 0}, {First: 0, Again: true}}, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	l = again(t, l, open)
	out = must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{a, events("b", 1, 1, 1)}}))
	if diff := cmp.Diff([]log.Appended{{First: 0, Again: true}, {First: 2}}, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want(t, l, 0, 0, "0+2 a", "2+1 b")
	check(t, l.Close())
}

func together(t *testing.T, open Open) {
	l := begin(t, open)
	kv := func(k, v string) log.KeyValue { return log.KeyValue{Key: []byte(k), Value: []byte(v)} }
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("a", 1, 1, 1)}, Set: []log.KeyValue{kv("op/1", "x"), kv("op/2", "y"), kv("position", "1")}}))
	must[[]log.Appended](t)(l.Commit(&log.Tx{DeletePrefix: [][]byte{[]byte("op/")}, Delete: [][]byte{[]byte("position")}, Set: []log.KeyValue{kv("op/2", "z"), kv("op/3", "")}}))
	l = again(t, l, open)
	var got []string
	check(t, l.Scan([]byte("op/"), func(k, v []byte) bool { got = append(got, string(k)+"="+string(v)); return true }))
	if diff := cmp.Diff([]string{"op/2=z", "op/3="}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v := must[[]byte](t)(l.Get([]byte("position"))); v != nil {
		t.Errorf("a deleted key has %q", v)
	}
	check(t, l.Close())
}

// several: inputs, outputs, states and positions of more than one topic go together.
func several(t *testing.T, open Open) {
	l := begin(t, open)
	check(t, l.Declare(log.Topic{Name: "totals", Partitions: 1}))
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("in", 3, 1, 1)}, Set: []log.KeyValue{{Key: []byte("position"), Value: []byte("0")}}}))
	other := events("out", 1, 1, 1)
	other.Topic = "totals"
	tx := &log.Tx{Appends: []log.Append{other, events("late", 1, 1, 1)}, DeletePrefix: [][]byte{[]byte("state/")},
		Set: []log.KeyValue{{Key: []byte("position"), Value: []byte("3")}, {Key: []byte("state/1"), Value: []byte("x")}}}
	look := func(position string, next int64) {
		t.Helper()
		if v := must[[]byte](t)(l.Get([]byte("position"))); string(v) != position {
			t.Errorf("the position is %q, want %q", v, position)
		}
		if h := must[log.Head](t)(l.Head("totals", 0)); h.Next != next {
			t.Errorf("%d totals, want %d", h.Next, next)
		}
	}
	tx.Appends[1].Expect = 2 // which is 3 by now
	if _, err := l.Commit(tx); err == nil {
		t.Error("an expectation that does not hold was done")
	}
	look("0", 0)
	tx.Appends[1].Partition = 7
	if _, err := l.Commit(tx); err == nil {
		t.Error("a partition that is not there took events")
	}
	look("0", 0)
	tx.Appends[1].Partition, tx.Appends[1].Expect, tx.NoSync = 0, 3, true
	must[[]log.Appended](t)(l.Commit(tx))
	look("3", 1)
	l = again(t, l, open)
	look("3", 1)
	want(t, l, 0, 0, "0+3 in", "3+1 late")
	check(t, l.Close())
}

func closed(t *testing.T, open Open) {
	l := begin(t, open)
	hash := must[string](t)(l.PutBlob([]byte("module")))
	check(t, l.Close())
	_, committing := l.Commit(&log.Tx{Appends: []log.Append{events("a", 1, 1, 1)}})
	_, reading := l.Read("bids", 0, 0, 1)
	_, heading := l.Head("bids", 0)
	_, seeking := l.Seek("bids", 0, 1)
	_, getting := l.Get([]byte("k"))
	_, finding := l.Blob(hash)
	_, putting := l.PutBlob([]byte("x"))
	_, ahead := l.Ahead("bids")
	for what, err := range map[string]error{"commit": committing, "read": reading, "head": heading, "seek": seeking, "get": getting, "blob": finding, "put": putting, "ahead": ahead,
		"scan": l.Scan(nil, func(_, _ []byte) bool { return true }), "declare": l.Declare(log.Topic{Name: "x", Partitions: 1}), "trim": l.Trim("bids", 0, 1),
		"compact": l.Compact("bids", 0, log.Compaction{From: 0, To: 1}), "claim": l.Claim("bids", []int{0}, "one"), "release": l.Release("bids", "one"), "close": l.Close()} {
		if !errors.Is(err, log.ErrClosed) {
			t.Errorf("%s: %v, want %v", what, err, log.ErrClosed)
		}
	}
}

func seeks(t *testing.T, open Open) {
	l := begin(t, open)
	for _, a := range []log.Append{events("a", 2, 10, 20), events("b", 2, 5, 15), events("c", 1, 30, 30), events("d", 1, 12, 25)} {
		must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{a}}))
	}
	for time, at := range map[int64]int64{0: 0, 20: 0, 21: 4, 30: 4, 31: 6} {
		if got := must[int64](t)(l.Seek("bids", 0, time)); got != at {
			t.Errorf("time %d is found at %d, want %d", time, got, at)
		}
	}
	check(t, l.Close())
}

func trims(t *testing.T, open Open) {
	l := begin(t, open)
	for _, p := range []string{"a", "bb", "c"} {
		must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events(p, 2, 1, 1)}}))
	}
	check(t, l.Trim("bids", 0, 3)) // event 3 is in the second entry, which stays
	want(t, l, 0, 0, "2+2 bb", "4+2 c")
	h := must[log.Head](t)(l.Head("bids", 0))
	if h.First != 2 || h.Next != 6 || h.Entries != 2 || h.Bytes != 3 {
		t.Errorf("head %+v", h)
	}
	l = again(t, l, open)
	verified(t, l, 0, 2)
	check(t, l.Trim("bids", 0, 100))
	want(t, l, 0, 0)
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("d", 1, 1, 1)}}))
	want(t, l, 0, 0, "6+1 d")
	verified(t, l, 0, 1)
	check(t, l.Close())
}

func grows(t *testing.T, open Open) {
	l := begin(t, open)
	if err := l.Declare(log.Topic{Name: "bids", Partitions: 1}); err == nil {
		t.Error("a topic shrank")
	}
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 4, Settings: []byte(`{}`)}))
	check(t, l.Declare(log.Topic{Name: "asks", Partitions: 1}))
	if err := l.Declare(log.Topic{Name: "none"}); err == nil {
		t.Error("a topic without partitions was declared")
	}
	l = again(t, l, open)
	var got []string
	for _, topic := range l.Topics() {
		got = append(got, fmt.Sprintf("%s %d %s", topic.Name, topic.Partitions, topic.Settings))
	}
	if diff := cmp.Diff([]string{"asks 1 ", "bids 4 {}"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	check(t, l.Close())
}

func blobs(t *testing.T, open Open) {
	l := begin(t, open)
	hash := must[string](t)(l.PutBlob([]byte("module")))
	l = again(t, l, open)
	if b := must[[]byte](t)(l.Blob(hash)); string(b) != "module" {
		t.Errorf("the blob is %q", b)
	}
	if _, err := l.Blob("00"); !errors.Is(err, log.ErrNoBlob) {
		t.Errorf("a blob that is not there: %v", err)
	}
	check(t, l.Close())
}

func claims(t *testing.T, open Open) {
	l := begin(t, open)
	check(t, l.Claim("bids", []int{0}, "one"))
	check(t, l.Claim("bids", []int{0, 1}, "one"))
	if err := l.Claim("bids", []int{1}, "two"); !errors.Is(err, log.ErrClaimed) {
		t.Errorf("a claimed partition: %v", err)
	}
	if err := l.Claim("bids", []int{0, 1}, "two"); !errors.Is(err, log.ErrClaimed) {
		t.Errorf("claimed partitions: %v", err)
	}
	if err := l.Claim("asks", []int{0}, "one"); !errors.Is(err, log.ErrNoTopic) {
		t.Errorf("a partition of a topic that is not there: %v", err)
	}
	l = again(t, l, open) // an owner may outlive the process
	if err := l.Claim("bids", []int{1}, "two"); !errors.Is(err, log.ErrClaimed) {
		t.Errorf("a claimed partition, in another process: %v", err)
	}
	check(t, l.Release("bids", "two"))
	check(t, l.Release("bids", "one"))
	check(t, l.Claim("bids", []int{1}, "two"))
	check(t, l.Close())
}

func cuts(t *testing.T, open Open) {
	l := begin(t, open)
	for range 5 {
		must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("0123456789", 1, 1, 1)}}))
	}
	for size, n := range map[int]int{0: 1, 10: 1, 11: 2, 30: 3, 1000: 5} {
		if got := must[[]log.Entry](t)(l.Read("bids", 0, 0, size)); len(got) != n {
			t.Errorf("%d bytes are %d entries, want %d", size, len(got), n)
		}
	}
	check(t, l.Close())
}

func ahead(t *testing.T, open Open) {
	l := begin(t, open)
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("a", 3, 1, 9)}}))
	if _, err := l.Ahead("nothing"); !errors.Is(err, log.ErrNoTopic) {
		t.Errorf("writing ahead to a topic that is not there: %v", err)
	}
	a := must[log.Ahead](t)(l.Ahead("bids"))
	write := func(payload string, partition int) {
		t.Helper()
		x := events(payload, 2, 10, 20)
		x.Partition = partition
		check(t, a.Append(&x))
	}
	large := strings.Repeat("large", 1<<20)
	write("b", 0)
	write(large, 1)
	write("c", 0)
	write("d", 1)
	want(t, l, 0, 0, "0+3 a")
	want(t, l, 1, 0)
	must[[]log.Appended](t)(l.Commit(&log.Tx{Ahead: []log.Ahead{a}}))
	look := func(first ...string) {
		t.Helper()
		want(t, l, 0, 0, append([]string{"0+3 a", "3+2 b", "5+2 c"}, first...)...)
		want(t, l, 1, 2, "2+2 d")
		want(t, l, 1, 0, "0+2 "+large)
		verified(t, l, 0, int64(3+len(first)))
		verified(t, l, 1, 2)
		if at := must[int64](t)(l.Seek("bids", 1, 15)); at != 0 {
			t.Errorf("time 15 is found at %d", at)
		}
	}
	look()
	// Somebody else was faster: nothing is committed.
	write("e", 0)
	must[[]log.Appended](t)(l.Commit(&log.Tx{Appends: []log.Append{events("f", 1, 30, 30)}}))
	var conflict *log.Conflict
	if _, err := l.Commit(&log.Tx{Ahead: []log.Ahead{a}}); !errors.As(err, &conflict) {
		t.Errorf("a commit behind another: %v", err)
	}
	check(t, a.Close())
	look("7+1 f")
	// What no commit has taken was never there.
	a = must[log.Ahead](t)(l.Ahead("bids"))
	write("g", 0)
	write(large, 1)
	write(large, 1)
	check(t, a.Close())
	if l = again(t, l, open); l != nil {
		look("7+1 f")
		check(t, l.Close())
	}
}
