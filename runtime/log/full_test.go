package log_test

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/room"
)

// fullFor is a disk that has no room for some writes, from one on.
type fullFor struct{ from, n, seen atomic.Int64 }

func (*fullFor) String() string { return "full" }

// MaybeError implements errorfs.Injector.
func (f *fullFor) MaybeError(op errorfs.Op) error {
	if op.Kind != errorfs.OpFileWrite && op.Kind != errorfs.OpCreate {
		return nil
	}
	if at := f.seen.Add(1); at > f.from.Load() && at <= f.from.Load()+f.n.Load() {
		return syscall.ENOSPC
	}
	return nil
}

// TestDiskFull: commits stand still while the disk is full, which is said once, and are all
// there when there is room again.
func TestDiskFull(t *testing.T) {
	full := &fullFor{}
	full.from.Store(60)
	full.n.Store(7)
	var said, again atomic.Int64
	l, err := log.OpenPebble("data", log.Disk{
		FS:    errorfs.Wrap(vfs.NewCrashableMem(), full),
		Fatal: func(reason string) { t.Error(reason); select {} },
		Room: &room.Waiter{Full: func(string) { said.Add(1) }, Again: func(string) { again.Add(1) },
			Sleep: func(time.Duration) { time.Sleep(time.Millisecond) }},
	})
	check(t, err)
	check(t, l.Declare(log.Topic{Name: "bids", Partitions: 1}))
	for i := range int64(100) {
		_, err := l.Commit(commitOf(3*i, 3))
		check(t, err)
	}
	sound(t, l, 300, 300)
	check(t, l.Close())
	if said.Load() == 0 || said.Load() != again.Load() {
		t.Errorf("it was said %d times that the disk is full, and %d times that there is room", said.Load(), again.Load())
	}
}
