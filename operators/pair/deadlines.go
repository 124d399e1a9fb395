package pair

import (
	"cmp"

	"github.com/edynamic/edynamic/operators"
)

// Deadlines is numbered things by the last instant of each, and by a number of their
// order where that is the same.
type Deadlines struct{ heap []deadline }

type deadline struct {
	at, seq int64
	n       int32
}

func (d deadline) less(o deadline) bool {
	return cmp.Or(cmp.Compare(d.at, o.at), cmp.Compare(d.seq, o.seq)) < 0
}

// Next is the first instant, operators.MaxTime for none.
func (d *Deadlines) Next() int64 {
	if len(d.heap) == 0 {
		return operators.MaxTime
	}
	return d.heap[0].at
}

// Len is how many there are.
func (d *Deadlines) Len() int { return len(d.heap) }

// All lists what there is, in no order.
func (d *Deadlines) All() []int32 {
	out := make([]int32, len(d.heap))
	for i, x := range d.heap {
		out[i] = x.n
	}
	return out
}

// Add adds a thing.
func (d *Deadlines) Add(at, seq int64, n int32) {
	d.heap = append(d.heap, deadline{at, seq, n})
	for i := len(d.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !d.heap[i].less(d.heap[up]) {
			return
		}
		d.heap[i], d.heap[up] = d.heap[up], d.heap[i]
		i = up
	}
}

// Pop takes the first thing out.
func (d *Deadlines) Pop() int32 {
	top, last := d.heap[0].n, len(d.heap)-1
	d.heap[0] = d.heap[last]
	d.heap = d.heap[:last]
	for i := 0; ; {
		least := i
		for _, kid := range [2]int{2*i + 1, 2*i + 2} {
			if kid < last && d.heap[kid].less(d.heap[least]) {
				least = kid
			}
		}
		if least == i {
			return top
		}
		d.heap[i], d.heap[least] = d.heap[least], d.heap[i]
		i = least
	}
}

// Keep takes all things out that f does not say yes to.
func (d *Deadlines) Keep(f func(n int32) bool) {
	all := d.heap
	d.heap = d.heap[:0]
	for _, x := range all {
		if f(x.n) {
			d.Add(x.at, x.seq, x.n)
		}
	}
}
