package join

import (
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/operators"
)

// known is the keys of the rows at hand, ascending.
type known struct {
	keys  []int32
	asks  [][2]bool // by key: whether rows of a side have it
	arena []byte
	ends  []int
	codes [][]byte
	some  [][]byte // scratch: those that are looked for in a bucket
	of    []int32  // their keys
	found []int32
}

// find finds the keys of rows that have come in all buckets, and brings them back where
// they were put away.
func (s *buckets) find(sides [2]arrived) error {
	if s.shelf == nil {
		return nil
	}
	s.listKeys(sides)
	if len(s.known.keys) == 0 {
		return nil
	}
	fresh := map[*bucket][]int32{}
	for side := range sides {
		s.place(ir.Side(side), sides[side], fresh)
	}
	for _, b := range s.open {
		if groups := fresh[b]; groups != nil {
			if err := b.spill.Found(len(groups), nil, groups); err != nil {
				return err
			}
		}
		if err := s.look(b); err != nil {
			return err
		}
	}
	return nil
}

// listKeys notes the keys, with their codes and by whom they are asked for.
func (s *buckets) listKeys(sides [2]arrived) {
	k := &s.known
	k.asks = slices.Grow(k.asks[:0], s.keys.Size())[:s.keys.Size()]
	clear(k.asks)
	for side, x := range sides {
		for _, key := range x.keys {
			if key != none {
				k.asks[key][side] = true
			}
		}
	}
	k.keys = s.keys.Groups(k.keys[:0])
	s.keys.Sort(k.keys)
	k.arena, k.ends, k.codes = k.arena[:0], k.ends[:0], k.codes[:0]
	for _, key := range k.keys {
		k.arena = s.keys.Code(k.arena, key)
		k.ends = append(k.ends, len(k.arena))
	}
	from := 0
	for _, end := range k.ends {
		k.codes = append(k.codes, k.arena[from:end:end])
		from = end
	}
	for _, b := range s.open {
		s.forgetKeys(b)
	}
}

// forgetKeys makes room for the groups of the keys at hand.
func (s *buckets) forgetKeys(b *bucket) {
	b.groups = slices.Grow(b.groups[:0], s.keys.Size())[:s.keys.Size()]
	for i := range b.groups {
		b.groups[i] = none
	}
}

// place says in which bucket and group each row of a side belongs, and notes the groups.
func (s *buckets) place(side ir.Side, x arrived, fresh map[*bucket][]int32) {
	var code []byte
	for i := range x.entries {
		e, key := &x.entries[i], x.keys[i]
		if key == none {
			continue
		}
		b := s.bucket(s.spanOf(max(e.t, e.a), e.until))
		if b.groups == nil {
			s.forgetKeys(b)
		}
		b.had[side] = true
		if b.groups[key] == none {
			code = s.keys.Code(code[:0], key)
			b.groups[key] = b.table.ByCode(code)
			fresh[b] = append(fresh[b], b.groups[key])
		}
		e.bucket, e.group = b.number, b.groups[key]
	}
}

// look finds the keys in a bucket that may have rows to pair with.
func (s *buckets) look(b *bucket) error {
	k := &s.known
	k.some, k.of = k.some[:0], k.of[:0]
	for i, key := range k.keys {
		asks := k.asks[key]
		if b.groups[key] == none && (asks[ir.LeftSide] && b.had[ir.RightSide] || asks[ir.RightSide] && b.had[ir.LeftSide]) {
			k.some, k.of = append(k.some, k.codes[i]), append(k.of, key)
		}
	}
	if len(k.some) == 0 {
		return nil
	}
	k.found = slices.Grow(k.found[:0], len(k.some))[:len(k.some)]
	if err := b.spill.Look(k.some, k.found); err != nil {
		return err
	}
	for i, key := range k.of {
		b.groups[key] = k.found[i]
	}
	return nil
}

// next brings the rows back that show without a partner before an instant, as many as there
// may be in memory, and says up to which instant that is all of them.
func (s *buckets) next(watermark int64) (int64, error) {
	if s.shelf == nil || !s.j.showsAlone() {
		return watermark, nil
	}
	first, until := int64(math.MaxInt64), watermark
	for _, b := range s.open {
		if at := max(b.spill.Next(), b.start); at < watermark && at < first {
			first, until = at, min(watermark, max(at, s.past)+b.step(s.most))
		}
	}
	for _, b := range s.open {
		if max(b.spill.Next(), b.start) >= until {
			continue
		}
		if err := b.spill.Bring(s.j.ctx.Mine, until); err != nil {
			return 0, err
		}
	}
	return until, nil
}

// The rows that are brought back to show without a partner are to take no more than a part
// of the memory that rows may take.
const (
	leastSteps = 4
	mostSteps  = 1 << 10
)

// step is the time whose rows are brought back together: all that a bucket has put away is
// read through for them.
func (b *bucket) step(most int64) int64 {
	steps := min(max(4*b.put/max(most, 1), leastSteps), mostSteps)
	return max((b.end-b.start)/steps, 1)
}

// deleteClosed takes the rows of closed buckets off the shelf. Other instances have closed
// them too: this is between two batches.
func (s *buckets) deleteClosed() error {
	for _, prefix := range s.closed {
		if err := s.shelf.DeletePrefix(prefix); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	s.closed = nil
	return nil
}
