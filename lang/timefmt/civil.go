// Package timefmt reads and writes instants, dates and durations as text: the
// Unicode patterns of `parse_time` and `format_time`, RFC 3339, edy durations and
// ISO 8601 ones; and it converts between instants and the local times of zones.
//
// Instants are microseconds since 1970-01-01T00:00Z, local times microseconds
// since 1970-01-01T00:00 of the zone, dates days since 1970-01-01. The calendar is
// the proleptic Gregorian one. Nothing here reads a clock or a locale: month and
// day names are English everywhere.
package timefmt

// Lengths in microseconds.
const (
	Second int64 = 1_000_000
	Minute       = 60 * Second
	Hour         = 60 * Minute
	Day          = 24 * Hour
)

// MinYear and MaxYear bound the years that text may name.
const (
	MinYear = -9999
	MaxYear = 99999
)

// Civil is a local time taken apart.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Micro                int
	Days                 int64 // since 1970-01-01
}

// CivilOf takes a local time apart.
func CivilOf(local int64) Civil {
	days := FloorDiv(local, Day)
	rest := local - days*Day
	c := Civil{Days: days}
	c.Year, c.Month, c.Day = DateOf(days)
	c.Hour = int(rest / Hour)
	c.Minute = int(rest / Minute % 60)
	c.Second = int(rest / Second % 60)
	c.Micro = int(rest % Second)
	return c
}

// DateOf is the year, month and day of a date.
func DateOf(days int64) (year, month, day int) {
	// Years here begin on 1 March, so that a leap day is the last of its year, and
	// are counted in eras of 400 years, each 146097 days long.
	z := days + 719468
	era := FloorDiv(z, 146097)
	dayOfEra := z - era*146097
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*m+2)/5 + 1)
	month = int(m) + 3
	year = int(yearOfEra + era*400)
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// DaysOf is the date of a year, month and day; a month outside 1..12 or a day
// outside the month counts on into the neighbouring ones.
func DaysOf(year, month, day int) int64 {
	y := int64(year) + FloorDiv(int64(month)-1, 12)
	m := int64(month) - 1 - 12*FloorDiv(int64(month)-1, 12) + 1
	if m <= 2 {
		y--
		m += 9
	} else {
		m -= 3
	}
	era := FloorDiv(y, 400)
	yearOfEra := y - era*400
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + (153*m+2)/5
	return era*146097 + dayOfEra - 719468 + int64(day) - 1
}

// IsLeap reports a year of 366 days.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysIn is the length of a month.
func DaysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// ValidDate reports whether the calendar has the day.
func ValidDate(year, month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= DaysIn(year, month)
}

// Weekday is 1 for Monday to 7 for Sunday.
func Weekday(days int64) int { return int(days+3-7*FloorDiv(days+3, 7)) + 1 }

// DayOfYear is 1 for 1 January.
func DayOfYear(days int64) int {
	year, _, _ := DateOf(days)
	return int(days-DaysOf(year, 1, 1)) + 1
}

// ISOWeek is the week of ISO 8601 and the year it belongs to.
func ISOWeek(days int64) (year, week int) {
	thursday := days - int64(Weekday(days)) + 4
	year, _, _ = DateOf(thursday)
	return year, int(thursday-DaysOf(year, 1, 1))/7 + 1
}

// ISODate is the date of a weekday (Monday = 1) in a week of ISO 8601.
func ISODate(year, week, weekday int) int64 {
	fourth := DaysOf(year, 1, 4)
	return fourth - int64(Weekday(fourth)) + 1 + int64(week-1)*7 + int64(weekday-1)
}

// AddMonths moves a date by months, to the last day where the month is shorter.
func AddMonths(days int64, months int) int64 {
	year, month, day := DateOf(days)
	first := DaysOf(year, month+months, 1)
	y, m, _ := DateOf(first)
	return first + int64(min(day, DaysIn(y, m))) - 1
}

// FloorDiv divides rounding down; b is positive.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
