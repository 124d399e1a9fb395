package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/edynamic/edynamic/runtime/format/text"
)

// signed is where the digits of a number begin, and whether a minus stands before them.
func signed(data []byte, c *cell) (p int, neg bool) {
	p = int(c.start)
	if neg = c.start < c.end && data[p] == '-'; neg {
		p++
	}
	return p, neg
}

// whole is the number that the bytes from p up to e are, if they are 1 to 16 digits and as
// many bytes stand before e as are read together.
func whole(data []byte, p, e int) (v uint64, ok bool) {
	n := e - p
	if n <= 8 {
		if n <= 0 || e < 8 {
			return 0, false
		}
		return lastDigits(data, e, n)
	}
	if n > 16 || e < 16 {
		return 0, false
	}
	high, ok1 := lastDigits(data, e-8, n-8)
	low, ok2 := lastDigits(data, e, 8)
	return high*100_000_000 + low, ok1 && ok2
}

// lastDigits is the number that the last n bytes before e are, up to eight.
func lastDigits(data []byte, e, n int) (v uint64, ok bool) {
	w := lastBytes(data, e, n)
	return text.EightDigits(w), ((w+ones*0x76)|w)&highs == 0
}

// lastBytes is the last n bytes before e less 0 each, behind zeros that make them eight.
func lastBytes(data []byte, e, n int) uint64 {
	others := (64 - 8*n) & 63
	return (binary.LittleEndian.Uint64(data[e-8:e]) ^ ones*'0') >> others << others
}

// fraction is the number that the bytes from p up to e are without its point, and how many
// digits stand behind that, if there are no more than 16 bytes and none but digits and a
// point among them.
func fraction(data []byte, p, e int) (v uint64, places int, ok bool) {
	n := e - p
	if n > 8 {
		return longFraction(data, p, e)
	}
	if n <= 0 || e < 8 {
		return 0, 0, false
	}
	w := lastBytes(data, e, n)
	if point := zeroBytes(w ^ ones*('.'^'0')); point != 0 {
		// The digits before it move to where it stands.
		at := bits.TrailingZeros64(point) - 7
		places = 7 - at>>3
		before := uint64(1)<<at - 1
		w = w&before<<8 | w&^(before<<8|0xff)
		if places == 0 || places == n-1 {
			return 0, 0, false
		}
	}
	return text.EightDigits(w), places, ((w+ones*0x76)|w)&highs == 0
}

// longFraction is fraction for more than eight bytes.
func longFraction(data []byte, p, e int) (v uint64, places int, ok bool) {
	if e-p > 16 || e < 16 {
		return 0, 0, false
	}
	i := bytes.IndexByte(data[p:e], '.')
	if i < 0 {
		v, ok = whole(data, p, e)
		return v, 0, ok
	}
	before, ok1 := whole(data, p, p+i)
	after, ok2 := whole(data, p+i+1, e)
	places = e - p - i - 1
	return before*text.Ten[places] + after, places, ok1 && ok2
}
