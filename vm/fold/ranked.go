package fold

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// ranker writes the rank of a row of a call, so that smaller bytes come first.
type ranker func(c *kernel.AggCall) keycode.Appender

// choosing is an aggregator of the first value by a rank. When rows will be taken
// back it keeps all of them, in order, otherwise one a group.
type choosing struct {
	kernel.Aggregator
	result *types.Type
	rank   ranker
	// latest: of equal ranks the last row is chosen, not the first.
	latest bool
}

func choose(result *types.Type, rank ranker, latest bool) kernel.Aggregator {
	a := &choosing{result: result, rank: rank, latest: latest}
	a.Aggregator = a.one()
	return a
}

// WillSub implements Retracting.
func (a *choosing) WillSub() { a.Aggregator = a.all() }

// ByOrder implements Ordering.
func (a *choosing) ByOrder() {}

// ranked is a value with the rank of its row; no code is none.
type ranked struct{ rank, code []byte }

func (v *ranked) save(w *wire.Writer) {
	w.Bytes(v.rank)
	w.Bytes(v.code)
}

func (v *ranked) load(r *wire.Reader) {
	// No code is empty, so that one without bytes is none.
	v.rank, v.code = bytes.Clone(r.Bytes()), append([]byte(nil), r.Bytes()...)
}

// one keeps the chosen value of each group.
func (a *choosing) one() kernel.Aggregator {
	var scratch []byte
	return &States[ranked]{
		AddRows: func(states []ranked, c *kernel.AggCall) {
			value, rank := keycode.Of(c.Args[0], keycode.Exact), a.rank(c)
			c.Each(func(row int) {
				scratch = rank(scratch[:0], row)
				s := &states[c.Groups[row]]
				if d := bytes.Compare(scratch, s.rank); s.code == nil || d < 0 || d == 0 && a.latest {
					s.rank, s.code = append(s.rank[:0], scratch...), value(s.code[:0], row)
				}
			})
		},
		Build: func(b *Results[ranked]) arrow.Array {
			return DecodeOne(b.Alloc, a.result, len(b.Groups), func(i int) []byte { return b.State(i).code })
		},
		Save: func(w *wire.Writer, s *ranked) { s.save(w) },
		Load: func(r *wire.Reader, s *ranked) { s.load(r) },
	}
}

// all keeps the values of each group in order of rank, then of number.
func (a *choosing) all() kernel.Aggregator {
	var scratch []byte
	place := func(c *kernel.AggCall) keycode.Appender {
		rank := a.rank(c)
		return func(dst []byte, row int) []byte {
			n := uint64(c.Number[row]) ^ 1<<63
			if a.latest {
				n = ^n
			}
			return binary.BigEndian.AppendUint64(rank(dst, row), n)
		}
	}
	find := func(list []ranked, rank []byte) (int, bool) {
		return slices.BinarySearchFunc(list, rank, func(v ranked, rank []byte) int { return bytes.Compare(v.rank, rank) })
	}
	return &States[[]ranked]{
		AddRows: func(states [][]ranked, c *kernel.AggCall) {
			value, rank := keycode.Of(c.Args[0], keycode.Exact), place(c)
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				scratch = rank(scratch[:0], row)
				i, _ := find(*s, scratch)
				*s = slices.Insert(*s, i, ranked{rank: bytes.Clone(scratch), code: value(nil, row)})
			})
		},
		SubRows: func(states [][]ranked, c *kernel.AggCall) {
			rank := place(c)
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				scratch = rank(scratch[:0], row)
				if i, ok := find(*s, scratch); ok {
					*s = slices.Delete(*s, i, i+1)
				}
			})
		},
		Build: func(b *Results[[]ranked]) arrow.Array {
			return DecodeOne(b.Alloc, a.result, len(b.Groups), func(i int) []byte {
				if s := *b.State(i); len(s) > 0 {
					return s[0].code
				}
				return nil
			})
		},
		Save: func(w *wire.Writer, s *[]ranked) {
			w.Uint(uint64(len(*s)))
			for i := range *s {
				(*s)[i].save(w)
			}
		},
		Load: func(r *wire.Reader, s *[]ranked) {
			for range r.Len() {
				var v ranked
				v.load(r)
				*s = append(*s, v)
			}
		},
	}
}

// ByTime makes the aggregator of the value with the smallest time (among equals
// the earliest row) or with the largest (among equals the latest row).
func ByTime(last bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		return choose(result, func(c *kernel.AggCall) keycode.Appender {
			return func(dst []byte, row int) []byte {
				t := uint64(1) << 63
				if c.Time != nil {
					t ^= uint64(c.Time[row])
				}
				if last {
					t = ^t
				}
				return binary.BigEndian.AppendUint64(dst, t)
			}
		}, last)
	}
}

// ByOrder makes the aggregator of the first argument where the second is smallest
// or largest, the earliest row among equals.
func ByOrder(largest bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		return choose(result, func(c *kernel.AggCall) keycode.Appender {
			order := keycode.Of(c.Args[1], keycode.Key)
			if !largest {
				return order
			}
			return func(dst []byte, row int) []byte {
				from := len(dst)
				dst = order(dst, row)
				for i := from; i < len(dst); i++ {
					dst[i] = ^dst[i] // codes say where they end, so that this turns their order around
				}
				return dst
			}
		}, false)
	}
}
