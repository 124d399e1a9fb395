package log

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// pending is a commit while its changes are collected.
type pending struct {
	l       *stored
	changes []change
	heads   map[*topicState][]Head // of the topics it appends to
	named   map[string]int64       // where appends of this commit went, by dedup key
	room    []byte                 // what is left of it for entries
}

// mostRoom is how many bytes for entries are kept for the next commit, which the store has
// copied by then.
const mostRoom = 4 << 20

// Commit implements Log.
func (l *stored) Commit(tx *Tx) ([]Appended, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	c := &pending{l: l, heads: map[*topicState][]Head{}, named: map[string]int64{}, room: slices.Grow(l.room[:0], entriesSize(tx))}
	if cap(c.room) <= mostRoom {
		l.room = c.room
	}
	out := make([]Appended, len(tx.Appends))
	for i := range tx.Appends {
		var err error
		if out[i], err = c.append(&tx.Appends[i]); err != nil {
			return nil, err
		}
	}
	var files []bulk
	early, err := c.early(tx.Early)
	if err != nil {
		return nil, err
	}
	if early != nil {
		files = append(files, early)
	}
	for _, p := range tx.DeletePrefix {
		from := named(stateKeys, string(p))
		c.changes = append(c.changes, change{removeRange, from, after(from)})
	}
	for _, s := range tx.Sorted {
		from := named(stateKeys, string(s.Prefix))
		c.changes = append(c.changes, change{removeRange, from, after(from)})
	}
	for _, k := range tx.Delete {
		c.changes = append(c.changes, change{remove, named(stateKeys, string(k)), nil})
	}
	for _, kv := range tx.Set {
		c.changes = append(c.changes, change{set, named(stateKeys, string(kv.Key)), kv.Value})
	}
	for _, a := range tx.Ahead {
		some, err := c.ahead(a.(*ahead))
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	if err := c.setHeads(); err != nil {
		return nil, err
	}
	plans, err := c.sort(tx)
	if err != nil {
		return nil, err
	}
	if err := l.take(files); err != nil {
		return nil, errors.Join(err, drop(plans))
	}
	// Files that are not needed any more are taken away behind this. Where it fails nobody
	// knows which are needed, so that all stay until the log is opened again.
	if err := l.writeAll(c.changes, stateOf(tx.More), !tx.NoSync || len(plans) > 0); err != nil {
		return nil, err
	}
	if err := l.files.sorted(plans); err != nil {
		l.failed = err
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for t, heads := range c.heads {
		t.heads = heads
	}
	for _, a := range tx.Ahead {
		a.(*ahead).taken()
	}
	return out, nil
}

// entriesSize is the bytes of the entries of a commit.
func entriesSize(tx *Tx) int {
	size := 0
	for i := range tx.Appends {
		size += headerSize + len(tx.Appends[i].Payload)
	}
	return size
}

// early writes values to a file of their own where they are large, and else with the rest.
func (c *pending) early(values []KeyValue) (bulk, error) {
	size := 0
	for _, kv := range values {
		size += len(kv.Value)
	}
	if size == 0 || size < c.l.bulkBytes {
		for _, kv := range values {
			c.changes = append(c.changes, change{set, named(stateKeys, string(kv.Key)), kv.Value})
		}
		return nil, nil
	}
	b, err := c.l.store.bulk()
	if err != nil {
		return nil, err
	}
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b KeyValue) int { return bytes.Compare(a.Key, b.Key) })
	for _, kv := range values {
		if err := b.set(named(stateKeys, string(kv.Key)), kv.Value); err != nil {
			return nil, errors.Join(err, b.drop())
		}
	}
	return b, b.finish()
}

// take lets files become part of the store. Nothing in them is seen before the heads of
// their partitions are written; where that does not come about they are taken away when
// the log is opened again.
func (l *stored) take(files []bulk) error {
	if len(files) == 0 {
		return nil
	}
	if l.failed != nil {
		return l.refused()
	}
	if err := l.store.take(files); err != nil {
		l.failed = err
		return err
	}
	return nil
}

// head is the head of a partition as the commit leaves it so far.
func (c *pending) head(t *topicState, partition int) *Head {
	if c.heads[t] == nil {
		c.heads[t] = slices.Clone(t.heads)
	}
	return &c.heads[t][partition]
}

// stateOf puts the keys of states among those of the store.
func stateOf(more iter.Seq2[[]byte, []byte]) iter.Seq2[[]byte, []byte] {
	if more == nil {
		return nil
	}
	return func(yield func(key, value []byte) bool) {
		buf := []byte{stateKeys}
		for key, value := range more {
			if buf = append(buf[:1], key...); !yield(buf, value) {
				return
			}
		}
	}
}

