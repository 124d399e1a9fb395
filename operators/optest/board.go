package optest

import (
	"maps"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/operators"
)

// Board is a shelf in memory. One that is not free shows what was put there from the next
// commit on.
type Board struct {
	free    bool
	There   map[string]string
	waiting map[string]*string
	Puts    int
}

// NewBoard is a shelf with nothing on it.
func NewBoard(free bool) *Board {
	return &Board{free: free, There: map[string]string{}, waiting: map[string]*string{}}
}

// Free implements operators.Shelf.
func (b *Board) Free() bool { return b.free }

// Has implements operators.Shelf.
func (b *Board) Has() bool { return len(b.There) > 0 }

// Get implements operators.Shelf.
func (b *Board) Get(keys [][]byte, f func(i int, value []byte)) error {
	for i, k := range keys {
		if v, ok := b.There[string(k)]; ok {
			f(i, []byte(v))
		}
	}
	return nil
}

// Scan implements operators.Shelf.
func (b *Board) Scan(prefix, from []byte, f func(key, value []byte) bool) error {
	for _, k := range slices.Sorted(maps.Keys(b.There)) {
		if strings.HasPrefix(k, string(prefix)) && k >= string(from) && !f([]byte(k), []byte(b.There[k])) {
			break
		}
	}
	return nil
}

// Put implements operators.Shelf.
func (b *Board) Put(key, value []byte) error {
	b.Puts++
	v := string(value)
	b.waiting[string(key)] = &v
	b.seeFree()
	return nil
}

// Delete implements operators.Shelf.
func (b *Board) Delete(key []byte) error {
	b.waiting[string(key)] = nil
	b.seeFree()
	return nil
}

// DeletePrefix implements operators.Shelf.
func (b *Board) DeletePrefix(prefix []byte) error {
	for k := range b.There {
		if strings.HasPrefix(k, string(prefix)) {
			b.waiting[k] = nil
		}
	}
	b.seeFree()
	return nil
}

func (b *Board) seeFree() {
	if b.free {
		b.Commit()
	}
}

// Commit shows what was put there.
func (b *Board) Commit() {
	for k, v := range b.waiting {
		if v == nil {
			delete(b.There, k)
		} else {
			b.There[k] = *v
		}
	}
	clear(b.waiting)
}

// putAway puts all groups of the instances of an operator on the shelf.
func (b *Board) putAway(ops ...operators.Operator) error {
	for _, op := range ops {
		if b.free {
			break
		}
		if _, err := op.Snapshot(); err != nil {
			return err
		}
	}
	b.Commit()
	for _, op := range ops {
		if err := op.(operators.Spiller).Shed(0); err != nil {
			return err
		}
	}
	return nil
}
