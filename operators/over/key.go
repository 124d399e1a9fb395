package over

import "github.com/edynamic/edynamic/operators/kept"

// entry is a row in the sequence of its key.
type entry struct {
	time int64 // where `by` orders rows: a number that grows with that order
	seq  int64
	id   kept.ID // -1 while the row lies in the batch at hand
	row  int32   // in that batch
}

// span is positions [lo, hi) of a sequence.
type span struct{ lo, hi int64 }

// key is what is known of one key: the rows of its sequence that are still needed.
// Positions count the rows of the key from 0.
type key struct {
	rows  []entry
	head  int    // rows[head] is the first that is still there
	first int64  // its position
	next  int64  // the position of the first row without its columns
	spans []span // what each frame holds

	touched bool // it has new rows, or rows that get columns now

	// Of the row at next-1, for the functions that number rows.
	time        int64
	rank, dense int64
}

// total is the number of rows there have been.
func (k *key) total() int64 { return k.first + int64(len(k.rows)-k.head) }

// at is the row at a position.
func (k *key) at(pos int64) *entry { return &k.rows[k.head+int(pos-k.first)] }

// newest is the time of the last row; the key has one.
func (k *key) newest() int64 { return k.rows[len(k.rows)-1].time }

// trim lets go of the rows before a position.
func (k *key) trim(pos int64, gone func(e *entry)) {
	for ; k.first < pos; k.first++ {
		gone(&k.rows[k.head])
		k.head++
	}
	if k.head == len(k.rows) {
		k.rows, k.head = k.rows[:0], 0
	} else if k.head > 16 && 2*k.head > len(k.rows) {
		k.rows = k.rows[:copy(k.rows, k.rows[k.head:])]
		k.head = 0
	}
}
