package expire

import (
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestAgesAgainstList adds, moves and removes groups, and takes the first, beside a sorted list.
func TestAgesAgainstList(t *testing.T) {
	r := optest.Random(t)
	a := &ages{less: func(x, y int32) bool { return x > y }}
	want := map[int32]int64{}
	for range 20000 {
		g := r.Int32N(60)
		at, there := want[g]
		switch {
		case !there:
			want[g] = r.Int64N(50)
			a.add(g, want[g])
		case r.IntN(3) == 0:
			a.remove(g)
			delete(want, g)
		case r.IntN(2) == 0:
			earlier := r.Int64N(50)
			a.notAfter(g, earlier)
			want[g] = min(at, earlier)
		case a.list[0].group == g:
			want[g] += r.Int64N(20)
			a.delay(want[g])
		}
		first := aged{1 << 62, 0}
		for g, at := range want {
			if x := (aged{at, g}); a.before(x, first) {
				first = x
			}
		}
		if len(want) > 0 && a.list[0] != first || len(a.list) != len(want) {
			t.Fatalf("%d groups, the first %v, want %d and %v", len(a.list), a.list[0], len(want), first)
		}
	}
}

// TestLeasts knows the smallest instant of what waits, of very many not exactly.
func TestLeasts(t *testing.T) {
	r := optest.Random(t)
	for _, slow := range []bool{false, true} {
		var l leasts
		var wait []int64
		for i := range 20000 {
			at := int64(i) + r.Int64N(1000)
			l.push(at)
			wait = append(wait, at)
			if n := r.IntN(3); !slow && n < len(wait) {
				l.pop(n)
				wait = wait[n:]
			}
			if len(l.list) > mostLeasts {
				t.Fatalf("%d instants", len(l.list))
			}
			if i%97 > 0 {
				continue
			}
			have, want := l.first(), slices.Min(wait)
			if have > want || !slow && have < want {
				t.Fatalf("the smallest is %d, want %d", have, want)
			}
		}
	}
}
