package exec

import (
	"time"

	"github.com/edynamic/edynamic/operators"
)

// HeldBack says what the lowest watermark of a run waits for. It is for people who
// wonder why no window closes; no result depends on it.
type HeldBack struct {
	Topic string
	// Input is the file or connection whose next row is waited for, "" where all have
	// given some.
	Input string
	// Partition is the one of Partitions that is least far.
	Partition, Partitions int
	// Watermark is where it stands; false before the first row.
	Watermark    int64
	HasWatermark bool
	// Since is when it last moved, or when the run began.
	Since time.Time
	// Ahead is how far the furthest other partition or topic is before it, in
	// microseconds.
	Ahead int64
	// Idle are the partitions of the topic that hold nothing back because no row has
	// come for long.
	Idle []int
}

// heldBack is what the lowest watermark waits for, nil where nothing moves with time.
func (e *Engine) heldBack() *HeldBack {
	var least *HeldBack
	furthest := int64(operators.MinTime)
	for _, t := range e.sources {
		if !t.hasSource() || t.topic.TimeOf == nil || t.topic.Complete || t.exhausted {
			continue
		}
		furthest = max(furthest, earlier(t.stamp.furthest(), t.stamp.delay))
		if t.idle {
			continue
		}
		h := t.heldBack(e.started)
		if least == nil || !h.HasWatermark && least.HasWatermark || h.HasWatermark && least.HasWatermark && h.Watermark < least.Watermark {
			least = h
		}
	}
	if least != nil && least.HasWatermark {
		least.Ahead = furthest - least.Watermark
	}
	return least
}

// heldBack is what the watermark of a topic waits for.
func (t *topicNode) heldBack(started time.Time) *HeldBack {
	h := &HeldBack{Topic: t.topic.Name, Partitions: len(t.stamp.parts), Since: started, Input: t.waitsFor()}
	for i := range t.stamp.parts {
		p := &t.stamp.parts[i]
		at := earlier(p.largest, t.stamp.delay)
		switch {
		case p.idle:
			h.Idle = append(h.Idle, i)
		case p.seen && (!h.HasWatermark || at < h.Watermark):
			h.Partition, h.Watermark, h.HasWatermark, h.Since = i, at, true, p.moved
		}
	}
	return h
}

// waitsFor is the input whose next row the topic needs before it can go on.
func (t *topicNode) waitsFor() string {
	if t.topic.Live || len(t.lanes) < 2 {
		return ""
	}
	for _, l := range t.lanes {
		if l.started && !l.ended && len(l.queue) == 0 {
			return l.spec.Name
		}
	}
	return ""
}

// furthest is the largest time of all partitions.
func (s *stamper) furthest() int64 {
	most := int64(operators.MinTime)
	for i := range s.parts {
		if s.parts[i].seen {
			most = max(most, s.parts[i].largest)
		}
	}
	return most
}
