package expire

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/spill"
)

// dates are keys on a shelf by an instant before which their rows are not too old, so that
// those are found whose rows will soon be. Of each key that is not in memory one such instant is there
// that has not passed. There may be others, of keys that are in memory, that are no more, or
// that have got another row since: who finds a key by its instant looks for its row.
//
// Instants that have passed are not looked at any more. They leave the shelf many at a time,
// with the span of time that they are in.
type dates struct {
	shelf *spill.Part
	width int64          // of a span
	spans map[int64]bool // those in which something is

	ahead []date // read ahead, in order
	next  int    // the first of them that was not taken
	rest  int64  // those that were not read come at that instant at the earliest, math.MaxInt64 for none

	filing []date // about to be put there
	arena  []byte // codes of those
	key    []byte // scratch
}

// spansOf is how many spans the time has that rows are kept.
const spansOf = 64

// readAhead is how many instants are read at a time.
const readAhead = 4096

func newDates(shelf *spill.Part, after int64) *dates {
	return &dates{shelf: shelf, width: max(after/spansOf, 1), spans: map[int64]bool{}, rest: math.MaxInt64}
}

// span is the one that an instant is in.
func (d *dates) span(at int64) int64 {
	n := at / d.width
	if at%d.width < 0 {
		n--
	}
	return n
}

// name is what an instant of a key is kept by. Smaller ones come earlier.
func (d *dates) name(dst []byte, of date) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(d.span(of.at))^1<<63)
	dst = binary.BigEndian.AppendUint64(dst, uint64(of.at)^1<<63)
	return append(dst, of.code...)
}

// spanBytes and nameBytes are what stands before the instant, and before the code.
const spanBytes, nameBytes = 8, 16

// first is where the keys begin that were not taken.
func (d *dates) first() date {
	if d.next < len(d.ahead) {
		return d.ahead[d.next]
	}
	return date{at: d.rest}
}

// take is the next keys before an instant, at most so many; none may be returned where some
// are to come, see first. They are valid until it is called again. clock is what has passed.
func (d *dates) take(clock, before int64, most int) ([]date, error) {
	if d.next == len(d.ahead) && d.rest < before {
		if err := d.read(clock); err != nil {
			return nil, err
		}
	}
	from := d.next
	for d.next < len(d.ahead) && d.next < from+most && d.ahead[d.next].at < before {
		d.next++
	}
	return d.ahead[from:d.next], nil
}

// read reads ahead behind what was read, or from an instant on.
func (d *dates) read(clock int64) error {
	from := d.name(nil, date{at: clock})
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
		d.ahead = append(d.ahead, date{at, bytes.Clone(key[nameBytes:])})
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
		behind = d.ahead[n-1].at
	}
	if from > behind && d.rest < math.MaxInt64 {
		d.rest = min(d.rest, from) // they are yet to be read
		return
	}
	d.rest = min(d.first().at, from)
	d.ahead, d.next = nil, 0
}

// file puts a key on the shelf with the next filed.
func (d *dates) file(at int64, code []byte) {
	n := len(d.arena)
	d.arena = append(d.arena, code...)
	d.filing = append(d.filing, date{at, d.arena[n:len(d.arena):len(d.arena)]})
}

// filed puts what was to be filed on the shelf.
func (d *dates) filed() error {
	slices.SortFunc(d.filing, func(a, b date) int {
		return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.code, b.code))
	})
	for _, f := range d.filing {
		d.key = d.name(d.key[:0], f)
		if err := d.shelf.Put(d.key, []byte{}); err != nil {
			return &operators.ShelfError{Err: err}
		}
		d.spans[d.span(f.at)] = true
	}
	d.filing, d.arena = d.filing[:0], d.arena[:0]
	return nil
}

// passed takes the spans off the shelf that are over at an instant.
func (d *dates) passed(clock int64) error {
	now := d.span(clock)
	for s := range d.spans {
		if s >= now {
			continue
		}
		if err := d.shelf.DeletePrefix(binary.BigEndian.AppendUint64(nil, uint64(s)^1<<63)); err != nil {
			return &operators.ShelfError{Err: err}
		}
		delete(d.spans, s)
	}
	return nil
}
