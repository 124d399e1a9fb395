package timefmt

import (
	"fmt"
	"strings"
	"time"
)

// fields is what a text said, before it is put together.
type fields struct {
	year, month, day, dayOfYear  int
	weekYear, week, weekday      int
	quarter                      int
	hour, hour12, minute, second int
	micro                        int64
	pm                           bool
	offset                       int
	zone                         *time.Location
	set                          [numFields]bool
}

// Parse reads a text as an instant. The zone is used when the text names neither
// an offset nor a zone. A time of day that is not in the pattern is midnight, a
// month or day the first. A local time that the zone's clock skips is refused;
// one it shows twice is the first.
func (l *Layout) Parse(text string, loc *time.Location) (int64, error) {
	f := newFields()
	local, err := l.read(text, &f)
	if err != nil {
		return 0, err
	}
	if f.set[offset] {
		return local - int64(f.offset)*Second, nil
	}
	if f.zone != nil {
		loc = f.zone
	}
	instant, _, exists := NewClock(loc).Instants(local)
	if !exists {
		return 0, fmt.Errorf("%q is skipped by the clocks of %s", text, loc)
	}
	return instant, nil
}

// ParseLocal reads a text as a local time; an offset or zone in it is ignored.
func (l *Layout) ParseLocal(text string) (int64, error) {
	f := newFields()
	return l.read(text, &f)
}

// ParseDate reads a text as a date; a time of day in it is ignored.
func (l *Layout) ParseDate(text string) (int32, error) {
	f := newFields()
	local, err := l.read(text, &f)
	return int32(FloorDiv(local, Day)), err
}

// ParseTime reads a text as microseconds since midnight; a date in it is ignored.
func (l *Layout) ParseTime(text string) (int64, error) {
	f := newFields()
	local, err := l.read(text, &f)
	return local - FloorDiv(local, Day)*Day, err
}

func newFields() fields { return fields{year: 1970, month: 1, day: 1} }

func (l *Layout) read(text string, f *fields) (local int64, err error) {
	s := scanner{text: text}
	for i := range l.items {
		if !s.item(&l.items[i], f) {
			return 0, fmt.Errorf("%q does not fit the pattern %q", text, l.pattern)
		}
		f.set[l.items[i].field] = true
	}
	if s.at != len(text) {
		return 0, fmt.Errorf("%q is longer than the pattern %q", text, l.pattern)
	}
	local, why := f.local()
	if why != "" {
		return 0, fmt.Errorf("%q has %s", text, why)
	}
	return local, nil
}

// local puts the fields together; why says what the calendar refuses.
func (f *fields) local() (local int64, why string) {
	days, why := f.date()
	if why != "" {
		return 0, why
	}
	if f.set[weekdayName] && Weekday(days) != f.weekday {
		return 0, "a weekday that is not the date's"
	}
	hour := f.hour
	if f.set[hour12] || f.set[hour12From0] {
		hour = f.hour12
		if f.pm {
			hour += 12
		}
	}
	return days*Day + int64(hour)*Hour + int64(f.minute)*Minute + int64(f.second)*Second + f.micro, ""
}

func (f *fields) date() (days int64, why string) {
	switch {
	case f.set[weekYear] || f.set[week]:
		if !f.set[weekYear] {
			f.weekYear = f.year
		}
		if !f.set[week] {
			f.week = 1
		}
		if f.weekday == 0 {
			f.weekday = 1
		}
		days = ISODate(f.weekYear, f.week, f.weekday)
		if y, _ := ISOWeek(days); y != f.weekYear {
			return 0, "a week that its year does not have"
		}
		return days, ""
	case f.set[dayOfYear]:
		if f.dayOfYear == 366 && !IsLeap(f.year) {
			return 0, "a day that its year does not have"
		}
		return DaysOf(f.year, 1, f.dayOfYear), ""
	case f.set[quarter] && !f.set[month] && !f.set[monthName]:
		f.month = 3*f.quarter - 2
	}
	if !ValidDate(f.year, f.month, f.day) {
		return 0, "a day that its month does not have"
	}
	return DaysOf(f.year, f.month, f.day), ""
}

type scanner struct {
	text string
	at   int
}

