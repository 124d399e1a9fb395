package cron

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/timefmt"
)

// next is the next few instants of a pattern in a zone, as UTC.
func next(t *testing.T, pattern, zone, after string, n int) []string {
	t.Helper()
	p, err := Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := timefmt.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, after)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	clock := timefmt.NewClock(loc)
	for us := at.UnixMicro(); len(out) < n; {
		var ok bool
		if us, ok = p.Next(us, clock); !ok {
			return append(out, "never")
		}
		out = append(out, time.UnixMicro(us).UTC().Format("2006-01-02 15:04"))
	}
	return out
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name, pattern, zone, after string
		want                       []string
	}{
		{"weekdays", "0 6 * * MON-FRI", "UTC", "2026-01-02T05:00:00Z", []string{"2026-01-02 06:00", "2026-01-05 06:00"}},
		{"strictly after", "0 6 * * *", "UTC", "2026-01-02T06:00:00Z", []string{"2026-01-03 06:00"}},
		{"first of the month", "0 3 1 * *", "Europe/Helsinki", "2026-01-15T00:00:00Z", []string{"2026-02-01 01:00", "2026-03-01 01:00", "2026-04-01 00:00"}},
		// In Helsinki clocks jump from 03:00 to 04:00 on 2026-03-29 at 01:00 UTC.
		{"a skipped time is the jump", "30 3 * * *", "Europe/Helsinki", "2026-03-27T12:00:00Z", []string{"2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"}},
		{"a skipped time and the one behind it", "30 3,4 * * *", "Europe/Helsinki", "2026-03-28T12:00:00Z", []string{"2026-03-29 01:00", "2026-03-29 01:30", "2026-03-30 00:30"}},
		{"two skipped times are one jump", "10,40 3 * * *", "Europe/Helsinki", "2026-03-28T12:00:00Z", []string{"2026-03-29 01:00", "2026-03-30 00:10"}},
		// They go back from 04:00 to 03:00 on 2026-10-25 at 01:00 UTC.
		{"a repeated time counts once", "30 3 * * *", "Europe/Helsinki", "2026-10-24T12:00:00Z", []string{"2026-10-25 00:30", "2026-10-26 01:30"}},
		{"between the two showings", "45 3 * * *", "Europe/Helsinki", "2026-10-25T01:10:00Z", []string{"2026-10-26 01:45"}},
		{"every hour goes by real time, forward", "0 * * * *", "Europe/Helsinki", "2026-03-28T23:30:00Z", []string{"2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00"}},
		{"every hour goes by real time, back", "0 * * * *", "Europe/Helsinki", "2026-10-24T23:30:00Z", []string{"2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00"}},
		{"never", "0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"never"}},
	} {
		if diff := cmp.Diff(c.want, next(t, c.pattern, c.zone, c.after, len(c.want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, text := range []string{"", "* * * *", "* * * * * *", "61 * * * *", "@daily", "a b c d e", "CRON_TZ=UTC 0 6 * * *", "0 6 * * MON-"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is a pattern", text)
		}
	}
}
