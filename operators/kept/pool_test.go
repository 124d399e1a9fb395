package kept

import "testing"

// What is given back is given out again, and no more of it waits than is wanted.
func TestPool(t *testing.T) {
	var p Pool[int]
	items := make([]*int, 30)
	for i := range items {
		items[i] = p.Take()
	}
	known := map[*int]bool{}
	for _, it := range items {
		if known[it] {
			t.Fatal("an item was given out twice")
		}
		known[it] = true
		p.GiveUpTo(10, it)
	}
	if len(p.free) != 10 {
		t.Errorf("%d items are free, want 10", len(p.free))
	}
	for range 10 {
		if !known[p.Take()] {
			t.Error("an item was made while others were free")
		}
	}
	if known[p.Take()] {
		t.Error("an item that was not given back was given out")
	}
}
