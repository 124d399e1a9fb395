package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"unsafe"
)

// Memory that is asked for in huge pages is marked so for the machine, where it has any.
func TestInHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this machine has no huge pages:", err)
	}
	b := make([]byte, hugeHeap)
	if !inHugePages(b) {
		t.Fatal("the machine refuses")
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	inside := uint64(uintptr(unsafe.Pointer(&b[hugeHeap/2])))
	area := regexp.MustCompile(`(?s)([0-9a-f]+)-([0-9a-f]+) [^ ]{4} .*?\nVmFlags:([^\n]*)`)
	for _, m := range area.FindAllStringSubmatch(string(maps), -1) {
		from, _ := strconv.ParseUint(m[1], 16, 64)
		to, _ := strconv.ParseUint(m[2], 16, 64)
		if from <= inside && inside < to {
			if !regexp.MustCompile(`\bhg\b`).MatchString(m[3]) {
				t.Errorf("the area is marked %s, not hg", m[3])
			}
			return
		}
	}
	t.Errorf("no area has %x", inside)
}
