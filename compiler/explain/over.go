package explain

import (
	"strconv"

	"github.com/edynamic/edynamic/compiler/ir"
)

func (d *described) over(op *ir.Over) {
	d.name = "over"
	d.exprList("per", op.Per)
	d.orders(op.By)
	x := exprs{typed: true}
	for _, c := range op.Calls {
		text := c.Name + "(" + x.list(c.Args)
		if c.N > 0 {
			text += ", " + strconv.FormatInt(c.N, 10)
		}
		if c.Default != nil {
			text += ", " + x.text(c.Default)
		}
		d.details = append(d.details, Detail{Label: c.Column, Text: text + ") " + frameText(c.Frame), Type: c.T.String()})
		for _, a := range c.Args {
			d.fails = d.fails || mayFail(a)
		}
		d.fails = d.fails || c.Name == "sum" // it may not fit
	}
	d.lateness(op.Windowed, op.Lateness)
	if !op.Windowed && !op.Whole {
		d.add("late rows", targetText(op.LateTo, "the error topic"))
	}
	d.keep(op.Keep)
}

// frameText is a frame as it is written.
func frameText(f ir.Frame) string {
	word := "last"
	if f.Next {
		word = "next"
	}
	switch {
	case f.Rows > 0:
		return word + " " + strconv.FormatInt(f.Rows, 10) + " rows"
	case f.Span > 0:
		return word + " " + durationText(f.Span)
	case f.Next:
		return "all rows after it"
	}
	return "all rows so far"
}
