package spill

import (
	"math/bits"

	"github.com/zeebo/xxh3"
)

// filter remembers which codes may be on the shelf, so that new groups, of which there are
// many, are not looked for. It says yes to all that were added and to about one in a
// hundred of the others.
type filter struct{ parts []part }

// part is room for a number of codes: blocks of 512 bits, of which a code sets a few in
// one.
type part struct {
	blocks []block
	room   int
}

type block [8]uint64

const (
	// A window may have few groups, and there may be many windows.
	firstRoom    = 1 << 10
	largeRoom    = 1 << 16
	codesInBlock = 40 // 12.8 bits for each
)

func (f *filter) add(code []byte) {
	last := len(f.parts) - 1
	if last < 0 || f.parts[last].room == 0 {
		room := firstRoom
		if last >= 0 {
			room = len(f.parts[last].blocks) * codesInBlock * 2
		}
		if last >= 0 && room < largeRoom {
			room *= 4
		}
		f.parts = append(f.parts, part{make([]block, room/codesInBlock+1), room})
		last++
	}
	p := &f.parts[last]
	p.room--
	h := xxh3.Hash(code)
	b := &p.blocks[p.at(h)]
	for i := range b {
		b[i] |= bit(h, i)
	}
}

// has reports that a code may have been added.
func (f *filter) has(code []byte) bool {
	h := xxh3.Hash(code)
	for i := len(f.parts) - 1; i >= 0; i-- {
		if f.parts[i].has(h) {
			return true
		}
	}
	return false
}

func (p *part) at(h uint64) int {
	hi, _ := bits.Mul64(h, uint64(len(p.blocks)))
	return int(hi)
}

func (p *part) has(h uint64) bool {
	b := &p.blocks[p.at(h)]
	for i := range b {
		if b[i]&bit(h, i) == 0 {
			return false
		}
	}
	return true
}

// salts are odd numbers without a pattern, one for each word of a block.
var salts = [8]uint64{
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
	0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3,
}

// bit is the bit of a code in a word of its block: by the low half of its hash, as the
// high half has found the block.
func bit(h uint64, word int) uint64 { return 1 << (uint64(uint32(h)) * salts[word] >> 58) }

// bytes is what the filter takes in memory.
func (f *filter) bytes() int64 {
	n := int64(0)
	for i := range f.parts {
		n += int64(len(f.parts[i].blocks)) * 64
	}
	return n
}
