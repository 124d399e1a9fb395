package operators

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// KeyHash is the hash by which a row finds its partition and its instance of a
// Parallel operator (SEMANTICS 1): XXH3-64 over the key codes of its key, see
// package keycode. It is the same on every machine.
func KeyHash(code []byte) uint64 { return xxh3.Hash(code) }

// Mine tells whether a key belongs to an instance, by the KeyHash of its code
// (keycode.Key over the values of Parallel.Keys). nil says yes to every key.
type Mine func(hash uint64) bool

// Rows are the rows of n whose key, given as one array per part, is mine.
func (m Mine) Rows(ts []*types.Type, keys []arrow.Array, n int) []int32 {
	vs := make([]kernel.Vector, len(keys))
	for i, k := range keys {
		vs[i] = kernel.Vector{Type: ts[i], Arr: k}
	}
	return m.Of(vs, n)
}

// Of is Rows for keys that are vectors.
func (m Mine) Of(keys []kernel.Vector, n int) []int32 {
	rows := make([]int32, 0, n)
	code := keycode.Row(keys, keycode.Key)
	var buf []byte
	for i := range n {
		if m != nil {
			if buf = code(buf[:0], i); !m(KeyHash(buf)) {
				continue
			}
		}
		rows = append(rows, int32(i))
	}
	return rows
}
