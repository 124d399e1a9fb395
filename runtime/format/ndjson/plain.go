package ndjson

import (
	"encoding/binary"
	"math/bits"
)

// plainEnd finds the first byte from p on that is a quote, a backslash, a control
// character or not ASCII; len(data) when there is none.
func plainEnd(data []byte, p int) int {
	if p+8 <= len(data) {
		if stop := notPlain(binary.LittleEndian.Uint64(data[p:])); stop != 0 {
			return p + bits.TrailingZeros64(stop)>>3
		}
		p += 8
	}
	if wide && p+32 <= len(data) {
		p += plainWide(&data[p], len(data)-p)
		if p+32 <= len(data) { // it stopped at a byte
			return p
		}
	}
	for p+8 <= len(data) {
		if stop := notPlain(binary.LittleEndian.Uint64(data[p:])); stop != 0 {
			return p + bits.TrailingZeros64(stop)>>3
		}
		p += 8
	}
	for p < len(data) && data[p] >= 0x20 && data[p] < 0x80 && data[p] != '"' && data[p] != '\\' {
		p++
	}
	return p
}

// notPlain marks the first of eight bytes that is not plain; marks behind it mean
// nothing.
func notPlain(w uint64) uint64 {
	quote, slash := w^(ones*'"'), w^(ones*'\\')
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w | w) & highs
}
