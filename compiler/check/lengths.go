package check

import (
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/types"
)

func lengthSign(l types.Length) int64 { return roughMicros(l) }

// roughMicros compares lengths; a month counts as 30 days.
func roughMicros(l types.Length) int64 {
	return l.Micros + (int64(l.Days)+30*int64(l.Months))*dayMicros
}

// mostMicros is what a length is at most, whatever the calendar and its zone.
func mostMicros(l types.Length) int64 {
	most := l.Micros + (int64(l.Days)+31*int64(l.Months))*dayMicros
	if l.Days > 0 || l.Months > 0 {
		most += dayMicros
	}
	return most
}

// constants is the scope of values that must be known before the program runs:
// constants, params, and the parameters of pipes being applied.
func (ch *chain) constants() *scope {
	s := ch.m.scope(nil)
	s.vars, s.row, s.alias = ch.vars, ch.in, ch.alias
	return s
}

// length evaluates a constant duration or period.
func (s *scope) length(e ast.Expr, what string) (types.Length, bool) {
	if lit, ok := unparen(e).(*ast.DurationLit); ok {
		l, _, err := parseLength(lit.Text)
		if err != nil {
			s.m.c.report("E0323", e.Pos(), err.Error(), "")
		}
		return wholeDays(l), err == nil
	}
	x := s.expr(e, types.TDuration)
	v, ok := s.m.c.evalConst(x)
	switch v := v.(type) {
	case int64:
		if x.Type().Kind == types.Duration {
			return wholeDays(types.Length{Micros: v}), true
		}
	case types.Per:
		return types.Length{Months: v.Months, Days: v.Days}, true
	}
	s.m.notDuration(x, ok, what, e)
	return types.Length{}, false
}

// wholeDays writes 24h as the day it is: sizes of a day and more are calendar days,
// however they are written (SEMANTICS 18).
func wholeDays(l types.Length) types.Length {
	if l.Micros != 0 && l.Micros%dayMicros == 0 {
		l.Days, l.Micros = l.Days+int(l.Micros/dayMicros), 0
	}
	return l
}

// quotedLength is a length of time that stands in quotes.
var quotedLength = pattern.Of(`^(\d+(ns|us|ms|s|m|h|d|w))+$`)

func (m *module) notDuration(x ir.Expr, known bool, what string, e ast.Expr) {
	if isUnknown(x) {
		return
	}
	if p, ok := x.(*ir.Param); ok && !known {
		m.c.report("E0317", e.Pos(), what+` must be known before the program runs, and the param "`+p.Name+`" has no default`, "").
			Fix(diag.Choose, "give it one", "param "+p.Name+": "+p.T.String()+" = 1h")
		return
	}
	if !known {
		m.c.report("E0317", e.Pos(), what+" must be known before the program runs", "").
			Because("Constants, and params without a row's data, are known then.")
		return
	}
	d := m.c.report("E0509", e.Pos(), what+" is a duration, and this is "+article(x.Type()), "")
	_, size := unparen(e).(*ast.SizeLit)
	if x.Type().IsInteger() && !size {
		text := e.Pos().Text()
		d.Fix(diag.Choose, "seconds", text+"s").Fix(diag.Choose, "minutes", text+"m")
	} else if lit, ok := unparen(e).(*ast.StringLit); ok && quotedLength().MatchString(lit.Value) {
		d.Fix(diag.Apply, "without quotes", lit.Value, diag.Edit{Span: e.Pos(), Text: lit.Value})
	} else {
		d.Note("durations: 250ms  10s  5m  1h30m  1d")
	}
}

// duration evaluates a constant exact duration.
func (m *module) duration(e ast.Expr, what string) (time.Duration, bool) {
	return m.scope(nil).duration(e, what)
}

func (s *scope) duration(e ast.Expr, what string) (time.Duration, bool) {
	l, ok := s.length(e, what)
	if !ok {
		return 0, false
	}
	if l.Months > 0 {
		s.m.c.report("E0509", e.Pos(), what+" needs an exact duration; a month has no fixed length", "").
			Fix(diag.Choose, "30 days", "30d")
		return 0, false
	}
	micros := l.Micros + int64(l.Days)*dayMicros
	if micros > int64(1<<63-1)/1000 {
		s.m.c.report("E0323", e.Pos(), "this duration is too long", "")
		return 0, false
	}
	return time.Duration(micros) * time.Microsecond, true
}

// constInt evaluates a constant whole number.
func (m *module) constInt(e ast.Expr) (int64, bool) {
	return m.scope(nil).constInt(e)
}

func (s *scope) constInt(e ast.Expr) (int64, bool) {
	x := s.expr(e, types.TLong)
	v, _ := s.m.c.evalConst(x)
	n, ok := v.(int64)
	return n, ok && x.Type().IsInteger()
}

// checkZone reports a zone the time zone database does not have.
func (m *module) checkZone(lit *ast.StringLit) bool {
	if _, err := time.LoadLocation(lit.Value); err == nil && lit.Value != "" && lit.Value != "Local" {
		return true
	}
	m.c.report("E0223", lit.Span, `there is no time zone "`+lit.Value+`"`, "").
		Note(`zones have names such as "Europe/Helsinki", "America/New_York" or "UTC"`)
	return false
}
