package exec

import (
	"time"

	"github.com/edynamic/edynamic/operators"
)

// stamper gives the rows of a topic their arrival watermark and their place in
// time (SEMANTICS 5 to 9).
type stamper struct {
	delay    int64 // in microseconds
	complete bool  // the watermark moves at the end only
	parts    []partition
	floor    int64 // watermarks are at least this: `advance watermark`, or a resume
	progress int64 // the largest time so far, over all partitions
	alone    bool  // all rows are of one lane, in its order
}

type partition struct {
	seen    bool
	idle    bool
	largest int64
	last    time.Time // when its last row came, on the wall clock
	moved   time.Time // when its largest time last grew
}

func newStamper(delay int64, complete bool, partitions int) *stamper {
	return &stamper{delay: delay, complete: complete, parts: make([]partition, max(partitions, 1)),
		floor: operators.MinTime, progress: operators.MinTime}
}

// stamp fills Arrival and Progress of a batch whose Time is set, in place where it has
// an Arrival. of tells the partition of a row; nil means all are in partition 0. lane
// holds the largest time so far in each row's lane, nil for rows that came in canonical
// order; it may be Progress itself.
func (s *stamper) stamp(b *operators.Batch, of func(row int) int, lane []int64, now time.Time) {
	if b.Arrival == nil {
		b.Arrival, b.Progress = make([]int64, b.Rows), make([]int64, b.Rows)
	}
	plain := of == nil && b.Sel == nil && b.Rows > 0
	if b.Rows > 0 && &b.Progress[0] == &b.Time[0] && !(plain && s.follows(b.Progress, lane)) {
		b.Progress = make([]int64, b.Rows) // times are not ours to write
	}
	arrival, progress := b.Arrival, b.Progress
	if plain {
		s.stampOne(b, arrival, progress, lane, now)
		return
	}
	b.Each(func(r int) {
		p := &s.parts[0]
		if of != nil {
			p = &s.parts[of(r)]
		}
		arrival[r] = s.arrivalIn(p)
		t := b.Time[r]
		if !p.seen || t > p.largest {
			p.largest, p.moved = t, now
		}
		p.seen, p.idle, p.last = true, false, now
		if lane != nil {
			t = lane[r]
		}
		s.progress = max(s.progress, t)
		progress[r] = s.progress
	})
}

// stampOne is stamp where all rows count and are in one partition.
func (s *stamper) stampOne(b *operators.Batch, arrival, progress, lane []int64, now time.Time) {
	p := &s.parts[0]
	arrival[0] = s.arrivalIn(p)
	largest := b.Time[0]
	if p.seen {
		largest = max(largest, p.largest)
	}
	if s.alone && lane != nil && lane[0] == largest { // it is the largest time of the partition, too
		largest = lane[b.Rows-1]
		s.arriveAfter(arrival[1:], lane)
	} else {
		largest = s.arrive(arrival, b.Time, largest)
	}
	if lane == nil {
		lane = b.Time
	}
	if s.follows(progress, lane) {
		s.progress = lane[b.Rows-1]
	} else {
		s.progress = furthest(progress, lane, s.progress)
	}
	if !p.seen || largest > p.largest {
		p.moved = now
	}
	p.largest = largest
	p.seen, p.idle, p.last = true, false, now
}

// follows reports that the largest times so far of a batch are what they are in its lane,
// where they stand already.
func (s *stamper) follows(progress, lane []int64) bool {
	return s.alone && len(lane) > 0 && &progress[0] == &lane[0] && lane[0] >= s.progress
}

// ascends reports times that are in order, none of them before one.
func ascends(times []int64, before int64) bool {
	for _, at := range times {
		if at < before {
			return false
		}
		before = at
	}
	return len(times) > 0
}

// arrive sets the arrival of all rows but the first, and returns the largest of times;
// largest is that up to the first.
func (s *stamper) arrive(arrival, times []int64, largest int64) int64 {
	before := s.arrivalAt(largest)
	for r := 1; r < len(times); r++ {
		arrival[r] = before
		if t := times[r]; t > largest {
			largest, before = t, s.arrivalAt(t)
		}
	}
	return largest
}

// arriveAfter sets the arrival of rows before each of which the largest time is known,
// ascending.
func (s *stamper) arriveAfter(arrival, largest []int64) {
	if s.delay == 0 && !s.complete && largest[0] >= s.floor {
		copy(arrival, largest)
		return
	}
	for r := range arrival {
		arrival[r] = s.arrivalAt(largest[r])
	}
}

// furthest sets out to the largest of times so far, and returns the largest of all.
func furthest(out, times []int64, largest int64) int64 {
	out = out[:len(times)]
	for r, at := range times {
		largest = max(largest, at)
		out[r] = largest
	}
	return largest
}

// arrivalAt is the watermark of a partition whose largest time is known.
func (s *stamper) arrivalAt(largest int64) int64 {
	if s.complete {
		return s.floor
	}
	return max(s.floor, earlier(largest, s.delay))
}

// arrivalIn is the watermark just before the next row of a partition.
func (s *stamper) arrivalIn(p *partition) int64 {
	if !s.complete && (!p.seen || p.idle) {
		return s.watermark()
	}
	return s.arrivalAt(p.largest)
}

// watermark is the minimum over the partitions that have rows and are not idle.
func (s *stamper) watermark() int64 {
	if s.complete {
		return s.floor
	}
	least, any := int64(operators.MaxTime), false
	for i := range s.parts {
		if p := &s.parts[i]; p.seen && !p.idle {
			least, any = min(least, earlier(p.largest, s.delay)), true
		}
	}
	if any {
		s.floor = max(s.floor, least)
	}
	return s.floor
}

// idleSince marks the partitions without a row since a time as idle and reports
// whether all that have rows are.
func (s *stamper) idleSince(limit time.Time) (all bool) {
	s.watermark()
	all = true
	for i := range s.parts {
		p := &s.parts[i]
		if p.seen && !p.last.After(limit) {
			p.idle = true
		}
		all = all && (!p.seen || p.idle)
	}
	return all
}
