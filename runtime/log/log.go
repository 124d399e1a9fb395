// Package log is the event log: topics as partitions of entries with dense sequence
// numbers and a hash chain, beside the positions, states and blobs that are
// committed together with them.
//
// One interface stands for every place a log may be kept in, so that a replicated
// log can come behind it; two are here, in memory and in a Pebble store in a
// folder. What an entry holds is opaque to them: package event encodes batches of
// rows. A log never loses what a Commit has returned for, never shows half of a
// Commit, and never gives out an entry whose bytes are not those that went in.
package log

import (
	"errors"
	"fmt"
	"iter"

	"github.com/edynamic/edynamic/runtime/sorted"
)

// Log is a log. Its methods may be called from several goroutines; commits follow
// one another.
type Log interface {
	// Declare makes a topic known, or changes what may change of one: more partitions,
	// other settings. Fewer partitions are refused.
	Declare(t Topic) error
	// Topic is a topic by name, Topics all by name.
	Topic(name string) (Topic, bool)
	Topics() []Topic
	// Commit does everything in tx, or nothing, durably. The result tells where
	// each append went. An expectation that does not hold is a *Conflict.
	Commit(tx *Tx) ([]Appended, error)
	// Ahead opens appends to a topic that are written before they are committed, beside
	// whatever goes on meanwhile. One at a time does so for a topic; Close must be called.
	Ahead(topic string) (Ahead, error)
	// Head is what is known of a partition.
	Head(topic string, partition int) (Head, error)
	// Read gives entries in order, from the one that holds event `from` (or the first
	// one kept) until their payloads exceed a number of bytes; at least one where there
	// is one.
	Read(topic string, partition int, from int64, bytes int) ([]Entry, error)
	// Seek is the sequence number of the first entry in which an event of this time, or
	// a later one, may be: in all before it the times are smaller.
	Seek(topic string, partition int, time int64) (int64, error)
	// Trim forgets the entries of a partition below the one that holds event `below`.
	Trim(topic string, partition int, below int64) error
	// Compact puts one entry in the place of several that follow one another. Conflict
	// is returned where those are not there as they were read.
	Compact(topic string, partition int, c Compaction) error
	// Get reads a value that a Tx has set, nil for none; Scan all whose keys begin
	// with a prefix, in order, until f returns false.
	Get(key []byte) ([]byte, error)
	Scan(prefix []byte, f func(key, value []byte) bool) error
	// Sorted are the states in files whose keys begin with a prefix, none for a prefix that
	// no Tx had, and how many bytes of changes are worth a file. The set belongs to the log.
	Sorted(prefix []byte) (set *sorted.Set, least int, err error)
	// Blob is content by its hash (see PutBlob), an error for none.
	Blob(hash string) ([]byte, error)
	// PutBlob keeps content and returns the hash it is found under.
	PutBlob(content []byte) (hash string, err error)
	// Claim takes over the partitions of a topic for an owner until Release; another
	// owner's claim is refused. In one process one owner has all.
	Claim(topic string, partitions []int, owner string) error
	Release(topic string, owner string) error
	// Close ends the log, which does nothing any more then but return ErrClosed. Nothing
	// else may be going on.
	Close() error
}

// Topic is what the log knows of a topic.
type Topic struct {
	Name       string
	Partitions int
	// Settings are kept for whoever declared them, as JSON.
	Settings []byte
}

// Ahead is appends that nobody sees before a Commit has taken them. What none has taken
// when the log is closed was never there.
type Ahead interface {
	// Append writes events for the end of a partition, behind those it has written before;
	// their topic is that of the Ahead, and Expect and Dedup are not for them.
	Append(a *Append) error
	// Settle makes last what was written so far, where it is not part of what a Commit writes
	// itself, so that one that follows need not wait for that.
	Settle() error
	// Close gives up what no Commit has taken.
	Close() error
}

