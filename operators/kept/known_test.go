package kept

import (
	"slices"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// called is a row that has nothing but a name.
type called struct {
	group int32
	name  []byte
	link  Link[called]
}

func (c *called) Name() (group int32, name []byte) { return c.group, c.name }
func (c *called) Link() *Link[called]              { return &c.link }

// TestKnown finds rows that go by few names beside a list of them.
func TestKnown(t *testing.T) {
	r := optest.Random(t)
	rows := Known[called, *called]{}
	var p Pool[called]
	var want []*called // in the order they came
	after := func(at int, x *called) *called {
		for _, o := range want[at:] {
			if o.group == x.group && string(o.name) == string(x.name) {
				return o
			}
		}
		return nil
	}
	give := func(x *called) {
		*x = called{name: x.name[:0]}
		p.GiveUpTo(10, x)
	}
	for range 5000 {
		x := p.Take()
		x.group, x.name = int32(r.IntN(3)), append(x.name, byte(r.IntN(3)))
		got := rows.Find(x.group, x.name)
		if got != after(0, x) {
			t.Fatalf("found %v, want %v", got, after(0, x))
		}
		if got != nil {
			if next, wanted := rows.Next(got), after(slices.Index(want, got)+1, x); next != wanted {
				t.Fatalf("found %v behind it, want %v", next, wanted)
			}
		}
		if r.IntN(100) < 45 || len(want) == 0 {
			rows.Add(x)
			want = append(want, x)
			continue
		}
		give(x)
		gone := r.IntN(len(want))
		rows.Remove(want[gone])
		give(want[gone])
		want = slices.Delete(want, gone, gone+1)
	}
	for _, x := range want {
		rows.Remove(x)
	}
	if len(rows) > 0 {
		t.Errorf("%d places are left", len(rows))
	}
}
