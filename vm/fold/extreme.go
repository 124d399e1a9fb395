package fold

import (
	"bytes"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Extreme makes the aggregator of the smallest or largest value of any ordered
// type. When rows will be taken back it keeps all values, otherwise one a group.
func Extreme(largest bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		if keycode.IsWord(result) {
			return &extreme{Aggregator: extremeWord(result, largest), result: result, largest: largest}
		}
		return &extreme{Aggregator: extremeCode(result, largest), result: result, largest: largest}
	}
}

type extreme struct {
	kernel.Aggregator
	result  *types.Type
	largest bool
}

// CanCopy implements Copying.
func (e *extreme) CanCopy() bool {
	c, ok := e.Aggregator.(Copying)
	return ok && c.CanCopy()
}

// Brief implements Brief: of all values that are kept a result has one.
func (e *extreme) Brief() kernel.Aggregator {
	if keycode.IsWord(e.result) {
		return &extreme{Aggregator: extremeWord(e.result, e.largest), result: e.result, largest: e.largest}
	}
	return &extreme{Aggregator: extremeCode(e.result, e.largest), result: e.result, largest: e.largest}
}

// CopyFrom implements Copying. The other may keep all values where this one keeps one.
func (e *extreme) CopyFrom(other kernel.Aggregator, from, to int32) {
	switch all := other.(*extreme).Aggregator.(type) {
	case *States[words]:
		least, ok := all.states[from].least()
		e.Aggregator.(*States[word]).states[to] = word{best: least, ok: ok}
	case *States[Extremes]:
		top, ok := all.states[from].Top(e.largest)
		e.Aggregator.(*States[code]).states[to].set(top, ok)
	default:
		e.Aggregator.(Copying).CopyFrom(all, from, to)
	}
}

// CanMerge implements Merging.
func (e *extreme) CanMerge() bool {
	m, ok := e.Aggregator.(Merging)
	return ok && m.CanMerge()
}

// MergeFrom implements Merging.
func (e *extreme) MergeFrom(other kernel.Aggregator, from, to []int32) {
	e.Aggregator.(Merging).MergeFrom(other.(*extreme).Aggregator, from, to)
}

// WillSub implements Retracting.
func (e *extreme) WillSub() {
	if keycode.IsWord(e.result) {
		e.Aggregator = extremeWords(e.result, flipOf(e.largest))
		return
	}
	e.Aggregator = extremeBag(e.result, e.largest)
}

// word is the value nearest to the end asked for, complemented for the largest.
type word struct {
	best uint64
	ok   bool
}

func (s *word) add(w uint64) {
	if !s.ok || w < s.best {
		s.best, s.ok = w, true
	}
}

// few tells that the words of all rows of a batch would take longer than those of the rows
// that are taken, one by one.
func few(c *kernel.AggCall) bool { return c.Rows != nil && 8*len(c.Rows) < c.N }

func extremeWord(result *types.Type, largest bool) kernel.Aggregator {
	var scratch []uint64
	flip := flipOf(largest)
	return &States[word]{
		AddRows: func(states []word, c *kernel.AggCall) {
			if few(c) {
				scratch = keycode.WordsAt(scratch, c.Args[0], c.Rows, keycode.Exact)
				for i, w := range scratch {
					states[c.Groups[c.Rows[i]]].add(w ^ flip)
				}
				return
			}
			scratch = keycode.Words(scratch, c.Args[0], c.N, keycode.Exact)
			addWords(states, c, scratch, flip)
		},
		Build: func(b *Results[word]) arrow.Array {
			return keycode.FromWords(b.Alloc, result, len(b.Groups), func(i int) (uint64, bool) {
				s := b.State(i)
				return s.best ^ flip, s.ok
			})
		},
		Save: func(w *wire.Writer, s *word) { w.Bool(s.ok); w.Uint(s.best) },
		Load: func(r *wire.Reader, s *word) { s.ok, s.best = r.Bool(), r.Uint() },
		Merge: func(to, from *word) {
			if from.ok && (!to.ok || from.best < to.best) {
				*to = *from
			}
		},
	}
}

// flipOf complements words where the largest is the best.
func flipOf(largest bool) uint64 {
	if largest {
		return math.MaxUint64
	}
	return 0
}

