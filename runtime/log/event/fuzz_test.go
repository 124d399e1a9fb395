package event_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/edynamic/edynamic/runtime/log/event"
)

// FuzzDecode gives Decode payloads that nobody wrote: it refuses them, or what it reads can
// be written and read again.
func FuzzDecode(f *testing.F) {
	for seed := range uint64(8) {
		r := randomRows(rand.New(rand.NewPCG(seed, 1)))
		payload, err := event.Encode(r)
		r.Release()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		f.Add(payload[:len(payload)/2])
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		rows, err := event.Decode(bytes.Clone(payload))
		if err != nil {
			return
		}
		defer rows.Release()
		written, err := event.Encode(rows)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := event.Decode(written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		defer again.Release()
		if again.N != rows.N || len(again.Cols) != len(rows.Cols) {
			t.Fatalf("%d rows of %d columns became %d of %d", rows.N, len(rows.Cols), again.N, len(again.Cols))
		}
	})
}
