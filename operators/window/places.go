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
	var zone *time.Location
	if spec.Zone != "" {
		var err error
		if zone, err = timefmt.LoadZone(spec.Zone); err != nil {
			return nil, fmt.Errorf("window: %w", err)
		}
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
