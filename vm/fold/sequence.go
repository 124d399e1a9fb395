package fold

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sequence is values in canonical order, as codes laid end to end.
type Sequence struct {
	codes []byte
	ends  []int
}

// Add appends a value.
func (q *Sequence) Add(code []byte) {
	q.codes = append(q.codes, code...)
	q.ends = append(q.ends, len(q.codes))
}

// Sub takes back the oldest value that equals the code.
func (q *Sequence) Sub(code []byte) {
	start := 0
	for i, end := range q.ends {
		if bytes.Equal(q.codes[start:end], code) {
			q.codes = slices.Delete(q.codes, start, end)
			q.ends = slices.Delete(q.ends, i, i+1)
			for j := range q.ends[i:] {
				q.ends[i+j] -= end - start
			}
			return
		}
		start = end
	}
}

// Len is the number of values.
func (q *Sequence) Len() int { return len(q.ends) }

// Codes is the codes of all values laid end to end, never nil.
func (q *Sequence) Codes() []byte {
	if q.codes == nil {
		return []byte{}
	}
	return q.codes
}

// Each calls f with every value's code in order.
func (q *Sequence) Each(f func(code []byte)) {
	start := 0
	for _, end := range q.ends {
		f(q.codes[start:end])
		start = end
	}
}

// Sequences makes an aggregator that keeps each group's values in order.
func Sequences(build func(b *Results[Sequence]) arrow.Array) kernel.Aggregator {
	var scratch []byte
	return &States[Sequence]{
		AddRows: func(states []Sequence, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *Sequence, code []byte, _ int) { s.Add(code) })
		},
		SubRows: func(states []Sequence, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *Sequence, code []byte, _ int) { s.Sub(code) })
		},
		Build: build,
		Save: func(w *wire.Writer, s *Sequence) {
			w.Uint(uint64(len(s.ends)))
			s.Each(func(code []byte) { w.Bytes(code) })
		},
		Load: func(r *wire.Reader, s *Sequence) {
			for range r.Len() {
				s.Add(r.Bytes())
			}
		},
	}
}

// timed is a value with the time of its row.
type timed struct {
	time int64
	code []byte
}

// ByTime makes the aggregator of the value with the smallest time (among equals
// the earliest row) or with the largest (among equals the latest row). When rows
// will be taken back it keeps all, and takes back the oldest of equal values.
func ByTime(last bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		var scratch []byte
		all := false
		timeOf := func(c *kernel.AggCall, row int) int64 {
			if c.Time == nil {
				return 0
			}
			return c.Time[row]
		}
		return &States[[]timed]{
			Subbing: func() { all = true },
			AddRows: func(states [][]timed, c *kernel.AggCall) {
				EachCode(states, c, &scratch, func(s *[]timed, code []byte, row int) {
					t := timeOf(c, row)
					switch {
					case all || len(*s) == 0:
						*s = append(*s, timed{time: t, code: bytes.Clone(code)})
					case better((*s)[0].time, t, last):
						(*s)[0] = timed{time: t, code: append((*s)[0].code[:0], code...)}
					}
				})
			},
			SubRows: func(states [][]timed, c *kernel.AggCall) {
				EachCode(states, c, &scratch, func(s *[]timed, code []byte, _ int) {
					i := slices.IndexFunc(*s, func(v timed) bool { return bytes.Equal(v.code, code) })
					if i >= 0 {
						*s = slices.Delete(*s, i, i+1)
					}
				})
			},
			Build: func(b *Results[[]timed]) arrow.Array {
				return DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte { return pick(*b.State(i), last) })
			},
			Save: func(w *wire.Writer, s *[]timed) {
				w.Uint(uint64(len(*s)))
				for _, v := range *s {
					w.Int(v.time)
					w.Bytes(v.code)
				}
			},
			Load: func(r *wire.Reader, s *[]timed) {
				for range r.Len() {
					t := r.Int()
					*s = append(*s, timed{time: t, code: bytes.Clone(r.Bytes())})
				}
			},
		}
	}
}

// better reports that a later row with time t replaces one with time have.
func better(have, t int64, last bool) bool {
	if last {
		return t >= have
	}
	return t < have
}

func pick(values []timed, last bool) []byte {
	if len(values) == 0 {
		return nil
	}
	best := values[0]
	for _, v := range values[1:] {
		if better(best.time, v.time, last) {
			best = v
		}
	}
	return best.code
}

// by is the value of the row with the smallest or largest order.
type by struct {
	order, code []byte
}

// ByOrder makes the aggregator of the first argument where the second is smallest
// or largest, the earliest row among equals.
func ByOrder(largest bool) kernel.NewAggregator {
	return func(_ []*types.Type, _ []any, result *types.Type) kernel.Aggregator {
		var order []byte
		return &States[by]{
			AddRows: func(states []by, c *kernel.AggCall) {
				value := keycode.Of(c.Args[0], keycode.Exact)
				orders := keycode.Of(c.Args[1], keycode.Key)
				c.Each(func(row int) {
					s := &states[c.Groups[row]]
					order = orders(order[:0], row)
					if d := bytes.Compare(order, s.order); s.code != nil && (d == 0 || (d > 0) != largest) {
						return
					}
					s.order, s.code = append(s.order[:0], order...), value(s.code[:0], row)
				})
			},
			Build: func(b *Results[by]) arrow.Array {
				return DecodeOne(b.Alloc, result, len(b.Groups), func(i int) []byte { return b.State(i).code })
			},
			Save: func(w *wire.Writer, s *by) {
				w.Bytes(s.order)
				w.Bytes(s.code)
			},
			Load: func(r *wire.Reader, s *by) {
				s.order = bytes.Clone(r.Bytes())
				if s.code = bytes.Clone(r.Bytes()); len(s.code) == 0 {
					s.code = nil
				}
			},
		}
	}
}
