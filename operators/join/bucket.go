package join

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/operators/spill"
)

// Rows that may still find partners are kept by their key. Where they can leave memory they
// are in buckets, by the last instant at which a partner can come, and within a bucket by
// their key: so all that a bucket put away is gone at once with its last instant, a row of a
// key with many others is written with those of its bucket alone, and rows that show without
// a partner are looked for only in the buckets whose time has come. A row looks for partners
// in all buckets, which are therefore few: as wide as an eighth to a quarter of the time that
// their rows are kept.
type buckets struct {
	j     *Join
	types []*types.Type
	shelf operators.Shelf // nil where all rows stay in memory, in one bucket
	// keys are those of the rows at hand, or of all rows where they are in one bucket.
	keys *group.Table
	of   []*bucket // by number, nil for none
	free []int32   // numbers
	open []*bucket
	at   map[span]*bucket
	// closed are prefixes of what closed buckets have put away.
	closed [][]byte
	least  int   // no bucket is narrower than 2 to this power
	past   int64 // everything has happened before this instant
	most   int64 // bytes that rows may take in memory
	known  known
}

// span is the last instants of the rows of a bucket, the end excluded.
type span struct{ start, end int64 }

// bucket is rows by key.
type bucket struct {
	span
	number int32
	table  *group.Table
	heads  [2][]link // by group
	// rows counts those that may find partners, also outside of memory, and here those in it;
	// had says that there were any.
	rows [2]int64
	had  [2]bool
	here int
	// groups are those of the keys at hand, none for no row; nil where the keys are the groups.
	groups []int32
	// Where rows can leave memory.
	part  *spill.Part
	spill *spill.Groups
	put   int64 // bytes
}

// narrowest is the power of two of microseconds, about a second, that no bucket is narrower
// than, and parts how many buckets there are in the time of a row, by their power of two.
const (
	narrowest = 20
	parts     = 2
)

// newBuckets holds no rows.
func newBuckets(j *Join, shelf operators.Shelf) *buckets {
	s := &buckets{j: j, types: j.Types(), shelf: shelf, at: map[span]*bucket{}, past: operators.MinTime, least: j.narrowest}
	s.keys = group.New(s.types)
	if shelf == nil {
		s.of = []*bucket{{span: span{operators.MinTime, operators.MaxTime}, table: s.keys}}
		s.open = s.of
	}
	return s
}

// power is that of the largest power of two that is not above a time.
func power(d uint64) int { return max(bits.Len64(d), 1) - 1 }

// spanOf is that of the bucket of a row that is kept from an instant on until its last one.
func (s *buckets) spanOf(from, until int64) span {
	p := min(max(power(uint64(until)-uint64(from))-parts, s.least), 61)
	start := until >> p << p
	if start > operators.MaxTime-1<<p {
		return span{start, operators.MaxTime}
	}
	return span{start, start + 1<<p}
}

// bucket is the one of some instants, opened where there is none.
func (s *buckets) bucket(of span) *bucket {
	if b := s.at[of]; b != nil {
		return b
	}
	b := &bucket{span: of, number: int32(len(s.of)), table: group.New(s.types)}
	if last := len(s.free) - 1; last >= 0 {
		b.number = s.free[last]
		s.free = s.free[:last]
		s.of[b.number] = b
	} else {
		s.of = append(s.of, b)
	}
	b.part = spill.NewPart(s.shelf, of.prefix())
	b.spill = spill.New(b.table, b.part, &inBucket{s.j, b})
	s.at[of] = b
	s.open = append(s.open, b)
	slices.SortFunc(s.open, func(x, y *bucket) int {
		return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.end, y.end))
	})
	return b
}

// prefix is what the keys of a bucket begin with on the shelf: those of one time are neighbours.
func (s span) prefix() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(s.start)^1<<63)
	return append(b, byte(power(uint64(s.end-s.start))))
}

// head is the rows of a group of a side.
func (b *bucket) head(side ir.Side, g int32) *link {
	for int(g) >= len(b.heads[side]) {
		b.heads[side] = append(b.heads[side], link{})
	}
	return &b.heads[side][g]
}

// first is the first entry of a side that has a key of those at hand.
func (b *bucket) first(side ir.Side, key int32) int32 {
	g := key
	if b.groups != nil {
		g = b.groups[key]
	}
	return b.firstOf(side, g)
}

// firstOf is the first entry of a group.
func (b *bucket) firstOf(side ir.Side, g int32) int32 {
	if g == none || int(g) >= len(b.heads[side]) {
		return none
	}
	return b.heads[side][g].first - 1
}

// empty reports that no row of a group is in memory.
func (b *bucket) empty(g int32) bool {
	return b.firstOf(ir.LeftSide, g) == none && b.firstOf(ir.RightSide, g) == none
}

// remove forgets groups.
func (b *bucket) remove(groups []int32) {
	if b.spill != nil {
		b.spill.Removed(groups)
	}
	b.table.Remove(groups)
}

// close forgets the buckets whose last instants have passed.
func (s *buckets) close(until int64) {
	if s.shelf == nil {
		return
	}
	s.open = slices.DeleteFunc(s.open, func(b *bucket) bool {
		if b.end > until {
			return false
		}
		if b.part.Has() || b.spill.Apart() {
			s.closed = append(s.closed, b.part.Prefix())
		}
		delete(s.at, b.span)
		s.of[b.number] = nil
		s.free = append(s.free, b.number)
		return true
	})
}

// held is how many rows there are that may find partners, also outside of memory, but for
// those without a key.
func (s *buckets) held() (n int64) {
	for _, b := range s.open {
		n += b.rows[ir.LeftSide] + b.rows[ir.RightSide]
	}
	return n
}
