package group

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

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
	mask    uint32 // of the place of a hash among them
	filled  int
	held    []heldKey // by group
	arena   []byte
	wasted  int   // bytes of the arena that no group has
	null    int32 // the group of null of a plain column, -1 for none
	scratch []byte
	words   []uint64 // by group, scratch
}

// heldKey is a key and where it lies in the arena.
type heldKey struct {
	probe
	from int
}

// codeSlot holds the hash of a probe, and a group's number plus one.
type codeSlot struct {
	hash  uint32
	group int32
}

func newCodes(ts []*types.Type) *codes {
	x := &codes{null: -1, slots: make([]codeSlot, firstSlots), mask: firstSlots - 1}
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

func (x *codes) key(g int32) []byte {
	k := &x.held[g]
	return x.arena[k.from : k.from+int(k.size)]
}

func (x *codes) find(t *Table, keys []kernel.Vector, rows int, sel []int32, out []int32) {
	if x.plain && !keys[0].Scalar {
		if text, ok := keys[0].Arr.(*array.String); ok {
			x.texts(t, text, rows, sel, out)
			return
		}
	}
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

// texts finds the groups of a column of text. Most keys lie in their home slot, which is
// looked at here without a call.
func (x *codes) texts(t *Table, column *array.String, rows int, sel, out []int32) {
	ends, data := column.ValueOffsets(), column.ValueBytes()
	if len(ends) == 0 {
		return
	}
	base := ends[0] // ValueBytes begins there
	nulls := column.NullN() > 0
	n := rows
	if sel != nil {
		n = len(sel)
	}
	for k := range n {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		if nulls && column.IsNull(i) {
			out[i] = x.nullGroup(t)
			continue
		}
		key := data[ends[i]-base : ends[i+1]-base]
		var p probe
		if n := len(key); n >= 8 && n <= shortKey { // as probeOf does, without a call
			p = probe{lo: binary.LittleEndian.Uint64(key), hi: binary.LittleEndian.Uint64(key[n-8:]), size: int32(n)}
		} else {
			p = probeOf(key)
		}
		hash := p.hash()
		if s := &x.slots[x.beside(hash)]; s.hash == hash && s.group > 0 && p.size <= shortKey && x.held[s.group-1].probe == p {
			out[i] = s.group - 1
			continue
		}
		out[i] = x.find1(t, p, key)
	}
}

func (x *codes) findOf(t *Table, other index, groups, out []int32) {
	from := other.(*codes)
	for i, g := range groups {
		if g == from.null {
			out[i] = x.nullGroup(t)
			continue
		}
		p := from.held[g].probe
		out[i] = x.find1(t, p, from.key(g))
	}
}

// beside is the home slot of a hash, or that behind it where another lies there; see words.
func (x *codes) beside(hash uint32) uint32 {
	h := hash & x.mask
	other := x.slots[h].hash ^ hash
	return (h + (other|-other)>>31) & x.mask
}

func (x *codes) nullGroup(t *Table) int32 {
	if x.null < 0 {
		x.null = t.take()
		x.setKey(x.null, probe{}, nil)
	}
	return x.null
}

func (x *codes) group(t *Table, key []byte) int32 {
	p := probeOf(key)
	return x.find1(t, p, key)
}

// find1 is the group of a key, made where it is new.
func (x *codes) find1(t *Table, p probe, key []byte) int32 {
	hash := p.hash()
	h, known := x.slot(p, hash, key)
	if known {
		return x.slots[h].group - 1
	}
	g := t.take()
	x.setKey(g, p, key)
	x.insert(h, hash, g)
	return g
}

// slot is where a key is, or where it belongs.
func (x *codes) slot(p probe, hash uint32, key []byte) (h int, known bool) {
	mask := len(x.slots) - 1
	for h = int(hash) & mask; ; h = (h + 1) & mask {
		s := x.slots[h]
		if s.group == 0 {
			return h, false
		}
		if s.hash == hash && x.held[s.group-1].probe == p && (p.short() || bytes.Equal(x.key(s.group-1), key)) {
			return h, true
		}
	}
}

func (x *codes) setKey(g int32, p probe, key []byte) {
	for int(g) >= len(x.held) {
		x.held = append(x.held, heldKey{})
	}
	x.held[g] = heldKey{probe: p, from: len(x.arena)}
	x.arena = append(x.arena, key...)
}

func (x *codes) insert(h int, hash uint32, g int32) {
	x.slots[h] = codeSlot{hash: hash, group: g + 1}
	x.filled++
	if 3*x.filled <= len(x.slots) { // most keys then lie in their home slot
		return
	}
	old := x.slots
	x.slots, x.mask = make([]codeSlot, 2*len(old)), uint32(2*len(old)-1)
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

// sort orders groups by their keys. What all keys have in common is passed over, and the
// eight bytes behind it say most of the order.
func (x *codes) sort(t *Table, groups []int32) {
	if at := slices.Index(groups, x.null); at >= 0 {
		copy(groups[at:], groups[at+1:])
		groups[len(groups)-1] = x.null
		groups = groups[:len(groups)-1]
	}
	if len(groups) < 2 {
		return
	}
	common := x.common(groups)
	x.words = slices.Grow(x.words[:0], len(x.held))[:len(x.held)]
	for _, g := range groups {
		x.words[g] = firstWord(x.key(g)[common:])
	}
	t.order.sort(groups, x.words)
	for from := 0; from < len(groups); {
		to := from + 1
		for to < len(groups) && x.words[groups[to]] == x.words[groups[from]] {
			to++
		}
		if to > from+1 {
			slices.SortFunc(groups[from:to], func(a, b int32) int { return bytes.Compare(x.key(a), x.key(b)) })
		}
		from = to
	}
}

// common is how many bytes all keys begin with.
func (x *codes) common(groups []int32) int {
	first := x.key(groups[0])
	n := len(first)
	for _, g := range groups[1:] {
		key := x.key(g)
		n = min(n, len(key))
		if string(key[:n]) == string(first[:n]) { // as nearly always
			continue
		}
		i := 0
		for key[i] == first[i] {
			i++
		}
		n = i
	}
	return n
}

// firstWord is eight bytes as a number of the same order; a shorter text ends in zeros.
func firstWord(text []byte) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)
	}
	var w [8]byte
	copy(w[:], text)
	return binary.BigEndian.Uint64(w[:])
}

func (x *codes) remove(groups []int32) {
	for _, g := range groups {
		if g == x.null {
			x.null = -1
			continue
		}
		mask := len(x.slots) - 1
		h := int(x.held[g].hash()) & mask
		for x.slots[h].group != g+1 {
			h = (h + 1) & mask
		}
		x.empty(h)
		x.wasted += int(x.held[g].size)
		x.held[g] = heldKey{}
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
	for g := range x.held {
		from := len(arena)
		arena = append(arena, x.key(int32(g))...)
		x.held[g].from = from
	}
	x.arena, x.wasted = arena, 0
}

func (x *codes) clear() {
	clear(x.slots)
	x.filled, x.held, x.arena, x.wasted, x.null = 0, x.held[:0], x.arena[:0], 0, -1
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
	p := probeOf(code)
	if h, known := x.slot(p, p.hash(), code); known {
		return x.slots[h].group - 1
	}
	return -1
}

// keyOf writes the key code of the values that a code stands for.
func (x *codes) keyOf(dst []byte, t *Table, code []byte) []byte {
	switch {
	case !x.plain:
		return append(dst, code...)
	case code[0] == codeOfNull:
		return keycode.AppendNull(dst)
	}
	return keycode.AppendBytes(dst, t.ts[0], code[1:])
}
