package ndjson

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestStops compares with looking at one byte after the other, however many stops there are,
// wherever the text lies, and with little room.
func TestStops(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	odd := []byte{'"', '\\', 0, 0x1f, 0x80, 0xff, '\n'}
	plain := []byte{' ', '!', '#', '[', ']', 'a', 0x7e, 0x7f}
	for range 20000 {
		dense := 1 + r.IntN(40)
		all := make([]byte, r.IntN(400)+8)
		for i := range all {
			all[i] = plain[r.IntN(len(plain))]
			if r.IntN(dense) == 0 {
				all[i] = odd[r.IntN(len(odd))]
			}
		}
		data := all[r.IntN(8):]
		place := r.IntN(1000)
		for _, find := range []func([]byte, int, []int32) (int, int){findStops, stopsPlain} {
			out := make([]int32, stopsSpare+r.IntN(300))
			n, done := find(data, place, out)
			if done < len(data) && n+8 <= len(out)-64 {
				t.Fatalf("%d of %d bytes, with room for %d more", done, len(data), len(out)-n)
			}
			var want []int32
			for i, c := range data[:done] {
				if !plainByte(c) {
					want = append(want, int32(place+i))
				}
			}
			if !slices.Equal(out[:n], want) {
				t.Fatalf("%q: %v, not %v", data[:done], out[:n], want)
			}
		}
	}
}
