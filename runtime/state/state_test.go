package state_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/edynamic/edynamic/runtime/state"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestShelfAgainstMap puts, deletes, finds and lists keys at random beside a map, on two
// shelves of a store.
func TestShelfAgainstMap(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	s := state.New(dir)
	shelves := map[string]map[string]string{"one": {}, "two": {}}
	for step := range 400 {
		name := []string{"one", "two"}[r.IntN(2)]
		shelf, want := s.Shelf(name), shelves[name]
		for range r.IntN(50) {
			key := binary.BigEndian.AppendUint16(nil, uint16(r.IntN(500)))
			if r.IntN(3) == 0 {
				check(t, shelf.Delete(key))
				delete(want, string(key))
				continue
			}
			value := fmt.Sprint(step, r.Uint64())
			check(t, shelf.Put(key, []byte(value)))
			want[string(key)] = value
		}
		var keys [][]byte
		for k := range 500 {
			if r.IntN(2) == 0 {
				keys = append(keys, binary.BigEndian.AppendUint16(nil, uint16(k)))
			}
		}
		found := map[string]string{}
		check(t, shelf.Get(keys, func(i int, value []byte) { found[string(keys[i])] = string(value) }))
		for _, k := range keys {
			if have, there := found[string(k)]; have != want[string(k)] || there != (want[string(k)] != "") {
				t.Fatalf("step %d: key %x is %q, want %q", step, k, have, want[string(k)])
			}
		}
		var listed []string
		check(t, shelf.Scan([]byte{1}, nil, func(key, _ []byte) bool {
			listed = append(listed, string(bytes.Clone(key)))
			return true
		}))
		wanted := slices.DeleteFunc(slices.Sorted(maps.Keys(want)), func(k string) bool { return k[0] != 1 })
		if !slices.Equal(listed, wanted) {
			t.Fatalf("step %d: %d keys, want %d", step, len(listed), len(wanted))
		}
		if step == 300 {
			s.Clear("one")
			clear(shelves["one"])
		}
	}
	check(t, s.Close())
	left, err := os.ReadDir(dir)
	check(t, err)
	if len(left) > 0 {
		t.Errorf("%s is left on the disk", left[0].Name())
	}
}

// TestNothingOnDisk: a store that nothing is put in makes no file.
func TestNothingOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := state.New(dir)
	if s.Shelf("one").Has() {
		t.Error("something is there")
	}
	check(t, s.Shelf("one").Get([][]byte{{1}}, func(int, []byte) { t.Error("a key was found") }))
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files, %v", len(left), err)
	}
	check(t, s.Close())
}

// TestManyPut puts more keys than go at a time, in order and not, over keys that are there,
// and deletes some in between.
func TestManyPut(t *testing.T) {
	s := state.New(t.TempDir())
	shelf, want := s.Shelf("one"), map[uint32]string{}
	key := func(k uint32) []byte { return binary.BigEndian.AppendUint32(nil, k) }
	pad := string(bytes.Repeat([]byte{'.'}, 100))
	put := func(k uint32, round int) {
		want[k] = fmt.Sprint(round, k, pad)
		check(t, shelf.Put(key(k), []byte(want[k])))
	}
	for round := range 3 {
		for k := range uint32(40_000) {
			if k%5 != uint32(round) {
				put(k, round)
			}
		}
		for k := uint32(30_000); k > 10_000; k -= 3 { // behind the others, and the other way round
			put(k, round+10)
		}
		for k := uint32(0); k < 40_000; k += 7 {
			check(t, shelf.Delete(key(k)))
			delete(want, k)
		}
		for k := uint32(20_000); k < 40_000; k += 11 {
			put(k, round+20)
		}
		found := 0
		check(t, shelf.Scan(nil, nil, func(k, value []byte) bool {
			found++
			if have := want[binary.BigEndian.Uint32(k)]; have != string(value) {
				t.Errorf("round %d: key %x is %.20s, want %.20s", round, k, value, have)
			}
			return !t.Failed()
		}))
		if found != len(want) {
			t.Fatalf("round %d: %d keys, want %d", round, found, len(want))
		}
	}
	check(t, s.Close())
}

// TestBeside: what keys are found by takes some bytes of memory for each, until they are gone.
func TestBeside(t *testing.T) {
	s := state.New(t.TempDir())
	shelf := s.Shelf("one")
	if n := s.Beside(); n != 0 {
		t.Errorf("%d bytes for nothing", n)
	}
	const keys = 200_000
	for k := range uint32(keys) {
		check(t, shelf.Put(binary.BigEndian.AppendUint32(nil, k), make([]byte, 20)))
	}
	check(t, shelf.Get([][]byte{{0, 0, 0, 1}}, func(int, []byte) {}))
	// 12.8 bits of filters, and 13 bytes of a block of 1 KiB in which there are 39.
	if n := s.Beside(); n < keys*12/8 || n > keys*3 {
		t.Errorf("%d bytes for %d keys", n, keys)
	}
	s.Clear("one")
	if n := s.Beside(); n != 0 {
		t.Errorf("%d bytes for keys that are gone", n)
	}
	check(t, s.Close())
}
