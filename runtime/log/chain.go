package log

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// headerSize is the bytes of an entry before its payload: seven numbers, the hash and
// a checksum of both. sealSize is what stands behind them in a compacted entry.
const (
	headerSize = 8 + 4 + 8 + 8 + 8 + 4 + 8 + 32 + 4
	sealSize   = 4 + 32
)

// compactedBit marks the number of events of a compacted entry; mostEvents is how many
// an entry has at most.
const (
	compactedBit = 1 << 31
	mostEvents   = compactedBit - 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header appends everything of an entry but its payload and hash.
func (e *Entry) header(b []byte) []byte {
	n := uint32(e.N)
	if e.Compacted {
		n |= compactedBit
	}
	b = binary.BigEndian.AppendUint64(b, uint64(e.First))
	b = binary.BigEndian.AppendUint32(b, n)
	b = binary.BigEndian.AppendUint64(b, uint64(e.MinTime))
	b = binary.BigEndian.AppendUint64(b, uint64(e.MaxTime))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Ingest))
	b = binary.BigEndian.AppendUint32(b, uint32(e.Schema))
	return binary.BigEndian.AppendUint64(b, uint64(len(e.Payload)))
}

// link is the hash of an entry that follows another.
func link(before Hash, e *Entry) Hash {
	h := sha256.New()
	h.Write(before[:])
	h.Write(e.header(make([]byte, 0, headerSize)))
	h.Write(e.Payload)
	return Hash(h.Sum(nil))
}

// seal is a hash of a compacted entry, which holds it to the place it stands in: to the
// entry before it, and by its own hash to the one behind.
func seal(before Hash, e *Entry) Hash {
	h := sha256.New()
	h.Write(before[:])
	h.Write(e.header(make([]byte, 0, headerSize)))
	h.Write(e.Hash[:])
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(e.Kept)))
	h.Write(e.Payload)
	return Hash(h.Sum(nil))
}

// follows tells whether an entry stands behind one of a hash.
func (e *Entry) follows(before Hash) bool {
	if e.Compacted {
		return seal(before, e) == e.Seal
	}
	return link(before, e) == e.Hash
}

// encode writes an entry whose hash, and seal, are set.
func (e *Entry) encode() []byte {
	return e.appendTo(make([]byte, 0, headerSize+sealSize+len(e.Payload)))
}

// appendTo writes it to the end of an empty slice.
func (e *Entry) appendTo(b []byte) []byte {
	b = append(e.header(b), e.Hash[:]...)
	var sealed []byte
	if e.Compacted {
		sealed = append(binary.BigEndian.AppendUint32(nil, uint32(e.Kept)), e.Seal[:]...)
	}
	b = binary.BigEndian.AppendUint32(b, checksum(b, sealed, e.Payload))
	return append(append(b, sealed...), e.Payload...)
}

func checksum(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}

// decode reads an entry that stands under a sequence number; what is wrong with it is
// said in words, "" for nothing. The payload is part of b.
func decode(b []byte, first int64) (e Entry, wrong string) {
	if len(b) < headerSize {
		return e, "the entry is cut short"
	}
	n := binary.BigEndian.Uint32(b[8:])
	e.First, e.N, e.Compacted = int64(binary.BigEndian.Uint64(b)), int(n&mostEvents), n&compactedBit != 0
	e.MinTime = int64(binary.BigEndian.Uint64(b[12:]))
	e.MaxTime = int64(binary.BigEndian.Uint64(b[20:]))
	e.Ingest = int64(binary.BigEndian.Uint64(b[28:]))
	e.Schema = int32(binary.BigEndian.Uint32(b[36:]))
	size := binary.BigEndian.Uint64(b[40:])
	copy(e.Hash[:], b[48:80])
	sum := binary.BigEndian.Uint32(b[80:])
	e.Payload = b[headerSize:]
	if e.Compacted {
		if len(e.Payload) < sealSize {
			return e, "the entry is cut short"
		}
		e.Kept = int(binary.BigEndian.Uint32(e.Payload))
		copy(e.Seal[:], e.Payload[4:])
		e.Payload = e.Payload[sealSize:]
	}
	switch {
	case size != uint64(len(e.Payload)):
		return e, "the entry does not have the length it says"
	case checksum(b[:80], b[headerSize:]) != sum:
		return e, "the bytes of the entry are not those that were written"
	case e.First != first:
		return e, "the entry stands in the place of another"
	case e.N < 1 || e.Kept > e.N:
		return e, "the entry holds no event"
	}
	return e, ""
}

// verifyStep is how much Verify reads at a time.
const verifyStep = 4 << 20

// Verified is what Verify has looked at.
type Verified struct {
	Entries, Events, Bytes int64
	Took                   time.Duration
}

// Verify walks the chain of a partition from the oldest entry kept to the head. The
// first entry's link to what was trimmed cannot be checked; every other can.
func Verify(l Log, topic string, partition int) (Verified, error) {
	var v Verified
	start := time.Now()
	head, err := l.Head(topic, partition)
	if err != nil {
		return v, err
	}
	damage := func(at int64, what string) error { return &Damage{topic, partition, at, what} }
	next, last, linked := head.First, Hash{}, head.First == 0
	for next < head.Next {
		entries, err := l.Read(topic, partition, next, verifyStep)
		if err != nil {
			return v, err
		}
		if len(entries) == 0 {
			return v, damage(next, "events are missing at the end")
		}
		for _, e := range entries {
			switch {
			case e.First != next:
				return v, damage(next, "events are missing")
			case linked && !e.follows(last):
				return v, damage(e.First, "the chain is broken: the entry, or one before it, was changed")
			}
			next, last, linked = e.Next(), e.Hash, true
			v.Entries++
			v.Events += int64(e.Rows())
			v.Bytes += int64(len(e.Payload))
		}
	}
	if next != head.Next || v.Entries > 0 && last != head.Hash {
		return v, damage(next, "the chain does not end at the head")
	}
	v.Took = time.Since(start)
	return v, nil
}
