package window

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/lang/types"
)

// Ticks are instants one length of time apart, as the boundaries of tumbling windows
// are (SEMANTICS 18 and 19): a skipped local time stands at the jump of the clock, one
// of a day that is shown twice counts once.
type Ticks struct{ grid }

// NewTicks makes ticks at multiples of a length, each later by an offset; zone is nil
// for UTC.
func NewTicks(every, offset types.Length, zone *time.Location) (*Ticks, error) {
	g, err := newGrid(every, offset, zone)
	if err != nil {
		return nil, fmt.Errorf("ticks: %w", err)
	}
	return &Ticks{g}, nil
}

// Next is the first tick after an instant.
func (t *Ticks) Next(after int64) int64 { return t.next(after) }