// item reads one item of the pattern; false when the text does not fit.
func (s *scanner) item(it *item, f *fields) bool {
	switch it.field {
	case literal:
		return s.take(it.text)
	case year:
		return s.year(it, &f.year)
	case month:
		return s.number(it, &f.month, 2, 1, 12)
	case monthName:
		return s.name(monthNames[:], it.count, &f.month)
	case day:
		return s.number(it, &f.day, 2, 1, 31)
	case dayOfYear:
		return s.number(it, &f.dayOfYear, 3, 1, 366)
	case hour24:
		return s.number(it, &f.hour, 2, 0, 23)
	case hour24From1:
		ok := s.number(it, &f.hour, 2, 1, 24)
		f.hour %= 24
		return ok
	case hour12:
		ok := s.number(it, &f.hour12, 2, 1, 12)
		f.hour12 %= 12
		return ok
	case hour12From0:
		return s.number(it, &f.hour12, 2, 0, 11)
	case minute:
		return s.number(it, &f.minute, 2, 0, 59)
	case second:
		return s.number(it, &f.second, 2, 0, 59)
	case fraction:
		return s.fraction(it.count, &f.micro)
	case halfDay:
		f.pm = s.takeFold("pm")
		return f.pm || s.takeFold("am")
	case weekday:
		return s.number(it, &f.weekday, 1, 1, 7)
	case weekdayName:
		return s.name(weekdayNames[:], it.count, &f.weekday)
	case weekYear:
		return s.year(it, &f.weekYear)
	case week:
		return s.number(it, &f.week, 2, 1, 53)
	case quarter:
		return s.number(it, &f.quarter, 2, 1, 4)
	case offset:
		seconds, ok := s.offset(it.form)
		f.offset = seconds
		return ok
	case zoneName:
		return s.zone(f)
	case numFields:
	}
	return false
}

func (s *scanner) take(text string) bool {
	if strings.HasPrefix(s.text[s.at:], text) {
		s.at += len(text)
		return true
	}
	return false
}

func (s *scanner) takeFold(text string) bool {
	if len(s.text)-s.at >= len(text) && strings.EqualFold(s.text[s.at:s.at+len(text)], text) {
		s.at += len(text)
		return true
	}
	return false
}

// digits reads from least to most digits.
func (s *scanner) digits(least, most int) (n int, ok bool) {
	start := s.at
	for s.at < len(s.text) && s.at-start < most && s.text[s.at]-'0' <= 9 {
		n = n*10 + int(s.text[s.at]-'0')
		s.at++
	}
	return n, s.at-start >= least
}

func (s *scanner) number(it *item, to *int, most, lo, hi int) bool {
	least := 1
	if it.fixed {
		least, most = it.count, it.count
	}
	n, ok := s.digits(least, most)
	*to = n
	return ok && n >= lo && n <= hi
}

func (s *scanner) year(it *item, to *int) bool {
	negative := it.count != 2 && s.take("-")
	least, most := 1, 5
	switch {
	case it.fixed:
		least, most = it.count, it.count
	case it.count > 1:
		least = min(it.count, most)
	}
	n, ok := s.digits(least, most)
	switch {
	case it.count == 2 && n < 70:
		n += 2000
	case it.count == 2:
		n += 1900
	case negative:
		n = -n
	}
	*to = n
	return ok && n >= MinYear && n <= MaxYear
}

func (s *scanner) fraction(count int, to *int64) bool {
	start := s.at
	if _, ok := s.digits(count, count); !ok {
		return false
	}
	*to = micros(s.text[start:s.at])
	return true
}

// micros reads the digits after a decimal point; those after the sixth are cut.
func micros(digits string) int64 {
	n := int64(0)
	for i := range 6 {
		n *= 10
		if i < len(digits) {
			n += int64(digits[i] - '0')
		}
	}
	return n
}

func (s *scanner) name(names []string, count int, to *int) bool {
	for i, name := range names {
		if s.takeFold(named(name, count)) {
			*to = i + 1
			return true
		}
	}
	return false
}

// offset reads an offset in one form, in seconds.
func (s *scanner) offset(form offsetForm) (seconds int, ok bool) {
	if form&offsetZ != 0 && (s.take("Z") || s.takeFold("Z")) {
		return 0, true
	}
	if form&offsetGMT != 0 {
		if !s.take("GMT") {
			return 0, false
		}
		if s.at == len(s.text) || s.text[s.at] != '+' && s.text[s.at] != '-' {
			return 0, true
		}
	}
	sign := 1
	switch {
	case s.take("-"):
		sign = -1
	case !s.take("+"):
		return 0, false
	}
	hours, ok := s.digits(2, 2)
	if !ok || hours > 18 {
		return 0, false
	}
	minutes := 0
	switch {
	case form&offsetHour != 0:
		start := s.at
		if minutes, ok = s.digits(2, 2); !ok {
			s.at, minutes = start, 0
		}
	case form&offsetColon != 0 && !s.take(":"):
		return 0, false
	default:
		if minutes, ok = s.digits(2, 2); !ok {
			return 0, false
		}
	}
	return sign * (hours*3600 + minutes*60), minutes < 60
}

func (s *scanner) zone(f *fields) bool {
	start := s.at
	for s.at < len(s.text) && isZoneChar(s.text[s.at]) {
		s.at++
	}
	loc, err := LoadZone(s.text[start:s.at])
	f.zone = loc
	return err == nil
}

func isZoneChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '_' || c == '+' || c == '-' || c == ':'
}
