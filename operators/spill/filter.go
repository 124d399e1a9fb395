package spill

import (
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/operators/spill/bloom"
)

// filter remembers which codes may be on the shelf, so that new groups, of which there are
// many, are not looked for.
type filter struct{ parts []part }

// part has room for some more codes.
type part struct {
	bloom.Filter
	room int
}

// mostKnown is how many bytes say at most which codes are on the shelf. Past that the shelf
// is asked, which has filters of its own then: to have both would take half as much again.
const mostKnown = 4 << 20

const (
	// A window may have few groups, and there may be many windows.
	firstRoom = 1 << 10
	largeRoom = 1 << 16
)

func (f *filter) add(code []byte) {
	last := len(f.parts) - 1
	if last < 0 || f.parts[last].room == 0 {
		room := firstRoom
		if last >= 0 {
			room = f.parts[last].Room() * 2
		}
		if last >= 0 && room < largeRoom {
			room *= 4
		}
		f.parts = append(f.parts, part{bloom.New(room), room})
		last++
	}
	f.parts[last].room--
	f.parts[last].Add(xxh3.Hash(code))
}

// has reports that a code may have been added.
func (f *filter) has(code []byte) bool {
	h := xxh3.Hash(code)
	for i := len(f.parts) - 1; i >= 0; i-- {
		if f.parts[i].Has(h) {
			return true
		}
	}
	return false
}

// bytes is what the filter takes in memory.
func (f *filter) bytes() int64 {
	n := int64(0)
	for i := range f.parts {
		n += f.parts[i].Bytes()
	}
	return n
}
