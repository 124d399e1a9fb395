package log

import (
	"encoding/binary"
)

// The keys of a store. Numbers are big-endian, so that keys stand in their order;
// times are shifted, so that those before 1970 come first.
//
//	t name                          a topic: its number, partitions and settings
//	h topic partition               the head of a partition
//	e topic partition first         an entry
//	x topic partition largest first the entry before which all times are below `largest`
//	d topic partition name          where the append of a name went
//	s key                           a state or position
//	b hash                          a blob
//	c topic partition               who has claimed it
//	g prefix                        the files of states whose keys begin with a prefix
//	m number                        one of the last writes was made
const (
	topicKeys = 't'
	headKeys  = 'h'
	entryKeys = 'e'
	timeKeys  = 'x'
	dedupKeys = 'd'
	stateKeys = 's'
	blobKeys  = 'b'
	claimKeys = 'c'
	fileKeys  = 'g'
	madeKey   = 'm'
)

// partitionKey begins the keys of a kind for a partition.
func partitionKey(kind byte, topic uint32, partition int) []byte {
	k := make([]byte, 0, 32)
	k = append(k, kind)
	k = binary.BigEndian.AppendUint32(k, topic)
	return binary.BigEndian.AppendUint32(k, uint32(partition))
}

func entryKey(topic uint32, partition int, first int64) []byte {
	return binary.BigEndian.AppendUint64(partitionKey(entryKeys, topic, partition), uint64(first))
}

func timeKey(topic uint32, partition int, largest, first int64) []byte {
	k := binary.BigEndian.AppendUint64(partitionKey(timeKeys, topic, partition), shifted(largest))
	return binary.BigEndian.AppendUint64(k, uint64(first))
}

func shifted(v int64) uint64 { return uint64(v) ^ 1<<63 }

// lastNumber is the number at the end of a key.
func lastNumber(key []byte) int64 { return int64(binary.BigEndian.Uint64(key[len(key)-8:])) }

func named(kind byte, name string) []byte { return append([]byte{kind}, name...) }
