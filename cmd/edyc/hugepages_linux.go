package main

import (
	"syscall"
	"unsafe"
)

// hugeHeap is how much of the heap lies in huge pages: what most pipelines take, and no more
// than leaves a run over wide rows below 200 MB, as a huge page is resident whole.
const hugeHeap = 64 << 20

// hugePage is the size of one.
const hugePage = 2 << 20

// takeHugePages has the heap grow in pages of 2 MiB where the machine has them. Each page of
// 4 KiB that is written to for the first time is a fault, which costs a virtual machine up to
// 5 µs: a quarter of a join of 60 MB. So memory is taken, marked, and given back untouched to
// what the heap grows from. A slice would come back with a collection only, which takes longer
// than to check a program; the stack of a goroutine comes back when that ends. Where Go
// does it otherwise one day, or the machine refuses, a run is slower and nothing else.
func takeHugePages() {
	given := make(chan struct{})
	go func() {
		defer close(given)
		to := (tall(false) + hugePage) &^ (hugePage - 1)
		inHugePages(to-hugeHeap-hugePage, to) // what is not this stack may be marked as well
	}()
	<-given
}

// space is what a call of tall takes of the stack. A stack doubles until a call fits, which is
// at 64 MiB.
type space [hugeHeap - 2*hugePage]byte

// tall has the stack of its goroutine grow by a space, and returns an address above it. It
// touches that only if it is to be filled.
//
//go:noinline
func tall(fill bool) (top uintptr) {
	var here byte
	if fill {
		_ = filled()
	}
	return uintptr(unsafe.Pointer(&here))
}

//go:noinline
func filled() (s space) { return s }

// inHugePages asks for memory between two addresses to lie in huge pages, and reports whether
// it may.
func inHugePages(from, to uintptr) bool {
	_, _, err := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_HUGEPAGE)
	return err == 0
}
