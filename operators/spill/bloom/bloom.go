// Package bloom tells of keys, by their hashes, that they were not added to a set: it says
// yes to all that were, and to about one in a hundred of the others.
package bloom

import (
	"encoding/binary"
	"math/bits"
)

// Filter is room for a number of keys: blocks of 512 bits, of which a key sets a few in
// one.
type Filter []block

type block [8]uint64

// keysInBlock leaves 12.8 bits for each.
const keysInBlock = 40

// blockBytes is what a block takes, in memory and written down.
const blockBytes = 64

// New is a filter for about n keys.
func New(n int) Filter { return make(Filter, n/keysInBlock+1) }

// Room is how many keys there is about room for.
func (f Filter) Room() int { return len(f) * keysInBlock }

// Bytes is what it takes in memory.
func (f Filter) Bytes() int64 { return int64(len(f)) * blockBytes }

// Add adds the key of a hash.
func (f Filter) Add(h uint64) {
	b := &f[f.at(h)]
	for i := range b {
		b[i] |= bit(h, i)
	}
}

// Has reports that a key may have been added.
func (f Filter) Has(h uint64) bool {
	b := &f[f.at(h)]
	for i := range b {
		if b[i]&bit(h, i) == 0 {
			return false
		}
	}
	return true
}

func (f Filter) at(h uint64) int {
	hi, _ := bits.Mul64(h, uint64(len(f)))
	return int(hi)
}

// salts are odd numbers without a pattern, one for each word of a block.
var salts = [8]uint64{
	0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0xd6e8feb86659fd93,
	0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3,
}

// bit is the bit of a key in a word of its block: by the low half of its hash, as the
// high half has found the block.
func bit(h uint64, word int) uint64 { return 1 << (uint64(uint32(h)) * salts[word] >> 58) }

// Append writes it down.
func (f Filter) Append(b []byte) []byte {
	for i := range f {
		for _, word := range f[i] {
			b = binary.LittleEndian.AppendUint64(b, word)
		}
	}
	return b
}

// Read is a filter that was written down; false where it cannot be one.
func Read(b []byte) (Filter, bool) {
	if len(b) == 0 || len(b)%blockBytes != 0 {
		return nil, false
	}
	f := make(Filter, len(b)/blockBytes)
	for i := range f {
		for word := range f[i] {
			f[i][word] = binary.LittleEndian.Uint64(b[i*blockBytes+8*word:])
		}
	}
	return f, true
}
