package group

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// words is the index of one column whose values fit a word. Words that stand close together
// have an array, others are hashed.
type words struct {
	slots   []wordSlot // a power of two, at most half full
	shift   int        // 64 - log2(len(slots))
	filled  int
	dense   dense    // of all words, or of none
	keys    []uint64 // by group
	null    int32    // the group of null, -1 for none
	scratch []uint64
	valid   []int32
}

// wordSlot holds a group's number plus one, 0 where it is empty.
type wordSlot struct {
	word  uint64
	group int32
}

const (
	firstSlots = 64
	golden     = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
)

func newIndex(ts []*types.Type) index {
	switch {
	case len(ts) == 1 && keycode.IsWord(ts[0]):
		x := &words{null: -1}
		x.resize(firstSlots)
		return x
	default:
		return newCodes(ts)
	}
}

func (x *words) resize(n int) {
	old := x.slots
	x.slots = make([]wordSlot, n)
	x.shift = 64 - bits.TrailingZeros(uint(n))
	for _, s := range old {
		if s.group != 0 {
			x.slots[x.vacant(s.word)] = s
		}
	}
}

// home is where the search for a word begins.
func (x *words) home(w uint64) int {
	return int(((w ^ w>>32) * golden) >> x.shift)
}

func (x *words) vacant(w uint64) int {
	h, mask := x.home(w), len(x.slots)-1
	for x.slots[h].group != 0 {
		h = (h + 1) & mask
	}
	return h
}

func (x *words) find(t *Table, keys []kernel.Vector, rows int, sel []int32, out []int32) {
	v := keys[0]
	if v.Type.Kind == types.Long && !v.Scalar && v.Arr.NullN() == 0 {
		x.longs(t, kernel.Values[int64](v.Arr)[:rows], sel, out)
		return
	}
	if sel != nil && len(sel) <= rows/4 { // as where many windows share a batch
		x.few(t, v, rows, sel, out)
		return
	}
	x.scratch = keycode.Words(x.scratch, v, rows, keycode.Key)
	if v.Arr.NullN() > 0 {
		x.nullable(t, v, rows, sel, out)
		return
	}
	x.all(t, sel, out)
}

// few finds the groups of a few rows of many.
func (x *words) few(t *Table, v kernel.Vector, rows int, sel, out []int32) {
	if v.Arr.NullN() > 0 {
		x.valid = keycode.AppendValid(x.valid[:0], v, rows, sel)
		x.nulls(t, v, sel, out)
		sel = x.valid
	}
	x.scratch = keycode.WordsAt(x.scratch, v, sel, keycode.Key)
	for k, i := range sel {
		out[i] = x.group(t, x.scratch[k])
	}
}

// all finds the groups of rows of which none is null. Most words lie in their home slot,
// which is looked at here without a call.
func (x *words) all(t *Table, sel, out []int32) {
	switch {
	case sel != nil:
		for _, i := range sel {
			out[i] = x.near(t, x.scratch[i])
		}
	case x.dense.at != nil:
		at, base := x.dense.at, x.dense.base
		for i, w := range x.scratch {
			if off := w - base; off < uint64(len(at)) && at[off] != 0 {
				out[i] = at[off] - 1
				continue
			}
			out[i] = x.group(t, w)
			at, base = x.dense.at, x.dense.base
		}
	default:
		slots, shift := x.slots, x.shift
		for i, w := range x.scratch {
			s := &slots[((w^w>>32)*golden)>>shift]
			if s.word == w && s.group != 0 {
				out[i] = s.group - 1
				continue
			}
			out[i] = x.group(t, w)
			slots, shift = x.slots, x.shift
		}
	}
}

// near is group for a word that mostly lies in its home slot, or has a group.
func (x *words) near(t *Table, w uint64) int32 {
	if off := w - x.dense.base; off < uint64(len(x.dense.at)) {
		if g := x.dense.at[off]; g != 0 {
			return g - 1
		}
		return x.group(t, w)
	}
	if s := &x.slots[((w^w>>32)*golden)>>x.shift]; s.word == w && s.group != 0 {
		return s.group - 1
	}
	return x.group(t, w)
}

