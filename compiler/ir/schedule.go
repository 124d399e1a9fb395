package ir

import (
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Schedule does something at instants of the clock: at multiples of a length, each at
// a time of day, or at those of a cron pattern. A skipped local time stands for the
// instant of the clock's jump, a repeated one counts once.
type Schedule struct {
	Name  string
	At    source.Span
	Every types.Length // zero for a cron pattern
	From  types.Length // how far behind the multiple: the time of day
	Cron  string
	Zone  string // "" is UTC
	Acts  []ScheduleAct
}

// ScheduleAct is one action; exactly one of the pointers is set.
type ScheduleAct struct {
	At       source.Span
	Emit     *ScheduleEmit
	Snapshot *ScheduleSnapshot
}

// ScheduleEmit writes a row to a topic. Items make the topic's row, over the column Now.
type ScheduleEmit struct {
	Topic string
	Items []Item
}

// ScheduleSnapshot writes the rows that a table or changes stream holds to a sink,
// which gets nothing else.
type ScheduleSnapshot struct{ Of, Sink string }

// Now is the column that holds the instant a schedule was due.
const Now = "$now"
