package ndjson

import (
	"encoding/binary"
	"math/bits"
)

// stopsSpare is how much more room findStops wants than for the places that are asked of it.
const stopsSpare = 64 + 8

// findStops writes where bytes stand in data, whose first byte has a place, that are not plain:
// quotes, backslashes, control characters and what is not ASCII. It stops where there is no more room, and returns
// how many there are and how much of data was looked at.
func findStops(data []byte, place int, out []int32) (n, done int) {
	if blocks := len(data) / 64; wideStops && blocks > 0 && len(out) >= stopsSpare {
		n, done = stopsWide(&data[0], blocks, place, &out[0], len(out)-stopsSpare)
		if done *= 64; done < blocks*64 {
			return n, done
		}
	}
	more, rest := stopsPlain(data[done:], place+done, out[n:])
	return n + more, done + rest
}

// stopsPlain is findStops eight bytes at a time.
func stopsPlain(data []byte, place int, out []int32) (n, done int) {
	p := 0
	for ; p+8 <= len(data) && n+8 <= len(out); p += 8 {
		for stop := allNotPlain(binary.LittleEndian.Uint64(data[p:])); stop != 0; stop &= stop - 1 {
			out[n] = int32(place + p + bits.TrailingZeros64(stop)>>3)
			n++
		}
	}
	for ; p < len(data) && len(data)-p < 8 && n < len(out); p++ {
		if !plainByte(data[p]) {
			out[n] = int32(place + p)
			n++
		}
	}
	return n, p
}

// allNotPlain marks the bytes of eight that are not plain.
func allNotPlain(w uint64) uint64 {
	const lows = ^uint64(highs)
	quote, slash, low := w^(ones*'"'), w^(ones*'\\'), w&(ones*0xe0) // low is zero for control characters
	plain := (quote&lows + lows | quote) & (slash&lows + lows | slash) & (low&lows + lows | low)
	return (^plain | w) & highs
}

func plainByte(c byte) bool { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' }
