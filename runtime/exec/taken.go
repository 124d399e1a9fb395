package exec

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// A run that reads rows of the folder beside other inputs takes them when it comes by them,
// and not when they were stored. Where it matters when rows came, these moments are written
// down with the run, so that a replay of it has them (SEMANTICS 31).

// Taken is the moment at which a run took events of a partition of a topic, or came to the
// end of its input (AtEnd).
type Taken struct {
	Topic     string
	Partition int
	From, To  int64 // the events from the first on, up to but not the last
	Moment    int64
}

// AtEnd stands for a partition where a Taken is of the end of a topic's input.
const AtEnd = -1

// Stored are records of a log.
type Stored interface {
	format.Records
	// Event is the partition of record i, and its number there.
	Event(i int) (partition int, number int64)
}

// eventPlace is where a row is stored.
type eventPlace struct {
	partition int
	number    int64
}

// ofPartition is a partition of a topic.
type ofPartition struct {
	topic     string
	partition int
}

// notesMoments: the run remembers when rows of a lane were taken.
func (t *topicNode) notesMoments(l *lane) bool {
	return t.e.byMoment && t.topic.Record != nil && l.spec.Recorded
}

// storedAt remembers where the rows of a batch are stored.
func (t *topicNode) storedAt(l *lane, rows *format.Rows) {
	l.places = nil
	stored, ok := rows.Records.(Stored)
	if !ok || !t.notesMoments(l) {
		return
	}
	l.places = make([]eventPlace, rows.N)
	for i := range l.places {
		l.places[i].partition, l.places[i].number = stored.Event(i)
	}
}

// took notes that a row of the batch at the front of a lane is taken now.
func (t *topicNode) took(l *lane, row int32) {
	e := t.e
	if l.places == nil || e.moment == l.came {
		return
	}
	at := l.places[row]
	key := ofPartition{t.topic.Name, at.partition}
	if i, ok := e.lastTaken[key]; ok && e.taken[i].To == at.number && e.taken[i].Moment == e.moment {
		e.taken[i].To++
		return
	}
	e.lastTaken[key] = len(e.taken)
	e.taken = append(e.taken, Taken{Topic: t.topic.Name, Partition: at.partition, From: at.number, To: at.number + 1, Moment: e.moment})
}

// tookRest notes it of all rows that are left of the batch.
func (t *topicNode) tookRest(l *lane) {
	if l.places == nil {
		return
	}
	for _, row := range rowsOf(l.queue[0])[l.next:] {
		t.took(l, row)
	}
}

// noteEnd notes that the input of the topic ends now: rows that have waited for that go on,
// and count for this moment. No rows come at the same one afterwards.
func (t *topicNode) noteEnd() {
	e := t.e
	if e.recorded {
		e.moment = max(e.moment, t.topic.EndedAt)
	}
	if !e.byMoment || t.topic.Record == nil || t.exhausted {
		return
	}
	e.lastCame = arrival{e.moment, noRows}
	e.taken = append(e.taken, Taken{Topic: t.topic.Name, Partition: AtEnd, Moment: e.moment})
}

// committedTaken forgets what was written down.
func (e *Engine) committedTaken() {
	e.taken = nil
	clear(e.lastTaken)
}

// savePlaces writes where the rows are stored that wait in lanes.
func (t *topicNode) savePlaces(s *State) {
	for _, l := range t.lanes {
		if l.places == nil || len(l.queue) == 0 {
			continue
		}
		w := t.e.writer()
		rows := rowsOf(l.queue[0])[l.next:]
		w.Uint(uint64(len(rows)))
		for _, r := range rows {
			w.Int(int64(l.places[r].partition))
			w.Int(l.places[r].number)
		}
		s.Parts[partPlaces+t.topic.Name+"/"+l.spec.Name] = w.Buf
	}
}

func (t *topicNode) loadPlaces(s *State) error {
	for _, l := range t.lanes {
		part, ok := s.Parts[partPlaces+t.topic.Name+"/"+l.spec.Name]
		if !ok || len(l.queue) == 0 || !t.notesMoments(l) {
			continue
		}
		r := t.e.reader(part)
		l.places = make([]eventPlace, r.Len())
		for i := range l.places {
			l.places[i] = eventPlace{int(r.Int()), r.Int()}
		}
		if err := r.Err(); err != nil {
			return err
		}
		if len(l.places) != l.queue[0].Rows {
			return bugf("topic %s: %d rows wait, and the places of %d are known", t.topic.Name, l.queue[0].Rows, len(l.places))
		}
	}
	return nil
}

// dependsOnMoments reports that it matters when rows came: something goes by the clock, or
// rows are looked up in a table that may change.
func (e *Engine) dependsOnMoments() bool {
	return slices.ContainsFunc(e.ops, func(o *opNode) bool {
		_, clocked := o.op.(operators.Clocked)
		return clocked && !o.finished || o.table != nil && !o.table.first
	})
}
