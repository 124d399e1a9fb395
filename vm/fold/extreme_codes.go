package fold

import (
	"bytes"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/vm/wire"
)

// Extremes is a multiset of codes that knows its smallest or largest at once: a heap of
// the codes, from which those that have left are dropped when they come to the top. The
// memory of a code that is dropped is used for one that comes.
type Extremes struct {
	places map[uint64]int32 // by hash: the first place of a code
	codes  []heldCode
	free   []int32 // places of no code
	top    []int32 // heap of places
	live   int     // codes that are there
}

type heldCode struct {
	code  []byte
	hash  uint64
	count int64
	next  int32 // place of another code with this hash, -1 for none
}

// longestHeld is the room for a code that is kept for the next.
const longestHeld = 1 << 10

// Add adds one code; largest says which end is asked for.
func (e *Extremes) Add(code []byte, largest bool) { e.add(code, 1, largest) }

func (e *Extremes) add(code []byte, n int64, largest bool) {
	hash := xxh3.Hash(code)
	at := e.find(hash, code)
	if at < 0 {
		if len(e.top) > 2*e.live+16 {
			e.reorder(largest)
		}
		at = e.hold(hash, code)
		e.top = append(e.top, at)
		e.up(len(e.top)-1, largest)
	}
	c := &e.codes[at]
	if c.count == 0 {
		e.live++
	}
	c.count += n
}

// Sub takes one code back.
func (e *Extremes) Sub(code []byte) {
	at := e.find(xxh3.Hash(code), code)
	if at < 0 || e.codes[at].count == 0 {
		return
	}
	if e.codes[at].count--; e.codes[at].count == 0 {
		e.live--
	}
}

// Top is the code at the end that was asked for, until codes are added.
func (e *Extremes) Top(largest bool) ([]byte, bool) {
	for len(e.top) > 0 {
		at := e.top[0]
		if c := &e.codes[at]; c.count > 0 {
			return c.code, true
		}
		last := len(e.top) - 1
		e.top[0] = e.top[last]
		e.top = e.top[:last]
		e.down(0, largest)
		e.drop(at)
	}
	return nil, false
}

// find is the place of a code that is in the heap, -1 for none.
func (e *Extremes) find(hash uint64, code []byte) int32 {
	at, ok := e.places[hash]
	if !ok {
		return -1
	}
	for at >= 0 && !bytes.Equal(e.codes[at].code, code) {
		at = e.codes[at].next
	}
	return at
}

// hold gives a code a place.
func (e *Extremes) hold(hash uint64, code []byte) int32 {
	if e.places == nil {
		e.places = map[uint64]int32{}
	}
	at := int32(len(e.codes))
	if last := len(e.free) - 1; last >= 0 {
		at, e.free = e.free[last], e.free[:last]
	} else {
		e.codes = append(e.codes, heldCode{})
	}
	next, ok := e.places[hash]
	if !ok {
		next = -1
	}
	e.codes[at] = heldCode{code: append(e.codes[at].code[:0], code...), hash: hash, next: next}
	e.places[hash] = at
	return at
}

// drop frees the place of a code that has left the heap.
func (e *Extremes) drop(at int32) {
	c := &e.codes[at]
	if first := e.places[c.hash]; first != at {
		for e.codes[first].next != at {
			first = e.codes[first].next
		}
		e.codes[first].next = c.next
	} else if c.next >= 0 {
		e.places[c.hash] = c.next
	} else {
		delete(e.places, c.hash)
	}
	if cap(c.code) > longestHeld {
		c.code = nil
	}
	e.free = append(e.free, at)
}

// reorder makes the heap of the codes that are there now.
func (e *Extremes) reorder(largest bool) {
	left := e.top[:0]
	for _, at := range e.top {
		if e.codes[at].count > 0 {
			left = append(left, at)
		} else {
			e.drop(at)
		}
	}
	e.top = left
	for i := len(left)/2 - 1; i >= 0; i-- {
		e.down(i, largest)
	}
}

// before tells that the code at one place is nearer to the end that is asked for.
func (e *Extremes) before(a, b int32, largest bool) bool {
	order := bytes.Compare(e.codes[a].code, e.codes[b].code)
	return order != 0 && (order > 0) == largest
}

func (e *Extremes) up(i int, largest bool) {
	for ; i > 0 && e.before(e.top[i], e.top[(i-1)/2], largest); i = (i - 1) / 2 {
		e.top[i], e.top[(i-1)/2] = e.top[(i-1)/2], e.top[i]
	}
}

func (e *Extremes) down(i int, largest bool) {
	for {
		child := 2*i + 1
		if child+1 < len(e.top) && e.before(e.top[child+1], e.top[child], largest) {
			child++
		}
		if child >= len(e.top) || !e.before(e.top[child], e.top[i], largest) {
			return
		}
		e.top[i], e.top[child] = e.top[child], e.top[i]
		i = child
	}
}

// Save writes the codes in the form of a Bag.
func (e *Extremes) Save(w *wire.Writer) {
	list := make([]int32, 0, e.live)
	for _, at := range e.top {
		if e.codes[at].count > 0 {
			list = append(list, at)
		}
	}
	slices.SortFunc(list, func(a, b int32) int { return bytes.Compare(e.codes[a].code, e.codes[b].code) })
	w.Uint(uint64(len(list)))
	for _, at := range list {
		w.Bytes(e.codes[at].code)
		w.Int(e.codes[at].count)
	}
}

// Load reads the codes back.
func (e *Extremes) Load(r *wire.Reader, largest bool) {
	for range r.Len() {
		code := r.Bytes()
		if n := r.Int(); n > 0 { // what is damaged fails later
			e.add(code, n, largest)
		}
	}
}
