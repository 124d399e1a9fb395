package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a file system of its own with so many bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a file system of %s cannot be mounted: %v", size, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so many bytes of a disk.
func fill(t *testing.T, dir string, leave int64) (file string) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(dir, "filler")
	if err := os.WriteFile(file, make([]byte, int64(s.Bavail)*s.Bsize-leave), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return file
}

// TestFullDisk runs out of room on a real disk, for topics, checkpoints and outputs. Writes
// stop and say so, what was committed can be read, and when there is room the run goes on
// to the same outputs as one that always had it.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, "64m")
	folder(t, "bids.ndjson", chaosBids(rand.New(rand.NewPCG(4, 1)), 120000))
	program := strings.ReplaceAll(chaosProgram, ` to "`, ` to "OUT/`)
	write(t, "p.edy", strings.ReplaceAll(program, "OUT", "right"))
	outputs := []string{"totals.ndjson", "visits.csv", "tops.parquet", "errors.ndjson"}
	if err := os.MkdirAll("right", 0o755); err != nil {
		t.Fatal(err)
	}
	edyc("run", "p.edy").expect(t, 0)
	out := filepath.Join(disk, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "p.edy", strings.ReplaceAll(program, "OUT", out))
	filler := fill(t, disk, 3<<20)
	data := filepath.Join(disk, "d")
	p := start(t, "run", "p.edy", "--data", data, "--checkpoint-every", "10ms", "--batch", "500")
	for range 1200 {
		if strings.Contains(p.err.String(), "is full") {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if text := p.err.String(); !strings.Contains(text, "is full: nothing is written until there is room") {
		t.Fatalf("it did not say that the disk is full: %s", text)
	}
	time.Sleep(300 * time.Millisecond) // it stands still, and does not end
	edyc("topic", "list", "--data", data).expect(t, 0, "bids  ", " rows  ")
	edyc("topic", "tail", "bids", "--data", data, "-n", "3", "--no-follow").expect(t, 0, `"auction":`)
	edyc("topic", "verify", "bids", "--data", data).expect(t, 0, "the chain holds")
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v\n%s", err, p.err.String())
		}
	case <-time.After(5 * time.Minute):
		t.Fatalf("it did not go on\n%s", p.err.String())
	}
	if text := p.err.String(); !strings.Contains(text, "there is room on the disk of ") {
		t.Errorf("it did not say that there is room again: %s", text)
	}
	for _, name := range outputs {
		if got, want := read(t, filepath.Join(out, name)), read(t, filepath.Join("right", name)); got != want {
			t.Errorf("%s differs: %d bytes instead of %d", name, len(got), len(want))
		}
	}
	edyc("topic", "verify", "--data", data).expect(t, 0, "bids, partition 0: ", "the chain holds")
}
