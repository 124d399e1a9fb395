package spill

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators/optest"
)

func compareDates(a, b Date) int {
	return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.Code, b.Code))
}

// TestDatesAgainstList files keys and takes them again as time goes on, beside a sorted list. There
// are more of them than are read ahead.
func TestDatesAgainstList(t *testing.T) {
	for _, free := range []bool{true, false} {
		r := optest.Random(t)
		shelf := optest.NewBoard(free)
		d := newDates(NewPart(shelf, []byte("when")), 6400)
		var want []Date
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
				x := Date{at, fmt.Appendf(nil, "key %d", r.IntN(100000))}
				d.file(x.At, x.Code)
				least = min(least, at)
				want = append(want, x)
			}
			if err := d.filed(); err != nil {
				t.Fatal(err)
			}
			shelf.Commit()
			d.unread(least)
			slices.SortFunc(want, compareDates)
			want = slices.CompactFunc(want, func(a, b Date) bool { return compareDates(a, b) == 0 })
			to := clock + r.Int64N(2000)
			var got []Date
			for d.first().At < to {
				some, err := d.take(clock, to, 1+r.IntN(2000))
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range some {
					got = append(got, Date{x.At, bytes.Clone(x.Code)})
				}
			}
			until, _ := slices.BinarySearchFunc(want, Date{At: to}, compareDates)
			if diff := gocmp.Diff(slices.Clone(want[:until]), got); diff != "" && until+len(got) > 0 {
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
	prefix := append([]byte("when"), d.name(nil, Date{At: at})[:spanBytes]...)
	for k := range shelf.There {
		if bytes.HasPrefix([]byte(k), prefix) {
			n++
		}
	}
	return n
}
