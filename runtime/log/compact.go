package log

import "fmt"

// Compact implements Log.
func (l *stored) Compact(topic string, partition int, c Compaction) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	t, err := l.partition(topic, partition)
	if err != nil {
		return err
	}
	head := t.heads[partition]
	if c.From < head.First || c.To > head.Next || c.To-c.From < 1 || c.To-c.From > mostEvents || c.Kept < 0 || int64(c.Kept) > c.To-c.From {
		return fmt.Errorf("topic %s, partition %d: events %d to %d cannot become %d of them", topic, partition, c.From, c.To, c.Kept)
	}
	before, err := l.hashBefore(t, partition, c.From)
	if err != nil {
		return err
	}
	next, was := c.From, before
	err = l.each(t, partition, c.From, c.To, func(e *Entry) {
		if e.First == next {
			next, was = e.Next(), e.Hash
		}
		head.drop(e)
	})
	if err != nil {
		return err
	}
	if next != c.To || was != c.Was {
		return &Conflict{topic, partition, c.To, next}
	}
	e := Entry{First: c.From, N: int(c.To - c.From), MinTime: c.MinTime, MaxTime: c.MaxTime, Ingest: c.Ingest, Schema: c.Schema,
		Payload: c.Payload, Hash: c.Was, Compacted: true, Kept: c.Kept}
	e.Seal = seal(before, &e)
	head.Entries++
	head.Bytes += int64(len(e.Payload))
	head.Gone += int64(e.N - e.Kept)
	from, to := entryKey(t.Number, partition, c.From), entryKey(t.Number, partition, c.To)
	return l.shrink(t, partition, head, []change{{removeRange, from, to}, {set, from, e.encode()}})
}

// hashBefore is the hash of the entry before an event, which the chain goes on from; of
// what was trimmed it is not known, and nothing is held to it.
func (l *stored) hashBefore(t *topicState, partition int, event int64) (Hash, error) {
	if event <= t.heads[partition].First {
		return Hash{}, nil
	}
	at, err := l.holding(t, partition, t.heads[partition], event-1)
	if err != nil {
		return Hash{}, err
	}
	var h Hash
	err = l.each(t, partition, at, event, func(e *Entry) { h = e.Hash })
	return h, err
}
