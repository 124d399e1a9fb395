package sorted

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sort"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/operators/spill/bloom"
)

// A Run is a file of keys with their values, ascending, that never changes:
//
//	blocks   entries, and a checksum of them
//	tail     where blocks and sections begin, and their filters
//	footer   where the tail begins, and its checksum
//
// Tail and footer are only there where the file outlives the process. An entry is the
// length of its key, the key, the length of its value and one, the value; the length 0 is a
// key that is gone. Blocks that follow one another are a section, which has one filter.
type Run struct {
	name   string // of the file
	path   string
	fs     vfs.FS
	file   vfs.File
	small  []byte // what would be in the file, where there is none
	size   int64
	sum    uint32 // checksum of the tail
	blocks blocks
	parts  []section
	last   []byte // its last key
	beside int64  // bytes that all this takes in memory

	refs atomic.Int32
	keep atomic.Bool // its file is not taken away with the last reference
}

// blockBytes is about how large a block is: what is read to find a key. sectionKeys is how
// many keys there are at least in a section.
const (
	blockBytes  = 1 << 10
	sectionKeys = 16 << 10
)

const sumBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// section is blocks from one on, up to those of the next.
type section struct {
	from   int
	filter bloom.Filter
}

// blocks says where each block begins: in the file, and by the least key, cut short where
// the block before leaves no doubt.
type blocks struct {
	arena []byte
	keys  []uint32 // ends in arena
	ends  []int64  // in the file
}

func (b *blocks) n() int { return len(b.ends) }

func (b *blocks) key(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = b.keys[i-1]
	}
	return b.arena[from:b.keys[i]]
}

// clip gives up room for more blocks.
func (b *blocks) clip() {
	b.arena, b.keys, b.ends = bytes.Clone(b.arena), slices.Clone(b.keys), slices.Clone(b.ends)
}

// place is where a block begins and ends in the file.
func (b *blocks) place(i int) (from, to int64) {
	if i > 0 {
		from = b.ends[i-1]
	}
	return from, b.ends[i]
}

// last is the last block in [from, to) that does not begin behind a key, from-1 for none.
func (b *blocks) last(key []byte, from, to int) int {
	return from + sort.Search(to-from, func(i int) bool { return bytes.Compare(b.key(from+i), key) > 0 }) - 1
}

// weigh notes what a run takes in memory, once all is known of it.
func (r *Run) weigh() {
	r.beside = int64(cap(r.small) + cap(r.blocks.arena) + 4*cap(r.blocks.keys) + 8*cap(r.blocks.ends))
	for i := range r.parts {
		r.beside += r.parts[i].filter.Bytes()
	}
}

// release gives a reference up. With the last one the file is closed and, unless it is to
// be kept, taken away.
func (r *Run) release() error {
	if r.refs.Add(-1) > 0 {
		return nil
	}
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	if !r.keep.Load() {
		err = errors.Join(err, r.fs.Remove(r.path))
	}
	return err
}

// finder looks for keys in a run, each behind the one before.
type finder struct {
	run   *Run
	part  int // section
	block int // that buf holds, -1 for none
	buf   []byte
}

// find is the value of a key, in memory that the next find uses again; there tells whether
// the run knows the key, and a nil value that it is gone.
func (f *finder) find(key []byte, hash uint64) (value []byte, there bool, err error) {
	r := f.run
	for f.part+1 < len(r.parts) && bytes.Compare(r.blocks.key(r.parts[f.part+1].from), key) <= 0 {
		f.part++
	}
	s := &r.parts[f.part]
	if !s.filter.Has(hash) {
		return nil, false, nil
	}
	to := r.blocks.n()
	if f.part+1 < len(r.parts) {
		to = r.parts[f.part+1].from
	}
	at := r.blocks.last(key, max(s.from, f.block), to)
	if at < s.from {
		return nil, false, nil
	}
	if at != f.block {
		f.block = -1
		if f.buf, err = r.read(at, at+1, f.buf); err != nil {
			return nil, false, err
		}
		if err := r.checkBlock(f.buf); err != nil {
			return nil, false, err
		}
		f.block = at
	}
	return lookUp(f.buf[:len(f.buf)-sumBytes], key)
}

// lookUp finds a key in a block.
func lookUp(b, key []byte) (value []byte, there bool, err error) {
	for len(b) > 0 {
		var k []byte
		if k, value, b, err = entry(b); err != nil {
			return nil, false, err
		}
		if c := bytes.Compare(k, key); c >= 0 {
			return value, c == 0, nil
		}
	}
	return nil, false, nil
}

var errBlock = errors.New("a block of it holds no entries")

// entry is the first entry of a block, and the rest of the block.
func entry(b []byte) (key, value, rest []byte, err error) {
	n, at := binary.Uvarint(b)
	if at <= 0 || uint64(len(b)-at) < n {
		return nil, nil, nil, errBlock
	}
	key, b = b[at:at+int(n)], b[at+int(n):]
	n, at = binary.Uvarint(b)
	if at <= 0 || n > 0 && uint64(len(b)-at) < n-1 {
		return nil, nil, nil, errBlock
	}
	if b = b[at:]; n == 0 {
		return key, nil, b, nil
	}
	return key, b[: n-1 : n-1], b[n-1:], nil
}

// read reads blocks [from, to) into a buffer, whose memory may be used.
func (r *Run) read(from, to int, buf []byte) ([]byte, error) {
	begin, _ := r.blocks.place(from)
	_, end := r.blocks.place(to - 1)
	size := int(end - begin)
	if cap(buf) < size {
		buf = make([]byte, size)
	}
	buf = buf[:size]
	return buf, r.readAt(buf, begin)
}

func (r *Run) readAt(b []byte, at int64) error {
	if r.file == nil {
		copy(b, r.small[at:])
		return nil
	}
	if n, err := r.file.ReadAt(b, at); n < len(b) {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	return nil
}

// checkBlock compares a block with its checksum.
func (r *Run) checkBlock(b []byte) error {
	at := len(b) - sumBytes
	if at < 0 || crc32.Checksum(b[:at], castagnoli) != binary.LittleEndian.Uint32(b[at:]) {
		return &Damage{r.path, "a block of it is not what was written"}
	}
	return nil
}

// Damage is a file that is not what it was.
type Damage struct{ Path, What string }

// Error implements error.
func (d *Damage) Error() string { return fmt.Sprintf("%s is damaged: %s", d.Path, d.What) }
