// Package group finds groups: a hash table from key values to small numbers that
// states are kept under. Null is a group of its own, NaN equals NaN and -0.0
// equals 0.0.
//
// A windowed operator keeps a table per window rather than one table of window and
// key together, which would be several times slower. A table must not be asked
// about keys of other types than it was made for.
package group

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Table numbers the groups it has seen, from 0; the numbers of removed groups are
// given out again.
type Table struct {
	ts    []*types.Type
	index index
	n     int     // numbers given out so far
	free  []int32 // of them, not in use
	inUse []bool
	made  []int32 // since Note
	notes bool
	order order
	watch bool
	fresh []int32 // taken since Fresh was last called, where somebody watches
	key   []byte  // scratch of IsMine
}

// index is one way of finding groups.
type index interface {
	find(t *Table, keys []kernel.Vector, rows int, sel []int32, out []int32)
	// findOf finds the groups of another index of the same kind.
	findOf(t *Table, from index, groups, out []int32)
	arrays(alloc memory.Allocator, ts []*types.Type, groups []int32) []arrow.Array
	sort(t *Table, groups []int32)
	remove(groups []int32)
	clear()
	save(w *wire.Writer, g int32)
	load(t *Table, r *wire.Reader) int32
	code(dst []byte, g int32) []byte
	byCode(t *Table, code []byte, add bool) int32
	keyOf(dst []byte, t *Table, code []byte) []byte
}

// New makes a table for keys of some types; without types there is one group.
func New(ts []*types.Type) *Table {
	return &Table{ts: ts, index: newIndex(ts)}
}

// Types are those of the keys.
func (t *Table) Types() []*types.Type { return t.ts }

// Find sets out[row] to the group of each row of sel (nil for all), making the
// groups that are new.
func (t *Table) Find(keys []kernel.Vector, rows int, sel []int32, out []int32) {
	if len(t.ts) == 0 {
		if t.n == 0 {
			t.take()
		}
		clear(out[:rows])
		return
	}
	t.index.find(t, keys, rows, sel, out)
}

// FindOf sets out[i] to the group here of a group of another table of the same types,
// making the groups that are new.
func (t *Table) FindOf(from *Table, groups, out []int32) {
	if len(t.ts) == 0 {
		t.Find(nil, len(groups), nil, out)
		return
	}
	t.index.findOf(t, from.index, groups, out)
}

// take gives out a number.
func (t *Table) take() int32 {
	g := t.number()
	if t.notes {
		t.made = append(t.made, g)
	}
	return g
}

func (t *Table) number() int32 {
	if last := len(t.free) - 1; last >= 0 {
		g := t.free[last]
		t.free = t.free[:last]
		t.inUse[g] = true
		t.note(g)
		return g
	}
	t.n++
	t.inUse = append(t.inUse, true)
	t.note(int32(t.n - 1))
	return int32(t.n - 1)
}

func (t *Table) note(g int32) {
	if t.watch {
		t.fresh = append(t.fresh, g)
	}
}

// Watch lets Fresh tell which groups are new from here on.
func (t *Table) Watch() { t.watch = true }

// Fresh is the groups that are new since it was last called. The slice is valid until a
// group is made.
func (t *Table) Fresh() []int32 {
	fresh := t.fresh
	t.fresh = t.fresh[:0]
	return fresh
}

// Code appends the values of a group as bytes, which have the order of Sort.
func (t *Table) Code(dst []byte, g int32) []byte {
	if len(t.ts) == 0 {
		return dst
	}
	return t.index.code(dst, g)
}

// ByCode is the group that a Code stands for, made where there is none.
func (t *Table) ByCode(code []byte) int32 {
	if len(t.ts) == 0 {
		if t.n == 0 {
			t.take()
		}
		return 0
	}
	return t.index.byCode(t, code, true)
}

// Numbered is the group of a key that ends in a number, made where there is none; code is
// the code of the columns before it, which a Code begins with.
func (t *Table) Numbered(code []byte, number int64) int32 {
	word := uint64(number) ^ 1<<63
	switch x := t.index.(type) {
	case *codes:
		x.scratch = keycode.AppendWord(append(x.scratch[:0], code...), types.TLong, word)
		return x.group(t, x.scratch)
	case *words:
		return x.group(t, word)
	}
	panic("group: a table without columns has no numbers")
}

