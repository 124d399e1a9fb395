// Package spill keeps the groups of a table partly in memory and partly on a shelf: what
// a row asks for is brought back, what nobody asked for is put away, and what has changed
// since the last snapshot is known.
//
// It knows nothing of what a group holds. A group is in memory or not, and its results
// must be the same either way.
package spill

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/group"
	"github.com/edynamic/edynamic/vm/wire"
)

// Codec is how one group is written and read, without its key.
type Codec interface {
	// Grow makes room for groups 0..n-1.
	Grow(n int)
	Save(w *wire.Writer, g int32) error
	Load(r *wire.Reader, g int32) error
	// Free forgets groups, so that their numbers are those of empty ones.
	Free(groups []int32)
	// Bytes is what a group takes in memory beside what varies with its content.
	Bytes() int
}

// Together is a Codec that has work which is done for many groups at a time.
type Together interface {
	// Saving comes before Save of some groups, and of none behind the last of them.
	Saving(groups []int32) error
	// Loaded comes behind Load of some groups, before anybody looks at them.
	Loaded() error
}

// Placing is a Codec that is told of groups when they have been put on the shelf, in the order
// of their keys, and before they leave memory.
type Placing interface {
	Placed(groups []int32) error
}

// Forgetting is a Codec that is told of groups outside of memory which Away forgets, with what
// Save wrote of them.
type Forgetting interface{ Forgotten(code, value []byte) }

// Groups is the groups of a table.
type Groups struct {
	table *group.Table
	shelf operators.Shelf
	codec Codec

	flags   []flag          // by group
	gone    map[string]bool // codes of groups that are not any more, and still on the shelf
	away    bool            // groups may be on the shelf that are not in memory
	over    bool            // those on the shelf are not needed any more, see Last
	known   *filter         // which those on the shelf may be; nil where that is not known or would be too much
	hand    int32           // where the search for groups to put away goes on
	oldest  int64           // no time that groups on the shelf are forgotten by is below it
	varying int64           // bytes of a group as written, in the mean
	sampled int             // groups when that was found
	codes   codes
	pinned  func(g int32) bool // nil where no group must stay in memory
	index   *index             // nil where all groups are looked at to find those that something happens to
	// scratch of Look
	wanted   [][]byte
	wantedAt []int32
}

// flag is what is known of a group in memory.
type flag uint8

const (
	dirty  flag = 1 << iota // it is not on the shelf as it is
	asked                   // a row asked for it since it was last passed over
	stored                  // it is on the shelf, perhaps as it was
	chosen                  // it is about to be put away
)

// New watches a table without groups.
func New(t *group.Table, shelf operators.Shelf, codec Codec) *Groups {
	t.Watch()
	s := &Groups{table: t, shelf: shelf, codec: codec, gone: map[string]bool{}, away: shelf.Has(), oldest: math.MinInt64}
	if !s.away {
		s.known, s.oldest = &filter{}, math.MaxInt64
	}
	if p, ok := codec.(Pinning); ok {
		s.pinned = p.Pinned
	}
	return s
}

// Resume is called where the shelf was written to by others than these Groups: a run before
// this one, or other instances.
func (s *Groups) Resume() {
	s.away, s.known, s.oldest = true, nil, math.MinInt64
	if s.index != nil {
		s.index.dates.resume()
	}
}

// Apart reports that groups may be on the shelf that are not in memory.
func (s *Groups) Apart() bool { return s.away }

// Stored reports that a group is on the shelf, perhaps as it was: it is not new.
func (s *Groups) Stored(g int32) bool { return s.flags[g]&stored != 0 }

// Move goes on with another table, in which no group is, as none is in the one there was.
func (s *Groups) Move(t *group.Table) {
	t.Watch()
	s.table, s.flags, s.hand, s.sampled = t, nil, 0, 0
}

