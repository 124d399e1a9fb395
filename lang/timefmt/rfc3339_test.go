package timefmt

import (
	"strings"
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"},
		{"2026-01-31 12:00:00.25+02:00", "2026-01-31T10:00:00.25Z"},
		{"2026-01-31t12:00z", "2026-01-31T12:00:00Z"},
		{"2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456Z"},
		{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
		{"0001-01-01T00:00:00-05:30", "0001-01-01T05:30:00Z"},
	} {
		got, err := ParseInstant(c.text)
		if text := string(AppendInstant(nil, got)); err != nil || text != c.want {
			t.Errorf("%s: %s, %v; want %s", c.text, text, err, c.want)
		}
	}
	for _, text := range []string{"", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00.Z", "2026-01-31T12:00:00Z ", "26-01-31T12:00:00Z", "2026-01-31T12:00:60Z"} {
		if _, err := ParseInstant(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// TestParseInstantBytes puts every byte at every place of an instant, beside the standard
// library, which reads a comma as a point.
func TestParseInstantBytes(t *testing.T) {
	for _, text := range []string{"2026-01-31T12:34:56.5Z", "1904-02-29T23:59:59+01:30"} { // the library takes offsets that are none
		for i := range len("2026-01-31T12:34:56.") {
			for c := range 256 {
				changed := []byte(text)
				changed[i] = byte(c)
				plain := string(changed)
				if c == ',' {
					continue
				}
				if i == len("2026-01-31") && (c == ' ' || c == 't') {
					plain = strings.Replace(plain, string(rune(c)), "T", 1)
				}
				got, err := ParseInstant(string(changed))
				want, err2 := time.Parse(time.RFC3339Nano, strings.Replace(plain, "z", "Z", 1))
				if (err == nil) != (err2 == nil) || err == nil && got != want.UnixMicro() {
					t.Errorf("%q is %d, %v, the standard library says %d, %v", changed, got, err, want.UnixMicro(), err2)
				}
			}
		}
	}
}

func FuzzParseInstant(f *testing.F) {
	f.Add("2026-01-31T12:00:00.5+02:00")
	f.Add("1969-12-31T23:59:59.999999Z")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseInstant(text)
		if err != nil {
			return
		}
		if want, err := time.Parse(time.RFC3339Nano, text); err == nil && want.UnixMicro() != got {
			t.Fatalf("%q is %d, the standard library says %d", text, got, want.UnixMicro())
		}
		written := string(AppendInstant(nil, got))
		if again, err := ParseInstant(written); len(written) <= 27 && written[0] != '-' && (err != nil || again != got) {
			t.Fatalf("%q is %d, written %q, read %d, %v", text, got, written, again, err)
		}
	})
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
		iso  string
	}{
		{"1h30m", 90 * Minute, "PT1H30M"},
		{"250ms", 250_000, "PT0.25S"},
		{"1w2d", 9 * Day, "P9D"},
		{"1.5s", 1_500_000, "PT1.5S"},
		{"1500ns", 1, "PT0.000001S"},
		{"0s", 0, "PT0S"},
		{"-5s", -5 * Second, "-PT5S"},
		{"PT1H30M", 90 * Minute, "PT1H30M"},
		{"P1DT12H", 36 * Hour, "P1DT12H"},
		{"P1W", 7 * Day, "P7D"},
		{"-PT0.25S", -250_000, "-PT0.25S"},
	} {
		got, err := ParseDuration(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %d, %v; want %d", c.text, got, err, c.want)
		}
		if iso := string(AppendDuration(nil, got)); iso != c.iso {
			t.Errorf("%s is written %s, want %s", c.text, iso, c.iso)
		}
	}
	for _, text := range []string{"", "-", "5", "h", "1h30", "1mo", "1y", "P", "PT", "P1M", "P1Y", "P1H", "PT1D", "PT1S1H", "1 h", "99999999999999999999s", "9999999999999w"} {
		if _, err := ParseDuration(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	f.Add("1h30m")
	f.Add("-P1DT0.000001S")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := ParseDuration(string(AppendDuration(nil, got))); err != nil || again != got {
			t.Fatalf("%q is %d, written %q, read %d, %v", text, got, AppendDuration(nil, got), again, err)
		}
	})
}