// append adds an entry behind those that the commit has added already.
func (c *pending) append(a *Append) (Appended, error) {
	t, err := c.l.partition(a.Topic, a.Partition)
	if err != nil {
		return Appended{}, err
	}
	if a.N < 1 || a.N > mostEvents {
		return Appended{}, fmt.Errorf("topic %s: an append of %d events", a.Topic, a.N)
	}
	var dedup []byte
	if a.Dedup != "" {
		dedup = append(partitionKey(dedupKeys, t.Number, a.Partition), a.Dedup...)
		if first, done, err := c.before(dedup); err != nil || done {
			return Appended{First: first, Again: done}, err
		}
	}
	head := c.head(t, a.Partition)
	if a.Expect >= 0 && a.Expect != head.Next {
		return Appended{}, &Conflict{a.Topic, a.Partition, a.Expect, head.Next}
	}
	e, raised := head.follow(a)
	entry := e.appendTo(c.room)
	c.room = entry[len(entry):]
	c.changes = append(c.changes, change{set, entryKey(t.Number, a.Partition, e.First), entry})
	if raised {
		// From here on events of this time may be found, and before not.
		c.changes = append(c.changes, change{set, timeKey(t.Number, a.Partition, a.MaxTime, e.First), nil})
	}
	if dedup != nil {
		c.changes = append(c.changes, change{set, dedup, binary.BigEndian.AppendUint64(nil, uint64(e.First))})
		c.named[string(dedup)] = e.First
	}
	return Appended{First: e.First}, nil
}

// before finds an append of the same name.
func (c *pending) before(dedup []byte) (first int64, done bool, err error) {
	if first, done = c.named[string(dedup)]; done {
		return first, true, nil
	}
	b, err := c.l.store.get(dedup)
	if err != nil || len(b) != 8 {
		return 0, false, err
	}
	return int64(binary.BigEndian.Uint64(b)), true, nil
}

// setHeads writes the heads of partitions that were appended to.
func (c *pending) setHeads() error {
	for t, heads := range c.heads {
		for p := range heads {
			if heads[p] == t.heads[p] {
				continue
			}
			b, err := json.Marshal(heads[p])
			if err != nil {
				return err
			}
			c.changes = append(c.changes, change{set, partitionKey(headKeys, t.Number, p), b})
		}
	}
	return nil
}

// Trim implements Log.
func (l *stored) Trim(topic string, partition int, below int64) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	t, err := l.partition(topic, partition)
	if err != nil {
		return err
	}
	head := t.heads[partition]
	below = min(below, head.Next)
	at, err := l.holding(t, partition, head, below)
	if err != nil || at <= head.First {
		return err
	}
	from, to := entryKey(t.Number, partition, head.First), entryKey(t.Number, partition, at)
	if err := l.each(t, partition, head.First, at, head.drop); err != nil {
		return err
	}
	head.First = at
	return l.shrink(t, partition, head, []change{{removeRange, from, to}})
}

// reclaimed is how many bytes of entries are deleted before their room is reclaimed.
const reclaimed = 16 << 20

// shrink is setHead where entries are deleted.
func (l *stored) shrink(t *topicState, partition int, head Head, changes []change) error {
	l.freed += t.heads[partition].Bytes - head.Bytes
	if err := l.setHead(t, partition, head, changes); err != nil {
		return err
	}
	if l.freed >= reclaimed {
		l.freed = 0
		l.store.reclaim(partitionKey(entryKeys, t.Number, partition), partitionKey(entryKeys, t.Number, partition+1))
	}
	return nil
}

// drop takes an entry out of what is kept.
func (h *Head) drop(e *Entry) {
	h.Entries--
	h.Bytes -= int64(len(e.Payload))
	h.Gone -= int64(e.N - e.Rows())
}

// each gives the entries of a partition from one event up to another, whose payloads are
// valid until f returns. One that is damaged is an error.
func (l *stored) each(t *topicState, partition int, from, to int64, f func(*Entry)) error {
	var damage error
	err := l.store.scan(entryKey(t.Number, partition, from), entryKey(t.Number, partition, to), false, func(key, value []byte) bool {
		e, wrong := decode(value, lastNumber(key))
		if wrong != "" {
			damage = &Damage{t.name, partition, lastNumber(key), wrong}
			return false
		}
		f(&e)
		return true
	})
	return cmp.Or(err, damage)
}

// setHead writes changes of a partition with its head.
func (l *stored) setHead(t *topicState, partition int, head Head, changes []change) error {
	b, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := l.write(append(changes, change{set, partitionKey(headKeys, t.Number, partition), b}), true); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.heads[partition] = head
	return nil
}

// holding is the first event of the entry that holds an event; at the end it is the
// next one to come.
func (l *stored) holding(t *topicState, partition int, head Head, event int64) (int64, error) {
	if event >= head.Next {
		return head.Next, nil
	}
	first := head.First
	err := l.store.scan(entryKey(t.Number, partition, 0), entryKey(t.Number, partition, event+1), true, func(key, _ []byte) bool {
		first = lastNumber(key)
		return false
	})
	return first, err
}
