package keptjoin

import (
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/kept"
	"github.com/edynamic/edynamic/operators/optest"
)

// TestKnown finds rows that go by few names beside a list of them.
func TestKnown(t *testing.T) {
	r := optest.Random(t)
	rows := known{}
	var p kept.Pool[row]
	var want []*row // in the order they came
	first := func(x *row) *row {
		at := slices.IndexFunc(want, func(o *row) bool { return o.group == x.group && string(o.code) == string(x.code) })
		if at < 0 {
			return nil
		}
		return want[at]
	}
	give := func(x *row) {
		x.clear()
		p.GiveUpTo(10, x)
	}
	for range 5000 {
		x := p.Take()
		x.group, x.code = int32(r.IntN(3)), append(x.code, byte(r.IntN(3)))
		if got := rows.find(x); got != first(x) {
			t.Fatalf("found %v, want %v", got, first(x))
		}
		if r.IntN(100) < 45 || len(want) == 0 {
			rows.add(x)
			want = append(want, x)
			continue
		}
		give(x)
		gone := r.IntN(len(want))
		rows.remove(want[gone])
		give(want[gone])
		want = slices.Delete(want, gone, gone+1)
	}
	for _, x := range want {
		rows.remove(x)
	}
	if len(rows) > 0 {
		t.Errorf("%d places are left", len(rows))
	}
}
