package log

import (
	"bytes"
	"errors"
	"fmt"
	"github.com/cockroachdb/pebble/v2/vfs"
	"testing"
)

// TestTampered changes stored entries as nobody should, with checksums that are right
// again: the chain tells, of compacted entries too.
func TestTampered(t *testing.T) {
	for name, change := range map[string]func(m *memory, entry func(first int64) (key []byte, e Entry)){
		"a payload": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(8)
			e.Payload = []byte("other")
			put(m, key, e.encode())
		},
		"a compacted payload": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(2)
			e.Payload = []byte("other")
			put(m, key, e.encode())
		},
		"how many rows are left": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(2)
			e.Kept++
			put(m, key, e.encode())
		},
		"the hash of a compacted entry": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(2)
			e.Hash[3]++
			put(m, key, e.encode())
		},
		"one before a compacted entry": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(0)
			e.Payload = []byte("other")
			e.Hash = link(Hash{}, &e)
			put(m, key, e.encode())
		},
		"a compacted entry taken away": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, _ := entry(2)
			at, _ := m.find(key)
			m.pairs = append(m.pairs[:at:at], m.pairs[at+1:]...)
		},
		"an entry passed off as compacted": func(m *memory, entry func(int64) ([]byte, Entry)) {
			key, e := entry(8)
			e.Compacted, e.Kept, e.Payload = true, 0, nil
			put(m, key, e.encode())
		},
	} {
		m := &memory{}
		l := newStored(m, vfs.NewMem(), "")
		chained(t, l)
		if _, err := Verify(l, "bids", 0); err != nil {
			t.Fatal(err)
		}
		change(m, func(first int64) ([]byte, Entry) {
			key := entryKey(0, 0, first)
			b, _ := m.get(key)
			e, wrong := decode(bytes.Clone(b), first)
			if wrong != "" {
				t.Fatal(wrong)
			}
			return key, e
		})
		var damage *Damage
		if _, err := Verify(l, "bids", 0); !errors.As(err, &damage) {
			t.Errorf("%s: the chain holds: %v", name, err)
		} else {
			t.Logf("%s: %v", name, damage)
		}
	}
}

func put(m *memory, key, value []byte) {
	_ = m.apply([]change{{set, key, value}}, nil, true)
}

// chained appends ten events in entries of two, and makes one of those from 2 to 8.
func chained(t *testing.T, l *stored) {
	t.Helper()
	if err := l.Declare(Topic{Name: "bids", Partitions: 1}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		a := Append{Topic: "bids", Expect: int64(2 * i), N: 2, Payload: []byte(fmt.Sprint("entry ", i))}
		if _, err := l.Commit(&Tx{Appends: []Append{a}}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := l.Read("bids", 0, 2, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Compact("bids", 0, Compaction{From: 2, To: 8, Was: entries[2].Hash, Kept: 3, Payload: []byte("three rows")}); err != nil {
		t.Fatal(err)
	}
}
