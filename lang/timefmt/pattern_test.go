package timefmt

import (
	"strings"
	"testing"
	"time"
)

func mustParse(t *testing.T, pattern string) *Layout {
	t.Helper()
	l, err := Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestPatterns(t *testing.T) {
	helsinki, err := LoadZone("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	// 2026-01-31 is a Saturday, the 31st day, in ISO week 5.
	for _, c := range []struct{ pattern, instant, text string }{
		{"yyyy-MM-dd HH:mm:ss", "2026-01-31T12:05:09Z", "2026-01-31 14:05:09"},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-01-31T12:05:09.25Z", "2026-01-31T14:05:09.250+02:00"},
		{"d.M.yyyy H.mm", "2026-01-01T06:05:00Z", "1.1.2026 8.05"},
		{"dd MMM yyyy", "2026-01-30T22:00:00Z", "31 Jan 2026"},
		{"EEEE d MMMM yyyy", "2026-01-30T22:00:00Z", "Saturday 31 January 2026"},
		{"EEE, dd MMM yyyy HH:mm:ss Z", "2026-01-31T12:05:09Z", "Sat, 31 Jan 2026 14:05:09 +0200"},
		{"MM/dd/yy hh:mm a", "2026-01-31T12:05:00Z", "01/31/26 02:05 PM"},
		{"h a, dd/MM/yyyy", "2026-01-30T22:00:00Z", "12 AM, 31/01/2026"},
		{"yyyyMMddHHmmss", "2026-01-31T12:05:09Z", "20260131140509"},
		{"yyyyDDD", "2026-01-30T22:00:00Z", "2026031"},
		{"YYYY-'W'ww-e", "2026-01-30T22:00:00Z", "2026-W05-6"},
		{"HH:mm:ss.SSSSSS yyyy-MM-dd", "2026-01-31T12:05:09.000001Z", "14:05:09.000001 2026-01-31"},
		{"yyyy-MM-dd HH:mm VV", "2026-01-31T12:05:00Z", "2026-01-31 14:05 Europe/Helsinki"},
		{"yyyy-MM-dd HH:mm X", "2026-01-31T12:05:00Z", "2026-01-31 14:05 +02"},
		{"yyyy-MM-dd HH:mm ZZZZ", "2026-07-31T12:05:00Z", "2026-07-31 15:05 GMT+03:00"},
		{"'it''s' yyyy-MM-dd", "2026-01-30T22:00:00Z", "it's 2026-01-31"},
		{"k K yyyy-MM-dd H", "2026-01-30T22:00:00Z", "24 0 2026-01-31 0"},
		{"yyyy-MM-dd HH:mm Q", "2026-07-31T12:05:00Z", "2026-07-31 15:05 3"},
	} {
		l := mustParse(t, c.pattern)
		at, err := ParseInstant(c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Format(at, helsinki); got != c.text {
			t.Errorf("%s of %s is %q, want %q", c.pattern, c.instant, got, c.text)
		}
		got, err := l.Parse(c.text, helsinki)
		if err != nil || got != at {
			t.Errorf("parse %q by %s: %s, %v; want %s", c.text, c.pattern, AppendInstant(nil, got), err, c.instant)
		}
	}
}

func TestPatternParseOnly(t *testing.T) {
	for _, c := range []struct{ pattern, text, want string }{
		{"yyyy-MM-dd", "2026-01-31", "2026-01-31T00:00:00Z"},
		{"yyyy-MM", "2026-02", "2026-02-01T00:00:00Z"},
		{"HH:mm", "08:30", "1970-01-01T08:30:00Z"},
		{"yy", "69", "2069-01-01T00:00:00Z"},
		{"yy", "70", "1970-01-01T00:00:00Z"},
		{"d/M/yyyy", "31/01/2026", "2026-01-31T00:00:00Z"},
		{"dd mmm", "01 030", ""},
		{"dd MMM yyyy", "31 JAN 2026", "2026-01-31T00:00:00Z"},
		{"yyyy-MM-dd HH:mm:ssX", "2026-01-31 12:00:00-0530", "2026-01-31T17:30:00Z"},
		{"yyyy-MM-dd HH:mm:ssXXX", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00Z"},
		{"yyyy-MM-dd HH:mm VV", "2026-01-31 14:05 Asia/Tokyo", "2026-01-31T05:05:00Z"},
		{"ss.SSSSSSSSS", "01.123456789", "1970-01-01T00:00:01.123456Z"},
		{"q yyyy", "2 2026", "2026-04-01T00:00:00Z"},
	} {
		l, err := Parse(c.pattern)
		if c.want == "" {
			if err == nil {
				t.Errorf("pattern %q was accepted", c.pattern)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Parse(c.text, time.UTC)
		if text := string(AppendInstant(nil, got)); err != nil || text != c.want {
			t.Errorf("parse %q by %s: %s, %v; want %s", c.text, c.pattern, text, err, c.want)
		}
	}
}

func TestPatternRefusesText(t *testing.T) {
	helsinki, err := LoadZone("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ pattern, text, reason string }{
		{"yyyy-MM-dd", "2026-02-29", "a day that its month does not have"},
		{"yyyy-MM-dd", "2026-13-01", "does not fit"},
		{"yyyy-MM-dd", "2026-1-01", "does not fit"},
		{"yyyy-MM-dd", "2026-01-01 ", "longer than"},
		{"yyyy-MM-dd", "", "does not fit"},
		{"yyyy-MM-dd HH:mm", "2026-03-29 03:30", "skipped by the clocks of Europe/Helsinki"},
		{"yyyyDDD", "2026366", "a day that its year does not have"},
		{"YYYY-ww", "2025-53", "a week that its year does not have"},
		{"EEE yyyy-MM-dd", "Mon 2026-01-31", "a weekday that is not the date's"},
		{"HH:mm:ss.SSS", "10:00:00.5", "does not fit"},
		{"HH:mm", "24:00", "does not fit"},
		{"yyyy-MM-dd XXX", "2026-01-31 +0200", "does not fit"},
		{"yyyy-MM-dd VV", "2026-01-31 Mars/Base", "does not fit"},
	} {
		_, err := mustParse(t, c.pattern).Parse(c.text, helsinki)
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("parse %q by %s: %v, want %q", c.text, c.pattern, err, c.reason)
		}
	}
}

func TestPatternMistakes(t *testing.T) {
	for _, pattern := range []string{"'open", "yyyy-bb", "MMMMM", "V", "HHH", "SSSSSSSSSS", "XXXX", "ZZZZZZ", "z", "T"} {
		if _, err := Parse(pattern); err == nil {
			t.Errorf("Parse(%q) succeeded", pattern)
		}
	}
}

// Any pattern and text must be read or refused without harm; what a complete
// pattern reads, it must write so that it is read the same.
func FuzzPattern(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-01-31T12:00:00.000Z", int64(1769860800000000))
	f.Add("d MMM yy h a VV", "1 Jan 26 12 AM UTC", int64(-1))
	f.Add("YYYY'W'we D Q", "2026W016", int64(1))
	complete, err := Parse("yyyy-MM-dd HH:mm:ss.SSSSSS")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, pattern, text string, at int64) {
		if l, err := Parse(pattern); err == nil {
			l.Format(at, time.UTC)
			if got, err := l.Parse(text, time.UTC); err == nil {
				l.Format(got, time.UTC)
			}
		}
		got, err := complete.Parse(text, time.UTC)
		if err != nil {
			return
		}
		written := complete.Format(got, time.UTC)
		if again, err := complete.Parse(written, time.UTC); err != nil || again != got {
			t.Fatalf("%q is %d, written %q, read %d, %v", text, got, written, again, err)
		}
	})
}
