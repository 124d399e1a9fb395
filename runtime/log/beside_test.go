package log_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/room"
)

// TestReadsBesideCompaction reads a topic again and again while its entries become fewer:
// every event that is there is read, whichever entry it is in by then.
func TestReadsBesideCompaction(t *testing.T) {
	r := rand.New(rand.NewPCG(seeded(t), 9))
	for _, l := range []log.Log{log.NewMemory(), openIn(t, "data", vfs.NewMem())} {
		check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
		const events = 600
		for i := range int64(events / 3) {
			_, err := l.Commit(commitOf(3*i, 3))
			check(t, err)
		}
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for range 30 {
					if n := walk(t, l); n != events {
						t.Errorf("%d events were passed over, of %d", n, events)
						return
					}
				}
			})
		}
		for range 200 {
			entries, err := l.Read("bids", 0, r.Int64N(events), 1<<20)
			check(t, err)
			some := entries[:min(len(entries), 1+r.IntN(4))]
			last := some[len(some)-1]
			check(t, l.Compact("bids", 0, log.Compaction{From: some[0].First, To: last.Next(), Was: last.Hash, Kept: 1, Payload: []byte("x")}))
		}
		all.Wait()
		check(t, l.Close())
	}
}

// walk goes through a topic a little at a time and counts the events of its entries.
func walk(t *testing.T, l log.Log) (n int64) {
	for at := int64(0); ; {
		entries, err := l.Read("bids", 0, at, 50)
		if err != nil {
			t.Error(err)
			return n
		}
		if len(entries) == 0 {
			return n
		}
		if entries[0].First > at {
			t.Errorf("the entry with event %d was not found: the next begins at %d", at, entries[0].First)
			return n
		}
		next := entries[len(entries)-1].Next()
		n, at = n+next-at, next
	}
}

// TestReadsOfAFullDisk: while a commit waits for room, what was committed can be read.
func TestReadsOfAFullDisk(t *testing.T) {
	full, waiting, again := &fullFor{}, make(chan struct{}), make(chan struct{})
	full.from.Store(1 << 60)
	l, err := log.OpenPebble("data", log.Disk{FS: errorfs.Wrap(vfs.NewCrashableMem(), full), Fatal: func(reason string) { t.Error(reason); select {} },
		Room: &room.Waiter{Full: func(string) { close(waiting) }, Sleep: func(time.Duration) { <-again }}})
	check(t, err)
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
	for i := range int64(10) {
		_, err := l.Commit(commitOf(3*i, 3))
		check(t, err)
	}
	full.n.Store(1)
	full.from.Store(full.seen.Load())
	done := make(chan error)
	go func() {
		_, err := l.Commit(commitOf(30, 3))
		done <- err
	}()
	<-waiting
	if n := walk(t, l); n != 30 {
		t.Errorf("%d events can be read, of 30", n)
	}
	_, err = l.Get([]byte("next"))
	check(t, err)
	head, err := l.Head("bids", 0)
	check(t, err)
	if head.Next != 30 || len(l.Topics()) != 1 {
		t.Errorf("%d events of %d topics", head.Next, len(l.Topics()))
	}
	close(again)
	check(t, <-done)
	sound(t, l, 33, 33)
	check(t, l.Close())
}
