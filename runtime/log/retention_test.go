package log_test

import (
	"io/fs"
	"math/rand/v2"
	"path/filepath"
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

// TestRetentionOfMuch: of a topic that takes many times what it keeps, the disk keeps no
// more than that and what the store works with, and what is kept is whole.
func TestRetentionOfMuch(t *testing.T) {
	dir := t.TempDir()
	l := openIn(t, dir, nil)
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
	r := rand.New(rand.NewPCG(1, 2))
	payload := make([]byte, 64<<10)
	for i := range payload {
		payload[i] = byte(r.Uint32())
	}
	keep := log.Retention{Bytes: 8 << 20, For: time.Hour}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const rounds, groups, most = 8, 24, 128 << 20 // 192 MiB in all
	for range rounds {
		for range groups {
			tx := &log.Tx{}
			for range 16 {
				tx.Appends = append(tx.Appends, log.Append{Topic: "bids", Expect: -1, N: 400, MinTime: log.NoTime, MaxTime: log.NoTime, Ingest: now.UnixMicro(), Payload: payload})
			}
			_, err := l.Commit(tx)
			check(t, err)
			now = now.Add(time.Minute)
		}
		check(t, log.Retain(l, "bids", keep, now))
	}
	head, err := l.Head("bids", 0)
	check(t, err)
	if head.Bytes > keep.Bytes || head.Bytes < keep.Bytes-int64(len(payload)) || head.Next != rounds*groups*16*400 {
		t.Errorf("head %+v", head)
	}
	if v, err := log.Verify(l, "bids", 0); err != nil || v.Bytes != head.Bytes {
		t.Errorf("%+v: %v", v, err)
	}
	check(t, log.Retain(l, "bids", log.Retention{For: time.Minute}, now))
	if head, err = l.Head("bids", 0); err != nil || head.Entries != 16 {
		t.Errorf("of the last minute there are %d batches, want 16: %v", head.Entries, err)
	}
	size := folderSize(t, dir)
	for wait := 0; size > most && wait < 200; wait++ {
		time.Sleep(100 * time.Millisecond)
		size = folderSize(t, dir)
	}
	if size > most {
		t.Errorf("the folder has %d MiB", size>>20)
	}
	check(t, l.Close())
}

func folderSize(t *testing.T, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // it may be gone by now
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	check(t, err)
	return n
}
