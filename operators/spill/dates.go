package spill

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// dates are groups on a shelf by an instant before which nothing happens to them (Dated), so
// that those are found to which something soon will. Of each group that is not in memory one such
// instant is there that has not passed. There may be others, of groups that are in memory, that are no
// more, or that have got another instant since: who finds a group by its instant looks when that is.
//
// Instants that have passed are not looked at any more. They leave the shelf many at a time,
// with the span of time that they are in.
type dates struct {
	shelf *Part
	width int64 // of a span
	gone  int64 // no span before it is on the shelf

	ahead []Date // read ahead, in order
	next  int    // the first of them that was not taken
	rest  int64  // those that were not read come at that instant at the earliest, math.MaxInt64 for none

	filing []Date // about to be put there
	arena  []byte // codes of those
	key    []byte // scratch
}

// Date is an instant, and of the groups of that instant the first that it is before; without a
// code all are behind it.
type Date struct {
	At   int64
	Code []byte
}

// spansOf is how many spans the time has in which instants are to come.
const spansOf = 64

// readAhead is how many instants are read at a time.
const readAhead = 4096

func newDates(shelf *Part, within int64) *dates {
	return &dates{shelf: shelf, width: max(within/spansOf, 1), gone: math.MinInt64, rest: math.MaxInt64}
}

// resume is called where others have put instants on the shelf.
func (d *dates) resume() { d.ahead, d.next, d.rest, d.shelf.has = nil, 0, math.MinInt64, true }

// span is the one that an instant is in.
func (d *dates) span(at int64) int64 {
	n := at / d.width
	if at%d.width < 0 {
		n--
	}
	return n
}

// name is what an instant of a key is kept by. Smaller ones come earlier.
func (d *dates) name(dst []byte, of Date) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(d.span(of.At))^1<<63)
	dst = binary.BigEndian.AppendUint64(dst, uint64(of.At)^1<<63)
	return append(dst, of.Code...)
}

// spanBytes and nameBytes are what stands before the instant, and before the code.
const spanBytes, nameBytes = 8, 16

// first is where the keys begin that were not taken.
func (d *dates) first() Date {
	if d.next < len(d.ahead) {
		return d.ahead[d.next]
	}
	return Date{At: d.rest}
}

// take is the next keys before an instant, at most so many; none may be returned where some
// are to come, see first. They are valid until it is called again. clock is what has passed.
func (d *dates) take(clock, before int64, most int) ([]Date, error) {
	if d.next == len(d.ahead) && d.rest < before {
		if err := d.read(clock); err != nil {
			return nil, err
		}
	}
	from := d.next
	for d.next < len(d.ahead) && d.next < from+most && d.ahead[d.next].At < before {
		d.next++
	}
	return d.ahead[from:d.next], nil
}

// read reads ahead behind what was read, or from an instant on.
func (d *dates) read(clock int64) error {
	from := d.name(nil, Date{At: clock})
	if last := len(d.ahead) - 1; last >= 0 {
		from = append(d.name(nil, d.ahead[last]), 0) // the least name behind it
	}
	d.ahead, d.next, d.rest = nil, 0, math.MaxInt64
	err := d.shelf.Scan(nil, from, func(key, _ []byte) bool {
		at := int64(binary.BigEndian.Uint64(key[spanBytes:]) ^ 1<<63)
		if len(d.ahead) == readAhead {
			d.rest = at
			return false
		}
		d.ahead = append(d.ahead, Date{at, bytes.Clone(key[nameBytes:])})
		return true
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	return nil
}

// unread forgets what was read ahead, as keys have left memory that stand there from an
// instant on.
func (d *dates) unread(from int64) {
	behind := d.rest
	if n := len(d.ahead); n > 0 {
		behind = d.ahead[n-1].At
	}
	if from > behind && d.rest < math.MaxInt64 {
		d.rest = min(d.rest, from) // they are yet to be read
		return
	}
	d.rest = min(d.first().At, from)
	d.ahead, d.next = nil, 0
}

// file puts a key on the shelf with the next filed.
func (d *dates) file(at int64, code []byte) {
	n := len(d.arena)
	d.arena = append(d.arena, code...)
	d.filing = append(d.filing, Date{at, d.arena[n:len(d.arena):len(d.arena)]})
}

// filed puts what was to be filed on the shelf.
func (d *dates) filed() error {
	slices.SortFunc(d.filing, func(a, b Date) int {
		return cmp.Or(cmp.Compare(a.At, b.At), bytes.Compare(a.Code, b.Code))
	})
	for _, f := range d.filing {
		d.key = d.name(d.key[:0], f)
		if err := d.shelf.Put(d.key, []byte{}); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	d.filing, d.arena = d.filing[:0], d.arena[:0]
	return nil
}

// passed takes the spans off the shelf that are over at an instant.
func (d *dates) passed(clock int64) error {
	now := d.span(clock)
	if !d.shelf.Has() || now <= d.gone {
		return nil
	}
	for at := d.gone; ; at++ {
		span, err := d.firstFrom(at)
		if err != nil {
			return err
		}
		if at = span; at >= now {
			d.gone = now
			return nil
		}
		if err := d.shelf.DeletePrefix(spanName(at)); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
}

// firstFrom is the first span on the shelf from one on.
func (d *dates) firstFrom(span int64) (int64, error) {
	first := int64(math.MaxInt64)
	err := d.shelf.Scan(nil, spanName(span), func(key, _ []byte) bool {
		first = int64(binary.BigEndian.Uint64(key) ^ 1<<63)
		return false
	})
	if err != nil {
		return 0, &operators.ShelfError{Err: err}
	}
	return first, nil
}

func spanName(span int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(span)^1<<63) }
