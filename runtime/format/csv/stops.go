package csv

import (
	"encoding/binary"
	"math/bits"
)

// stopsSpare is how much more room findStops wants than for the places that are asked of it.
const stopsSpare = 64 + 8

// findStops writes where delimiters, quotes and ends of lines stand in data, whose first
// byte has a place, until there is no more room. It returns how many there are, how much of
// data was looked at, and whether that holds a byte that is not ASCII.
func findStops(data []byte, delimiter byte, place int, out []int32) (n, done int, high bool) {
	if blocks := len(data) / 64; wide && blocks > 0 {
		n, done, high = stopsWide(data[:blocks*64], delimiter, place, out)
		if done < blocks*64 {
			return n, done, high
		}
	}
	more, rest, odd := stopsPlain(data[done:], delimiter, place+done, out[n:])
	return n + more, done + rest, high || odd
}

// stopsPlain is findStops eight bytes at a time.
func stopsPlain(data []byte, delimiter byte, place int, out []int32) (n, done int, high bool) {
	var all uint64
	p := 0
	for delimiters := ones * uint64(delimiter); p+8 <= len(data) && n+8 <= len(out); p += 8 {
		w := binary.LittleEndian.Uint64(data[p:])
		all |= w
		for stop := zeroBytes(w^delimiters) | zeroBytes(w^(ones*'\n')) | zeroBytes(w^(ones*'"')); stop != 0; stop &= stop - 1 {
			out[n] = int32(place + p + bits.TrailingZeros64(stop)>>3)
			n++
		}
	}
	for ; p < len(data) && len(data)-p < 8 && n < len(out); p++ {
		c := data[p]
		all |= uint64(c)
		if c == delimiter || c == '\n' || c == '"' {
			out[n] = int32(place + p)
			n++
		}
	}
	return n, p, all&highs != 0
}

// zeroBytes has the highest bit of each byte that is zero.
func zeroBytes(w uint64) uint64 {
	const lows = ^uint64(highs)
	return ^((w&lows + lows) | w | lows)
}
