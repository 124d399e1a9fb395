package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
)

func (d *described) match(op *ir.Match) {
	d.name = "match"
	d.exprList("per", op.Per)
	if len(op.With) > 0 {
		d.add("with", fmt.Sprintf("%d more", len(op.With)))
	}
	for _, def := range op.Defines {
		label := "define " + nameText(def.Name)
		if def.Input > 0 {
			label += " from input " + strconv.Itoa(def.Input+1)
		}
		d.expr(label, def.Cond)
	}
	d.add("pattern", patternText(op, op.Pattern))
	if op.Limited {
		d.add("within", durationText(op.Within))
	}
	d.add("skip", skipText(op))
	x := exprs{typed: true}
	for i, c := range op.Calls {
		text := c.Call.Name + "#" + strconv.Itoa(c.Call.Overload) + "(" + x.list(c.Call.Args) + ") of " + nameText(op.Defines[c.Define].Name)
		d.details = append(d.details, Detail{Label: ir.CallColumn(i), Text: text, Type: c.Call.T.String()})
	}
	for _, it := range op.Emit {
		d.expr(columnName(it.Name), it.Expr)
	}
	for _, it := range op.Timeout {
		d.expr("timeout "+columnName(it.Name), it.Expr)
	}
	d.add("late rows", targetText(op.LateTo, "the error topic"))
	d.fails = d.fails || len(op.Calls) > 0 // a sum may not fit
}

func skipText(op *ir.Match) string {
	switch op.Skip {
	case ir.SkipPastLast:
		return "past last"
	case ir.SkipToNext:
		return "to next"
	case ir.SkipToFirst:
		return "to first " + nameText(op.Defines[op.SkipTo].Name)
	}
	return "to last " + nameText(op.Defines[op.SkipTo].Name)
}

// patternText writes a pattern as the language does.
func patternText(op *ir.Match, p *ir.Pattern) string {
	join := func(word string) string {
		parts := make([]string, len(p.Items))
		for i, item := range p.Items {
			parts[i] = patternPart(op, item)
		}
		return strings.Join(parts, word)
	}
	switch p.Kind {
	case ir.PatternRow:
		return nameText(op.Defines[p.Define].Name)
	case ir.PatternNot:
		text := "not " + nameText(op.Defines[p.Define].Name)
		if p.For > 0 {
			text += " for " + durationText(p.For)
		}
		return text
	case ir.PatternOr:
		return join(" or ")
	case ir.PatternAnd:
		return join(" and ")
	case ir.PatternRepeat:
		return join("") + countText(p.Min, p.Max)
	}
	text := patternPart(op, p.Items[0])
	for i, item := range p.Items[1:] {
		word := " then "
		if p.Next[i] {
			word = " next "
		}
		text += word + patternPart(op, item)
	}
	return text
}

// patternPart is a part of a pattern, in brackets where it has parts itself.
func patternPart(op *ir.Match, p *ir.Pattern) string {
	text := patternText(op, p)
	if p.Kind == ir.PatternSeq || p.Kind == ir.PatternOr || p.Kind == ir.PatternAnd {
		return "(" + text + ")"
	}
	return text
}

func countText(least, most int) string {
	switch {
	case least == most:
		return fmt.Sprintf("{%d}", least)
	case most < 0:
		return fmt.Sprintf("{%d,}", least)
	}
	return fmt.Sprintf("{%d,%d}", least, most)
}
