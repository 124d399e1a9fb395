package log_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/logtest"
)

var logSeed = flag.Uint64("log-seed", 0, "the seed of what is random in the conformance suite and in TestCrashes; 0 takes one from the clock")

// seeded is the seed of a test, which says how to repeat it.
func seeded(t *testing.T) uint64 {
	t.Helper()
	seed := *logSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat: go test ./runtime/log -run %s -log-seed %d", t.Name(), seed)
	return seed
}

func TestMemory(t *testing.T) {
	logtest.Conformance(t, seeded(t), func(*testing.T) logtest.Open {
		var l log.Log
		return func(t *testing.T) log.Log {
			if l == nil {
				l = log.NewMemory()
				return l
			}
			var err error
			l, err = log.Again(l)
			check(t, err)
			return l
		}
	})
}

func TestPebble(t *testing.T) {
	logtest.Conformance(t, seeded(t), func(t *testing.T) logtest.Open {
		dir := t.TempDir()
		return func(t *testing.T) log.Log { return openIn(t, dir, nil) }
	})
}

func openIn(t testing.TB, dir string, fs vfs.FS) log.Log {
	t.Helper()
	l, err := log.OpenPebble(dir, log.Disk{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestPebbleInFiles lets whatever is written ahead have a file of its own.
func TestPebbleInFiles(t *testing.T) {
	logtest.Conformance(t, seeded(t), func(t *testing.T) logtest.Open {
		dir := t.TempDir()
		return func(t *testing.T) log.Log {
			l, err := log.OpenPebble(dir, log.Disk{BulkBytes: 1})
			check(t, err)
			return l
		}
	})
}

// TestSecondProcess: a folder that is open is refused.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	l := openIn(t, dir, nil)
	defer l.Close()
	if again, err := log.OpenPebble(dir, log.Disk{}); err == nil {
		again.Close()
		t.Error("a data folder was opened twice")
	}
}

// TestCrashes cuts the power at random moments of a history of commits. What a
// Commit returned for is there afterwards, what is there is whole, and the chain
// holds.
func TestCrashes(t *testing.T) {
	seed := seeded(t)
	for round := range uint64(40) {
		crashOnce(t, rand.New(rand.NewPCG(seed, round)))
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

func crashOnce(t *testing.T, r *rand.Rand) {
	fs := vfs.NewCrashableMem()
	l, err := log.OpenPebble("data", log.Disk{FS: fs, BulkBytes: 1 + r.IntN(2)*(4<<20)})
	check(t, err)
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
	ahead, err := l.Ahead("bids")
	check(t, err)
	acked := int64(0) // events whose commit returned, synced
	for range 5 + r.IntN(40) {
		n := 1 + r.IntN(9)
		tx := commitOf(acked, n)
		if r.IntN(2) == 0 {
			check(t, ahead.Append(&tx.Appends[0]))
			tx.Appends, tx.Ahead = nil, []log.Ahead{ahead}
		}
		if _, err := l.Commit(tx); err != nil {
			t.Fatal(err)
		}
		acked += int64(n)
	}
	for range r.IntN(3) { // what no commit takes
		check(t, ahead.Append(&commitOf(acked, 5).Appends[0]))
	}
	after := fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
	check(t, errors.Join(ahead.Close(), l.Close()))
	l = openIn(t, "data", after)
	defer l.Close()
	sound(t, l, acked, acked)
}

// commitOf appends n events and sets the state to what was appended in all.
func commitOf(before int64, n int) *log.Tx {
	next := before + int64(n)
	return &log.Tx{
		Appends: []log.Append{{Topic: "bids", Expect: before, N: n, MinTime: before, MaxTime: next, Payload: []byte(fmt.Sprintf("%d events from %d", n, before))}},
		Set:     []log.KeyValue{{Key: []byte("next"), Value: []byte(fmt.Sprint(next))}},
	}
}

// sound checks that a log holds between least and most events, that its state says
// the same, and that its chain holds.
func sound(t *testing.T, l log.Log, least, most int64) {
	t.Helper()
	head, err := l.Head("bids", 0)
	check(t, err)
	if head.Next < least || head.Next > most {
		t.Errorf("%d events, want %d to %d", head.Next, least, most)
	}
	state, err := l.Get([]byte("next"))
	check(t, err)
	if head.Next > 0 && string(state) != fmt.Sprint(head.Next) {
		t.Errorf("the state says %s events and the topic has %d", state, head.Next)
	}
	if _, err := log.Verify(l, "bids", 0); err != nil {
		t.Error(err)
	}
}

// TestIOErrors fails one write of the file system after the other. A commit that
// fails may be there or not, and nothing in between; the log takes no more writes,
// and is sound when it is opened again after the process is gone.
func TestIOErrors(t *testing.T) {
	for at := range int32(160) {
		size := 0
		if at >= 80 { // so much that the store goes from one of its logs to the next
			size, at = 100<<10, at-80
		}
		fs := vfs.NewCrashableMem()
		l := openIn(t, "data", fs)
		check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
		check(t, l.Close())

		bad := errorfs.Wrap(fs, errorfs.ErrInjected.If(errorfs.And(errorfs.Writes, notSync{}, errorfs.OnIndex(at))))
		acked, err := writeUntilError(bad, size)
		if err != nil && !strings.Contains(err.Error(), "injected error") && !errors.Is(err, errFatal) {
			t.Errorf("write %d of commits of %d bytes: %v", at, size, err)
		}
		l = openIn(t, "data", fs.CrashClone(vfs.CrashCloneCfg{}))
		sound(t, l, acked, acked+3)
		check(t, l.Close())
	}
}

// notSync leaves out syncing, whose failure ends the process at once: TestCrashes is
// what becomes of that.
type notSync struct{}

func (notSync) String() string { return "notSync" }

// Evaluate implements errorfs.Predicate.
func (notSync) Evaluate(op errorfs.Op) bool {
	return op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData && op.Kind != errorfs.OpFileSyncTo
}

var errFatal = errors.New("the disk failed for good")

// writeUntilError commits until something fails, as a process would: what cannot go
// on any more is left behind.
func writeUntilError(fs vfs.FS, size int) (acked int64, err error) {
	fatal, done := make(chan struct{}, 1), make(chan error, 1)
	var committed atomic.Int64
	disk := log.Disk{FS: fs, Fatal: func(string) {
		select {
		case fatal <- struct{}{}:
		default:
		}
		select {} // the process is gone
	}}
	go func() {
		l, err := log.OpenPebble("data", disk)
		if err != nil {
			done <- err
			return
		}
		for range 30 {
			n := committed.Load()
			tx := commitOf(n, 3)
			tx.Appends[0].Payload = append(tx.Appends[0].Payload, make([]byte, size)...)
			if _, err = l.Commit(tx); err != nil {
				break
			}
			committed.Add(3)
		}
		if err != nil {
			if _, again := l.Commit(commitOf(committed.Load(), 3)); again == nil {
				err = errors.New("a commit after one that failed")
			}
		}
		done <- errors.Join(err, l.Close())
	}()
	select {
	case <-fatal:
		return committed.Load(), errFatal
	case err = <-done:
		return committed.Load(), err
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkAppend commits 64 KiB payloads, synced in groups of 16.
func BenchmarkAppend(b *testing.B) {
	l := openIn(b, b.TempDir(), nil)
	defer l.Close()
	check(b, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
	payload := make([]byte, 64<<10)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range payload {
		payload[i] = byte(r.Uint32())
	}
	b.SetBytes(16 * int64(len(payload)))
	for b.Loop() {
		tx := &log.Tx{}
		for range 16 {
			tx.Appends = append(tx.Appends, log.Append{Topic: "bids", Expect: -1, N: 400, Payload: payload})
		}
		if _, err := l.Commit(tx); err != nil {
			b.Fatal(err)
		}
	}
}
