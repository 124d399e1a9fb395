package checkpoint_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// history is a run whose shelf is changed at random beside a map, on a disk whose power is
// cut.
type history struct {
	t     *testing.T
	r     *rand.Rand
	disk  *vfs.MemFS
	bulk  int
	log   log.Log
	run   *checkpoint.Run
	shelf operators.Shelf
	want  map[string]string
}

func (h *history) open() {
	var err error
	h.log, err = log.OpenPebble("data", log.Disk{FS: h.disk, BulkBytes: h.bulk})
	check(h.t, err)
	h.run, err = checkpoint.Open(h.log, "test", time.Hour, clock.Real{})
	check(h.t, err)
	h.shelf = h.run.Shelf("groups")
}

func (h *history) close() {
	check(h.t, h.run.Close())
	check(h.t, h.log.Close())
}

// change puts groups on the shelf, and takes some away, for the next checkpoint.
func (h *history) change(step int) map[string]string {
	next := maps.Clone(h.want)
	if h.r.IntN(12) == 0 {
		h.run.Clear("groups")
		clear(next)
	}
	for h.r.IntN(4) == 0 {
		p := string(byte('a' + h.r.IntN(4)))
		check(h.t, h.shelf.DeletePrefix([]byte(p)))
		maps.DeleteFunc(next, func(k, _ string) bool { return strings.HasPrefix(k, p) })
	}
	for range h.r.IntN(120) {
		k := fmt.Sprintf("%c%d", 'a'+h.r.IntN(4), h.r.IntN(60))
		if h.r.IntN(4) == 0 {
			check(h.t, h.shelf.Delete([]byte(k)))
			delete(next, k)
			continue
		}
		next[k] = strings.Repeat(fmt.Sprint(step), h.r.IntN(4))
		check(h.t, h.shelf.Put([]byte(k), []byte(next[k])))
	}
	return next
}

// same compares what is read with a map.
func (h *history) same(when string, want map[string]string) {
	h.t.Helper()
	keys := [][]byte{}
	for _, c := range "abcd" {
		for n := range 60 {
			keys = append(keys, fmt.Appendf(nil, "%c%d", c, n))
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	found, listed := map[string]string{}, map[string]string{}
	check(h.t, h.shelf.Get(keys, func(i int, value []byte) { found[string(keys[i])] = string(value) }))
	last := ""
	check(h.t, h.shelf.Scan(nil, nil, func(key, value []byte) bool {
		if string(key) <= last {
			h.t.Errorf("%s: %s is listed behind %s", when, key, last)
		}
		last, listed[string(key)] = string(key), string(value)
		return true
	}))
	if !maps.Equal(found, want) || !maps.Equal(listed, want) {
		h.t.Fatalf("%s: %d groups are found and %d listed, want %d", when, len(found), len(listed), len(want))
	}
}

// TestShelf: what a checkpoint returned for is on the shelf, and nothing else, whether
// groups are under keys, in files, or in both, and after the power was cut.
func TestShelf(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, round))
		h := &history{t: t, r: r, disk: vfs.NewCrashableMem(), bulk: []int{1, 700, 3000, 0}[round%4], want: map[string]string{}}
		h.open()
		for step := range 60 {
			next := h.change(step)
			if r.IntN(8) == 0 { // what no checkpoint has was never there
				if r.IntN(2) == 0 {
					h.close()
				} else {
					was := h.disk
					h.disk = was.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.IntN(101), RNG: r})
				}
				h.open()
				h.same("after it was opened again", h.want)
				continue
			}
			check(t, h.run.Commit(&exec.State{}, false))
			h.want = next
			h.same("after a checkpoint", h.want)
		}
		check(t, h.run.Erase())
		h.close()
		h.open()
		h.same("after the run was forgotten", nil)
		names, err := h.disk.List("data")
		check(t, err)
		for _, name := range names {
			if strings.HasPrefix(name, "sorted-") {
				t.Errorf("%s is left", name)
			}
		}
		h.close()
	}
}

// TestShelfDamage flips a bit of, cuts and takes away a file of groups.
func TestShelfDamage(t *testing.T) {
	for how, harm := range map[string]func(disk *vfs.MemFS, path string){
		"deleted": func(disk *vfs.MemFS, path string) { check(t, disk.Remove(path)) },
		"cut": func(disk *vfs.MemFS, path string) {
			rewrite(t, disk, path, func(b []byte) []byte { return b[:len(b)/2] })
		},
		"flipped at its end": func(disk *vfs.MemFS, path string) {
			rewrite(t, disk, path, func(b []byte) []byte { b[len(b)-30] ^= 1; return b })
		},
		"flipped in a group": func(disk *vfs.MemFS, path string) {
			rewrite(t, disk, path, func(b []byte) []byte { b[10] ^= 1; return b })
		},
	} {
		h := &history{t: t, disk: vfs.NewCrashableMem(), bulk: 1}
		h.open()
		for i := range 100 {
			check(t, h.shelf.Put(fmt.Appendf(nil, "%03d", i), []byte("a group")))
		}
		check(t, h.run.Commit(&exec.State{}, false))
		h.close()
		names, err := h.disk.List("data")
		check(t, err)
		for _, name := range names {
			if strings.HasPrefix(name, "sorted-") {
				harm(h.disk, "data/"+name)
			}
		}
		l, err := log.OpenPebble("data", log.Disk{FS: h.disk, BulkBytes: 1})
		if err == nil {
			run, openErr := checkpoint.Open(l, "test", time.Hour, clock.Real{})
			check(t, openErr)
			err = run.Shelf("groups").Get([][]byte{[]byte("001")}, func(int, []byte) {})
			check(t, run.Close())
			check(t, l.Close())
		}
		if err == nil || !strings.Contains(err.Error(), "sorted-") {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func rewrite(t *testing.T, disk *vfs.MemFS, path string, change func([]byte) []byte) {
	t.Helper()
	f, err := disk.Open(path)
	check(t, err)
	info, err := f.Stat()
	check(t, err)
	b := make([]byte, info.Size())
	_, err = f.ReadAt(b, 0)
	check(t, err)
	check(t, f.Close())
	f, err = disk.Create(path, vfs.WriteCategoryUnspecified)
	check(t, err)
	_, err = f.Write(change(b))
	check(t, err)
	check(t, f.Close())
}
