package remote_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/remote"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// served is a log with some of everything, and what another process sees of it.
func served(t *testing.T, wrap func(log.Log) log.Log) (own, other log.Log, s *remote.Server) {
	t.Helper()
	t.Chdir(t.TempDir())
	own = log.NewMemory()
	check(t, own.Declare(log.Topic{Name: "bids", Partitions: 2, Settings: []byte(`{"Key":["auction"]}`)}))
	check(t, own.Declare(log.Topic{Name: "asks", Partitions: 1}))
	tx := &log.Tx{Set: []log.KeyValue{{Key: []byte("empty"), Value: []byte{}}}}
	for i := range 40 {
		tx.Appends = append(tx.Appends, log.Append{Topic: "bids", Partition: i % 2, Expect: -1, N: 1 + i%3, MinTime: int64(i), MaxTime: int64(i + 2),
			Ingest: 5, Schema: 2, Payload: bytes.Repeat([]byte{byte(i)}, 100*i+1)})
		tx.Set = append(tx.Set, log.KeyValue{Key: fmt.Appendf(nil, "state/%03d", i), Value: bytes.Repeat([]byte{'v'}, 60_000)})
	}
	_, err := own.Commit(tx)
	check(t, err)
	s, err = remote.Serve(".", wrap(own))
	check(t, err)
	other, err = remote.Dial(".")
	check(t, err)
	t.Cleanup(func() { _ = other.Close() })
	return own, other, s
}

// TestReads: whoever reads a log through the socket reads what is there.
func TestReads(t *testing.T) {
	own, other, s := served(t, func(l log.Log) log.Log { return l })
	same := func(what string, f func(l log.Log) (any, error)) {
		t.Helper()
		a, errA := f(own)
		b, errB := f(other)
		if diff := cmp.Diff(a, b); diff != "" || (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			t.Errorf("%s: %v and %v (-own +other):\n%s", what, errA, errB, diff)
		}
	}
	same("topics", func(l log.Log) (any, error) { return l.Topics(), nil })
	same("a topic", func(l log.Log) (any, error) { topic, ok := l.Topic("bids"); return fmt.Sprint(topic, ok), nil })
	same("no topic", func(l log.Log) (any, error) { topic, ok := l.Topic("none"); return fmt.Sprint(topic, ok), nil })
	for p := range 3 { // of which the last is not there
		same("head", func(l log.Log) (any, error) { return l.Head("bids", p) })
		for at := range int64(45) {
			same("read", func(l log.Log) (any, error) { return l.Read("bids", p, at, int(at)*100) })
			same("seek", func(l log.Log) (any, error) { return l.Seek("bids", p, at) })
		}
	}
	for _, key := range []string{"empty", "none", "state/007"} {
		same(key, func(l log.Log) (any, error) { return l.Get([]byte(key)) })
	}
	for _, most := range []int{0, 1, 20, 100} {
		same("scan", func(l log.Log) (any, error) {
			var keys []string
			err := l.Scan([]byte("state/"), func(k, v []byte) bool {
				keys = append(keys, fmt.Sprint(string(k), len(v)))
				return len(keys) < most
			})
			return keys, err
		})
	}
	hash, err := own.PutBlob([]byte("module"))
	check(t, err)
	same("a blob", func(l log.Log) (any, error) { return l.Blob(hash) })
	same("no blob", func(l log.Log) (any, error) { return l.Blob("00") })
	for p := range 2 {
		if _, err := log.Verify(other, "bids", p); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat("live.sock"); err != nil || info.Mode()&0o077 != 0 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	check(t, s.Close())
	if _, err := other.Head("bids", 0); !remote.Ended(err) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := remote.Dial("."); err == nil {
		t.Error("somebody answers after the end")
	}
}

// TestWritesAreRefused: a log has one writer.
func TestWritesAreRefused(t *testing.T) {
	_, other, s := served(t, func(l log.Log) log.Log { return l })
	defer s.Close()
	_, committing := other.Commit(&log.Tx{})
	_, putting := other.PutBlob(nil)
	for what, err := range map[string]error{"commit": committing, "blob": putting, "declare": other.Declare(log.Topic{}), "trim": other.Trim("bids", 0, 1),
		"compact": other.Compact("bids", 0, log.Compaction{}), "claim": other.Claim("bids", nil, "x"), "release": other.Release("bids", "x")} {
		if !errors.Is(err, remote.ErrReadOnly) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// damaged is a log whose entries cannot be read.
type damaged struct{ log.Log }

func (damaged) Read(string, int, int64, int) ([]log.Entry, error) {
	return nil, &log.Damage{Topic: "bids", Partition: 1, Sequence: 7, What: "bytes are missing"}
}

// TestDamage: what is wrong with a log is told as it is where the log is.
func TestDamage(t *testing.T) {
	_, other, s := served(t, func(l log.Log) log.Log { return damaged{l} })
	defer s.Close()
	_, err := other.Read("bids", 1, 0, 1)
	var d *log.Damage
	if !errors.As(err, &d) || *d != (log.Damage{Topic: "bids", Partition: 1, Sequence: 7, What: "bytes are missing"}) {
		t.Errorf("damage: %v", err)
	}
}

// TestKilled: the socket of a process that was killed is in nobody's way.
func TestKilled(t *testing.T) {
	t.Chdir(t.TempDir())
	check(t, os.WriteFile("live.sock", nil, 0o600))
	if _, err := remote.Dial("."); err == nil {
		t.Error("nobody answered")
	}
	s, err := remote.Serve(".", log.NewMemory())
	check(t, err)
	other, err := remote.Dial(".")
	check(t, err)
	check(t, other.Close())
	check(t, s.Close())
}
