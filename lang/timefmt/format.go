package timefmt

import (
	"time"
)

// Format writes an instant as a zone shows it.
func (l *Layout) Format(instant int64, loc *time.Location) string {
	clock := NewClock(loc)
	return string(l.Append(nil, instant, clock))
}

// Append writes an instant as the clock shows it.
func (l *Layout) Append(dst []byte, instant int64, clock *Clock) []byte {
	off := clock.Offset(instant)
	return l.append(dst, CivilOf(instant+off), int(off/Second), clock.Zone().String())
}

// AppendLocal writes a local time, whose offset is taken to be zero.
func (l *Layout) AppendLocal(dst []byte, local int64) []byte {
	return l.append(dst, CivilOf(local), 0, "UTC")
}

func (l *Layout) append(dst []byte, c Civil, offsetSeconds int, zone string) []byte {
	for i := range l.items {
		it := &l.items[i]
		switch it.field {
		case literal:
			dst = append(dst, it.text...)
		case year:
			dst = appendYear(dst, c.Year, it.count)
		case month:
			dst = appendNumber(dst, c.Month, it.count)
		case monthName:
			dst = append(dst, named(monthNames[c.Month-1], it.count)...)
		case day:
			dst = appendNumber(dst, c.Day, it.count)
		case dayOfYear:
			dst = appendNumber(dst, DayOfYear(c.Days), it.count)
		case hour24:
			dst = appendNumber(dst, c.Hour, it.count)
		case hour12:
			dst = appendNumber(dst, (c.Hour+11)%12+1, it.count)
		case hour24From1:
			dst = appendNumber(dst, (c.Hour+23)%24+1, it.count)
		case hour12From0:
			dst = appendNumber(dst, c.Hour%12, it.count)
		case minute:
			dst = appendNumber(dst, c.Minute, it.count)
		case second:
			dst = appendNumber(dst, c.Second, it.count)
		case fraction:
			dst = appendFraction(dst, c.Micro, it.count)
		case halfDay:
			if c.Hour < 12 {
				dst = append(dst, "AM"...)
			} else {
				dst = append(dst, "PM"...)
			}
		case weekday:
			dst = appendNumber(dst, Weekday(c.Days), it.count)
		case weekdayName:
			dst = append(dst, named(weekdayNames[Weekday(c.Days)-1], it.count)...)
		case weekYear:
			y, _ := ISOWeek(c.Days)
			dst = appendYear(dst, y, it.count)
		case week:
			_, w := ISOWeek(c.Days)
			dst = appendNumber(dst, w, it.count)
		case quarter:
			dst = appendNumber(dst, (c.Month+2)/3, it.count)
		case offset:
			dst = appendOffset(dst, offsetSeconds, it.form)
		case zoneName:
			dst = append(dst, zone...)
		case numFields:
		}
	}
	return dst
}

func named(name string, count int) string {
	if count == 4 {
		return name
	}
	return name[:3]
}

func appendYear(dst []byte, year, count int) []byte {
	if count == 2 {
		return appendNumber(dst, ((year%100)+100)%100, 2)
	}
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	return appendNumber(dst, year, count)
}

// appendNumber writes a number with at least width digits.
func appendNumber(dst []byte, n, width int) []byte {
	var digits [20]byte
	at := len(digits)
	for n > 0 || width > 0 {
		at--
		digits[at] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, digits[at:]...)
}

// appendFraction writes the first digits of a fraction of a second.
func appendFraction(dst []byte, micro, digits int) []byte {
	for range min(digits, 6) {
		dst = append(dst, byte('0'+micro/100_000))
		micro = micro % 100_000 * 10
	}
	for range digits - 6 {
		dst = append(dst, '0')
	}
	return dst
}

func appendOffset(dst []byte, seconds int, form offsetForm) []byte {
	if seconds == 0 && form&offsetZ != 0 {
		return append(dst, 'Z')
	}
	if form&offsetGMT != 0 {
		dst = append(dst, "GMT"...)
		if seconds == 0 {
			return dst
		}
	}
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	dst = appendNumber(append(dst, sign), seconds/3600, 2)
	minutes := seconds / 60 % 60
	switch {
	case form&offsetHour != 0 && minutes == 0:
		return dst
	case form&offsetColon != 0:
		dst = append(dst, ':')
	}
	return appendNumber(dst, minutes, 2)
}
