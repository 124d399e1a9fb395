package sorted_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/runtime/sorted"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// random is a source of numbers that a failure can be repeated with.
func random(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// same compares a set with a map: what is found of some keys, and what is listed.
func same(t *testing.T, r *rand.Rand, s *sorted.Set, want map[string]string) {
	t.Helper()
	keys := [][]byte{[]byte("absent"), []byte("zz")}
	for k := range want {
		if r.IntN(3) == 0 {
			keys = append(keys, []byte(k), []byte(k+"!"))
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	found, last := map[string]string{}, -1
	check(t, s.Get(keys, func(i int, value []byte) {
		if i <= last {
			t.Errorf("key %d comes behind %d", i, last)
		}
		last = i
		found[string(keys[i])] = string(value)
	}))
	for _, k := range keys {
		have, there := found[string(k)]
		if is, has := want[string(k)]; there != has || have != is {
			t.Fatalf("key %q is %q (%v), want %q (%v)", k, have, there, is, has)
		}
	}
	prefix := string(byte('a' + r.IntN(4)))
	var listed, wanted []string
	check(t, s.Scan([]byte(prefix), nil, func(key, value []byte) bool {
		listed = append(listed, string(key)+"="+string(value))
		return true
	}))
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if strings.HasPrefix(k, prefix) {
			wanted = append(wanted, k+"="+want[k])
		}
	}
	if !slices.Equal(listed, wanted) {
		t.Fatalf("%d keys begin with %s, want %d", len(listed), prefix, len(wanted))
	}
}

// change puts, deletes and forgets keys of a batch at random, in a set's batch and a map.
func change(t *testing.T, r *rand.Rand, b *sorted.Batch, want map[string]string, step int) (gone [][]byte) {
	t.Helper()
	for r.IntN(4) == 0 {
		p := string(byte('a'+r.IntN(4))) + fmt.Sprint(r.IntN(10))
		p = p[:1+r.IntN(2)]
		gone = append(gone, []byte(p))
		maps.DeleteFunc(want, func(k, _ string) bool { return strings.HasPrefix(k, p) })
	}
	for range r.IntN(300) {
		k := fmt.Sprintf("%c%d", 'a'+r.IntN(4), r.IntN(2000))
		if r.IntN(5) == 0 {
			check(t, b.Delete([]byte(k)))
			delete(want, k)
			continue
		}
		v := strings.Repeat(fmt.Sprint(step, "."), r.IntN(20)) // some are empty
		check(t, b.Put([]byte(k), []byte(v)))
		want[k] = v
	}
	return gone
}

// TestAgainstMap changes keys at random beside a map, so often that files become one all
// the time.
func TestAgainstMap(t *testing.T) {
	r := random(t)
	fs := vfs.NewMem()
	check(t, fs.MkdirAll("d", 0o755))
	dir := sorted.NewDir(fs, "d")
	s, want := sorted.New(dir), map[string]string{}
	b := s.NewBatch()
	for step := range 300 {
		gone := change(t, r, b, want, step)
		check(t, s.Add(gone, b))
		same(t, r, s, want)
	}
	if names, err := fs.List("d"); err != nil || len(names) > 40 {
		t.Errorf("%d files, %v: they do not become one", len(names), err)
	}
	check(t, s.Close())
	check(t, b.Drop())
	if names, err := fs.List("d"); err != nil || len(names) > 0 {
		t.Errorf("%v are left, %v", names, err)
	}
}

// TestLarge has more keys than fit a block, a section and what is sorted at a time, in order
// and not, and values larger than any of them.
func TestLarge(t *testing.T) {
	r := random(t)
	dir := sorted.NewDir(vfs.Default, t.TempDir())
	s, want := sorted.New(dir), map[uint64]string{}
	b := s.NewBatch()
	key := func(k uint64) []byte { return binary.BigEndian.AppendUint64(nil, k) }
	put := func(k uint64, v string) {
		check(t, b.Put(key(k), []byte(v)))
		want[k] = v
	}
	for i := range uint64(60_000) {
		put(i*1_000_003, fmt.Sprint("first ", i))
	}
	check(t, s.Add(nil, b))
	for range 50_000 {
		put(r.Uint64N(60_000)*1_000_003+r.Uint64N(2), fmt.Sprint("second ", r.Uint64()))
	}
	put(3, strings.Repeat("large", 1<<20))
	check(t, s.Add(nil, b))
	ks := slices.Sorted(maps.Keys(want))
	var keys [][]byte
	for _, k := range ks {
		keys = append(keys, key(k))
	}
	n := 0
	check(t, s.Get(keys, func(i int, value []byte) {
		if n++; want[ks[i]] != string(value) {
			t.Fatalf("key %d is %.20q, want %.20q", ks[i], value, want[ks[i]])
		}
	}))
	if n != len(want) {
		t.Errorf("%d keys were found, want %d", n, len(want))
	}
	at := 0
	check(t, s.Scan(nil, nil, func(k, value []byte) bool {
		if !bytes.Equal(k, keys[at]) || want[ks[at]] != string(value) {
			t.Fatalf("key %d of all is %x with %.20q", at, k, value)
		}
		at++
		return true
	}))
	if at != len(want) {
		t.Errorf("%d keys are listed, want %d", at, len(want))
	}
	check(t, s.Close())
}

// TestDamagedBlock flips a bit of a file: the block that it is in is refused.
func TestDamagedBlock(t *testing.T) {
	fs := vfs.NewMem()
	check(t, fs.MkdirAll("d", 0o755))
	dir := sorted.NewDir(fs, "d")
	s := sorted.New(dir)
	b := s.NewBatch()
	var keys [][]byte
	for i := range 20_000 { // a small file is never made
		keys = append(keys, fmt.Appendf(nil, "%06d", i))
		check(t, b.Put(keys[i], []byte("a value of some length")))
	}
	check(t, s.Add(nil, b))
	names, err := fs.List("d")
	check(t, err)
	f, err := fs.OpenReadWrite(fs.PathJoin("d", names[0]), vfs.WriteCategoryUnspecified)
	check(t, err)
	one := make([]byte, 1)
	_, err = f.ReadAt(one, 1234)
	check(t, err)
	_, err = f.WriteAt([]byte{one[0] ^ 4}, 1234)
	check(t, err)
	check(t, f.Close())
	n := 0
	count := func(int, []byte) { n++ }
	if err := s.Get(keys, count); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("looking for all keys: %v", err)
	}
	if err := s.Scan(nil, nil, func(_, _ []byte) bool { return true }); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("listing all keys: %v", err)
	}
	n = 0
	check(t, s.Get(keys[19_900:], count))
	if n != 100 {
		t.Errorf("%d of 100 keys in other blocks were found", n)
	}
	check(t, s.Close())
}
