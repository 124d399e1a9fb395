package parquet

import "testing"

// Memory of pages of any size is used again by pages of that size, and that of large pages by
// pages of a little less, as those of one column are.
func TestUnset(t *testing.T) {
	u := newUnset()
	for _, size := range []int{2, 16 << 10, largePage/2 + 2, largePage - pageStep, largePage - 1, largePage, largePage + 2, 3*largePage + 5} {
		b := u.Allocate(size)
		if len(b) != size {
			t.Fatalf("%d bytes are %d", size, len(b))
		}
		first := &b[0]
		u.Free(b)
		for _, like := range []int{size, size - 1} {
			b := u.Allocate(like)
			if &b[0] != first || len(b) != like {
				t.Errorf("%d bytes are not where %d were", like, size)
			}
			u.Free(b)
		}
	}
	b := u.Reallocate(2*largePage, u.Allocate(largePage))
	if len(b) != 2*largePage {
		t.Errorf("%d bytes were to be %d", len(b), 2*largePage)
	}
}
