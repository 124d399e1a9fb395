package expire

import "bytes"

// aged is a row with the instant after which it is too old.
type aged struct {
	at  int64
	row *row
}

// before orders rows of one age by key.
func (a aged) before(b aged) bool {
	return a.at < b.at || a.at == b.at && bytes.Compare(a.row.key(), b.row.key()) < 0
}

// ages is a heap of rows by age.
type ages []aged

func (a *ages) push(x aged) {
	h := append(*a, x)
	i := len(h) - 1
	for i > 0 && x.before(h[(i-1)/2]) {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = x
	*a = h
}

// pop takes the first out.
func (a *ages) pop() aged {
	h := *a
	first, last := h[0], len(h)-1
	x := h[last]
	h[last] = aged{}
	h = h[:last]
	for i := 0; last > 0; {
		child := 2*i + 1
		if child+1 < last && h[child+1].before(h[child]) {
			child++
		}
		if child >= last || !h[child].before(x) {
			h[i] = x
			break
		}
		h[i] = h[child]
		i = child
	}
	*a = h
	return first
}
