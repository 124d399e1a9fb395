package csv

import (
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestCellEnd looks for the end of cells in bytes that are near the ones looked for,
// from every place, beside a search byte by byte.
func TestCellEnd(t *testing.T) {
	r := optest.Random(t)
	for _, delimiter := range []byte{',', ';', '\t', '|', 0, 0xff} {
		near := []byte{delimiter - 1, delimiter + 1, '\n' - 1, '\n' + 1, delimiter ^ 0x80, '\n' ^ 0x80, 'a', 0, 0xff}
		for range 200 {
			data := make([]byte, r.IntN(70))
			for i := range data {
				data[i] = near[r.IntN(len(near))]
				if r.IntN(20) == 0 {
					data[i] = []byte{delimiter, '\n'}[r.IntN(2)]
				}
			}
			for p := range len(data) + 1 {
				want := p
				for want < len(data) && data[want] != delimiter && data[want] != '\n' {
					want++
				}
				if got := cellEnd(data, p, delimiter); got != want {
					t.Fatalf("%q from %d, delimiter %q: %d, want %d", data, p, delimiter, got, want)
				}
			}
		}
	}
}
