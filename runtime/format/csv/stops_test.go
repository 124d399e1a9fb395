package csv

import (
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestStops compares with looking at one byte after the other, in text of all kinds, with
// much room and with little.
func TestStops(t *testing.T) {
	r := optest.Random(t)
	for round := range 3000 {
		delimiter := []byte{',', ';', '\t', '|', 0, 0x7f}[r.IntN(6)]
		near := []byte{delimiter - 1, delimiter + 1, '\n' - 1, '\n' + 1, '"' - 1, '"' + 1, delimiter ^ 0x80, '\n' ^ 0x80, 'a', 'b', 0xff}
		if round%2 == 0 {
			near = []byte("a \r'ab")
		}
		often := 1 + r.IntN(30)
		data := make([]byte, r.IntN(400))
		for i := range data {
			data[i] = near[r.IntN(len(near))]
			if r.IntN(often) == 0 {
				data[i] = []byte{delimiter, '\n', '"'}[r.IntN(3)]
			}
		}
		place := r.IntN(1000)
		for name, find := range map[string]func([]byte, byte, int, []int32) (int, int, bool){"wide": findStops, "plain": stopsPlain} {
			out := make([]int32, stopsSpare+r.IntN(500))
			n, done, high := find(data, delimiter, place, out)
			if done < len(data) && n+2*stopsSpare < len(out) {
				t.Fatalf("%s: no more than %d bytes of %d, though there was room for %d stops", name, done, len(data), len(out))
			}
			var want []int32
			for i, c := range data[:done] {
				if c == delimiter || c == '\n' || c == '"' {
					want = append(want, int32(place+i))
				}
			}
			if !slices.Equal(out[:n], want) {
				t.Fatalf("%s: delimiter %q in %q: %d, not %d", name, delimiter, data, out[:n], want)
			}
			if want := slices.ContainsFunc(data[:done], func(c byte) bool { return c >= 0x80 }); high != want {
				t.Fatalf("%s: %q is not ASCII: %t", name, data[:done], high)
			}
		}
	}
}
