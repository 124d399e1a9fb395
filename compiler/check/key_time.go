package check

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/types"
)

func (ch *chain) keyBy(st *ast.KeyStage) {
	op := &ir.KeyBy{}
	for _, e := range st.Keys {
		x := ch.scope().expr(e, nil)
		ch.mustBeKey(x)
		if p := pathOf(x); p != "" {
			op.Keys = append(op.Keys, p)
		}
	}
	if ch.in.Kind == types.Changes {
		for _, k := range ch.in.Key {
			if indexOf(op.Keys, k) < 0 && !strings.HasPrefix(k, "$") {
				ch.m.c.report("E0313", st.Span, `the key of a changes stream must contain "`+k+`", which identifies its rows`, "")
			}
		}
		ch.add(op, ch.with(func(*types.Stream) {}), st.Span)
		return
	}
	ch.add(op, ch.with(func(t *types.Stream) { t.Key = op.Keys }), st.Span)
}

// mustBeKey reports types that cannot identify anything.
func (ch *chain) mustBeKey(x ir.Expr) bool {
	if x.Type().IsKey() {
		return true
	}
	ch.m.c.report("E0318", x.Span(), article(x.Type())+" cannot be compared, so it cannot be a key", x.Type().String())
	return false
}

func (ch *chain) time(st *ast.TimeStage) {
	x := ch.scope().expr(st.Time, types.TTimestamp)
	d, ok := ch.constants().duration(st.Watermark, "watermark")
	if k := x.Type().Kind; k != types.Timestamp && k != types.Unknown {
		dg := ch.m.c.report("E0301", st.Time.Pos(), "the time of a row is a timestamp, and this is "+article(x.Type()), "")
		timeFix(dg, x)
		ok = false
	}
	if ch.in.Kind == types.Changes {
		ch.m.c.report("E0312", st.Span, "rows of a changes stream keep the time of the row that changed them", "")
		ok = false
	}
	if !ok || isUnknown(x) {
		ch.broken()
		return
	}
	t := ch.with(func(t *types.Stream) {
		t.Time, t.TimeOf, t.Delay, t.Complete, t.Sizes, t.Periods = types.EventTime, pathOf(x), d, false, nil, nil
		t.Derived = false
	})
	ch.add(&ir.Time{Expr: x, Delay: d}, t, st.Span)
}

// timeFix offers ways to make a timestamp.
func timeFix(d *diag.Diagnostic, x ir.Expr) {
	text := x.Span().Text()
	switch {
	case x.Type().IsInteger():
		d.Fix(diag.Choose, "it counts milliseconds", "from_epoch_ms("+text+")").Fix(diag.Choose, "it counts seconds", "from_epoch_s("+text+")")
	case x.Type().Kind == types.String:
		d.Fix(diag.Choose, "it is RFC 3339, such as 2026-01-31T10:00:00Z", "timestamp("+text+")!").
			Fix(diag.Choose, "it has another pattern", "parse_time("+text+`, "yyyy-MM-dd HH:mm:ss", "UTC")!`)
	}
}
