package group

import (
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestTimersAgainstMap sets and clears instants at random and compares the first with
// that of a map.
func TestTimersAgainstMap(t *testing.T) {
	r := optest.Random(t)
	var timers Timers
	naive := map[int32]int64{}
	for range 5000 {
		g := int32(r.IntN(40))
		if r.IntN(3) == 0 {
			timers.Clear(g)
			delete(naive, g)
		} else {
			at := r.Int64N(50)
			timers.Set(g, at)
			naive[g] = at
		}
		wantGroup, wantAt := int32(-1), int64(0)
		for g, at := range naive {
			if wantGroup < 0 || at < wantAt || at == wantAt && g < wantGroup {
				wantGroup, wantAt = g, at
			}
		}
		g, at, ok := timers.First()
		if ok != (wantGroup >= 0) || ok && (g != wantGroup || at != wantAt) || timers.Len() != len(naive) {
			t.Fatalf("first is %d at %d (%t) of %d, want %d at %d of %d", g, at, ok, timers.Len(), wantGroup, wantAt, len(naive))
		}
	}
}
