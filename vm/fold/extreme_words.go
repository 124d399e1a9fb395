package fold

import (
	"cmp"
	"maps"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// words is a multiset of words that knows its least at once: a heap of the words, from
// which those that have left are dropped when they come to the top. Nothing is taken from
// the garbage collector for a word that comes where another has left.
type words struct {
	counts map[uint64]int64
	top    []uint64
}

func (b *words) add(w uint64) {
	if b.counts == nil {
		b.counts = map[uint64]int64{}
	}
	n := b.counts[w]
	if b.counts[w] = n + 1; n > 0 {
		return
	}
	if len(b.top) > 2*len(b.counts)+16 {
		b.reorder()
		return
	}
	b.top = append(b.top, w)
	for i := len(b.top) - 1; i > 0 && b.top[i] < b.top[(i-1)/2]; i = (i - 1) / 2 {
		b.top[i], b.top[(i-1)/2] = b.top[(i-1)/2], b.top[i]
	}
}

func (b *words) sub(w uint64) {
	if left := b.counts[w] - 1; left > 0 {
		b.counts[w] = left
		return
	}
	delete(b.counts, w)
}

// least is the smallest word.
func (b *words) least() (uint64, bool) {
	for len(b.top) > 0 {
		if w := b.top[0]; b.counts[w] > 0 {
			return w, true
		}
		b.pop()
	}
	return 0, false
}

// pop drops the top of the heap.
func (b *words) pop() {
	last := len(b.top) - 1
	b.top[0] = b.top[last]
	b.top = b.top[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && b.top[child+1] < b.top[child] {
			child++
		}
		if child >= last || b.top[i] <= b.top[child] {
			return
		}
		b.top[i], b.top[child] = b.top[child], b.top[i]
		i = child
	}
}

// reorder makes the heap of the words that are there now.
func (b *words) reorder() {
	b.top = b.top[:0]
	for w := range b.counts {
		b.top = append(b.top, w)
	}
	slices.Sort(b.top)
}

// extremeWords keeps all values; flip is all ones for the largest, whose words are
// complemented.
func extremeWords(result *types.Type, flip uint64) kernel.Aggregator {
	var scratch []uint64
	each := func(states []words, c *kernel.AggCall, f func(*words, uint64)) {
		if few(c) {
			scratch = keycode.WordsAt(scratch, c.Args[0], c.Rows, keycode.Exact)
			for i, w := range scratch {
				f(&states[c.Groups[c.Rows[i]]], w^flip)
			}
			return
		}
		scratch = keycode.Words(scratch, c.Args[0], c.N, keycode.Exact)
		c.Each(func(row int) { f(&states[c.Groups[row]], scratch[row]^flip) })
	}
	return &States[words]{
		AddRows: func(states []words, c *kernel.AggCall) { each(states, c, (*words).add) },
		SubRows: func(states []words, c *kernel.AggCall) { each(states, c, (*words).sub) },
		Build: func(b *Results[words]) arrow.Array {
			return keycode.FromWords(b.Alloc, result, len(b.Groups), func(i int) (uint64, bool) {
				w, ok := b.State(i).least()
				return w ^ flip, ok
			})
		},
		// In the form of a Bag, in ascending order.
		Save: func(w *wire.Writer, s *words) {
			var code []byte
			list := slices.Collect(maps.Keys(s.counts))
			slices.SortFunc(list, func(a, b uint64) int { return cmp.Compare(a^flip, b^flip) })
			w.Uint(uint64(len(list)))
			for _, x := range list {
				code = keycode.AppendWord(code[:0], result, x^flip)
				w.String(string(code))
				w.Int(s.counts[x])
			}
		},
		Load: func(r *wire.Reader, s *words) {
			n := r.Len()
			if n == 0 {
				return
			}
			s.counts = make(map[uint64]int64, n)
			for range n {
				w := keycode.WordOf(result, r.String()) ^ flip
				s.counts[w] += r.Int() // NaNs are one word
			}
			s.reorder()
		},
	}
}