// Has reports whether there is the group that a Code stands for.
func (t *Table) Has(code []byte) bool { return t.At(code) >= 0 }

// At is the group that a Code stands for, -1 for none.
func (t *Table) At(code []byte) int32 {
	if len(t.ts) == 0 {
		return min(int32(t.n), 1) - 1
	}
	return t.index.byCode(t, code, false)
}

// Note makes the table remember the groups that it makes from now on.
func (t *Table) Note() { t.notes, t.made = true, t.made[:0] }

// Made is the groups that were made since Note.
func (t *Table) Made() []int32 { return t.made }

// Size is one more than the largest number given out: states need that much room.
func (t *Table) Size() int { return t.n }

// Len is the number of groups.
func (t *Table) Len() int { return t.n - len(t.free) }

// Used reports that a number is that of a group.
func (t *Table) Used(g int32) bool { return t.inUse[g] }

// Groups appends the numbers of all groups, ascending.
func (t *Table) Groups(dst []int32) []int32 {
	for g, used := range t.inUse {
		if used {
			dst = append(dst, int32(g))
		}
	}
	return dst
}

// Sort orders groups by their values: ascending column by column, NaN after all
// numbers, null last.
func (t *Table) Sort(groups []int32) {
	if len(t.ts) > 0 {
		t.index.sort(t, groups)
	}
}

// Keys is the values of groups, an array per column, which belong to the caller.
func (t *Table) Keys(alloc memory.Allocator, groups []int32) []arrow.Array {
	if len(t.ts) == 0 {
		return nil
	}
	return t.index.arrays(alloc, t.ts, groups)
}

// Remove forgets groups.
func (t *Table) Remove(groups []int32) {
	if len(t.ts) == 0 {
		if len(groups) > 0 {
			t.Clear()
		}
		return
	}
	t.index.remove(groups)
	for _, g := range groups {
		t.inUse[g] = false
	}
	t.free = append(t.free, groups...)
}

// Clear forgets all groups and keeps the memory.
func (t *Table) Clear() {
	t.n, t.free, t.inUse, t.fresh = 0, t.free[:0], t.inUse[:0], t.fresh[:0]
	if len(t.ts) > 0 {
		t.index.clear()
	}
}

// Save writes the keys of all groups and returns their numbers in the order written.
func (t *Table) Save(w *wire.Writer) []int32 {
	groups := t.Groups(nil)
	w.Uint(uint64(len(groups)))
	for _, g := range groups {
		w.Bool(len(t.ts) > 0)
		if len(t.ts) > 0 {
			t.index.save(w, g)
		}
	}
	return groups
}

// Load adds the groups that Save wrote and returns their numbers here, in the order
// they were written.
func (t *Table) Load(r *wire.Reader) []int32 {
	groups := make([]int32, r.Len())
	for i := range groups {
		switch {
		case r.Bool() && len(t.ts) > 0:
			groups[i] = t.index.load(t, r)
		case t.n == 0:
			t.take()
		}
	}
	return groups
}

// IsMine reports that the key that a Code stands for is mine.
func (t *Table) IsMine(mine operators.Mine, code []byte) bool {
	if mine == nil || len(t.ts) == 0 {
		return true
	}
	t.key = t.index.keyOf(t.key[:0], t, code)
	return mine(operators.KeyHash(t.key))
}

// Others are the groups whose key is not mine.
func (t *Table) Others(groups []int32, mine operators.Mine) []int32 {
	if mine == nil || len(groups) == 0 || len(t.ts) == 0 {
		return nil
	}
	keys := t.Keys(memory.DefaultAllocator, groups)
	stay := mine.Rows(t.ts, keys, len(groups))
	for _, k := range keys {
		k.Release()
	}
	var out []int32
	for i, g := range groups {
		if len(stay) > 0 && stay[0] == int32(i) {
			stay = stay[1:]
			continue
		}
		out = append(out, g)
	}
	return out
}
