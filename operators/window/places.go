package window

import (
	"fmt"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/timefmt"
)

// Bounds are those of one window.
type Bounds struct{ Start, End int64 }

// Places tells which windows there are, whether rows are in them or not.
type Places struct {
	next func(b Bounds) Bounds
}

// NewPlaces is the windows of a tumbling, hopping or cumulative stage.
func NewPlaces(spec *ir.Window) (*Places, error) {
	zone, err := zoneOf(spec)
	if err != nil {
		return nil, err
	}
	switch spec.Kind {
	case ir.WindowTumbling:
		g, err := newGrid(spec.Size, spec.Offset, zone)
		return &Places{next: func(b Bounds) Bounds { return Bounds{b.End, g.next(b.End)} }}, err
	case ir.WindowHopping:
		s, err := newHopping(spec.Size, spec.Every, spec.Offset, zone)
		return &Places{next: func(b Bounds) Bounds {
			start := s.starts.next(b.Start)
			return Bounds{start, s.end(start)}
		}}, err
	case ir.WindowCumulative:
		c, err := newCumulative(spec.Size, spec.Every, spec.Offset, zone)
		return &Places{next: func(b Bounds) Bounds {
			if end := c.outer.next(b.Start); b.End < end {
				return Bounds{b.Start, min(end, c.after(b.Start, b.End))}
			}
			return Bounds{b.End, min(c.outer.next(b.End), c.after(b.End, b.End))}
		}}, err
	}
	return nil, fmt.Errorf("window: %s windows have no fixed places", spec.Kind)
}

// Next is the window behind another, by (end, start).
func (p *Places) Next(b Bounds) Bounds { return p.next(b) }

// Steps tells the periods of a cumulative stage, and the ends of its windows in them.
type Steps struct{ c *cumulative }

// NewSteps is the windows of a cumulative stage.
func NewSteps(spec *ir.Window) (*Steps, error) {
	zone, err := zoneOf(spec)
	if err != nil {
		return nil, err
	}
	c, err := newCumulative(spec.Size, spec.Every, spec.Offset, zone)
	return &Steps{c: c}, err
}

// Period is the period that an instant is in.
func (s *Steps) Period(t int64) (start, end int64) {
	if t < s.c.from || t >= s.c.to { // of remembers the steps around the instant
		s.c.of(t)
	}
	last := s.c.answer[len(s.c.answer)-1]
	return last.start, last.end
}

// After is the end behind another in the period that begins at a start, or the end of
// the period.
func (s *Steps) After(start, end int64) int64 {
	return min(s.c.after(start, end), s.c.outer.next(start))
}

func zoneOf(spec *ir.Window) (*time.Location, error) {
	if spec.Zone == "" {
		return nil, nil
	}
	zone, err := timefmt.LoadZone(spec.Zone)
	if err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	return zone, nil
}
