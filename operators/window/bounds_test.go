package window

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

func instant(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func zoned(t *testing.T, name string) *time.Location {
	t.Helper()
	if name == "" {
		return nil
	}
	loc, err := timefmt.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func micros(d time.Duration) types.Length { return types.Length{Micros: d.Microseconds()} }

var noOffset types.Length

func TestTumblingByHand(t *testing.T) {
	tests := []struct {
		name       string
		size       types.Length
		offset     types.Length
		zone       string
		at         string
		start, end string
	}{
		{"ten seconds", micros(10 * time.Second), noOffset, "", "2018-02-01T00:00:19.999999Z", "2018-02-01T00:00:10Z", "2018-02-01T00:00:20Z"},
		{"start belongs to its window", micros(time.Hour), noOffset, "", "2018-02-01T05:00:00Z", "2018-02-01T05:00:00Z", "2018-02-01T06:00:00Z"},
		{"before 1970", micros(time.Hour), noOffset, "", "1969-12-31T23:59:59Z", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"},
		{"offset", micros(time.Hour), micros(15 * time.Minute), "", "2018-02-01T05:10:00Z", "2018-02-01T04:15:00Z", "2018-02-01T05:15:00Z"},
		{"day in UTC", types.Length{Days: 1}, noOffset, "UTC", "2018-02-01T23:00:00Z", "2018-02-01T00:00:00Z", "2018-02-02T00:00:00Z"},
		{"day in Helsinki", types.Length{Days: 1}, noOffset, "Europe/Helsinki", "2018-02-01T23:00:00Z", "2018-02-01T22:00:00Z", "2018-02-02T22:00:00Z"},
		{"short day", types.Length{Days: 1}, noOffset, "Europe/Helsinki", "2026-03-29T10:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"long day", types.Length{Days: 1}, noOffset, "Europe/Helsinki", "2026-10-25T10:00:00Z", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"},
		{"24h with a zone is a day", micros(24 * time.Hour), noOffset, "Europe/Helsinki", "2026-03-29T10:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"},
		{"day from six", types.Length{Days: 1}, micros(6 * time.Hour), "Europe/Helsinki", "2026-03-29T02:59:00Z", "2026-03-28T04:00:00Z", "2026-03-29T03:00:00Z"},
		{"week starts on Monday", types.Length{Days: 7}, noOffset, "UTC", "2018-02-04T12:00:00Z", "2018-01-29T00:00:00Z", "2018-02-05T00:00:00Z"},
		{"month", types.Length{Months: 1}, noOffset, "Europe/Helsinki", "2026-03-31T20:59:59Z", "2026-02-28T22:00:00Z", "2026-03-31T21:00:00Z"},
		{"quarter", types.Length{Months: 3}, noOffset, "UTC", "2026-05-05T00:00:00Z", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"},
		{"year", types.Length{Months: 12}, noOffset, "UTC", "1969-05-05T00:00:00Z", "1969-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
		{"fiscal year", types.Length{Months: 12}, types.Length{Months: 3}, "UTC", "2026-02-05T00:00:00Z", "2025-04-01T00:00:00Z", "2026-04-01T00:00:00Z"},
		// Midnight of 2018-11-04 does not exist in Sao Paulo: the clock goes from 00:00 to 01:00 at 03:00Z.
		{"skipped midnight", types.Length{Days: 1}, noOffset, "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		// On 2018-02-18 at 02:00Z the clock goes back from 00:00 to 23:00 of the 17th.
		{"midnight after going back", types.Length{Days: 1}, noOffset, "America/Sao_Paulo", "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"hours of a zone off by minutes", micros(time.Hour), noOffset, "Asia/Kathmandu", "2018-02-01T00:10:00Z", "2018-01-31T23:15:00Z", "2018-02-01T00:15:00Z"},
		// Helsinki goes back from 04:00 (+03) to 03:00 (+02) on 2026-10-25 at 01:00Z.
		{"repeated hour counts twice: first", micros(time.Hour), noOffset, "Europe/Helsinki", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"},
		{"repeated hour counts twice: second", micros(time.Hour), noOffset, "Europe/Helsinki", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"},
		{"six hours over the repeated hour", micros(6 * time.Hour), noOffset, "Europe/Helsinki", "2026-10-25T01:30:00Z", "2026-10-24T21:00:00Z", "2026-10-25T04:00:00Z"},
		{"repeated boundary of three hours counts at its first", micros(3 * time.Hour), noOffset, "Europe/Helsinki", "2026-10-25T01:30:00Z", "2026-10-25T00:00:00Z", "2026-10-25T04:00:00Z"},
		// Helsinki goes from 03:00 to 04:00 on 2026-03-29 at 01:00Z: 03:00 is skipped and stands at the jump.
		{"skipped boundary is the jump", micros(3 * time.Hour), noOffset, "Europe/Helsinki", "2026-03-29T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00Z"},
		{"skipped hour", micros(30 * time.Minute), noOffset, "Europe/Helsinki", "2026-03-29T00:45:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
	}
	for _, tt := range tests {
		s, err := newTumbling(tt.size, tt.offset, zoned(t, tt.zone))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		want := span{start: instant(t, tt.start), end: instant(t, tt.end)}
		if got := s.of(instant(t, tt.at)); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %s, want [%s %s)", tt.name, spanText(got), tt.start, tt.end)
		}
	}
}

func spanText(ss []span) string {
	text := ""
	for _, s := range ss {
		text += "[" + time.UnixMicro(s.start).UTC().Format(time.RFC3339) + " " + time.UnixMicro(s.end).UTC().Format(time.RFC3339) + ") "
	}
	return text
}

func TestHoppingByHand(t *testing.T) {
	s, err := newHopping(micros(10*time.Second), micros(4*time.Second), noOffset, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := timefmt.Second
	for at, want := range map[int64][]span{
		9 * second:  {{0, 10 * second}, {4 * second, 14 * second}, {8 * second, 18 * second}},
		10 * second: {{4 * second, 14 * second}, {8 * second, 18 * second}},
		11 * second: {{4 * second, 14 * second}, {8 * second, 18 * second}},
		12 * second: {{4 * second, 14 * second}, {8 * second, 18 * second}, {12 * second, 22 * second}},
	} {
		if got := s.of(at); !slices.Equal(got, want) {
			t.Errorf("%d: got %v, want %v", at/second, got, want)
		}
	}
	// Seven days that begin every day, over the day of 23 hours.
	s, err = newHopping(types.Length{Days: 7}, types.Length{Days: 1}, noOffset, zoned(t, "Europe/Helsinki"))
	if err != nil {
		t.Fatal(err)
	}
	got := s.of(instant(t, "2026-03-29T10:00:00Z"))
	if len(got) != 7 || got[0] != (span{instant(t, "2026-03-22T22:00:00Z"), instant(t, "2026-03-29T21:00:00Z")}) ||
		got[6] != (span{instant(t, "2026-03-28T22:00:00Z"), instant(t, "2026-04-04T21:00:00Z")}) {
		t.Errorf("got %s", spanText(got))
	}
}

func TestRefusedLengths(t *testing.T) {
	helsinki := zoned(t, "Europe/Helsinki")
	for _, tt := range []struct {
		size types.Length
		zone *time.Location
	}{
		{types.Length{Days: 1}, nil},
		{types.Length{Months: 1}, nil},
		{types.Length{Months: 1, Days: 1}, helsinki},
		{micros(5 * time.Hour), helsinki},
		{types.Length{}, nil},
		{micros(-time.Second), nil},
	} {
		if _, err := newTumbling(tt.size, noOffset, tt.zone); err == nil {
			t.Errorf("%v was accepted", tt.size)
		}
	}
}

// localMinutes is what the clock of a zone shows at each minute from an instant on,
// in minutes since 1970.
func localMinutes(from int64, n int, zone *time.Location) []int {
	clock := timefmt.NewClock(zone)
	out := make([]int, n)
	for i := range out {
		out[i] = int(clock.Local(from+int64(i)*timefmt.Minute) / timefmt.Minute)
	}
	return out
}

// naiveBoundaries are the minutes that are boundaries by the text of the rule: what
// the clock shows is compared minute by minute, with nothing computed.
func naiveBoundaries(from int64, minutes []int, size time.Duration) []int64 {
	var out []int64
	perWindow := int(size / time.Minute)
	shown := map[int]bool{} // local boundary times that the clock has shown
	last := minutes[0] - 1
	for i, now := range minutes {
		boundary := false
		for m := min(last+1, now); m <= now; m++ { // with skipped minutes, all of them now
			if m%perWindow == 0 {
				boundary = boundary || size <= time.Hour || !shown[m]
				shown[m] = true
			}
		}
		if boundary {
			out = append(out, from+int64(i)*timefmt.Minute)
		}
		last = now
	}
	return out
}

func TestClockTimesAgainstWalkedMinutes(t *testing.T) {
	// In 2011 Apia skipped a day, Sao Paulo moved its clock at midnight and St. John's a
	// minute after it.
	start, minutes := instant(t, "2011-01-01T00:00:00Z"), 366*24*60
	for _, zone := range []string{"Europe/Helsinki", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"} {
		loc := zoned(t, zone)
		local := localMinutes(start, minutes, loc)
		for _, size := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
			all := naiveBoundaries(start, local, size)
			s, err := newTumbling(micros(size), noOffset, loc)
			if err != nil {
				t.Fatal(err)
			}
			for i := 3; i+1 < len(all); i++ {
				want := span{all[i], all[i+1]}
				for _, at := range []int64{all[i], all[i+1] - 1} {
					if got := s.of(at); got[0] != want {
						t.Fatalf("%s %s: %s is in %s, want %s", zone, size, time.UnixMicro(at).UTC(), spanText(got), spanText([]span{want}))
					}
				}
			}
		}
	}
}

func TestCalendarAgainstWalkedDays(t *testing.T) {
	for _, zone := range []string{"Europe/Helsinki", "Asia/Kathmandu", "America/New_York"} {
		loc := zoned(t, zone)
		for _, days := range []int{1, 2, 7, 14} {
			s, err := newTumbling(types.Length{Days: days}, noOffset, loc)
			if err != nil {
				t.Fatal(err)
			}
			first := time.Date(1970, 1, 1, 0, 0, 0, 0, loc)
			if days%7 == 0 {
				first = time.Date(1969, 12, 29, 0, 0, 0, 0, loc)
			}
			for k := 4000 / days; k < 4000/days+800/days; k++ {
				y, m, d := first.Date()
				want := span{
					time.Date(y, m, d+k*days, 0, 0, 0, 0, loc).UnixMicro(),
					time.Date(y, m, d+(k+1)*days, 0, 0, 0, 0, loc).UnixMicro(),
				}
				for _, at := range []int64{want.start, want.end - 1} {
					if got := s.of(at); got[0] != want {
						t.Fatalf("%s, %d days: got %s, want %s", zone, days, spanText(got), spanText([]span{want}))
					}
				}
			}
		}
	}
}

func TestHoppingAgainstAllStarts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, tt := range []struct {
		size, every types.Length
		zone        string
	}{
		{micros(10 * time.Second), micros(2 * time.Second), ""},
		{micros(10 * time.Second), micros(3 * time.Second), ""},
		{micros(3 * time.Hour), micros(time.Hour), "Europe/Helsinki"},
		{types.Length{Days: 1}, micros(30 * time.Minute), "Europe/Helsinki"},
		{types.Length{Days: 2}, types.Length{Days: 1}, "America/Sao_Paulo"},
		{types.Length{Months: 3}, types.Length{Months: 1}, "Europe/Helsinki"},
	} {
		s, err := newHopping(tt.size, tt.every, noOffset, zoned(t, tt.zone))
		if err != nil {
			t.Fatal(err)
		}
		base := instant(t, "2018-10-26T00:00:00Z")
		reach := 4 * timefmt.Day
		switch {
		case tt.size.Months > 0:
			reach = 200 * timefmt.Day
		case tt.zone == "":
			reach = timefmt.Minute
		}
		var all []span
		for at := s.starts.floor(base - reach); at < base+reach; at = s.starts.next(at) {
			all = append(all, span{at, s.end(at)})
		}
		for range 3000 {
			at := base + r.Int64N(reach) - reach/4
			var want []span
			for _, w := range all {
				if w.start <= at && at < w.end {
					want = append(want, w)
				}
			}
			if got := s.of(at); !slices.Equal(got, want) {
				t.Fatalf("%v every %v: %s is in %s, want %s", tt.size, tt.every, time.UnixMicro(at).UTC(), spanText(got), spanText(want))
			}
		}
	}
}

// tumbling finds the one window of an instant.
type tumbling struct{ grid }

func (g tumbling) of(t int64) []span { return []span{{start: g.floor(t), end: g.next(t)}} }

func newTumbling(size, offset types.Length, zone *time.Location) (tumbling, error) {
	g, err := newGrid(size, offset, zone)
	return tumbling{g}, err
}
