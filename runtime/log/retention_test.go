package log_test

import (
	"testing"
	"time"

	"github.com/edynamic/edynamic/runtime/log"
)

// Old entries go whole, the oldest first; what is left can still be verified.
func TestRetention(t *testing.T) {
	now := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		text  string
		first int64 // event that is the oldest kept
	}{{"forever", 0}, {"4d", 12}, {"3d12h", 12}, {"35B", 14}, {"1h", 18}, {"1B", 18}} {
		l := log.NewMemory()
		check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
		for day := range 10 { // two events of ten bytes each day, from the first of January on
			_, err := l.Commit(&log.Tx{Appends: []log.Append{{Topic: "bids", Expect: -1, N: 2, MinTime: log.NoTime, MaxTime: log.NoTime,
				Ingest: time.Date(2026, 1, 1+day, 0, 0, 0, 0, time.UTC).UnixMicro() - 1 + int64(day/6), Payload: []byte("ten bytes.")}}})
			check(t, err)
		}
		keep, err := log.ParseRetention(c.text)
		check(t, err)
		check(t, log.Retain(l, "bids", keep, now))
		head, err := l.Head("bids", 0)
		check(t, err)
		if head.First != c.first {
			t.Errorf("%s: the oldest is event %d, want %d", c.text, head.First, c.first)
		}
		if _, err := log.Verify(l, "bids", 0); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
	}
	if _, err := log.ParseRetention("a while"); err == nil {
		t.Error("a while was taken for a retention")
	}
}
