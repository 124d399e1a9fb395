package main

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/edynamic/edynamic/runtime/log"
)

// heapFloor is memory that a process takes first and never touches, so that it is not
// resident. The garbage collector starts when the heap has doubled: with a floor
// under it, it leaves a pipeline alone that holds next to nothing and allocates a
// lot, and a run with much state is collected as before. Figures are in
// docs/performance.md.
const heapFloor = 16 << 20

// besideState is what a run with a limit for its state takes beside that: rows on their
// way, blocks of the store that were read last, and what waits to be written there.
const besideState = 128 << 20

// firstCollection is the size of the heap at which it is collected for the first time: the
// floor counts from then on. Taking it would be reason enough for a collection, of what was
// made before main and lives for ever, and a short run ends without one.
const firstCollection = 48 << 20

// usualPercent and leastHeap are how much Go lets a heap grow before it collects it, and
// what it lets every heap grow to; startPercent is for the first collection.
const (
	usualPercent = 100
	leastHeap    = 4 << 20
	startPercent = usualPercent * firstCollection / leastHeap
)

// withHeapFloor does something above a floor.
func withHeapFloor(do func() int) int {
	if wanted := debug.SetGCPercent(startPercent); wanted == usualPercent {
		go usualAfterFirst()
	} else {
		debug.SetGCPercent(wanted)
	}
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(&floor)
	return do()
}

// usualAfterFirst lets the heap be collected as usual from the first collection on, or once
// a run is no longer a short one. It looks for itself: a cleanup would be called when memory
// is swept, which takes the longer the more the heap may grow.
func usualAfterFirst() {
	var done debug.GCStats
	for range 200 {
		time.Sleep(10 * time.Millisecond)
		if debug.ReadGCStats(&done); done.NumGC > 0 {
			break
		}
	}
	debug.SetGCPercent(usualPercent)
}

// withHeap does something, where state has a limit below what that limit allows: the
// garbage collector then works harder instead of letting the heap double.
func withHeap(stateMemory int64, do func() error) error {
	if stateMemory > 0 {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(stateMemory + stateMemory/4 + besideState))
	}
	return do()
}

// stateMemory reads the limit of state; 0 is none.
func stateMemory(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, ok := log.ParseSize(text)
	if !ok || n < 1 {
		return 0, usage("--state-memory %q is no size: write 256MiB or 4GiB", text)
	}
	return n, nil
}
