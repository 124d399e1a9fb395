package check

import (
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// periods are the keys that come from event time (SEMANTICS 77), of a stage outside
// windows that does not keep its keys forever. Without `keep` nothing is forgotten
// where the input ends, nor over a changes stream, which may take a row of an old
// period back.
func (ch *chain) periods(by []ir.Expr, keep time.Duration) []ir.Period {
	if ch.in.Window != nil || keep == ir.KeepForever || keep == 0 && (ch.in.Bounded || ch.in.Kind == types.Changes) {
		return nil
	}
	var out []ir.Period
	for i, x := range by {
		if p, ok := ch.period(x); ok {
			out = append(out, ir.Period{By: i, Unit: p.Unit, Zone: p.Zone, Date: p.Date})
		}
	}
	return out
}

// expiring are the columns after a projection that come from event time.
func (ch *chain) expiring(items []ir.Item) map[string]types.TimePeriod {
	out := map[string]types.TimePeriod{}
	for _, it := range items {
		if p, ok := ch.period(it.Expr); ok {
			out[it.Name] = p
		}
	}
	return out
}

// period is that of a key: the time of the row, date(at), or at or its date truncated
// to a unit, or a column that was made of one.
func (ch *chain) period(x ir.Expr) (types.TimePeriod, bool) {
	if !ch.expires(x) {
		return types.TimePeriod{}, false
	}
	call, ok := x.(*ir.Call)
	if !ok {
		return ch.instant(x)
	}
	of := call.Args[0].Type().Kind
	switch {
	case call.Name == "date" && of == types.Timestamp && len(call.Args) == 2:
		zone, ok := ch.constText(call.Args[1])
		return types.TimePeriod{Unit: types.Length{Days: 1}, Zone: zone, Date: true}, ok && ch.fromTime(call.Args[0])
	case call.Name == "truncate" && of == types.Timestamp && len(call.Args) == 3:
		unit, ok := ch.constLength(call.Args[1])
		zone, okZone := ch.constText(call.Args[2])
		return types.TimePeriod{Unit: unit, Zone: zone}, ok && okZone && ch.fromTime(call.Args[0])
	case call.Name == "truncate" && of == types.Date && len(call.Args) == 2:
		day, ok := ch.period(call.Args[0])
		unit, okUnit := ch.constLength(call.Args[1])
		return types.TimePeriod{Unit: unit, Zone: day.Zone, Date: true}, ok && okUnit
	}
	return types.TimePeriod{}, false
}

// fromTime reports an instant that no later row goes back behind: the time of the row,
// or the end of its window. The start is not one, since windows that begin together
// may end apart.
func (ch *chain) fromTime(x ir.Expr) bool {
	p, ok := ch.period(x)
	c, isColumn := x.(*ir.Column)
	return ok && p.Unit == types.Length{} && !p.Date && !(isColumn && c.Name == types.WindowStart)
}

// instant is the period of a key that is no call.
func (ch *chain) instant(x ir.Expr) (types.TimePeriod, bool) {
	c, ok := x.(*ir.Column)
	switch {
	case !ok, ch.in.Time == types.EventTime && c.Name == ch.in.TimeOf:
		return types.TimePeriod{}, !ch.in.Derived
	case c.Name == types.WindowEnd:
		return types.TimePeriod{}, true
	case c.Name == types.WindowStart:
		w := ch.in.Window
		return types.TimePeriod{}, w != nil && (w.Kind == "tumbling" || w.Kind == "hopping")
	}
	p, ok := ch.in.Periods[c.Name]
	return p, ok
}

func (ch *chain) constText(x ir.Expr) (string, bool) {
	v, _ := ch.m.c.evalConst(x)
	text, ok := v.(string)
	return text, ok
}

func (ch *chain) constLength(x ir.Expr) (types.Length, bool) {
	v, _ := ch.m.c.evalConst(x)
	switch v := v.(type) {
	case int64:
		return wholeDays(types.Length{Micros: v}), v > 0
	case types.Per:
		return types.Length{Months: v.Months, Days: v.Days}, v.Months > 0 || v.Days > 0
	}
	return types.Length{}, false
}
