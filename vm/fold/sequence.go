package fold

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// Sequence is values in canonical order, as codes laid end to end.
type Sequence struct {
	codes   []byte
	ends    []int
	numbers []int64 // of the rows, where rows will be taken back
}

// Add appends a value.
func (q *Sequence) Add(code []byte) {
	q.codes = append(q.codes, code...)
	q.ends = append(q.ends, len(q.codes))
}

// Sub takes back the value of the row with a number.
func (q *Sequence) Sub(number int64) {
	i, ok := slices.BinarySearch(q.numbers, number)
	if !ok {
		return
	}
	start := 0
	if i > 0 {
		start = q.ends[i-1]
	}
	length := q.ends[i] - start
	q.codes = slices.Delete(q.codes, start, start+length)
	q.ends = slices.Delete(q.ends, i, i+1)
	q.numbers = slices.Delete(q.numbers, i, i+1)
	for j := range q.ends[i:] {
		q.ends[i+j] -= length
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

// sequences is an aggregator of sequences.
type sequences struct {
	*States[Sequence]
	numbered bool
}

// Sequences makes an aggregator that keeps each group's values in order.
func Sequences(build func(b *Results[Sequence]) arrow.Array) kernel.Aggregator {
	var scratch []byte
	a := &sequences{}
	a.States = &States[Sequence]{
		AddRows: func(states []Sequence, c *kernel.AggCall) {
			EachCode(states, c, &scratch, func(s *Sequence, code []byte, row int) {
				s.Add(code)
				if a.numbered {
					s.numbers = append(s.numbers, c.Number[row])
				}
			})
		},
		SubRows: func(states []Sequence, c *kernel.AggCall) {
			c.Each(func(row int) { states[c.Groups[row]].Sub(c.Number[row]) })
		},
		Build: build,
		Save: func(w *wire.Writer, s *Sequence) {
			w.Uint(uint64(len(s.ends)))
			s.Each(func(code []byte) { w.Bytes(code) })
			w.Ints(s.numbers)
		},
		Load: func(r *wire.Reader, s *Sequence) {
			for range r.Len() {
				s.Add(r.Bytes())
			}
			s.numbers = r.Ints()
		},
	}
	return a
}

// WillSub implements Retracting.
func (a *sequences) WillSub() { a.numbered = true }

// ByOrder implements Ordering.
func (a *sequences) ByOrder() {}
