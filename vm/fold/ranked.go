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

// ranker writes the ranks of rows, so that smaller bytes come first: by time, or by the second
// argument.
type ranker struct{ ordered, backwards bool }

// order is the argument that ranks go by, where there is one.
func (k ranker) order(c *kernel.AggCall) keycode.One {
	if k.ordered {
		return keycode.OneOf(c.Args[1], keycode.Key)
	}
	return keycode.One{}
}

// append appends the rank of a row.
func (k ranker) append(dst []byte, c *kernel.AggCall, order *keycode.One, row int) []byte {
	from := len(dst)
	switch {
	case k.ordered:
		dst = order.Append(dst, row)
	case c.Time != nil:
		dst = binary.BigEndian.AppendUint64(dst, uint64(c.Time[row])^1<<63)
	default:
		dst = binary.BigEndian.AppendUint64(dst, 1<<63)
	}
	if k.backwards {
		for i := from; i < len(dst); i++ {
			dst[i] = ^dst[i] // codes say where they end, so that this turns their order around
		}
	}
	return dst
}

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
			value, order := keycode.OneOf(c.Args[0], keycode.Exact), a.rank.order(c)
			c.Each(func(row int) {
				scratch = a.rank.append(scratch[:0], c, &order, row)
				s := &states[c.Groups[row]]
				if d := bytes.Compare(scratch, s.rank); s.code == nil || d < 0 || d == 0 && a.latest {
					s.rank, s.code = append(s.rank[:0], scratch...), value.Append(s.code[:0], row)
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
	place := func(c *kernel.AggCall, order *keycode.One, row int) []byte {
		n := uint64(c.Number[row]) ^ 1<<63
		if a.latest {
			n = ^n
		}
		scratch = binary.BigEndian.AppendUint64(a.rank.append(scratch[:0], c, order, row), n)
		return scratch
	}
	find := func(list []ranked, rank []byte) (int, bool) {
		return slices.BinarySearchFunc(list, rank, func(v ranked, rank []byte) int { return bytes.Compare(v.rank, rank) })
	}
	return &States[[]ranked]{
		AddRows: func(states [][]ranked, c *kernel.AggCall) {
			value, order := keycode.OneOf(c.Args[0], keycode.Exact), a.rank.order(c)
			c.Each(func(row int) {
				s, at := &states[c.Groups[row]], place(c, &order, row)
				i, _ := find(*s, at)
				*s = slices.Insert(*s, i, ranked{rank: bytes.Clone(at), code: value.Append(nil, row)})
			})
		},
		SubRows: func(states [][]ranked, c *kernel.AggCall) {
			order := a.rank.order(c)
			c.Each(func(row int) {
				s := &states[c.Groups[row]]
				if i, ok := find(*s, place(c, &order, row)); ok {
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
		return choose(result, ranker{backwards: last}, last)
	}
}

// ByOrder makes the aggregator of the first argument where the second is smallest
// or largest, the earliest row among equals.
func ByOrder(largest bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		return choose(result, ranker{ordered: true, backwards: largest}, false)
	}
}
