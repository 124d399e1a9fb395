package kernel

import "math/bits"

// modulo is `%` by one number for all rows, which is not 0. It multiplies by the inverse of
// the number instead of dividing: the inverse is 2^(63+n) over the number, rounded up,
// where 2^n is the least power of two that is not below it. Dividends have 63 bits and a
// sign, for which the quotient is exact.
func modulo[T Whole](dst, x []T, by int64) {
	divisor := uint64(by)
	if by < 0 {
		divisor = -divisor
	}
	if divisor == 1 {
		clear(dst)
		return
	}
	n := bits.Len64(divisor - 1)
	inverse, _ := bits.Div64(1<<(n-1), 0, divisor)
	inverse++
	shift := (n - 1) & 63
	x = x[:len(dst)]
	for i, v := range x {
		wide := int64(v)
		sign := wide >> 63
		size := uint64((wide ^ sign) - sign)
		high, _ := bits.Mul64(size, inverse)
		rest := int64(size - high>>shift*divisor)
		dst[i] = T((rest ^ sign) - sign)
	}
}
