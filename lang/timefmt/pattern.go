package timefmt

import (
	"fmt"
	"strings"
)

// Layout is a parsed time pattern. It is immutable and may be shared.
type Layout struct {
	pattern string
	items   []item
	has     [numFields]bool
}

// field is what a run of pattern letters stands for.
type field int

const (
	literal field = iota
	year
	month
	monthName
	day
	dayOfYear
	hour24      // H, 0-23
	hour12      // h, 1-12
	hour24From1 // k, 1-24
	hour12From0 // K, 0-11
	minute
	second
	fraction
	halfDay
	weekday
	weekdayName
	weekYear
	week
	quarter
	offset
	zoneName
	numFields
)

type item struct {
	field field
	count int    // letters in the run
	text  string // of a literal
	form  offsetForm
	fixed bool // a number of exactly count digits when parsing
}

type offsetForm int

const (
	offsetHour  offsetForm = 1 << iota // +02 (+0230 where there are minutes)
	offsetBasic                        // +0230
	offsetColon                        // +02:30
	offsetZ                            // Z for zero
	offsetGMT                          // GMT+02:30
)

// Parse reads a Unicode date pattern, as in `yyyy-MM-dd HH:mm:ss.SSS`:
//
//	y u       year: yyyy four digits at least, yy the years 1970 to 2069
//	M L       month: M, MM as a number, MMM as Jan, MMMM as January
//	d D       day of the month, of the year
//	E         weekday: E, EE, EEE as Mon, EEEE as Monday
//	Y w e     ISO week year, week, weekday from Monday = 1
//	Q q       quarter
//	H k h K   hour 0-23, 1-24, 1-12, 0-11
//	a         AM or PM
//	m s S     minute, second, digits of the fraction of a second
//	X         offset with Z for zero: X +02, XX +0230, XXX +02:30
//	x         offset: x +02, xx +0230, xxx +02:30
//	Z         offset: Z, ZZ, ZZZ +0230, ZZZZ GMT+02:30, ZZZZZ as XXX
//	VV        IANA zone name
//	'text'    the text itself; two quotes are one quote
//
// Other characters stand for themselves; other letters are mistakes.
func Parse(pattern string) (*Layout, error) {
	l := &Layout{pattern: pattern}
	for at := 0; at < len(pattern); {
		ch := pattern[at]
		switch {
		case ch == '\'':
			text, next, err := quoted(pattern, at)
			if err != nil {
				return nil, err
			}
			l.literal(text)
			at = next
		case ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z':
			end := at
			for end < len(pattern) && pattern[end] == ch {
				end++
			}
			it, err := letters(ch, end-at)
			if err != nil {
				return nil, fmt.Errorf("time pattern %q: %w", pattern, err)
			}
			l.items = append(l.items, it)
			l.has[it.field] = true
			at = end
		default:
			l.literal(pattern[at : at+1])
			at++
		}
	}
	l.fixWidths()
	return l, nil
}

// String is the pattern the layout was made of.
func (l *Layout) String() string { return l.pattern }

// HasTime reports whether the pattern names a time of day.
func (l *Layout) HasTime() bool {
	return l.has[hour24] || l.has[hour12] || l.has[hour24From1] || l.has[hour12From0] || l.has[minute] || l.has[second] || l.has[fraction]
}

// HasOffset reports whether the pattern names an offset or a zone, so that the
// text alone says which instant it means.
func (l *Layout) HasOffset() bool { return l.has[offset] || l.has[zoneName] }

func (l *Layout) literal(text string) {
	if n := len(l.items); n > 0 && l.items[n-1].field == literal {
		l.items[n-1].text += text
		return
	}
	l.items = append(l.items, item{field: literal, text: text})
}

