package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// cellEnd finds the first delimiter or end of line from p on, eight bytes at a time;
// len(data) when there is none.
func cellEnd(data []byte, p int, delimiter byte) int {
	for delimiters := ones * uint64(delimiter); p+8 <= len(data); p += 8 {
		w := binary.LittleEndian.Uint64(data[p:])
		d, n := w^delimiters, w^(ones*'\n')
		// A byte that is zero, and perhaps some behind it, get their highest bit.
		if stop := ((d-ones)&^d | (n-ones)&^n) & highs; stop != 0 {
			return p + bits.TrailingZeros64(stop)>>3
		}
	}
	for p < len(data) && data[p] != delimiter && data[p] != '\n' {
		p++
	}
	return p
}

// trimmed is a value without white space around it.
func trimmed(v []byte) []byte {
	if n := len(v); n > 0 && isInk(v[0]) && isInk(v[n-1]) {
		return v
	}
	return bytes.TrimSpace(v)
}

// isInk reports an ASCII character that is no white space.
func isInk(c byte) bool { return c > ' ' && c < 0x7f }