// nullable is all where some rows are null.
func (x *words) nullable(t *Table, v kernel.Vector, rows int, sel, out []int32) {
	bits, offset := v.Arr.NullBitmapBytes(), v.Arr.Data().Offset() // no bits where all are null
	one := func(i int) {
		if at := offset + v.Index(i); bits == nil || bits[at/8]>>(at%8)&1 == 0 {
			out[i] = x.nullGroup(t)
			return
		}
		out[i] = x.near(t, x.scratch[i])
	}
	if sel == nil {
		for i := range rows {
			one(i)
		}
		return
	}
	for _, i := range sel {
		one(int(i))
	}
}

// longs is find for whole numbers, whose words need not be written down.
func (x *words) longs(t *Table, values []int64, sel, out []int32) {
	switch {
	case sel != nil && x.dense.at != nil:
		at, base := x.dense.at, x.dense.base
		for _, i := range sel {
			w := uint64(values[i]) ^ 1<<63
			if off := w - base; off < uint64(len(at)) && at[off] != 0 {
				out[i] = at[off] - 1
				continue
			}
			out[i] = x.group(t, w)
			at, base = x.dense.at, x.dense.base
		}
	case sel != nil:
		for _, i := range sel {
			out[i] = x.near(t, uint64(values[i])^1<<63)
		}
	case x.dense.at != nil:
		at, base := x.dense.at, x.dense.base
		for i, v := range values {
			w := uint64(v) ^ 1<<63
			if off := w - base; off < uint64(len(at)) && at[off] != 0 {
				out[i] = at[off] - 1
				continue
			}
			out[i] = x.group(t, w)
			at, base = x.dense.at, x.dense.base
		}
	default:
		slots, shift := x.slots, x.shift
		for i, v := range values {
			w := uint64(v) ^ 1<<63
			s := &slots[((w^w>>32)*golden)>>shift]
			if s.word == w && s.group != 0 {
				out[i] = s.group - 1
				continue
			}
			out[i] = x.group(t, w)
			slots, shift = x.slots, x.shift
		}
	}
}

func (x *words) findOf(t *Table, other index, groups, out []int32) {
	from := other.(*words)
	for i, g := range groups {
		if g == from.null {
			out[i] = x.nullGroup(t)
			continue
		}
		out[i] = x.group(t, from.keys[g])
	}
}

func (x *words) group(t *Table, w uint64) int32 {
	if x.dense.at != nil {
		if g := x.dense.find(w); g >= 0 {
			return g
		}
		if x.dense.reach(w, x.filled) {
			g := t.take()
			x.setKey(g, w)
			x.dense.set(w, g)
			x.filled++
			return g
		}
		x.scatter()
	}
	h, mask := x.home(w), len(x.slots)-1
	for {
		s := &x.slots[h]
		if s.group == 0 {
			break
		}
		if s.word == w {
			return s.group - 1
		}
		h = (h + 1) & mask
	}
	g := t.take()
	x.setKey(g, w)
	x.insert(h, w, g)
	return g
}

func (x *words) insert(h int, w uint64, g int32) {
	x.slots[h] = wordSlot{word: w, group: g + 1}
	x.filled++
	if 2*x.filled > len(x.slots) && !x.gather() {
		x.resize(2 * len(x.slots))
	}
}

// gather makes hashed words dense where they stand close together, and reports whether
// they do.
func (x *words) gather() bool {
	lowest, highest := uint64(math.MaxUint64), uint64(0)
	for i := range x.slots {
		if s := &x.slots[i]; s.group != 0 {
			lowest, highest = min(lowest, s.word), max(highest, s.word)
			if !fits(highest-lowest, x.filled) {
				return false
			}
		}
	}
	x.dense.span(lowest, highest, x.filled)
	for _, s := range x.slots {
		if s.group != 0 {
			x.dense.set(s.word, s.group-1)
		}
	}
	x.slots = nil
	x.resize(firstSlots) // hashing finds none
	return true
}

// scatter makes dense words hashed ones.
func (x *words) scatter() {
	at, base := x.dense.at, x.dense.base
	x.dense = dense{}
	size := max(firstSlots, len(x.slots))
	for size < 4*x.filled {
		size *= 2
	}
	x.resize(size)
	for off, g := range at {
		if g != 0 {
			w := base + uint64(off)
			x.slots[x.vacant(w)] = wordSlot{word: w, group: g}
		}
	}
}

