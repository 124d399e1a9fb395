package text

import "strconv"

// periodUnits are the units of a period in the order they are written.
var periodUnits = []struct {
	letter       byte
	months, days int64
}{{'Y', 12, 0}, {'M', 1, 0}, {'W', 0, 7}, {'D', 0, 1}}

// Period reads a calendar period as ISO 8601 writes it: years, months, weeks and
// days, as in P1Y2M or -P10D. A sign may stand before the P and before an amount.
func Period(b []byte) (months, days int32, ok bool) {
	sign := int64(1)
	if len(b) > 0 && b[0] == '-' {
		sign, b = -1, b[1:]
	}
	if len(b) < 3 || b[0] != 'P' {
		return 0, 0, false
	}
	b = b[1:]
	var m, d int64
	for _, u := range periodUnits {
		n, length := periodAmount(b)
		if length == 0 || b[length] != u.letter {
			continue
		}
		m, d = m+n*u.months, d+n*u.days
		b = b[length+1:]
	}
	m, d = sign*m, sign*d
	return int32(m), int32(d), len(b) == 0 && m == int64(int32(m)) && d == int64(int32(d))
}

// periodAmount reads a whole number that something follows.
func periodAmount(b []byte) (n int64, length int) {
	i, neg := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, neg = 1, true
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 && i-start < 10 {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	if i == start || i == len(b) {
		return 0, 0
	}
	if neg {
		n = -n
	}
	return n, i
}

// AppendPeriod writes months and days as ISO 8601: P14M, P1M2D, P0D.
func AppendPeriod(dst []byte, months, days int32) []byte {
	dst = append(dst, 'P')
	if months != 0 {
		dst = append(strconv.AppendInt(dst, int64(months), 10), 'M')
	}
	if days != 0 || months == 0 {
		dst = append(strconv.AppendInt(dst, int64(days), 10), 'D')
	}
	return dst
}
