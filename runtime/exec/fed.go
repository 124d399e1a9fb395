package exec

import (
	"fmt"

	"github.com/edynamic/edynamic/operators"
)

// Fed is how far an input has been put into a topic, whoever did it: another program that
// feeds the topic from the same input reads what is there, and goes on behind it.
type Fed struct {
	Topic    string `json:"-"`
	Source   string `json:"-"` // see Lane
	Position int64  // of the first record that is not in the topic
	Largest  int64  // event time before it
	Ended    bool   // there is no such record
	Size     int64  // of the input then
}

// fed tells how far the inputs of a topic have been put into it. Rows that were read and
// wait for their turn are not there yet.
func (t *topicNode) fed() []Fed {
	var out []Fed
	for _, l := range t.lanes {
		if l.spec.Source == "" {
			continue
		}
		f := Fed{Topic: t.topic.Name, Source: l.spec.Source, Position: l.position + l.skip, Largest: l.largest, Ended: l.ended, Size: l.size()}
		if at, largest, ok := t.firstWaiting(l); ok {
			f.Position, f.Largest, f.Ended = at, largest, false
		}
		out = append(out, f)
	}
	return out
}

// firstWaiting is the first record of a lane that was read and is not in the topic, and the
// largest time up to it.
func (t *topicNode) firstWaiting(l *lane) (at, largest int64, ok bool) {
	look := func(queue []*operators.Batch, next int) {
		for _, b := range queue {
			for _, r := range rowsOf(b)[next:] {
				if place, is := t.placeIn(l, b, r); is && (!ok || place < at) {
					at, largest, ok = place, operators.MinTime, true
					if b.Progress != nil {
						largest = b.Progress[r]
					}
				}
			}
			next = 0
		}
	}
	look(l.queue, l.next)
	if t.merge != nil {
		in := &t.merge.inputs[fromLanes]
		look(in.queue, in.next)
	}
	return at, largest, ok
}

// placeIn is the number of a row's record in a lane, false for rows of other lanes.
func (t *topicNode) placeIn(l *lane, b *operators.Batch, row int32) (int64, bool) {
	if b.Refs == nil {
		return 0, false
	}
	ref := b.Refs[row]
	topic, partition, position := ref.From.Place(ref.Index)
	return position, topic == t.topic.Index && partition == l.index
}

// adopt passes over what others have put into the topic from the inputs of its lanes: it
// comes from the record of the topic.
func (t *topicNode) adopt() error {
	for _, l := range t.lanes {
		f := l.spec.Fed
		if f == nil {
			continue
		}
		if t.forget(l, f.Position); l.ended {
			continue
		}
		if f.Position > l.skip {
			l.skip, l.largest, l.adopted = f.Position, max(l.largest, f.Largest), true
		}
		if !f.Ended {
			continue
		}
		if err := l.endedAt(f.Size); err != nil {
			return fmt.Errorf("topic %s: %w", t.topic.Name, err)
		}
	}
	return nil
}

// forget lets go of rows that wait here and that another program has put into the topic
// meanwhile.
func (t *topicNode) forget(l *lane, below int64) {
	drop := func(queue []*operators.Batch) (left []*operators.Batch) {
		for _, b := range queue {
			gone := []int32{}
			b.Each(func(r int) {
				if at, is := t.placeIn(l, b, int32(r)); is && at < below {
					gone = append(gone, int32(r))
				}
			})
			if len(gone) > 0 {
				b.Sel = without(rowsOf(b), gone)
			}
			if b.Len() == 0 {
				b.Release()
				continue
			}
			left = append(left, b)
		}
		return left
	}
	l.queue = drop(l.queue)
	if t.merge == nil {
		return
	}
	in := &t.merge.inputs[fromLanes]
	waiting := in.queue
	in.queue, in.least, in.pushed, in.popped = nil, nil, 0, 0
	for _, b := range drop(waiting) {
		t.merge.push(fromLanes, b)
	}
}

// endedAt marks a lane as read to its end, which was at a size of the input.
func (l *lane) endedAt(size int64) error {
	l.started, l.ended = true, true
	close(l.ch)
	if l.size() != size {
		return fmt.Errorf("%s had ended, and has other bytes now: read it with follow=true where it grows, or begin with a new data folder", l.spec.Name)
	}
	return nil
}
