package group

import (
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestInstants: the first of them is the least of a list, whatever comes and goes.
func TestInstants(t *testing.T) {
	r := optest.Random(t)
	var s Instants
	var want []int64
	for range 20_000 {
		switch n := len(want); {
		case n == 0 || r.IntN(n+200) < 200:
			at := int64(r.IntN(300))
			s.Add(at)
			want = append(want, at)
		default:
			i := r.IntN(n)
			s.Remove(want[i])
			want = slices.Delete(want, i, i+1)
		}
		if r.IntN(50) == 0 {
			slices.Sort(want)
			if have := s.Sorted(); !slices.Equal(have, want) {
				t.Fatalf("%v, want %v", have, want)
			}
		}
		have, ok := s.First()
		if ok != (len(want) > 0) || ok && have != slices.Min(want) {
			t.Fatalf("first is %d, %v of %v", have, ok, want)
		}
	}
}
