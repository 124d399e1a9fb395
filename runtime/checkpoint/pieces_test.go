package checkpoint_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

// TestStatesThatStayAndChange: states are read back as they were written last, whether they
// stayed as they were, changed in one byte, changed places with one another, or went away
// and came back.
func TestStatesThatStayAndChange(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 7))
	l := log.NewMemory()
	defer l.Close()
	run, err := checkpoint.Open(l, "test", time.Hour, clock.Real{})
	check(t, err)
	some := func() []byte {
		b := make([]byte, r.IntN(200<<10))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	var states [][]byte
	for range 4 {
		states = append(states, some())
	}
	for step := range 40 {
		i, j := r.IntN(len(states)), r.IntN(len(states))
		switch r.IntN(5) {
		case 0: // all stay
		case 1:
			states[i] = some()
		case 2:
			if b := bytes.Clone(states[i]); len(b) > 0 {
				b[r.IntN(len(b))]++
				states[i] = b
			}
		case 3:
			states[i], states[j] = states[j], states[i]
		case 4: // gone in this checkpoint
			check(t, run.Commit(&exec.State{Parts: map[string][]byte{"part": states[0]}}, false))
		}
		s := &exec.State{Parts: map[string][]byte{"part": states[0], "other": states[1]}, Instances: map[string][][]byte{"op": states[2:]}}
		check(t, run.Commit(s, false))
		if r.IntN(4) == 0 {
			check(t, run.Close())
			run, err = checkpoint.Open(l, "test", time.Hour, clock.Real{})
			check(t, err)
		}
		got, err := run.State()
		check(t, err)
		for k, b := range [][]byte{got.Parts["part"], got.Parts["other"], got.Instances["op"][0], got.Instances["op"][1]} {
			if !bytes.Equal(b, states[k]) {
				t.Fatalf("step %d: state %d has %d bytes that are not the %d that were written", step, k, len(b), len(states[k]))
			}
		}
	}
	check(t, run.Close())
}

// BenchmarkCommitUnchanged is a checkpoint of a state of 16 MiB that stays as it was, or whose
// first byte changes.
func BenchmarkCommitUnchanged(b *testing.B) {
	for _, changes := range []bool{false, true} {
		b.Run(fmt.Sprintf("changes=%v", changes), func(b *testing.B) {
			l := log.NewMemory()
			defer l.Close()
			run, err := checkpoint.Open(l, "test", time.Hour, clock.Real{})
			if err != nil {
				b.Fatal(err)
			}
			defer run.Close()
			state := make([]byte, 16<<20)
			for i := range state {
				state[i] = byte(i * i >> 7)
			}
			b.SetBytes(int64(len(state)))
			for b.Loop() {
				if changes {
					state[0]++
				}
				if err := run.Commit(&exec.State{Parts: map[string][]byte{"part": state}}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
