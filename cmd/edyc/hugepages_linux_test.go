package main

import (
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
)

// Memory that a run takes first is marked for the machine to give huge pages, where it has any,
// and is given back: to what the heap grows from, not as a stack.
func TestTakeHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this machine has no huge pages:", err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection holds stacks back until it ends
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	takeHugePages()
	for range 100 { // the goroutine has told that it is done, and ends on another processor
		if runtime.ReadMemStats(&after); after.StackInuse < before.StackInuse+hugeHeap/4 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if marked := inHugePagesNow(t); marked < hugeHeap*3/4 {
		t.Errorf("%d MiB are marked", marked>>20)
	}
	if now := after.StackInuse; now > before.StackInuse+hugeHeap/4 {
		t.Errorf("stacks have %d MiB and had %d", now>>20, before.StackInuse>>20)
	}
	if idle := after.HeapIdle - after.HeapReleased; idle < hugeHeap*3/4 {
		t.Errorf("the heap may grow into %d MiB before it asks for more", idle>>20)
	}
}

// Space that is to be filled is: the compiler must not find out that it never is.
func TestTall(t *testing.T) {
	if tall(true) == 0 {
		t.Error("no place on the stack")
	}
}

// inHugePagesNow counts the bytes of all areas that are marked for huge pages.
func inHugePagesNow(t *testing.T) (marked uint64) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	area := regexp.MustCompile(`(?s)([0-9a-f]+)-([0-9a-f]+) [^ ]{4} .*?\nVmFlags:([^\n]*)`)
	for _, m := range area.FindAllStringSubmatch(string(maps), -1) {
		if regexp.MustCompile(`\bhg\b`).MatchString(m[3]) {
			from, _ := strconv.ParseUint(m[1], 16, 64)
			to, _ := strconv.ParseUint(m[2], 16, 64)
			marked += to - from
		}
	}
	return marked
}
