package explain

import (
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
)

func (d *described) sides(s *ir.Sides) {
	d.add("with", nameText(s.Alias))
	for i := range s.LeftKeys {
		d.add("key "+strconv.Itoa(i+1), columnName(s.LeftKeys[i])+" == "+columnName(s.RightKeys[i]))
	}
	if s.On != nil {
		d.expr("on", s.On)
	}
}

func (d *described) join(op *ir.Join) {
	d.name = string(op.Kind) + " join"
	d.sides(&op.Sides)
	switch op.Bound {
	case ir.JoinWithin:
		if op.From != "" {
			d.add("within", columnName(op.From)+" .. "+columnName(op.To))
			d.add("right rows", "remembered for "+durationText(max(-op.Lo, 0)))
			return
		}
		d.add("within", durationText(op.Lo)+" .. "+durationText(op.Hi))
	case ir.JoinWindowed:
		d.lateness(true, op.Lateness)
	case ir.JoinKept:
		d.keep(op.Keep)
		d.lateness(op.Windowed, op.Lateness)
		d.identity("left rows", op.LeftIdentity)
		d.identity("right rows", op.RightIdentity)
	}
}

func (d *described) identity(label string, columns []string) {
	if len(columns) > 0 {
		d.add(label, "identified by "+strings.Join(columns, ", "))
	}
}

func (d *described) asof(op *ir.Asof) {
	d.name = "asof join"
	if op.Left {
		d.name = "left asof join"
	}
	d.sides(&op.Sides)
	direction := "the last row before"
	if op.Forward {
		direction = "the first row after"
	}
	d.add("takes", direction)
	if op.Within > 0 {
		d.add("within", durationText(op.Within))
	}
	if op.Waited {
		d.add("left rows", "have waited in their window, and find what was there at their own time")
	}
	d.keep(op.Keep)
}

func (d *described) lookup(op *ir.Lookup) {
	d.name = "lookup"
	if op.Left {
		d.name = "left lookup"
	}
	d.sides(&op.Sides)
	d.identity("table rows", op.Identity)
	if op.First {
		d.add("table", "read whole before the first row")
	}
	if op.Cache > 0 {
		d.add("cache", durationText(op.Cache))
	}
}