func quoted(pattern string, at int) (text string, next int, err error) {
	if strings.HasPrefix(pattern[at:], "''") {
		return "'", at + 2, nil
	}
	var b strings.Builder
	for i := at + 1; i < len(pattern); i++ {
		if pattern[i] != '\'' {
			b.WriteByte(pattern[i])
			continue
		}
		if i+1 < len(pattern) && pattern[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("time pattern %q: a quote is never closed", pattern)
}

// letters is the item of a run of one letter.
func letters(ch byte, n int) (item, error) {
	number := func(f field, most int) (item, error) {
		if n > most {
			return item{}, fmt.Errorf("%s has too many letters, %d is the most", strings.Repeat(string(ch), n), most)
		}
		return item{field: f, count: n, fixed: n > 1}, nil
	}
	name := func(f field, longest int) (item, error) {
		if n > longest {
			return item{}, fmt.Errorf("%s is not a form of %c", strings.Repeat(string(ch), n), ch)
		}
		return item{field: f, count: n}, nil
	}
	switch ch {
	case 'y', 'u':
		return number(year, 9)
	case 'M', 'L':
		if n > 2 {
			return name(monthName, 4)
		}
		return number(month, 2)
	case 'd':
		return number(day, 2)
	case 'D':
		return number(dayOfYear, 3)
	case 'E':
		return name(weekdayName, 4)
	case 'Y':
		return number(weekYear, 9)
	case 'w':
		return number(week, 2)
	case 'e':
		return number(weekday, 1)
	case 'Q', 'q':
		return number(quarter, 2)
	case 'H':
		return number(hour24, 2)
	case 'k':
		return number(hour24From1, 2)
	case 'h':
		return number(hour12, 2)
	case 'K':
		return number(hour12From0, 2)
	case 'a':
		return name(halfDay, 3)
	case 'm':
		return number(minute, 2)
	case 's':
		return number(second, 2)
	case 'S':
		it, err := number(fraction, 9)
		it.fixed = true
		return it, err
	case 'X', 'x', 'Z':
		return offsetLetters(ch, n)
	case 'V':
		if n != 2 {
			return item{}, fmt.Errorf("a zone name is VV")
		}
		return item{field: zoneName, count: n}, nil
	}
	return item{}, fmt.Errorf("%c stands for nothing; text goes in single quotes", ch)
}

func offsetLetters(ch byte, n int) (item, error) {
	it := item{field: offset, count: n}
	switch {
	case n > 5 || ch != 'Z' && n > 3:
		return item{}, fmt.Errorf("%s is not a form of %c", strings.Repeat(string(ch), n), ch)
	case ch == 'Z' && n <= 3:
		it.form = offsetBasic
	case ch == 'Z' && n == 4:
		it.form = offsetColon | offsetGMT
	case ch == 'Z':
		it.form = offsetColon | offsetZ
	case n == 1:
		it.form = offsetHour
	case n == 2:
		it.form = offsetBasic
	default:
		it.form = offsetColon
	}
	if ch == 'X' {
		it.form |= offsetZ
	}
	return it, nil
}

// fixWidths decides how many digits a number takes when parsing: as many as it
// has letters, but a year of four letters or a single letter take what there is
// unless another number follows at once.
func (l *Layout) fixWidths() {
	for i := range l.items {
		it := &l.items[i]
		next := i+1 < len(l.items) && l.items[i+1].isNumber()
		if (it.field == year || it.field == weekYear) && it.count >= 3 {
			it.fixed = next
		}
		if it.isNumber() && it.count == 1 && next {
			it.fixed = true
		}
	}
}

func (it *item) isNumber() bool {
	switch it.field {
	case year, month, day, dayOfYear, hour24, hour12, hour24From1, hour12From0, minute, second, fraction,
		weekday, weekYear, week, quarter:
		return true
	case literal, monthName, halfDay, weekdayName, offset, zoneName, numFields:
		return false
	}
	return false
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var weekdayNames = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// MonthName is the English name of a month 1..12.
func MonthName(m int) string { return monthNames[m-1] }

// WeekdayName is the English name of a weekday, Monday = 1.
func WeekdayName(d int) string { return weekdayNames[d-1] }
