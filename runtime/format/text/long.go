package text

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

const (
	zeros = 0x3030303030303030 // eight digits
	ten8  = 100_000_000
)

// AppendLong writes a whole number.
func AppendLong(dst []byte, v int64) []byte {
	u := uint64(v)
	if v < 0 {
		dst, u = append(dst, '-'), -u
	}
	return AppendDigits(dst, u)
}

// AppendDigits writes a whole number without a sign: eight digits at a time, as the
// bytes of one word.
func AppendDigits(dst []byte, u uint64) []byte {
	if u >= ten8*ten8 {
		return strconv.AppendUint(dst, u, 10)
	}
	if u < ten8 {
		return appendFirst(dst, u)
	}
	high := u / ten8
	dst = appendFirst(dst, high)
	return binary.LittleEndian.AppendUint64(dst, eight(u-high*ten8)|zeros)
}

// appendFirst writes up to eight digits without zeros in front.
func appendFirst(dst []byte, u uint64) []byte {
	w := eight(u)
	n := 8 - min(bits.TrailingZeros64(w)>>3, 7)
	dst = binary.LittleEndian.AppendUint64(dst, (w|zeros)>>(8*(8-n)))
	return dst[:len(dst)-8+n]
}

// appendPadded writes the last n of eight digits.
func appendPadded(dst []byte, u uint64, n int) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, (eight(u)|zeros)>>(8*(8-n)))
	return dst[:len(dst)-8+n]
}

// eight is eight digits as the bytes of a word, the first digit in the lowest. Each
// step halves the groups: four digits, two, one.
func eight(u uint64) uint64 {
	four := u / 10_000
	w := four | (u-four*10_000)<<32
	top := w * 10_486 >> 20 & 0x0000007f_0000007f // a hundredth of each
	w = top | (w-top*100)<<16
	top = w * 103 >> 10 & 0x000f_000f_000f_000f
	return top | (w-top*10)<<8
}

// EightDigits is the number that the bytes of a word are as digits, the first in the lowest.
func EightDigits(w uint64) uint64 {
	w = w * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	w = w * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return w * (1 + 10000<<32) >> 32
}
