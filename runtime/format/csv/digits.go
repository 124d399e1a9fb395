package csv

import (
	"encoding/binary"
	"math/bits"

	"github.com/edynamic/edynamic/runtime/format/text"
)

// zeros is eight digits 0.
const zeros = ones * '0'

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
	others := (64 - 8*n) & 63 // bits of bytes before them
	w := (binary.LittleEndian.Uint64(data[e-8:e]) ^ zeros) >> others << others
	return text.EightDigits(w), ((w+ones*0x76)|w)&highs == 0
}

// fraction is the number that the bytes from p up to e are without its point, and how many
// digits stand behind that, if there are no more than 16 bytes and none but digits and a
// point among them.
func fraction(data []byte, p, e int) (v uint64, places int, ok bool) {
	point := pointBefore(data, p, e)
	if point < 0 {
		v, ok = whole(data, p, e)
		return v, 0, ok
	}
	before, ok1 := whole(data, p, point)
	after, ok2 := whole(data, point+1, e)
	places = e - point - 1
	return before*text.Ten[places] + after, places, ok1 && ok2
}

// pointBefore is where the first point of up to 16 bytes is, negative for none.
func pointBefore(data []byte, p, e int) int {
	if n := e - p; n > 16 || n <= 0 || e < 16 {
		return -1
	}
	low := zeroBytes(binary.LittleEndian.Uint64(data[e-8:e]) ^ ones*'.')
	high := zeroBytes(binary.LittleEndian.Uint64(data[e-16:e-8]) ^ ones*'.')
	if e-p > 8 {
		if high = high >> (128 - 8*(e-p)) << (128 - 8*(e-p)); high != 0 {
			return e - 16 + bits.TrailingZeros64(high)>>3
		}
	} else {
		low = low >> (64 - 8*(e-p)) << (64 - 8*(e-p))
	}
	if low == 0 {
		return -1
	}
	return e - 8 + bits.TrailingZeros64(low)>>3
}
