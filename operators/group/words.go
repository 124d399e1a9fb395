package group

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// words is the index of one column whose values fit a word. Words whose numbers stand close
// together have an array, others are hashed.
type words struct {
	slots    []wordSlot // a power of two, at most half full
	shift    int        // 64 - log2(len(slots))
	filled   int
	dense    dense    // of the numbers of all words, or of none
	fraction bool     // words are those of doubles
	keys     []uint64 // by group
	null     int32    // the group of null, -1 for none
	looking  looking
}

// wordSlot holds a group's number plus one, 0 where it is empty.
type wordSlot struct {
	word  uint64
	group int32
}

const (
	firstSlots = 64
	golden     = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio
	halfPi     = 0x921fb54442d18469 // of the digits of pi
)

func newIndex(ts []*types.Type) index {
	switch {
	case len(ts) == 1 && keycode.IsWord(ts[0]):
		x := &words{null: -1, fraction: ts[0].Kind == types.Double || ts[0].Kind == types.Float}
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
	return int(mix(w) >> x.shift)
}

func (x *words) vacant(w uint64) int {
	h, mask := x.home(w), len(x.slots)-1
	for x.slots[h].group != 0 {
		h = (h + 1) & mask
	}
	return h
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
		n, ok := x.number(w)
		if g := x.dense.find(n); ok && g >= 0 {
			return g
		}
		if ok && x.dense.reach(n, x.filled) {
			g := t.take()
			x.setKey(g, w)
			x.dense.set(n, g)
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

// gather makes hashed words dense where their numbers stand close together, and reports
// whether they do.
func (x *words) gather() bool {
	var lowest, highest, step uint64
	seen := false
	for i := range x.slots {
		if x.slots[i].group == 0 {
			continue
		}
		n, ok := x.number(x.slots[i].word)
		if !ok {
			return false
		}
		if !seen {
			lowest, highest, seen = n, n, true
			continue
		}
		step = commonDivisor(max(n, lowest)-min(n, lowest), step)
		lowest, highest = min(lowest, n), max(highest, n)
		if !fits((highest-lowest)/step, x.filled) {
			return false
		}
	}
	if step == 0 || fits(highest-lowest, x.filled) {
		step = 1 // has room for those between them
	}
	x.dense = newDense(step)
	x.dense.span(lowest, highest, x.filled)
	for _, s := range x.slots {
		if s.group != 0 {
			n, _ := x.number(s.word)
			x.dense.set(n, s.group-1)
		}
	}
	x.slots = nil
	x.resize(firstSlots) // hashing finds none
	return true
}

// commonDivisor is the greatest of two numbers of which one may be 0; at once where b divides a.
func commonDivisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// scatter makes dense words hashed ones.
func (x *words) scatter() {
	at := x.dense.at
	x.dense = dense{}
	size := max(firstSlots, len(x.slots))
	for size < 4*x.filled {
		size *= 2
	}
	x.resize(size)
	for _, g := range at {
		if g != 0 {
			w := x.keys[g-1]
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
			n, _ := x.number(x.keys[g])
			x.dense.unset(n)
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
		n, ok := x.number(w)
		if !ok {
			return -1
		}
		return x.dense.find(n)
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