func addWords(states []word, c *kernel.AggCall, words []uint64, flip uint64) {
	if c.Rows == nil {
		for i, w := range words {
			states[c.Groups[i]].add(w ^ flip)
		}
		return
	}
	for _, i := range c.Rows {
		states[c.Groups[i]].add(words[i] ^ flip)
	}
}

// code is a kept value; nil is none.
type code struct{ best []byte }

func (c *code) set(best []byte, ok bool) {
	if !ok {
		c.best = nil
		return
	}
	c.best = append(c.best[:0], best...)
}

func extremeCode(result *types.Type, largest bool) kernel.Aggregator {
	var scratch []byte
	return &States[code]{
		AddRows: func(states []code, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *code, code []byte, _ int) {
				if s.best == nil || (bytes.Compare(code, s.best) > 0) == largest {
					s.best = append(s.best[:0], code...)
				}
			})
		},
		Build: func(b *Results[code]) arrow.Array {
			return DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte { return b.State(i).best })
		},
		Merge: func(to, from *code) {
			if from.best != nil && (to.best == nil || (bytes.Compare(from.best, to.best) > 0) == largest) {
				to.best = append(to.best[:0], from.best...)
			}
		},
		Copy: func(to, from *code) {
			if from.best == nil {
				to.best = nil
				return
			}
			to.best = append(to.best[:0], from.best...)
		},
		Save: func(w *wire.Writer, s *code) { w.Bytes(s.best) },
		// No code is empty, so that one without bytes is none.
		Load: func(r *wire.Reader, s *code) { s.best = append([]byte(nil), r.Bytes()...) },
	}
}

func extremeBag(result *types.Type, largest bool) kernel.Aggregator {
	var scratch []byte
	return &States[Extremes]{
		AddRows: func(states []Extremes, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *Extremes, code []byte, _ int) { s.Add(code, largest) })
		},
		SubRows: func(states []Extremes, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *Extremes, code []byte, _ int) { s.Sub(code) })
		},
		Build: func(b *Results[Extremes]) arrow.Array {
			return DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte {
				c, _ := b.State(i).Top(largest)
				return c
			})
		},
		Save: func(w *wire.Writer, s *Extremes) { s.Save(w) },
		Load: func(r *wire.Reader, s *Extremes) { s.Load(r, largest) },
	}
}

// DecodeOne makes an array out of the codes of one type, nil being null.
func DecodeOne(alloc memory.Allocator, t *types.Type, n int, code func(i int) []byte) arrow.Array {
	return keycode.Decode(alloc, []*types.Type{t}, n, func(i int) []byte {
		if c := code(i); c != nil {
			return c
		}
		return []byte(keycode.Null)
	})[0]
}

// EachCode calls f with the group state and the exact code of each row's value,
// which f must copy to keep.
func EachCode[S any](states []S, c *kernel.AggCall, scratch *[]byte, f func(s *S, code []byte, row int)) {
	enc := keycode.OneOf(c.Args[0], keycode.Exact)
	c.Each(func(row int) {
		*scratch = enc.Append((*scratch)[:0], row)
		f(&states[c.Groups[row]], *scratch, row)
	})
}

// Bags makes an aggregator that keeps the multiset of each group's values, by
// their keys: equal values are one.
func Bags(build func(b *Results[Bag]) arrow.Array) kernel.Aggregator {
	var scratch []byte
	each := func(states []Bag, c *kernel.AggCall, f func(*Bag, []byte)) {
		enc := keycode.OneOf(c.Args[0], keycode.Key)
		c.Each(func(row int) {
			scratch = enc.Append(scratch[:0], row)
			f(&states[c.Groups[row]], scratch)
		})
	}
	return &States[Bag]{
		AddRows: func(states []Bag, c *kernel.AggCall) { each(states, c, (*Bag).Add) },
		SubRows: func(states []Bag, c *kernel.AggCall) { each(states, c, (*Bag).Sub) },
		Build:   build,
		Save:    func(w *wire.Writer, s *Bag) { s.Save(w) },
		Load:    func(r *wire.Reader, s *Bag) { s.Load(r) },
	}
}
