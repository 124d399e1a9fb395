package kernel

import "testing"

func TestRecyclerHandsOutZeroedMemoryAgain(t *testing.T) {
	r := NewRecycler(1 << 20)
	a := r.Allocate(100)
	if len(a) != 100 || cap(a) != 128 {
		t.Fatalf("len %d, cap %d", len(a), cap(a))
	}
	for i := range a {
		a[i] = 1
	}
	first := &a[0]
	r.Free(a)
	b := r.Allocate(120)
	if &b[0] != first {
		t.Error("the freed memory was not used again")
	}
	for i, x := range b {
		if x != 0 {
			t.Fatalf("byte %d is %d", i, x)
		}
	}
	b[0], b[119] = 7, 8
	c := r.Reallocate(1000, b)
	if len(c) != 1000 || c[0] != 7 || c[119] != 8 || c[120] != 0 {
		t.Error("growing lost the contents")
	}
	if d := r.Reallocate(10, c); len(d) != 10 || d[0] != 7 {
		t.Error("shrinking lost the contents")
	}
}

func TestRecyclerKeepsNoMoreThanItMay(t *testing.T) {
	r := NewRecycler(256)
	a, b := r.Allocate(200), r.Allocate(200)
	r.Free(a)
	r.Free(b)
	if r.held != 256 {
		t.Errorf("it keeps %d bytes", r.held)
	}
	r.Free(r.Allocate(0))
	if big := r.Allocate(1 << 27); len(big) != 1<<27 {
		t.Error("a large size was not served")
	}
}
