package exec

import (
	"github.com/zeebo/xxh3"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// KeyHash is the hash by which a row finds its partition (SEMANTICS 1): XXH3-64
// over the key codes of its key, see package keycode. It is the same on every
// machine. buf is room to work in, which is returned.
func KeyHash(code keycode.Appender, buf []byte, row int) (uint64, []byte) {
	buf = code(buf[:0], row)
	return xxh3.Hash(buf), buf
}

// keyCodes prepares columns of a batch as a key.
func keyCodes(columns []types.Column, key []int, b *operators.Batch) keycode.Appender {
	var vs []kernel.Vector
	for _, i := range key {
		vs = append(vs, kernel.Vector{Type: columns[i].Type, Arr: b.Cols[i]})
	}
	return keycode.Row(vs, keycode.Key)
}
