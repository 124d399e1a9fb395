package operators

import "fmt"

// Shelf keeps groups of an operator outside of memory: bytes by key, in the order of keys.
// The instances of the operator share it, each with keys of its own.
//
// What is put there counts from the next Snapshot that is kept, with that Snapshot: Put,
// Delete and DeletePrefix must only be called in Snapshot and, where the shelf is Free, in
// Shed. On one that is Free an instance may put and delete keys of its own at any other time,
// too, while others do.
type Shelf interface {
	// Free reports that nothing outlives the run, so that groups can be put away at any
	// time.
	Free() bool
	// Has reports that something may be there.
	Has() bool
	// Get calls f for those of some keys, ascending, that are there, in their order. A
	// value is valid until f returns.
	Get(keys [][]byte, f func(i int, value []byte)) error
	// Scan calls f for the keys that begin with a prefix, those from a key on or with nil
	// all of them, in order, until it returns false. What f is given is valid until it
	// returns.
	Scan(prefix, from []byte, f func(key, value []byte) bool) error
	Put(key, value []byte) error
	Delete(key []byte) error
	// DeletePrefix forgets the keys that begin with a prefix and were put there before, of
	// all instances.
	DeletePrefix(prefix []byte) error
}

// Spiller is an operator that can put groups of its state on the Shelf of its Context.
// What Snapshot then writes is the rest of its state.
type Spiller interface {
	// Spills reports that it does; it is asked before Open.
	Spills() bool
	// Holding is about how many bytes its groups take in memory.
	Holding() int64
	// Shed puts groups away until they take at most a number of bytes. On a shelf that is
	// not Free only those leave memory that the last Snapshot has put there.
	Shed(most int64) error
}

// ShelfError is a shelf that cannot be read or written: the machine's failure, and not one
// of the operator.
type ShelfError struct{ Err error }

// Error implements error.
func (e *ShelfError) Error() string { return fmt.Sprintf("groups outside of memory: %v", e.Err) }

// Unwrap is what the disk said.
func (e *ShelfError) Unwrap() error { return e.Err }
