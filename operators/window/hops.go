package window

import (
	"github.com/edynamic/edynamic/compiler/ir"
)

// Hops tells the windows of a hopping stage, for an operator that finds them itself.
type Hops struct {
	spans    *spans
	lateness int64
}

// NewHops is the windows of a hopping stage.
func NewHops(spec *ir.Window) (*Hops, error) {
	zone, err := zoneOf(spec)
	if err != nil {
		return nil, err
	}
	s, err := newHopping(spec.Size, spec.Every, spec.Offset, zone)
	return &Hops{spans: s, lateness: spec.Lateness.Microseconds()}, err
}

// Of appends the windows of an instant that a row enters which came at a watermark:
// those it is not late for, by their start.
func (h *Hops) Of(dst []Bounds, t, arrival int64) []Bounds {
	for _, s := range h.spans.of(t) {
		if arrival < later(s.end, h.lateness) {
			dst = append(dst, Bounds{Start: s.start, End: s.end})
		}
	}
	return dst
}

// Same is the time around an instant, from included, in which rows that came before a
// watermark are in the same windows as a row of that instant.
func (h *Hops) Same(t int64) (from, to, before int64) {
	windows := h.spans.of(t)
	if len(windows) == 0 {
		return t, t, 0
	}
	return h.spans.from, h.spans.to, later(windows[0].end, h.lateness)
}