// Found must be told the groups of rows (nil for all) after each Find, and before anything
// is done to them: those that were away are brought back. All of them count as changed.
func (s *Groups) Found(rows int, sel []int32, groups []int32) error {
	fresh := s.table.Fresh()
	s.grow()
	if err := s.bring(fresh); err != nil {
		return err
	}
	if sel == nil {
		for _, g := range groups[:rows] {
			s.flags[g] |= dirty | asked
		}
		return nil
	}
	for _, r := range sel {
		s.flags[groups[r]] |= dirty | asked
	}
	return nil
}

func (s *Groups) grow() {
	if n := s.table.Size(); n > len(s.flags) {
		s.flags = append(s.flags, make([]flag, n-len(s.flags))...)
		s.index.grow(n)
		s.codec.Grow(n)
	}
}

// bring reads groups that are new in memory from the shelf, where they are there.
func (s *Groups) bring(fresh []int32) error {
	for _, g := range fresh {
		s.flags[g] = 0
		s.index.fresh(g)
	}
	if !s.away || len(fresh) == 0 {
		return nil
	}
	s.codes.of(s.table, fresh)
	wanted, groups := s.present(s.codes.list, s.codes.groups)
	var wrong error
	err := s.shelf.Get(wanted, func(i int, value []byte) {
		if wrong == nil {
			wrong = s.load(groups[i], value)
		}
	})
	if err != nil {
		return &operators.ShelfError{Err: err}
	}
	return errors.Join(wrong, s.loaded())
}

// loaded ends the reading of some groups.
func (s *Groups) loaded() error {
	if t, ok := s.codec.(Together); ok {
		return t.Loaded()
	}
	return nil
}

// saving begins the writing of some groups.
func (s *Groups) saving(groups []int32) error {
	if t, ok := s.codec.(Together); ok {
		return t.Saving(groups)
	}
	return nil
}

// present leaves out the groups that are gone, or were never on the shelf.
func (s *Groups) present(codes [][]byte, groups []int32) (wanted [][]byte, of []int32) {
	wanted, of = codes[:0], groups[:0]
	for i, c := range codes {
		if s.mayHave(c) {
			wanted, of = append(wanted, c), append(of, groups[i])
		}
	}
	return wanted, of
}

// mayHave reports that a group may be on the shelf.
func (s *Groups) mayHave(code []byte) bool {
	return (len(s.gone) == 0 || !s.gone[string(code)]) && (s.known == nil || s.known.has(code))
}

func (s *Groups) load(g int32, value []byte) error {
	s.flags[g] |= stored
	r := wire.NewReader(s.index.read(g, value))
	if err := s.codec.Load(r, g); err != nil {
		return err
	}
	return r.Err()
}

// Adopt takes over the groups that are in the table, as changed ones.
func (s *Groups) Adopt() {
	fresh := s.table.Fresh()
	s.grow()
	for _, g := range fresh {
		s.index.fresh(g)
	}
	for _, g := range s.table.Groups(nil) {
		s.flags[g] |= dirty
	}
}

// Removed must be told of groups before the table forgets them.
func (s *Groups) Removed(groups []int32) {
	var code []byte
	for _, g := range groups {
		if s.flags[g]&stored != 0 {
			code = s.table.Code(code[:0], g)
			s.gone[string(code)] = true
		}
		s.flags[g] = 0
	}
}

// Away forgets the groups of this instance that are not in memory and are old by the time
// that their Save writes first. It returns how many these are. Where none is, the shelf is
// not looked at.
func (s *Groups) Away(mine operators.Mine, old func(at int64) bool) (n int64, err error) {
	if !s.away || s.oldest > math.MinInt64 && !old(s.oldest) {
		return 0, nil
	}
	oldest := int64(math.MaxInt64)
	told, tells := s.codec.(Forgetting)
	err = s.shelf.Scan(nil, nil, func(key, value []byte) bool {
		at := timeOf(value)
		switch {
		case !old(at):
			oldest = min(oldest, at)
		case s.isAway(key, mine):
			s.gone[string(key)] = true
			n++
			if tells {
				told.Forgotten(key, value)
			}
		}
		return true
	})
	if err != nil {
		return 0, &operators.ShelfError{Err: err}
	}
	s.oldest = oldest
	return n, nil
}

