package expire

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/operators/spill"
)

func compareDates(a, b date) int {
	return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.code, b.code))
}

// TestDatesAgainstList files keys and takes them again as time goes on, beside a sorted list. There
// are more of them than are read ahead.
func TestDatesAgainstList(t *testing.T) {
	for _, free := range []bool{true, false} {
		r := optest.Random(t)
		shelf := optest.NewBoard(free)
		d := newDates(spill.NewPart(shelf, []byte("when")), 6400)
		var want []date
		clock := int64(-20000)
		for step := range 12 {
			least := int64(1 << 62)
			n := r.IntN(300)
			if step%6 == 0 {
				n = 3 * readAhead / 2
			}
			for range n {
				at := clock + r.Int64N(6400)
				if r.IntN(3) == 0 {
					at = clock + 100*r.Int64N(64) // many at one instant
				}
				x := date{at, fmt.Appendf(nil, "key %d", r.IntN(100000))}
				d.file(x.at, x.code)
				least = min(least, at)
				want = append(want, x)
			}
			if err := d.filed(); err != nil {
				t.Fatal(err)
			}
			shelf.Commit()
			d.unread(least)
			slices.SortFunc(want, compareDates)
			want = slices.CompactFunc(want, func(a, b date) bool { return compareDates(a, b) == 0 })
			to := clock + r.Int64N(2000)
			var got []date
			for d.first().at < to {
				some, err := d.take(clock, to, 1+r.IntN(2000))
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range some {
					got = append(got, date{x.at, bytes.Clone(x.code)})
				}
			}
			until, _ := slices.BinarySearchFunc(want, date{at: to}, compareDates)
			if diff := gocmp.Diff(slices.Clone(want[:until]), got, gocmp.AllowUnexported(date{})); diff != "" && until+len(got) > 0 {
				t.Fatalf("step %d, before %d (-want +got):\n%s", step, to, diff)
			}
			want, clock = want[until:], to
			if err := d.passed(clock); err != nil {
				t.Fatal(err)
			}
			shelf.Commit()
			if most := len(want) + spanOf(d, clock, shelf); len(shelf.There) > most {
				t.Fatalf("step %d: %d are on the shelf, want %d at most", step, len(shelf.There), most)
			}
		}
	}
}

// spanOf is how many keys are on a shelf in the span of an instant.
func spanOf(d *dates, at int64, shelf *optest.Board) (n int) {
	prefix := append([]byte("when"), d.name(nil, date{at: at})[:spanBytes]...)
	for k := range shelf.There {
		if bytes.HasPrefix([]byte(k), prefix) {
			n++
		}
	}
	return n
}

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
