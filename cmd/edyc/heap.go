package main

import "runtime"

// heapFloor is memory that a run takes and never touches, so that it is not
// resident. The garbage collector starts when the heap has doubled: with a floor
// under it, it leaves a pipeline alone that holds next to nothing and allocates a
// lot, and a run with much state is collected as before. Figures are in
// docs/performance.md.
const heapFloor = 6 << 20

// withHeapFloor does something above a floor.
func withHeapFloor(do func() error) error {
	floor := make([]byte, heapFloor)
	defer runtime.KeepAlive(&floor)
	return do()
}
