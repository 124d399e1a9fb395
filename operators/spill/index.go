package spill

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
)

// index finds groups that are not in memory by their instants, where all of them would be looked
// at else. Behind what Save writes of a group stands the instant that it is found by.
type index struct {
	dates *dates
	dated Dated
	filed []int64 // by group in memory: the instant on the shelf that stands for it, or unfiled
	// brought: groups to which something happens before it are in memory, and stay there.
	brought int64
	codes   [][]byte // scratch
	found   []int32  // scratch
}

// unfiled is a group that no instant on the shelf stands for.
const unfiled = math.MinInt64

// filedBytes is what the instant takes behind a group.
const filedBytes = 8

// Index makes Bring find groups by their instants, which are put on a shelf of their own. Most
// are to come within a time. It is called before there are groups; the Codec is Dated.
func (s *Groups) Index(shelf operators.Shelf, prefix []byte, within int64) {
	s.index = &index{dates: newDates(NewPart(shelf, prefix), within), dated: s.codec.(Dated), brought: math.MinInt64}
	s.pinned = func(g int32) bool { return s.index.dated.Next(g) < s.index.brought }
}

// Passed takes instants off the shelf before which all instances have brought their groups. It
// may be called where groups of any may be taken off: see operators.Shelf.
func (s *Groups) Passed(at int64) error {
	s.index.brought = max(s.index.brought, at)
	return s.index.dates.passed(at)
}

// BringSome is Bring, but of many groups brings some alone: of those before the Date that it returns
// none is missing, and it is before where none is missing at all. Groups up to a horizon
// will be asked for soon.
func (s *Groups) BringSome(mine operators.Mine, before, horizon int64, most int) (Date, error) {
	x := s.index
	if x.dates.first().At < before {
		some, err := x.dates.take(x.brought, horizon, most)
		if err != nil {
			return Date{}, err
		}
		if err := s.lookDated(mine, some); err != nil {
			return Date{}, err
		}
		if next := x.dates.first(); next.At < before {
			x.brought = max(x.brought, next.At)
			return next, nil
		}
	}
	x.brought = max(x.brought, before)
	return Date{At: before}, nil
}

// lookDated brings those of some groups back that are of this instance.
func (s *Groups) lookDated(mine operators.Mine, some []Date) error {
	x := s.index
	x.codes = x.codes[:0]
	for _, d := range some {
		if s.table.IsMine(mine, d.Code) {
			x.codes = append(x.codes, d.Code)
		}
	}
	slices.SortFunc(x.codes, bytes.Compare)
	x.codes = slices.CompactFunc(x.codes, bytes.Equal)
	x.found = slices.Grow(x.found[:0], len(x.codes))[:len(x.codes)]
	return s.Look(x.codes, x.found)
}

// bringIndexed is Bring.
func (s *Groups) bringIndexed(mine operators.Mine, before int64) error {
	for {
		next, err := s.BringSome(mine, before, before, together)
		if err != nil || next.At == before {
			return err
		}
	}
}

// grow makes room for groups.
func (x *index) grow(n int) {
	for x != nil && len(x.filed) < n {
		x.filed = append(x.filed, unfiled)
	}
}

// fresh is told of a group that was not in memory.
func (x *index) fresh(g int32) {
	if x != nil {
		x.filed[g] = unfiled
	}
}

// write appends what stands behind a group that is about to be put on the shelf: the instant that is
// there for it, or where that has passed or is too late the one that will be.
func (x *index) write(buf []byte, g int32) []byte {
	if x == nil {
		return buf
	}
	return binary.BigEndian.AppendUint64(buf, uint64(x.at(g)))
}

func (x *index) at(g int32) int64 {
	next := x.dated.Next(g)
	switch filed := x.filed[g]; {
	case next == math.MaxInt64:
		return unfiled
	case filed == unfiled || filed < x.brought || filed > next:
		return next
	default:
		return filed
	}
}

// put is told of a group that is on the shelf, by its code.
func (x *index) put(g int32, code []byte) {
	if x == nil {
		return
	}
	if at := x.at(g); at != x.filed[g] {
		if x.filed[g] = at; at != unfiled {
			x.dates.file(at, code)
		}
	}
}

// read takes the instant off what was written of a group.
func (x *index) read(g int32, value []byte) []byte {
	if x == nil || len(value) < filedBytes {
		return value
	}
	n := len(value) - filedBytes
	x.filed[g] = int64(binary.BigEndian.Uint64(value[n:]))
	return value[:n]
}

// refile lets groups count as changed whose instant on the shelf has passed: they must not leave
// memory before they have another.
func (s *Groups) refile() {
	if s.index == nil {
		return
	}
	for g, at := range s.index.filed {
		if at != unfiled && at < s.index.brought && s.table.Used(int32(g)) {
			s.flags[g] |= dirty
		}
	}
}

// leave is told of groups that leave memory.
func (x *index) leave(groups []int32) {
	if x == nil || len(groups) == 0 {
		return
	}
	least := int64(math.MaxInt64)
	for _, g := range groups {
		if x.filed[g] != unfiled {
			least = min(least, x.filed[g])
		}
	}
	if least < math.MaxInt64 {
		x.dates.unread(least)
	}
}
