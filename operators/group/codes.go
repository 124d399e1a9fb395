package group

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// codes is the index of keys that are bytes: the bytes of a single column of text,
// or the codes of several columns laid end to end.
type codes struct {
	plain   bool // one column of text, kept as it is; null is apart
	slots   []codeSlot
	filled  int
	spans   []span // by group
	arena   []byte
	wasted  int   // bytes of the arena that no group has
	null    int32 // the group of null of a plain column, -1 for none
	scratch []byte
}

type span struct{ from, to int }

// codeSlot holds part of the hash, and a group's number plus one.
type codeSlot struct {
	hash  uint32
	group int32
}

func newCodes(ts []*types.Type) *codes {
	x := &codes{null: -1, slots: make([]codeSlot, firstSlots)}
	if len(ts) == 1 {
		switch ts[0].Kind {
		case types.String, types.JSON, types.Bytes, types.Geography, types.Fixed, types.UUID:
			x.plain = true
		case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal,
			types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration, types.Period, types.Enum,
			types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		}
	}
	return x
}

func (x *codes) key(g int32) []byte { return x.arena[x.spans[g].from:x.spans[g].to] }

func (x *codes) find(t *Table, keys []kernel.Vector, rows int, sel []int32, out []int32) {
	var one func(i int) int32
	if x.plain {
		v := keys[0]
		read, nulls := kernel.Reader[[]byte](v), v.Arr.NullN() > 0
		one = func(i int) int32 {
			if nulls && v.IsNull(i) {
				return x.nullGroup(t)
			}
			return x.group(t, read(i))
		}
	} else {
		code := keycode.Row(keys, keycode.Key)
		one = func(i int) int32 {
			x.scratch = code(x.scratch[:0], i)
			return x.group(t, x.scratch)
		}
	}
	if sel == nil {
		for i := range rows {
			out[i] = one(i)
		}
		return
	}
	for _, i := range sel {
		out[i] = one(int(i))
	}
}

func (x *codes) nullGroup(t *Table) int32 {
	if x.null < 0 {
		x.null = t.take()
		x.setKey(x.null, nil)
	}
	return x.null
}

func (x *codes) group(t *Table, key []byte) int32 {
	hash := uint32(xxh3.Hash(key))
	mask := len(x.slots) - 1
	h := int(hash) & mask
	for x.slots[h].group != 0 {
		if s := x.slots[h]; s.hash == hash && bytes.Equal(x.key(s.group-1), key) {
			return s.group - 1
		}
		h = (h + 1) & mask
	}
	g := t.take()
	x.setKey(g, key)
	x.insert(h, hash, g)
	return g
}

func (x *codes) setKey(g int32, key []byte) {
	for int(g) >= len(x.spans) {
		x.spans = append(x.spans, span{})
	}
	from := len(x.arena)
	x.arena = append(x.arena, key...)
	x.spans[g] = span{from: from, to: len(x.arena)}
}

func (x *codes) insert(h int, hash uint32, g int32) {
	x.slots[h] = codeSlot{hash: hash, group: g + 1}
	x.filled++
	if 2*x.filled <= len(x.slots) {
		return
	}
	old := x.slots
	x.slots = make([]codeSlot, 2*len(old))
	for _, s := range old {
		if s.group != 0 {
			x.slots[x.vacant(s.hash)] = s
		}
	}
}

func (x *codes) vacant(hash uint32) int {
	mask := len(x.slots) - 1
	h := int(hash) & mask
	for x.slots[h].group != 0 {
		h = (h + 1) & mask
	}
	return h
}

func (x *codes) arrays(alloc memory.Allocator, ts []*types.Type, groups []int32) []arrow.Array {
	if !x.plain {
		return keycode.Decode(alloc, ts, len(groups), func(i int) []byte { return x.key(groups[i]) })
	}
	col := kernel.NewColumn[[]byte](&kernel.Call{Alloc: alloc, N: len(groups), Result: ts[0]})
	for i, g := range groups {
		if g == x.null {
			col.Null(i)
			continue
		}
		col.Set(i, x.key(g))
	}
	return []arrow.Array{col.Finish()}
}

func (x *codes) sort(_ *Table, groups []int32) {
	slices.SortFunc(groups, func(a, b int32) int {
		switch {
		case a == b:
			return 0
		case a == x.null:
			return 1
		case b == x.null:
			return -1
		}
		return bytes.Compare(x.key(a), x.key(b))
	})
}

func (x *codes) remove(groups []int32) {
	for _, g := range groups {
		if g == x.null {
			x.null = -1
			continue
		}
		mask := len(x.slots) - 1
		h := int(uint32(xxh3.Hash(x.key(g)))) & mask
		for x.slots[h].group != g+1 {
			h = (h + 1) & mask
		}
		x.empty(h)
		x.wasted += x.spans[g].to - x.spans[g].from
		x.spans[g] = span{}
	}
	if x.wasted > 4096 && 2*x.wasted > len(x.arena) {
		x.compact()
	}
}

// empty frees a slot and moves back those that were pushed behind it.
func (x *codes) empty(h int) {
	mask := len(x.slots) - 1
	x.filled--
	for next := h; ; {
		next = (next + 1) & mask
		s := x.slots[next]
		if s.group == 0 {
			break
		}
		if (next-int(s.hash)&mask)&mask >= (next-h)&mask {
			x.slots[h] = s
			h = next
		}
	}
	x.slots[h] = codeSlot{}
}

// compact drops the keys of removed groups from the arena.
func (x *codes) compact() {
	arena := make([]byte, 0, len(x.arena)-x.wasted)
	for g := range x.spans {
		from := len(arena)
		arena = append(arena, x.key(int32(g))...)
		x.spans[g] = span{from: from, to: len(arena)}
	}
	x.arena, x.wasted = arena, 0
}

func (x *codes) clear() {
	clear(x.slots)
	x.filled, x.spans, x.arena, x.wasted, x.null = 0, x.spans[:0], x.arena[:0], 0, -1
}

func (x *codes) save(w *wire.Writer, g int32) {
	w.Bool(g == x.null)
	w.Bytes(x.key(g))
}

func (x *codes) load(t *Table, r *wire.Reader) int32 {
	isNull, key := r.Bool(), r.Bytes()
	if isNull {
		return x.nullGroup(t)
	}
	return x.group(t, key)
}

func (x *codes) code(dst []byte, g int32) []byte {
	switch {
	case !x.plain:
		return append(dst, x.key(g)...)
	case g == x.null:
		return append(dst, codeOfNull)
	}
	return append(append(dst, codeOfValue), x.key(g)...)
}

func (x *codes) byCode(t *Table, code []byte, add bool) int32 {
	if x.plain {
		isNull := code[0] == codeOfNull
		switch {
		case isNull && !add:
			return x.null
		case isNull:
			return x.nullGroup(t)
		}
		code = code[1:]
	}
	if add {
		return x.group(t, code)
	}
	hash := uint32(xxh3.Hash(code))
	mask := len(x.slots) - 1
	for h := int(hash) & mask; x.slots[h].group != 0; h = (h + 1) & mask {
		if s := x.slots[h]; s.hash == hash && bytes.Equal(x.key(s.group-1), code) {
			return s.group - 1
		}
	}
	return -1
}
