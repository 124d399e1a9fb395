package build_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

// BenchmarkRecovery opens a data folder and reads 256 MiB of state that a checkpoint
// holds, with every piece compared with its name.
func BenchmarkRecovery(b *testing.B) {
	const size = 256 << 20
	dir := b.TempDir()
	state := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range state {
		state[i] = byte(r.Uint32())
	}
	l, err := log.OpenPebble(dir, log.Disk{})
	benchCheck(b, err)
	run, err := checkpoint.Open(l, "bench", time.Second, clock.Real{})
	benchCheck(b, err)
	benchCheck(b, run.Commit(&exec.State{Instances: map[string][][]byte{"totals:aggregate": {state}}}, false))
	run.Close()
	benchCheck(b, l.Close())
	b.SetBytes(size)
	for b.Loop() {
		l, err := log.OpenPebble(dir, log.Disk{})
		benchCheck(b, err)
		run, err := checkpoint.Open(l, "bench", time.Second, clock.Real{})
		benchCheck(b, err)
		s, err := run.State()
		benchCheck(b, err)
		if len(s.Instances["totals:aggregate"][0]) != size {
			b.Fatal("the state is not whole")
		}
		run.Close()
		benchCheck(b, l.Close())
	}
}
