package timefmt

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
)

// ParseDuration reads an elapsed time in microseconds, as the language writes it
// (`1h30m`, `250ms`) or as ISO 8601 does (`PT1H30M`, `P1DT12H`). Months and years
// have no fixed length and are refused; a minus sign may stand before either form.
func ParseDuration(text string) (int64, error) {
	rest, negative := strings.CutPrefix(text, "-")
	units := edyUnits
	if iso, ok := strings.CutPrefix(rest, "P"); ok {
		rest, units = iso, isoUnits
	}
	total, ok := sumUnits(rest, units)
	if !ok {
		return 0, fmt.Errorf("%q is not a duration such as 1h30m or PT1H30M", text)
	}
	if negative {
		total = -total
	}
	return total, nil
}

type unit struct {
	name  string
	nanos uint64
}

const (
	second64 = uint64(1e9)
	day64    = 24 * 3600 * second64
)

// Longer names come before those they begin with. In ISO 8601 the units after T
// are written with it here, so that M can only be minutes.
var (
	edyUnits = []unit{
		{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"mo", 0}, {"s", second64}, {"m", 60 * second64}, {"h", 3600 * second64},
		{"d", day64}, {"w", 7 * day64},
	}
	isoUnits = []unit{{"W", 7 * day64}, {"D", day64}, {"H", 3600 * second64}, {"M", 60 * second64}, {"S", second64}}
)

// sumUnits adds up numbers with units, which must come in descending order of
// length for ISO 8601 and may in the language's form.
func sumUnits(text string, units []unit) (int64, bool) {
	iso := units[0].name == "W"
	seenT, parts := false, 0
	var total uint64
	last := uint64(math.MaxUint64)
	for text != "" {
		if iso && !seenT && text[0] == 'T' {
			seenT, text = true, text[1:]
			if text == "" {
				return 0, false
			}
			continue
		}
		whole, fraction, rest, ok := number(text)
		if !ok {
			return 0, false
		}
		u, ok := unitOf(rest, units)
		isTime := u.nanos < day64
		if !ok || u.nanos == 0 || iso && (isTime != seenT || u.nanos >= last) {
			return 0, false
		}
		n, ok := micro(whole, fraction, u.nanos)
		if !ok || total+n > math.MaxInt64 {
			return 0, false
		}
		total, last = total+n, u.nanos
		parts++
		text = rest[len(u.name):]
	}
	return int64(total), parts > 0
}

func unitOf(text string, units []unit) (unit, bool) {
	for _, u := range units {
		if strings.HasPrefix(text, u.name) {
			return u, true
		}
	}
	return unit{}, false
}

// number cuts a decimal number off the front; fraction holds up to nine digits as
// billionths.
func number(text string) (whole, fraction uint64, rest string, ok bool) {
	at := 0
	for ; at < len(text) && text[at]-'0' <= 9; at++ {
		if whole > math.MaxInt64/10 {
			return 0, 0, "", false
		}
		whole = whole*10 + uint64(text[at]-'0')
	}
	if at == 0 {
		return 0, 0, "", false
	}
	if at+1 < len(text) && text[at] == '.' && text[at+1]-'0' <= 9 {
		at++
		scale := uint64(100_000_000)
		for ; at < len(text) && text[at]-'0' <= 9; at++ {
			fraction += uint64(text[at]-'0') * scale
			scale /= 10
		}
	}
	return whole, fraction, text[at:], true
}

// micro is (whole + fraction/10^9) units in microseconds, cut below.
func micro(whole, fraction, nanos uint64) (uint64, bool) {
	hi, lo := bits.Mul64(whole, nanos)
	fhi, flo := bits.Mul64(fraction, nanos)
	part, _ := bits.Div64(fhi, flo, 1_000_000_000)
	lo, carry := bits.Add64(lo, part, 0)
	hi += carry
	if hi >= 1000 {
		return 0, false
	}
	n, _ := bits.Div64(hi, lo, 1000)
	return n, n <= math.MaxInt64
}

// AppendDuration writes a duration as ISO 8601, in days, hours, minutes and
// seconds: `PT1H30M`, `P1DT0.25S`, `-PT5S`; nothing is `PT0S`.
func AppendDuration(dst []byte, micros int64) []byte {
	n := uint64(micros)
	if micros < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = append(dst, 'P')
	if d := n / uint64(Day); d > 0 {
		dst = append(appendNumber(dst, int(d), 1), 'D')
	}
	n %= uint64(Day)
	if n == 0 && dst[len(dst)-1] != 'P' {
		return dst
	}
	if dst = append(dst, 'T'); n == 0 {
		return append(dst, "0S"...)
	}
	if h := n / uint64(Hour); h > 0 {
		dst = append(appendNumber(dst, int(h), 1), 'H')
	}
	if m := n / uint64(Minute) % 60; m > 0 {
		dst = append(appendNumber(dst, int(m), 1), 'M')
	}
	if n %= uint64(Minute); n > 0 {
		dst = appendNumber(dst, int(n/uint64(Second)), 1)
		if rest := int(n % uint64(Second)); rest > 0 {
			digits := 6
			for r := rest; r%10 == 0; r /= 10 {
				digits--
			}
			dst = appendFraction(append(dst, '.'), rest, digits)
		}
		dst = append(dst, 'S')
	}
	return dst
}
