package exec

import (
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// entrance tells where the rows of a batch came into a topic from.
type entrance struct {
	t *topicNode
	b *operators.Batch
}

// Row implements Entrance. Rows that were recorded before are told from those of the graph
// by their lane.
func (x entrance) Row(row int) (Entered, bool) {
	t, b := x.t, x.b
	if b.Refs == nil {
		return Entered{}, false
	}
	switch from := b.Refs[row].From.(type) {
	case *laneRecords:
		if from.topic != t.topic.Index {
			return Entered{}, false // it came into the topic from within, with its record
		}
		return Entered{Lane: from.spec, At: from.records.Byte(int(b.Refs[row].Index))}, true
	case *copiedRecords:
		if from.topic == t.topic.Index {
			return Entered{Lane: from.spec, At: from.records.Byte(int(b.Refs[row].Index))}, true
		}
	case *kept:
		if from.refused != nil && from.refused[b.Refs[row].Index].Lane != nil {
			return from.refused[b.Refs[row].Index], true
		}
	case *saved:
		return t.entered(from, b.Refs[row].Index)
	case *loose:
		one, _ := from.read()
		return t.entered(one, 0)
	}
	return Entered{}, false
}

// entered tells where a record came from that a state had.
func (t *topicNode) entered(from *saved, i int32) (Entered, bool) {
	l := t.laneAt(from.partition)
	if l == nil || from.within || from.topic != t.topic.Index {
		return Entered{}, false
	}
	at, ok := l.at(from.origins[i])
	return Entered{Lane: &l.spec, At: at}, ok || l.spec.Recorded
}

// Lane implements Entrance.
func (x entrance) Lane(at []int64) (lane *Lane, beside any) {
	if x.b.Sel != nil || len(x.b.Refs) == 0 {
		return nil, nil
	}
	from, ok := x.b.Refs[0].From.(*laneRecords)
	if !ok || from.topic != x.t.topic.Index || from.first != &x.b.Refs[0] {
		return nil, nil
	}
	if all, ok := from.records.(format.PlacedRecords); ok {
		all.Bytes(at)
		return from.spec, from.beside
	}
	for i := range at {
		at[i] = from.records.Byte(i)
	}
	return from.spec, from.beside
}
