package group

import (
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// probe is what a key of bytes is looked for by. Of a short key it says everything: a
// key of the same probe is the same.
type probe struct {
	lo, hi uint64
	size   int32
}

// shortKey is the length up to which keys are short.
const shortKey = 16

func (p probe) short() bool { return p.size <= shortKey }

// probeOf reads a short key in two loads, which may lie over each other.
func probeOf(key []byte) probe {
	n := len(key)
	p := probe{size: int32(n)}
	switch {
	case n > shortKey:
		p.lo = xxh3.Hash(key)
	case n >= 8:
		p.lo, p.hi = binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		p.lo = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		p.lo = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	return p
}

// hash mixes a probe.
func (p probe) hash() uint32 {
	hi, lo := bits.Mul64(p.lo^0xa0761d6478bd642f, p.hi^0xe7037ed1a0b428db^uint64(p.size))
	return uint32(hi ^ lo)
}
