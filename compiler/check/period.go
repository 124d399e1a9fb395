package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

// periods are the keys of groups that come from event time (SEMANTICS 77).
func (ch *chain) periods(by []ir.Item) []ir.Period {
	var out []ir.Period
	for i, b := range by {
		if p, ok := ch.period(b.Expr); ok {
			p.By = i
			out = append(out, p)
		}
	}
	return out
}

// period is that of a key: date(at), or at or its date truncated to a unit.
func (ch *chain) period(x ir.Expr) (ir.Period, bool) {
	call, ok := x.(*ir.Call)
	if !ok || !ch.expires(x) {
		return ir.Period{}, false
	}
	of := call.Args[0].Type().Kind
	switch {
	case call.Name == "date" && of == types.Timestamp && len(call.Args) == 2:
		zone, ok := ch.constText(call.Args[1])
		return ir.Period{Unit: types.Length{Days: 1}, Zone: zone, Date: true}, ok
	case call.Name == "truncate" && of == types.Timestamp && len(call.Args) == 3:
		unit, ok := ch.constLength(call.Args[1])
		zone, okZone := ch.constText(call.Args[2])
		return ir.Period{Unit: unit, Zone: zone}, ok && okZone
	case call.Name == "truncate" && of == types.Date && len(call.Args) == 2:
		day, ok := ch.period(call.Args[0])
		unit, okUnit := ch.constLength(call.Args[1])
		return ir.Period{Unit: unit, Zone: day.Zone, Date: true}, ok && okUnit
	}
	return ir.Period{}, false
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
