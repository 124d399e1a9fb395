package checkpoint

import (
	"encoding/binary"
	"iter"
)

// changes are keys with their values, one after the other, in chunks that do not move.
type changes struct {
	chunks [][]byte
	bytes  int
}

func (c *changes) empty() bool { return len(c.chunks) == 0 }

// chunkBytes is the size of a chunk.
const chunkBytes = 1 << 20

func (c *changes) add(key, value []byte, is bool) {
	need := 3*binary.MaxVarintLen64 + len(key) + len(value)
	last := len(c.chunks) - 1
	if last < 0 || cap(c.chunks[last])-len(c.chunks[last]) < need {
		c.chunks = append(c.chunks, make([]byte, 0, max(chunkBytes, need)))
		last++
	}
	c.bytes += len(key) + len(value)
	b := binary.AppendUvarint(c.chunks[last], uint64(len(key)))
	b = append(b, key...)
	if !is {
		c.chunks[last] = binary.AppendUvarint(b, 0)
		return
	}
	b = binary.AppendUvarint(b, uint64(len(value))+1)
	c.chunks[last] = append(b, value...)
}

// all are the changes in the order they were made; a nil value is a key that is gone.
func (c *changes) all(prefix []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		buf := append([]byte(nil), prefix...)
		take := func(b []byte) (n uint64, rest []byte) {
			n, k := binary.Uvarint(b)
			return n, b[k:]
		}
		for _, b := range c.chunks {
			for len(b) > 0 {
				n, rest := take(b)
				buf = append(buf[:len(prefix)], rest[:n]...)
				n, b = take(rest[n:])
				var value []byte
				if n > 0 {
					value, b = b[:n-1:n-1], b[n-1:]
				}
				if !yield(buf, value) {
					return
				}
			}
		}
	}
}