// timeOf is the time that a group on the shelf is forgotten by.
func timeOf(value []byte) int64 {
	at, n := binary.Varint(value)
	if n <= 0 {
		return math.MaxInt64
	}
	return at
}

// Flush puts what has changed on the shelf.
func (s *Groups) Flush() error {
	s.refile()
	var changed []int32
	for g, f := range s.flags {
		if f&dirty != 0 {
			changed = append(changed, int32(g))
		}
	}
	return s.put(changed)
}

// together is how many groups are written at a time.
const together = 8192

// put writes groups in the order of their keys, and what is gone.
func (s *Groups) put(groups []int32) error {
	if s.over {
		if err := s.forgetAll(); err != nil {
			return err
		}
	}
	for code := range s.gone {
		if err := s.shelf.Delete([]byte(code)); err != nil {
			return &operators.ShelfError{Err: err}
		}
	}
	clear(s.gone)
	s.table.Sort(groups)
	written := int64(0)
	for some := range slices.Chunk(groups, together) { // the codes of all would be as large as they are
		n, err := s.putSorted(some)
		if err != nil {
			return err
		}
		written += n
	}
	if err := s.saving(nil); err != nil {
		return err
	}
	if s.index != nil {
		if err := s.index.dates.filed(); err != nil {
			return err
		}
	}
	if len(groups) >= samples {
		s.varying = written / int64(len(groups))
	}
	return nil
}

// putSorted writes groups that are in the order of their keys. It returns how many bytes
// they have.
func (s *Groups) putSorted(groups []int32) (written int64, err error) {
	s.codes.ofSorted(s.table, groups)
	if err := s.saving(groups); err != nil {
		return 0, err
	}
	var w wire.Writer
	for i, g := range groups {
		code := s.codes.list[i]
		if err := s.write(&w, g); err != nil {
			return 0, err
		}
		s.index.put(g, code)
		if err := s.shelf.Put(code, w.Buf); err != nil {
			return 0, &operators.ShelfError{Err: err}
		}
		written += int64(len(code) + len(w.Buf))
		s.oldest = min(s.oldest, timeOf(w.Buf))
		if s.known != nil && s.flags[g]&stored == 0 {
			s.known.add(code)
		}
		s.flags[g] = s.flags[g]&^dirty | stored
	}
	if s.known != nil && s.known.bytes() > mostKnown {
		s.known = nil
	}
	if p, ok := s.codec.(Placing); ok {
		return written, p.Placed(groups)
	}
	return written, nil
}

// write writes a group, alone.
func (s *Groups) write(w *wire.Writer, g int32) error {
	w.Buf = w.Buf[:0]
	err := s.codec.Save(w, g)
	w.Buf = s.index.write(w.Buf, g)
	return err
}

// codes are the codes of groups, ascending.
type codes struct {
	arena  []byte
	list   [][]byte
	groups []int32
	ends   []int
}

// of sorts a copy of some groups.
func (c *codes) of(t *group.Table, groups []int32) {
	c.groups = append(c.groups[:0], groups...)
	t.Sort(c.groups)
	c.ofSorted(t, c.groups)
}

// ofSorted leaves the groups to whoever has them: it makes their codes alone.
func (c *codes) ofSorted(t *group.Table, groups []int32) {
	c.arena, c.list, c.ends = c.arena[:0], c.list[:0], c.ends[:0]
	for _, g := range groups {
		c.arena = t.Code(c.arena, g)
		c.ends = append(c.ends, len(c.arena))
	}
	from := 0
	for _, end := range c.ends {
		c.list = append(c.list, c.arena[from:end:end])
		from = end
	}
	if !slices.IsSortedFunc(c.list, bytes.Compare) {
		panic("spill: codes of groups that do not have the order of their values")
	}
}
