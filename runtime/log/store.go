package log

import "iter"

// store is the ordered map of bytes that a log is kept in.
type store interface {
	// get is a copy of the value under a key, nil for none.
	get(key []byte) ([]byte, error)
	// scan calls f for the keys in [from, to) in order, backwards with reverse, until it
	// returns false. What f is given is valid until it returns.
	scan(from, to []byte, reverse bool, f func(key, value []byte) bool) error
	// apply does all changes, and then sets keys to more values, of which a nil one deletes;
	// or it does none of it. more may be nil.
	apply(changes []change, more iter.Seq2[[]byte, []byte], sync bool) error
	// reclaim gives back, sometime, the room of keys in [from, to) that were deleted.
	reclaim(from, to []byte)
	// bulk begins many keys that are written beside everything else, and take makes them
	// part of the store, durably.
	bulk() (bulk, error)
	take(bulks []bulk) error
	close() error
}

// bulk is keys on their way into a store.
type bulk interface {
	// set adds a key behind all others, and a copy of its value.
	set(key, value []byte) error
	size() int64
	// finish makes them durable; no more can be added. drop gives them up.
	finish() error
	drop() error
}

// change sets a key, deletes it, or deletes the keys in [key, value).
type change struct {
	kind       changeKind
	key, value []byte
}

type changeKind int

const (
	set changeKind = iota
	remove
	removeRange
)

// after is the first key behind all that begin with a prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil // nothing is behind
}
