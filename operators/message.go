// Package operators defines what flows through a running graph and what an
// operator is: batches of rows, watermarks and barriers in; batches out.
//
// An operator must give the same rows in the same order whatever the size of the
// batches and the steps of the watermark are; it never reads a clock, starts a
// goroutine or touches a file. Each operator is a package below this one.
package operators

import (
	"math"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
)

// Op is what a row of a changes stream says.
type Op uint8

// The operations. UpdateBefore and UpdateAfter are rows next to each other of one
// batch, with no row between them that does not count.
const (
	Insert Op = iota
	UpdateBefore
	UpdateAfter
	Delete
	// Refused is a row that a stage does not let through where the keys of its rows may
	// start anew (SEMANTICS 77). Only who keeps those that were let through sees it: the
	// row of its key, if it is one of them, is no more.
	Refused
)

var opNames = [...]string{"insert", "update_before", "update_after", "delete", "refused"}

func (o Op) String() string { return opNames[o] }

// Rank is the place of a change among those of one cause: deletes, then updates, then
// inserts (SEMANTICS 73).
func (o Op) Rank() int {
	switch o {
	case Delete:
		return 0
	case UpdateBefore, UpdateAfter:
		return 1
	case Insert, Refused:
	}
	return 2
}

// The ends of time, in microseconds. A row's arrival watermark is MinTime when it
// is the first of its partition; the watermark at the end of input is MaxTime.
const (
	MinTime = math.MinInt64
	MaxTime = math.MaxInt64
)

// Provenance knows the records a batch was read from.
type Provenance interface {
	// Text is record i as it entered the topic, as JSON text.
	Text(i int32) string
	// Origin names record i: topic/partition/position, or file and byte.
	Origin(i int32) string
	// Place is the canonical place of record i among rows of equal largest time:
	// topic in declaration order, partition, position.
	Place(i int32) (topic, partition int, position int64)
	// Columns decodes records again with all fields of a row type, for rows that
	// leave by a side door as they entered. The arrays belong to the caller.
	Columns(rows []int32, row *types.Type) ([]arrow.Array, error)
}

// Ref points at the record a row came from; the zero Ref is a derived row.
type Ref struct {
	From  Provenance
	Index int32
	// Joined: the row was made of this record and others, one of which may have come
	// later, or it is shown because of another. It stands for the record where it fails,
	// but not in its place.
	Joined bool
}

// Same reports that two Refs are alike, each perhaps to a copy of the record.
func (r Ref) Same(o Ref) bool {
	switch {
	case r == o:
		return true
	case r.Joined != o.Joined || r.From == nil || o.From == nil:
		return false
	}
	topic, partition, position := r.From.Place(r.Index)
	itsTopic, itsPartition, itsPosition := o.From.Place(o.Index)
	return topic == itsTopic && partition == itsPartition && position == itsPosition
}

// Batch is rows in canonical order. The slices Time, Arrival, Progress, Refs and
// Ops are parallel to the arrays: indexed by row whether or not it is selected.
//
// Whoever receives a batch owns it: it passes it on or releases it. The slices of
// a batch that was passed on are shared and must not be written.
type Batch struct {
	Cols []arrow.Array // in the order of the edge's columns
	Rows int           // length of every array
	Sel  []int32       // the rows that count, ascending; nil for all
	// Time is each row's event time, nil for a stream without time.
	Time []int64
	// Arrival is the watermark of the row's partition just before it (SEMANTICS 5),
	// nil for a stream without time.
	Arrival []int64
	// Progress is the row's canonical order (SEMANTICS 8): the largest time so far in
	// its partition. For a derived row it is the instant its result was settled.
	// Ascending within a batch. nil for streams without time: then rows of several
	// streams stand in order of their Refs.
	Progress []int64
	Refs     []Ref // nil when no row has one
	// Lease is the memory that Refs point into, and that of the slices of a batch that a
	// topic gave, where it can be given back at the last Release; else nil.
	Lease *Lease
	Ops   []Op // nil for an append stream
	// Cause is, for rows emitted by a Parallel operator in Process, the row of the
	// input batch that caused each; nil everywhere else.
	Cause []int32
	// Base is how many rows the operator had been given before this batch, over all
	// its inputs, so that Base plus a row's index numbers the rows of an operator the
	// same whatever its instances are.
	Base int64
	// Seq is, for rows emitted by a Sequenced operator in OnWatermark, the number of
	// the input row that each stands for, and for rows given to an operator whose inputs
	// are numbered (Separate) their own numbers, also where they fail; nil everywhere else.
	Seq []int64
	// Lead, where it is not nil, is a time that comes before Seq in the order of rows
	// emitted by a Sequenced operator.
	Lead []int64
	// Input is, for rows given to an operator, the input they came by.
	Input int
}

// Len is the number of rows that count.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.Rows
}

// Release gives the arrays back.
func (b *Batch) Release() {
	for _, c := range b.Cols {
		c.Release()
	}
	b.Cols = nil
	if b.Lease != nil {
		b.Lease.release()
		b.Lease = nil
	}
}

// Retain keeps the arrays for a second owner.
func (b *Batch) Retain() {
	for _, c := range b.Cols {
		c.Retain()
	}
	if b.Lease != nil {
		b.Lease.share()
	}
}

// Lease is memory that batches share. The runtime grants one only where every
// operator on the way is Forgetful or Absorbing: the Refs of the batch are worth
// nothing once it is released.
type Lease struct {
	owners atomic.Int32
	free   func()
	// slices says that the memory is that of the slices of the batch; records is then
	// the lease of what Refs point into, nil for none.
	slices  bool
	records *Lease
}

// NewLease is the lease of one batch.
func NewLease(free func()) *Lease {
	l := &Lease{free: free}
	l.owners.Store(1)
	return l
}

// NewSlicesLease is the lease of the slices of a batch, and of its records where those
// have a lease; free gives the slices back.
func NewSlicesLease(records *Lease, free func()) *Lease {
	l := NewLease(func() {
		free()
		if records != nil {
			records.release()
		}
	})
	l.slices, l.records = true, records
	return l
}

// copied is a lease for copies of rows, which only share the records; nil for none.
func (l *Lease) copied() *Lease {
	switch {
	case l == nil || l.slices && l.records == nil:
		return nil
	case l.slices:
		return l.records.share()
	}
	return l.share()
}

// JoinLeases is a lease of all the records of batches, for copies of their rows; nil
// where none has one.
func JoinLeases(batches []*Batch) *Lease {
	var all []*Lease
	for _, b := range batches {
		if l := b.Lease.copied(); l != nil {
			all = append(all, l)
		}
	}
	if all == nil {
		return nil
	}
	return NewLease(func() {
		for _, l := range all {
			l.release()
		}
	})
}

func (l *Lease) share() *Lease {
	l.owners.Add(1)
	return l
}

func (l *Lease) release() {
	if l.owners.Add(-1) == 0 {
		l.free()
	}
}

// Each calls f for every row that counts.
func (b *Batch) Each(f func(row int)) {
	if b.Sel == nil {
		for i := range b.Rows {
			f(i)
		}
		return
	}
	for _, i := range b.Sel {
		f(int(i))
	}
}

// Watermark says how far a stream is complete.
type Watermark struct {
	// Time: rows with event time below it are complete.
	Time int64
	// Progress: no later row of this edge has a smaller Progress.
	Progress int64
	// End: nothing follows at all.
	End bool
	// Reached is, at the end, how far time had come before: the end is no time that passes.
	Reached int64
}
