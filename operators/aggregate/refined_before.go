package aggregate

// before is what was shown of the windows at hand, by the name of the window and the key of
// the group. What came later under a name takes the place of what came first.
type before struct {
	list []*seen // nil where it was taken
	name []int64
	at   map[placeName]int // where there are many
}

type placeName struct {
	name int64
	key  string
}

// manyBefore is from how many on they are looked up in a map.
const manyBefore = 8

func (b *before) clear() {
	clear(b.list)
	b.list, b.name, b.at = b.list[:0], b.name[:0], nil
}

func (b *before) put(name int64, s *seen) {
	if i := b.find(name, s.key); i >= 0 {
		b.list[i] = s
		return
	}
	b.list, b.name = append(b.list, s), append(b.name, name)
	switch n := len(b.list); {
	case n < manyBefore:
	case n == manyBefore:
		b.at = make(map[placeName]int, 2*n)
		for i, x := range b.list {
			b.at[placeName{b.name[i], x.key}] = i
		}
	default:
		b.at[placeName{name, s.key}] = n - 1
	}
}

// take is what was shown under a name, once; nil for nothing.
func (b *before) take(name int64, key string) *seen {
	i := b.find(name, key)
	if i < 0 {
		return nil
	}
	s := b.list[i]
	b.list[i] = nil
	return s
}

func (b *before) find(name int64, key string) int {
	if b.at != nil {
		if i, ok := b.at[placeName{name, key}]; ok && b.list[i] != nil {
			return i
		}
		return -1
	}
	for i, s := range b.list {
		if s != nil && b.name[i] == name && s.key == key {
			return i
		}
	}
	return -1
}