func (x *words) setKey(g int32, w uint64) {
	for int(g) >= len(x.keys) {
		x.keys = append(x.keys, 0)
	}
	x.keys[g] = w
}

// nulls sets the group of the rows that are null.
func (x *words) nulls(t *Table, v kernel.Vector, sel, out []int32) {
	for _, i := range sel {
		if v.IsNull(int(i)) {
			out[i] = x.nullGroup(t)
		}
	}
}

func (x *words) nullGroup(t *Table) int32 {
	if x.null < 0 {
		x.null = t.take()
		x.setKey(x.null, 0)
	}
	return x.null
}

func (x *words) arrays(alloc memory.Allocator, ts []*types.Type, groups []int32) []arrow.Array {
	return []arrow.Array{keycode.FromWords(alloc, ts[0], len(groups), func(i int) (uint64, bool) {
		return x.keys[groups[i]], groups[i] != x.null
	})}
}

func (x *words) sort(t *Table, groups []int32) {
	if at := slices.Index(groups, x.null); at >= 0 {
		copy(groups[at:], groups[at+1:])
		groups[len(groups)-1] = x.null
		groups = groups[:len(groups)-1]
	}
	if x.dense.at != nil && len(groups) == x.filled && len(groups) > fewPairs {
		x.dense.list(groups)
		return
	}
	t.order.sort(groups, x.keys)
}

func (x *words) remove(groups []int32) {
	for _, g := range groups {
		if g == x.null {
			x.null = -1
			continue
		}
		if x.dense.at != nil {
			x.dense.unset(x.keys[g])
			x.filled--
			continue
		}
		h, mask := x.home(x.keys[g]), len(x.slots)-1
		for x.slots[h].group != g+1 {
			h = (h + 1) & mask
		}
		x.empty(h)
	}
}

// empty frees a slot and moves back those that were pushed behind it.
func (x *words) empty(h int) {
	mask := len(x.slots) - 1
	x.filled--
	for next := h; ; {
		next = (next + 1) & mask
		s := x.slots[next]
		if s.group == 0 {
			break
		}
		// s may move to h unless its home lies after h on the way to next.
		if (next-x.home(s.word))&mask >= (next-h)&mask {
			x.slots[h] = s
			h = next
		}
	}
	x.slots[h] = wordSlot{}
}

func (x *words) clear() {
	switch {
	case x.dense.at != nil:
		clear(x.dense.at)
	case x.filled > leastDense && x.gather():
		clear(x.dense.at) // those that come will be as close as those that were
	default:
		clear(x.slots)
	}
	x.filled, x.keys, x.null = 0, x.keys[:0], -1
}

func (x *words) save(w *wire.Writer, g int32) {
	w.Bool(g == x.null)
	w.Uint(x.keys[g])
}

func (x *words) load(t *Table, r *wire.Reader) int32 {
	isNull, key := r.Bool(), r.Uint()
	if isNull {
		return x.nullGroup(t)
	}
	return x.group(t, key)
}

// The first bytes of codes: null stands behind all values.
const (
	codeOfValue = iota
	codeOfNull
)

func (x *words) code(dst []byte, g int32) []byte {
	if g == x.null {
		return append(dst, codeOfNull)
	}
	return binary.BigEndian.AppendUint64(append(dst, codeOfValue), x.keys[g])
}

func (x *words) byCode(t *Table, code []byte, add bool) int32 {
	isNull := code[0] == codeOfNull
	switch {
	case isNull && !add:
		return x.null
	case isNull:
		return x.nullGroup(t)
	}
	w := binary.BigEndian.Uint64(code[1:])
	if add {
		return x.group(t, w)
	}
	if x.dense.at != nil {
		return x.dense.find(w)
	}
	h, mask := x.home(w), len(x.slots)-1
	for x.slots[h].group != 0 {
		if x.slots[h].word == w {
			return x.slots[h].group - 1
		}
		h = (h + 1) & mask
	}
	return -1
}

// keyOf writes the key code of the value that a code stands for.
func (x *words) keyOf(dst []byte, t *Table, code []byte) []byte {
	if code[0] == codeOfNull {
		return keycode.AppendNull(dst)
	}
	return keycode.AppendWord(dst, t.ts[0], binary.BigEndian.Uint64(code[1:]))
}
