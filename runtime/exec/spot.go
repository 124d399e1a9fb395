package exec

import (
	"cmp"
	"math"

	"github.com/edynamic/edynamic/operators"
)

// spot is where a row stands in canonical order (SEMANTICS 8): the largest time
// so far in its lane, then topic, lane and position. Rows without time have the
// least progress, so that they stand in order of their records. A row derived
// from several records has no record and stands behind those of equal progress.
type spot struct {
	progress  int64
	topic     int
	partition int
	position  int64
}

var (
	firstSpot = spot{progress: operators.MinTime, topic: -1}
	lastSpot  = spot{progress: operators.MaxTime, topic: math.MaxInt, partition: math.MaxInt, position: math.MaxInt64}
)

func (s spot) compare(o spot) int {
	return cmp.Or(cmp.Compare(s.progress, o.progress), cmp.Compare(s.topic, o.topic),
		cmp.Compare(s.partition, o.partition), cmp.Compare(s.position, o.position))
}

func minSpot(a, b spot) spot {
	if b.compare(a) < 0 {
		return b
	}
	return a
}

func maxSpot(a, b spot) spot {
	if b.compare(a) > 0 {
		return b
	}
	return a
}

// spotOf is the spot of a row of a batch.
func spotOf(b *operators.Batch, row int) spot {
	s := spot{progress: operators.MinTime, topic: math.MaxInt}
	if b.Progress != nil {
		s.progress = b.Progress[row]
	}
	switch {
	case b.Refs == nil || b.Refs[row].From == nil:
	case !b.Refs[row].Joined:
		s.topic, s.partition, s.position = b.Refs[row].From.Place(b.Refs[row].Index)
	case b.Seq != nil:
		s.position = b.Seq[row]
	}
	return s
}

// mark is a watermark as it passes along an edge.
type mark struct {
	operators.Watermark
	// upTo: every later row of the edge stands behind it.
	upTo spot
	// free: the edge holds no watermark back (SEMANTICS 11).
	free bool
	// idle: the edge's partitions are all idle and hold nothing back.
	idle bool
	// flush asks for what is only held back to wait for other inputs, although their
	// turn may not have come: nothing more is known to follow.
	flush bool
}

func openMark() mark {
	return mark{Watermark: operators.Watermark{Time: operators.MinTime, Progress: operators.MinTime}, upTo: firstSpot}
}

// endMark is the mark at the end; reached is how far time had come.
func endMark(reached int64) mark {
	return mark{Watermark: operators.Watermark{Time: operators.MaxTime, Progress: operators.MaxTime, End: true, Reached: reached}, upTo: lastSpot}
}

// reached is how far time had come where all inputs have ended. One that has ended holds
// nothing back (SEMANTICS 9), so it is as far as the furthest of them.
func (m mark) reached(of int64) int64 {
	if !m.End {
		return of
	}
	return max(of, m.Reached)
}

// earlier lowers an instant by a duration; the ends of time stay where they are.
func earlier(t, d int64) int64 {
	if t == operators.MinTime || t == operators.MaxTime {
		return t
	}
	if d > 0 && t < operators.MinTime+d {
		return operators.MinTime
	}
	return t - d
}
