package exec

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// refused finds, among error records that enter the topic, those of records that their
// topics did not take, because they could not be decoded or had no time; nil for none.
// They are stored with where those came from, as rows are: both are what a replay cannot
// make again.
func (t *topicNode) refused(b *operators.Batch) []Entered {
	if !t.topic.Records || t.topic.Record == nil || b.Refs == nil {
		return nil
	}
	var out []Entered
	for n, r := range rowsOf(b) {
		places, ok := b.Refs[r].From.(*recordPlaces)
		if !ok {
			continue
		}
		if x, ok := places.refused[b.Refs[r].Index].find(t.e); ok {
			if out == nil {
				out = make([]Entered, b.Len())
			}
			out[n] = x
		}
	}
	return out
}

// entry is what an error record says of how it came about.
type entry struct {
	spot   spot
	stage  string
	origin string
	behind int64
	header string
}

// find is where the record came from, where its topic refused it.
func (r entry) find(e *Engine) (x Entered, ok bool) {
	t := e.topicAt[r.spot.topic]
	if t == nil || r.stage != t.node.Stage {
		return x, false
	}
	l := t.laneAt(r.spot.partition)
	if l == nil || l.spec.Recorded {
		return x, false
	}
	at, ok := l.at(r.origin)
	return Entered{Lane: l.refusing(t.topic.Name, r.header), At: at, Behind: r.behind}, ok
}

// refusing is the lane as a Recorder is told of it for records below a header that were
// refused.
func (l *lane) refusing(topic, header string) *Lane {
	if l.refuser == nil || l.refuser.Header != header {
		l.refuser = &Lane{Name: l.spec.Name, Counted: l.spec.Counted, Format: l.spec.Format, Refuser: topic, Header: header}
	}
	return l.refuser
}

// accept notes the rows of a batch that enter the topic; the answer tells, of a row of the
// batch, where the last one before it is.
func (l *lane) accept(p *laneRecords, b *operators.Batch) (behind func(row int) int64) {
	before, rows := l.accepted, b.Sel
	n := b.Len()
	last := func(n int) int {
		if rows != nil {
			return int(rows[n-1])
		}
		return n - 1
	}
	if n > 0 {
		l.accepted = p.records.Byte(last(n))
	}
	return func(row int) int64 {
		at := min(row, n)
		if rows != nil {
			at, _ = slices.BinarySearch(rows, int32(row))
		}
		if at == 0 {
			return before
		}
		return p.records.Byte(last(at))
	}
}

// headerOf is the header that records stand under, "" for none.
func headerOf(records format.Records) string {
	if r, ok := records.(format.HeadedRecords); ok {
		return r.Header()
	}
	return ""
}
