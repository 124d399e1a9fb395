package spill

import (
	"encoding/binary"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestFilter: what was added is there, and hardly anything else is.
func TestFilter(t *testing.T) {
	r := optest.Random(t)
	seed, n := r.Uint64(), 300_000
	code := func(i int) []byte { return binary.BigEndian.AppendUint64(nil, seed+uint64(i)) }
	var f filter
	for i := range n {
		f.add(code(i))
	}
	wrong := 0
	for i := range n {
		if !f.has(code(i)) {
			t.Fatalf("code %d was added and is not there", i)
		}
		if f.has(code(n + i)) {
			wrong++
		}
	}
	if wrong > n/50 {
		t.Errorf("%d of %d codes are there that were not added", wrong, n)
	}
	if bits := 8 * f.bytes() / int64(n); bits > 40 {
		t.Errorf("%d bits for each code", bits)
	}
}
