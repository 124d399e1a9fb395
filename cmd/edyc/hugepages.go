package main

import (
	"runtime"
	"runtime/debug"
)

// hugeHeap is how much of the heap lies in huge pages: what most pipelines take, and no more
// than leaves a run over wide rows below 200 MB, as a huge page is resident whole.
const hugeHeap = 64 << 20

// movesRows reports whether a command may take rows through pipelines for longer than it takes
// to start.
func movesRows(command string) bool {
	switch command {
	case "run", "replay", "query":
		return true
	default:
		return false
	}
}

// takeHugePages has the heap grow in pages of 2 MiB where the machine has them. Each page of
// 4 KiB that is written to for the first time is a fault, which costs a virtual machine some
// 5 µs: a quarter of a join of 60 MB. Memory is taken, marked, and given back untouched to
// what the heap grows from; that takes a collection, of a heap that is still
// small. It is for main alone: it sets what the collector of the whole process does.
func takeHugePages() {
	percent := debug.SetGCPercent(-1) // or taking it would be reason enough for another one
	if percent == startPercent {
		percent = usualPercent // the first collection is this one
	}
	defer debug.SetGCPercent(percent)
	if inHugePages(make([]byte, hugeHeap)) {
		runtime.GC()
	}
}
