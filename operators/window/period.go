package window

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
)

// PeriodEnd tells where the period ends that a key out of event time stands for: the
// key is the instant at which it begins, or the number of a date.
func PeriodEnd(p ir.Period) (func(key int64) int64, error) {
	if (p.Unit == types.Length{}) {
		return func(key int64) int64 { return key }, nil
	}
	zone, err := timefmt.LoadZone(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("period: %w", err)
	}
	g, err := newGrid(p.Unit, types.Length{}, zone)
	if err != nil {
		return nil, err
	}
	if !p.Date {
		return g.next, nil
	}
	clock := timefmt.NewClock(zone)
	return func(day int64) int64 {
		begins, _, _ := clock.Instants(day * timefmt.Day)
		return g.next(begins)
	}, nil
}
