package timefmt

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The standard library is the independent calendar here.
func TestCalendarAgreesWithTime(t *testing.T) {
	const seed = 20260131
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 20_000 {
		days := r.Int64N(4_000_000) - 1_500_000
		want := time.Unix(days*86400, 0).UTC()
		y, m, d := DateOf(days)
		if y != want.Year() || m != int(want.Month()) || d != want.Day() {
			t.Fatalf("DateOf(%d) = %d-%d-%d, want %s", days, y, m, d, want)
		}
		if got := DaysOf(y, m, d); got != days {
			t.Fatalf("DaysOf(%d-%d-%d) = %d, want %d", y, m, d, got, days)
		}
		wy, ww := want.ISOWeek()
		if gy, gw := ISOWeek(days); gy != wy || gw != ww {
			t.Fatalf("ISOWeek(%s) = %d-%d, want %d-%d", want, gy, gw, wy, ww)
		}
		if got := ISODate(wy, ww, Weekday(days)); got != days {
			t.Fatalf("ISODate(%d, %d) = %d, want %d", wy, ww, got, days)
		}
		if got := Weekday(days) % 7; got != int(want.Weekday()) {
			t.Fatalf("Weekday(%s) = %d", want, got)
		}
		if got := DayOfYear(days); got != want.YearDay() {
			t.Fatalf("DayOfYear(%s) = %d", want, got)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -13, "2024-12-15"},
		{"2024-02-29", 12, "2025-02-28"},
		{"1970-01-01", -1, "1969-12-01"},
	} {
		from, err := ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendDate(nil, AddMonths(int64(from), c.months))); got != c.want {
			t.Errorf("%s and %d months is %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestClockAgreesWithTime(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	for _, name := range []string{"UTC", "Europe/Helsinki", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "+05:45", "America/Sao_Paulo", "Pacific/Apia"} {
		loc, err := LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := NewClock(loc)
		for range 3000 {
			at := r.Int64N(4_000_000_000*Second) - 1_000_000_000*Second
			_, off := time.UnixMicro(at).In(loc).Zone()
			if got := clock.Local(at); got != at+int64(off)*Second {
				t.Fatalf("%s at %d: local %d, offset should be %d", name, at, got, off)
			}
		}
	}
}

func TestInstants(t *testing.T) {
	for _, c := range []struct {
		zone, local, first, last string
		exists                   bool
	}{
		{"Europe/Helsinki", "2026-01-15T12:00:00", "2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z", true},
		// Clocks go from 03:00 to 04:00.
		{"Europe/Helsinki", "2026-03-29T03:30:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", false},
		{"Europe/Helsinki", "2026-03-29T04:00:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", true},
		// Clocks go from 04:00 to 03:00.
		{"Europe/Helsinki", "2026-10-25T03:30:00", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", true},
		{"Europe/Helsinki", "2026-10-25T04:00:00", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z", true},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", true},
		// Samoa left out the whole of 30 December 2011.
		{"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", false},
	} {
		loc, err := LoadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		local, err := ParseLocal(c.local)
		if err != nil {
			t.Fatal(err)
		}
		first, last, exists := NewClock(loc).Instants(local)
		f, l := string(AppendInstant(nil, first)), string(AppendInstant(nil, last))
		if f != c.first || l != c.last || exists != c.exists {
			t.Errorf("%s in %s: %s, %s, %v; want %s, %s, %v", c.local, c.zone, f, l, exists, c.first, c.last, c.exists)
		}
	}
}

func TestLoadZoneRefuses(t *testing.T) {
	for _, name := range []string{"", "Local", "Europe/Helsinky", "+2", "+02:00x", "../etc/passwd", "+02:99"} {
		if _, err := LoadZone(name); err == nil {
			t.Errorf("LoadZone(%q) succeeded", name)
		}
	}
}
