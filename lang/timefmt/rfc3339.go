package timefmt

import (
	"fmt"
)

// ParseInstant reads an RFC 3339 time, as in `2026-01-31T12:00:00.25+02:00`. A
// space may stand for the T; digits after the microsecond are cut.
func ParseInstant(text string) (int64, error) {
	s := scanner{text: text}
	local, ok := s.dateTime()
	if ok {
		var off int
		if off, ok = s.offset(offsetColon | offsetZ); ok && s.at == len(text) {
			return local - int64(off)*Second, nil
		}
	}
	return 0, fmt.Errorf("%q is not a time such as 2026-01-31T12:00:00Z", text)
}

// ParseLocal reads a time without offset, as in `2026-01-31T12:00:00`.
func ParseLocal(text string) (int64, error) {
	s := scanner{text: text}
	if local, ok := s.dateTime(); ok && s.at == len(text) {
		return local, nil
	}
	return 0, fmt.Errorf("%q is not a local time such as 2026-01-31T12:00:00", text)
}

// ParseDate reads a date, as in `2026-01-31`.
func ParseDate(text string) (int32, error) {
	s := scanner{text: text}
	if days, ok := s.date(); ok && s.at == len(text) {
		return int32(days), nil
	}
	return 0, fmt.Errorf("%q is not a date such as 2026-01-31", text)
}

// ParseTime reads a time of day, as in `08:30` or `08:30:15.25`, in microseconds.
func ParseTime(text string) (int64, error) {
	s := scanner{text: text}
	if t, ok := s.timeOfDay(); ok && s.at == len(text) {
		return t, nil
	}
	return 0, fmt.Errorf("%q is not a time of day such as 08:30:00", text)
}

func (s *scanner) dateTime() (int64, bool) {
	days, ok := s.date()
	if !ok || !s.take("T") && !s.takeFold("T") && !s.take(" ") {
		return 0, false
	}
	t, ok := s.timeOfDay()
	return days*Day + t, ok
}

func (s *scanner) date() (int64, bool) {
	if text := s.text[s.at:]; len(text) >= len("2018-01-31") {
		w, ok := pairs(text, dateForm, dateBeyond)
		if tens, ones := text[8]-'0', text[9]-'0'; ok && tens <= 9 && ones <= 9 {
			s.at += len("2018-01-31")
			y, m, d := int(100*(w&0xff)+w>>16&0xff), int(w>>40&0xff), int(10*tens+ones)
			return DaysOf(y, m, d), ValidDate(y, m, d)
		}
	}
	y, ok := s.digits(4, 4)
	if !ok || !s.take("-") {
		return 0, false
	}
	m, ok := s.digits(2, 2)
	if !ok || !s.take("-") {
		return 0, false
	}
	d, ok := s.digits(2, 2)
	return DaysOf(y, m, d), ok && ValidDate(y, m, d)
}

// Eight bytes of a date and of a time of day, with zeros for digits, the first in the lowest;
// and what added to the distance from them gives the highest bit where that is more than 9
// at a digit, and more than 0 elsewhere.
const (
	dateForm   = 0x2d30302d30303030 // 0000-00-
	dateBeyond = 0x7f76767f76767676
	timeForm   = 0x30303a30303a3030 // 00:00:00
	timeBeyond = 0x76767f76767f7676
)

// pairs reads the first eight bytes of a text: where each two digits are, a byte of the
// result is their number.
func pairs(text string, form, beyond uint64) (w uint64, ok bool) {
	x := word(text) ^ form
	return x*10 + x>>8, ((x+beyond)|x)&0x8080808080808080 == 0
}

// word is the first eight bytes of a text.
func word(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}

func (s *scanner) timeOfDay() (int64, bool) {
	t, seconds, ok := s.clock()
	if ok && seconds && s.take(".") {
		start := s.at
		for s.at < len(s.text) && s.text[s.at]-'0' <= 9 {
			s.at++
		}
		t += micros(s.text[start:s.at])
		ok = s.at > start
	}
	return t, ok
}

// clock reads hours and minutes, and seconds where there are some.
func (s *scanner) clock() (t int64, seconds, ok bool) {
	if text := s.text[s.at:]; len(text) >= len("10:20:30") {
		if w, ok := pairs(text, timeForm, timeBeyond); ok {
			s.at += len("10:20:30")
			h, m, sec := w&0xff, w>>24&0xff, w>>48&0xff
			return int64(h)*Hour + int64(m)*Minute + int64(sec)*Second, true, h <= 23 && m <= 59 && sec <= 59
		}
	}
	h, ok := s.digits(2, 2)
	if !ok || h > 23 || !s.take(":") {
		return 0, false, false
	}
	m, ok := s.digits(2, 2)
	if !ok || m > 59 {
		return 0, false, false
	}
	t = int64(h)*Hour + int64(m)*Minute
	if !s.take(":") {
		return t, false, true
	}
	sec, ok := s.digits(2, 2)
	return t + int64(sec)*Second, true, ok && sec <= 59
}

// AppendInstant writes an instant as RFC 3339 in UTC, without trailing zeros in
// the fraction.
func AppendInstant(dst []byte, instant int64) []byte {
	return append(AppendLocal(dst, instant), 'Z')
}

// AppendLocal writes a local time as RFC 3339 without offset.
func AppendLocal(dst []byte, local int64) []byte {
	days := FloorDiv(local, Day)
	return AppendTime(append(AppendDate(dst, days), 'T'), local-days*Day)
}

// AppendDate writes a date as yyyy-MM-dd.
func AppendDate(dst []byte, days int64) []byte {
	y, m, d := DateOf(days)
	dst = append(appendYear(dst, y, 4), '-')
	return appendNumber(append(appendNumber(dst, m, 2), '-'), d, 2)
}

// AppendTime writes microseconds since midnight as HH:mm:ss, with a fraction where
// there is one.
func AppendTime(dst []byte, micros int64) []byte {
	dst = append(appendNumber(dst, int(micros/Hour), 2), ':')
	dst = append(appendNumber(dst, int(micros/Minute%60), 2), ':')
	dst = appendNumber(dst, int(micros/Second%60), 2)
	if rest := int(micros % Second); rest != 0 {
		digits := 6
		for n := rest; n%10 == 0; n /= 10 {
			digits--
		}
		dst = appendFraction(append(dst, '.'), rest, digits)
	}
	return dst
}
