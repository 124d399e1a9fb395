package group

import (
	"math"
	"math/bits"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// stretch is of how many rows at a time words are written down, so that they stay in the
// first cache until they have been looked for.
const stretch = 512

// looking is where a stretch is written down.
type looking struct {
	words []uint64
	nulls []int32 // which words are of rows that are null, and one more
	found [stretch]int32
}

func (x *words) find(t *Table, keys []kernel.Vector, rows int, sel []int32, out []int32) {
	v, l := keys[0], &x.looking
	nulls := v.Arr.NullN() > 0
	if v.Type.Kind == types.Long && !v.Scalar && !nulls && x.dense.step == 1 {
		x.longs(t, kernel.Values[int64](v.Arr)[:rows], sel, out)
		return
	}
	if v.Type.Kind == types.Double && !v.Scalar && !nulls && x.dense.at != nil && sel == nil {
		x.wholes(t, kernel.Values[float64](v.Arr)[:rows], out)
		return
	}
	if sel == nil {
		for from := 0; from < rows; from += stretch {
			n := min(stretch, rows-from)
			l.words = keycode.WordsFrom(l.words, v, from, n, keycode.Key)
			if nulls {
				l.nulls = nullsFrom(l.nulls, v, from, n)
			}
			x.stretch(t, out[from:from+n])
		}
		return
	}
	for len(sel) > 0 {
		part := sel[:min(stretch, len(sel))]
		sel = sel[len(part):]
		l.words = keycode.WordsAt(l.words, v, part, keycode.Key)
		if nulls {
			l.nulls = nullsAt(l.nulls, v, part)
		}
		found := l.found[:len(part)]
		x.stretch(t, found)
		for k, i := range part {
			out[i] = found[k]
		}
	}
}

// stretch finds the groups of the rows that are written down. Those that are null are looked for as
// one that is not, so that they do not make groups.
func (x *words) stretch(t *Table, out []int32) {
	l := &x.looking
	valid := 0
	for valid < len(l.nulls) && int(l.nulls[valid]) == valid {
		valid++
	}
	if valid < len(l.words) {
		for _, k := range l.nulls {
			l.words[k] = l.words[valid]
		}
		x.look(t, out)
	}
	for _, k := range l.nulls {
		out[k] = x.nullGroup(t)
	}
	l.nulls = l.nulls[:0]
}

// nullsFrom lists which of n rows from one on are null. To ask each would be a guess for the processor.
func nullsFrom(dst []int32, v kernel.Vector, from, n int) []int32 {
	valid := validity(v)
	dst = slices.Grow(dst[:0], n+1)[:n+1]
	at := 0
	for k := range n {
		dst[at] = int32(k)
		at += valid.not(from + k)
	}
	return dst[:at]
}

// nullsAt lists which of the rows are null.
func nullsAt(dst []int32, v kernel.Vector, rows []int32) []int32 {
	valid := validity(v)
	dst = slices.Grow(dst[:0], len(rows)+1)[:len(rows)+1]
	at := 0
	for k, i := range rows {
		dst[at] = int32(k)
		at += valid.not(int(i))
	}
	return dst[:at]
}

// valids tells which rows of a vector are null.
type valids struct {
	bits   []byte // none where all are
	offset int
	scalar bool
}

func validity(v kernel.Vector) valids {
	return valids{bits: v.Arr.NullBitmapBytes(), offset: v.Arr.Data().Offset(), scalar: v.Scalar}
}

// not is 1 for a row that is null, else 0.
func (v *valids) not(row int) int {
	if v.scalar {
		row = 0
	}
	if at := v.offset + row; len(v.bits) > 0 {
		return int(^v.bits[at/8] >> (at % 8) & 1)
	}
	return 1
}

// look finds the groups of the words that are written down. Most are dense, or lie in their home
// slot or beside it, which is looked at here without a call.
func (x *words) look(t *Table, out []int32) {
	words := x.looking.words
	switch {
	case x.dense.at == nil:
		slots, shift := x.slots, x.shift
		for i, w := range words {
			s := &slots[beside(slots, shift, w)]
			if s.word == w && s.group != 0 {
				out[i] = s.group - 1
				continue
			}
			out[i] = x.group(t, w)
			slots, shift = x.slots, x.shift
		}
	case x.fraction:
		d := x.dense
		for i, w := range words {
			if place := d.place(whole(w)); place < uint64(len(d.at)) && d.at[place] != 0 {
				out[i] = d.at[place] - 1
				continue
			}
			out[i] = x.group(t, w)
			d = x.dense
		}
	default:
		d := x.dense
		for i, w := range words {
			if place := d.place(w); place < uint64(len(d.at)) && d.at[place] != 0 {
				out[i] = d.at[place] - 1
				continue
			}
			out[i] = x.group(t, w)
			d = x.dense
		}
	}
}

// longs is find for whole numbers that may stand next to each other, whose words need not be
// written down.
func (x *words) longs(t *Table, values []int64, sel, out []int32) {
	at, base := x.adjacent()
	if sel == nil {
		for i, v := range values {
			w := uint64(v) ^ 1<<63
			if off := w - base; off < uint64(len(at)) && at[off] != 0 {
				out[i] = at[off] - 1
				continue
			}
			out[i] = x.group(t, w)
			at, base = x.adjacent()
		}
		return
	}
	for _, i := range sel {
		w := uint64(values[i]) ^ 1<<63
		if off := w - base; off < uint64(len(at)) && at[off] != 0 {
			out[i] = at[off] - 1
			continue
		}
		out[i] = x.group(t, w)
		at, base = x.adjacent()
	}
}

// wholes is find for doubles that are dense, of which only others are made words.
func (x *words) wholes(t *Table, values []float64, out []int32) {
	d := x.dense
	for i, v := range values {
		n := int64(v)
		if place := d.place(uint64(n) ^ 1<<63); place < uint64(len(d.at)) && float64(n) == v && d.at[place] != 0 {
			out[i] = d.at[place] - 1
			continue
		}
		out[i] = x.group(t, keycode.DoubleWord(v))
		d = x.dense
	}
}

// adjacent is the array of words that may stand next to each other, empty where they may not.
func (x *words) adjacent() (at []int32, base uint64) {
	if x.dense.step != 1 {
		return nil, 0
	}
	return x.dense.at, x.dense.base
}

// number is what a dense word is found by: the word, or that of the whole number which a double is,
// not ok where it is none.
func (x *words) number(w uint64) (n uint64, ok bool) {
	if !x.fraction {
		return w, true
	}
	n = whole(w)
	return n, n != noNumber
}

// noNumber is what whole makes of fractions: no double is the whole number that has this word.
const noNumber = math.MaxUint64

// whole is the word of the whole number that the double of a word is.
func whole(w uint64) uint64 {
	v := keycode.DoubleOf(w)
	n := int64(v)
	if float64(n) != v { // NaN and what is out of range too
		return noNumber
	}
	return uint64(n) ^ 1<<63
}

// mix is a hash of a word, all of whose bits depend on all of the word. A multiplication
// alone puts words at some distances from each other in long runs of slots.
func mix(w uint64) uint64 {
	hi, lo := bits.Mul64(w^halfPi, golden)
	return hi ^ lo
}

// beside is the home of a word, or the slot behind it where another lies there: one of both is that of
// nearly all words, and which the processor need not guess.
func beside(slots []wordSlot, shift int, w uint64) int {
	h := int(mix(w) >> (shift & 63))
	other := slots[h].word ^ w
	return (h + int((other|-other)>>63)) & (len(slots) - 1)
}
