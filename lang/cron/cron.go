// Package cron reads cron patterns of five fields (minute, hour, day of month, month,
// day of week) and finds their instants in a zone.
//
// A local time that the clock skips stands for the instant of its jump; one that is
// shown twice counts once, but for patterns of every hour, which go by real time.
package cron

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/edynamic/edynamic/lang/timefmt"
)

// Pattern is a cron pattern.
type Pattern struct {
	spec   *cron.SpecSchedule
	hourly bool // every hour of the day
}

// hours has a bit for each hour of the day.
const hours = 1<<24 - 1

// Parse reads a pattern.
func Parse(text string) (*Pattern, error) {
	if n := len(strings.Fields(text)); n != 5 {
		return nil, fmt.Errorf("a cron pattern has five fields: minute, hour, day of month, month, day of week; this has %d", n)
	}
	if strings.Contains(text, "TZ=") {
		return nil, fmt.Errorf("the zone stands beside the pattern, as zone \"Europe/London\"")
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("this is not a cron pattern: %w", err)
	}
	spec, ok := s.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("this is not a cron pattern")
	}
	return &Pattern{spec: spec, hourly: spec.Hour&hours == hours}, nil
}

// Next is the first instant after another, both in microseconds; false when there is
// none within five years.
func (p *Pattern) Next(after int64, clock *timefmt.Clock) (int64, bool) {
	if p.hourly {
		spec := *p.spec
		spec.Location = clock.Zone()
		return instant(spec.Next(time.UnixMicro(after).In(clock.Zone())))
	}
	spec := *p.spec
	spec.Location = time.UTC // local times as if they were UTC
	for local := clock.Local(after); ; {
		next, ok := instant(spec.Next(time.UnixMicro(local).UTC()))
		if !ok {
			return 0, false
		}
		if first, _, _ := clock.Instants(next); first > after {
			return first, true
		}
		local = next
	}
}

func instant(t time.Time) (int64, bool) { return t.UnixMicro(), !t.IsZero() }
