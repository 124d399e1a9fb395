package aggregate

import (
	"bytes"

	"github.com/edynamic/edynamic/operators"
)

// before is what was shown of the windows at hand, by the name of the window and the key of
// the group. What came later under a name takes the place of what came first.
type before struct {
	list []*seen // nil where it was taken
	name []int64
	// Where there are many: the last of those with a hash, and the one before each.
	at  map[uint64]int
	mid []int
}

// manyBefore is from how many on they are looked up in a map.
const manyBefore = 8

func (b *before) clear() {
	if len(b.mid) > 0 {
		clear(b.at)
	}
	clear(b.list)
	b.list, b.name, b.mid = b.list[:0], b.name[:0], b.mid[:0]
}

func (b *before) put(name int64, s *seen) {
	if i := b.find(name, s.key); i >= 0 {
		b.list[i] = s
		return
	}
	b.list, b.name = append(b.list, s), append(b.name, name)
	if len(b.list) < manyBefore {
		return
	}
	if b.at == nil {
		b.at = map[uint64]int{}
	}
	for i := len(b.mid); i < len(b.list); i++ {
		at := hashOf(b.name[i], b.list[i].key)
		last, found := b.at[at]
		if !found {
			last = -1
		}
		b.at[at], b.mid = i, append(b.mid, last)
	}
}

func hashOf(name int64, key []byte) uint64 {
	return operators.KeyHash(key) ^ uint64(name)*0x9e3779b97f4a7c15
}

// take is what was shown under a name, once; nil for nothing.
func (b *before) take(name int64, key []byte) *seen {
	i := b.find(name, key)
	if i < 0 {
		return nil
	}
	s := b.list[i]
	b.list[i] = nil
	return s
}

func (b *before) find(name int64, key []byte) int {
	if len(b.mid) == 0 {
		for i := range b.list {
			if b.is(i, name, key) {
				return i
			}
		}
		return -1
	}
	i, found := b.at[hashOf(name, key)]
	for found && i >= 0 {
		if b.is(i, name, key) {
			return i
		}
		i = b.mid[i]
	}
	return -1
}

func (b *before) is(i int, name int64, key []byte) bool {
	s := b.list[i]
	return s != nil && b.name[i] == name && bytes.Equal(s.key, key)
}
