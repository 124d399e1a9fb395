package log

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestStraysOfATopicThatIsNotKnown: entries reach the disk before what declared their topic,
// and the power fails. The next topic has their number, and none of them.
func TestStraysOfATopicThatIsNotKnown(t *testing.T) {
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := &memory{}
	open := func() *stored {
		l := newStored(kept, vfs.NewMem(), "")
		check(l.open())
		l.bulkBytes = 1
		return l
	}
	event := Append{Topic: "bids", N: 1, Expect: -1, MinTime: NoTime, MaxTime: NoTime, Payload: []byte("a bid")}

	l := open()
	check(l.Declare(Topic{Name: "bids", Partitions: 2}))
	a, err := l.Ahead("bids")
	check(err)
	for i := range 2 {
		event.Partition = i
		check(a.Append(&event))
		check(a.Append(&event))
	}
	check(a.Settle())
	for i := range a.(*ahead).parts {
		check(kept.take(a.(*ahead).parts[i].full)) // as far as a commit came
	}
	kept.change(change{remove, named(topicKeys, "bids"), nil})

	l = open()
	check(l.Declare(Topic{Name: "asks", Partitions: 1}))
	entries, err := l.Read("asks", 0, 0, 1<<20)
	check(err)
	if len(entries) != 0 {
		t.Errorf("a new topic has %d entries", len(entries))
	}
	event.Topic, event.Partition = "asks", 0
	_, err = l.Commit(&Tx{Appends: []Append{event}})
	check(err)
	if v, err := Verify(l, "asks", 0); err != nil || v.Events != 1 {
		t.Errorf("%d events: %v", v.Events, err)
	}
	left := 0
	check(kept.scan([]byte{entryKeys}, []byte{entryKeys + 1}, false, func(_, _ []byte) bool { left++; return true }))
	if left != 1 {
		t.Errorf("%d entries are in the store, want 1", left)
	}
}
