package log

import (
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// headerSize is the bytes of an entry before its payload: seven numbers, the hash and
// a checksum of both.
const headerSize = 8 + 4 + 8 + 8 + 8 + 4 + 8 + 32 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header writes everything of an entry but its payload and hash.
func (e *Entry) header() []byte {
	b := make([]byte, 0, headerSize+len(e.Payload))
	b = binary.BigEndian.AppendUint64(b, uint64(e.First))
	b = binary.BigEndian.AppendUint32(b, uint32(e.N))
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
	h.Write(e.header())
	h.Write(e.Payload)
	return Hash(h.Sum(nil))
}

// encode writes an entry whose hash is set.
func (e *Entry) encode() []byte {
	b := append(e.header(), e.Hash[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, e.Payload))
	return append(b, e.Payload...)
}

// decode reads an entry that stands under a sequence number; what is wrong with it is
// said in words, "" for nothing. The payload is part of b.
func decode(b []byte, first int64) (e Entry, wrong string) {
	if len(b) < headerSize {
		return e, "the entry is cut short"
	}
	e.First = int64(binary.BigEndian.Uint64(b))
	e.N = int(binary.BigEndian.Uint32(b[8:]))
	e.MinTime = int64(binary.BigEndian.Uint64(b[12:]))
	e.MaxTime = int64(binary.BigEndian.Uint64(b[20:]))
	e.Ingest = int64(binary.BigEndian.Uint64(b[28:]))
	e.Schema = int32(binary.BigEndian.Uint32(b[36:]))
	size := binary.BigEndian.Uint64(b[40:])
	copy(e.Hash[:], b[48:80])
	sum := binary.BigEndian.Uint32(b[80:])
	e.Payload = b[headerSize:]
	switch {
	case size != uint64(len(e.Payload)):
		return e, "the entry does not have the length it says"
	case crc32.Update(crc32.Checksum(b[:80], castagnoli), castagnoli, e.Payload) != sum:
		return e, "the bytes of the entry are not those that were written"
	case e.First != first:
		return e, "the entry stands in the place of another"
	case e.N < 1:
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
			case linked && link(last, &e) != e.Hash:
				return v, damage(e.First, "the chain is broken: the entry, or one before it, was changed")
			}
			next, last, linked = e.First+int64(e.N), e.Hash, true
			v.Entries++
			v.Events += int64(e.N)
			v.Bytes += int64(len(e.Payload))
		}
	}
	if next != head.Next || v.Entries > 0 && last != head.Hash {
		return v, damage(next, "the chain does not end at the head")
	}
	v.Took = time.Since(start)
	return v, nil
}