// Tx is what is committed together.
type Tx struct {
	Appends []Append
	// Ahead are those whose appends so far become part of the commit. Where somebody else
	// has appended to a partition meanwhile, that is a *Conflict.
	Ahead []Ahead
	// Set and Delete are states and positions by key; a key in both is set.
	Set    []KeyValue
	Delete [][]byte
	// Early are values that do no harm where they are there without the rest of the Tx, as
	// nobody asks for them before: where they are large they are written once, beside the
	// Tx. Their keys are in none of the others.
	Early []KeyValue
	// DeletePrefix forgets all keys that begin with a prefix, before Set.
	DeletePrefix [][]byte
	// More are states by key, after Set; a nil value deletes. They need not all be in
	// memory at a time. nil for none.
	More iter.Seq2[[]byte, []byte]
	// Sorted are states in files of their own. DeletePrefix forgets those, too, before.
	Sorted []Sorting
	// NoSync leaves it to a later Commit to make this one durable: after a crash either
	// both are there, or this one, or none.
	NoSync bool
}

// KeyValue is a value under a key.
type KeyValue struct{ Key, Value []byte }

// Append is events for the end of a partition.
type Append struct {
	Topic     string
	Partition int
	// Expect, when not negative, is the sequence number that the first event must get.
	Expect int64
	// Dedup, when not empty, names the append: one of the same name is done once.
	Dedup string
	// N is how many events the payload holds, at least one.
	N int
	// MinTime and MaxTime are their smallest and largest event times, in microseconds;
	// NoTime for events without.
	MinTime, MaxTime int64
	Ingest           int64 // when they were taken in, in microseconds
	Schema           int32 // the version of their schema
	Payload          []byte
}

// NoTime is the time of events without one.
const NoTime = -1 << 63

// Appended is where an append went.
type Appended struct {
	First int64 // the sequence number of its first event
	// Again: an append of the same name was there already, and this one did nothing.
	Again bool
}

// Entry is what an append left, or what a compaction has put in the place of several.
type Entry struct {
	First            int64
	N                int // of the events whose numbers it has
	MinTime, MaxTime int64
	Ingest           int64
	Schema           int32
	Payload          []byte
	Hash             Hash // over the hash before it and everything above
	// Compacted entries have the hash of the last entry they stand for, and a seal over
	// the hash before them and all that they hold. Kept is how many of their events are
	// still there.
	Compacted bool
	Kept      int
	Seal      Hash
}

// Rows is how many events the payload holds.
func (e *Entry) Rows() int {
	if e.Compacted {
		return e.Kept
	}
	return e.N
}

// Next is the number of the event behind the entry.
func (e *Entry) Next() int64 { return e.First + int64(e.N) }

// Compaction is an entry for the place of those from one event up to another.
type Compaction struct {
	From, To int64 // the first event of the first of them, and the one behind the last
	Was      Hash  // of the last
	// Kept is how many of their events the payload holds; without any it is empty.
	Kept             int
	MinTime, MaxTime int64
	Ingest           int64
	Schema           int32
	Payload          []byte
}

// Hash is a link of a partition's chain: SHA-256.
type Hash [32]byte

// Head is what is known of a partition.
type Head struct {
	First   int64 // of the oldest event kept
	Next    int64 // of the event that will come next
	Largest int64 // the largest event time so far, NoTime for none
	Entries int64
	Bytes   int64 // of the payloads kept
	Gone    int64 `json:",omitempty"` // events from First on that compactions have left out
	Hash    Hash  // of the last entry
}

// Rows is how many events are kept.
func (h Head) Rows() int64 { return h.Next - h.First - h.Gone }

// Conflict is an expectation that does not hold: nothing was committed.
type Conflict struct {
	Topic     string
	Partition int
	Expected  int64
	Next      int64
}

// Error implements error.
func (c *Conflict) Error() string {
	return fmt.Sprintf("topic %s, partition %d: event %d was to come next, and %d does", c.Topic, c.Partition, c.Expected, c.Next)
}

// Damage is bytes that are not what they were: which, and how that was seen. It is
// never repaired silently.
type Damage struct {
	Topic     string
	Partition int
	Sequence  int64
	What      string
}

// Error implements error.
func (d *Damage) Error() string {
	return fmt.Sprintf("topic %s, partition %d, event %d: %s", d.Topic, d.Partition, d.Sequence, d.What)
}

// The errors of asking for what is not there.
var (
	ErrNoTopic = errors.New("there is no such topic")
	ErrNoBlob  = errors.New("there is no such blob")
	ErrClosed  = errors.New("the log is closed")
	ErrClaimed = errors.New("the partition belongs to another owner")
)
