package exec

import "testing"

// beside is shelves of which so many bytes are in memory to find groups by.
type beside struct {
	Shelves
	bytes int64
}

func (b beside) Beside() int64 { return b.bytes }

// TestRoom: what groups on disk are found by takes room from those in memory, but never all.
func TestRoom(t *testing.T) {
	for _, c := range []struct{ beside, want int64 }{{0, 100}, {30, 70}, {75, 25}, {90, 25}, {1000, 25}} {
		e := &Engine{opt: Options{StateMemory: 100, Shelves: beside{bytes: c.beside}}}
		if room := e.room(); room != c.want {
			t.Errorf("%d bytes beside: room for %d, want %d", c.beside, room, c.want)
		}
	}
}
