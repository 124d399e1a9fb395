package log

import (
	"errors"
	"fmt"
)

// bulkBytes is how much must be written ahead to a partition before it gets a file of its
// own, and fileBytes how large such a file becomes: what goes there is written once, where
// the store would write it again and again, but small files would be many.
const (
	bulkBytes = 4 << 20
	fileBytes = 64 << 20
)

// ahead is appends to a topic that no commit has taken yet. It is for one goroutine at a
// time, beside those that use the log.
type ahead struct {
	l     *stored
	topic string
	parts []aheadPart
	room  []byte // for the entry being written
}

// aheadPart is what was appended to a partition.
type aheadPart struct {
	begun    bool
	from, to Head     // where it begins, and where it has come to
	held     []change // entries that are in no file, and what is known of all
	bytes    int      // of held
	bulk     bulk     // the file being written, nil for none
	full     []bulk
}

// Ahead implements Log.
func (l *stored) Ahead(topic string) (Ahead, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	t := l.topics[topic]
	if t == nil {
		return nil, fmt.Errorf("topic %s: %w", topic, ErrNoTopic)
	}
	return &ahead{l: l, topic: topic, parts: make([]aheadPart, t.Partitions)}, nil
}

// Append implements Ahead.
func (a *ahead) Append(x *Append) error {
	if x.Partition < 0 || x.Partition >= len(a.parts) || x.N < 1 || x.N > mostEvents {
		return fmt.Errorf("topic %s: %d events for partition %d cannot be appended", a.topic, x.N, x.Partition)
	}
	p := &a.parts[x.Partition]
	if !p.begun {
		head, err := a.l.Head(a.topic, x.Partition)
		if err != nil {
			return err
		}
		p.begun, p.from, p.to = true, head, head
	}
	number := a.l.number(a.topic)
	e, raised := p.to.follow(x)
	key := entryKey(number, x.Partition, e.First)
	if raised {
		p.held = append(p.held, change{set, timeKey(number, x.Partition, x.MaxTime, e.First), nil})
	}
	if p.inFile() {
		a.room = e.appendTo(a.room[:0]) // the file has a copy
		return p.put(a.l, key, a.room)
	}
	return p.hold(a.l, key, e.encode())
}

// follow makes the entry of an append behind all others; raised tells that its largest
// time is larger than theirs.
func (h *Head) follow(x *Append) (e Entry, raised bool) {
	e = Entry{First: h.Next, N: x.N, MinTime: x.MinTime, MaxTime: x.MaxTime, Ingest: x.Ingest, Schema: x.Schema, Payload: x.Payload}
	e.Hash = link(h.Hash, &e)
	raised = x.MaxTime > h.Largest
	h.Largest = max(h.Largest, x.MaxTime)
	h.Next, h.Hash = e.Next(), e.Hash
	h.Entries++
	h.Bytes += int64(len(e.Payload))
	return e, raised
}

// inFile: the partition has come to be written to files.
func (p *aheadPart) inFile() bool { return p.bulk != nil || p.full != nil }

// hold keeps an entry in memory, unless there are enough for a file by now.
func (p *aheadPart) hold(l *stored, key, value []byte) error {
	p.held, p.bytes = append(p.held, change{set, key, value}), p.bytes+len(value)
	if p.bytes < l.bulkBytes {
		return nil
	}
	return p.open(l)
}

// put writes an entry to a file.
func (p *aheadPart) put(l *stored, key, value []byte) (err error) {
	if p.bulk == nil {
		if p.bulk, err = l.store.bulk(); err != nil {
			return err
		}
	}
	if err := p.bulk.set(key, value); err != nil || p.bulk.size() < fileBytes {
		return err
	}
	return p.finish()
}

// open moves the entries that are held to a file.
func (p *aheadPart) open(l *stored) (err error) {
	if p.bulk, err = l.store.bulk(); err != nil {
		return err
	}
	rest := p.held[:0]
	for _, c := range p.held {
		if c.key[0] != entryKeys {
			rest = append(rest, c)
			continue
		}
		if err := p.bulk.set(c.key, c.value); err != nil {
			return err
		}
	}
	clear(p.held[len(rest):])
	p.held, p.bytes = rest, 0
	return nil
}

// finish makes the file that is being written last.
func (p *aheadPart) finish() error {
	if p.bulk == nil {
		return nil
	}
	p.full = append(p.full, p.bulk)
	p.bulk = nil
	return p.full[len(p.full)-1].finish()
}

// Settle implements Ahead.
func (a *ahead) Settle() error {
	for i := range a.parts {
		if err := a.parts[i].finish(); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Ahead.
func (a *ahead) Close() error {
	var errs []error
	for i := range a.parts {
		p := &a.parts[i]
		if p.bulk != nil {
			p.full = append(p.full, p.bulk)
		}
		for _, b := range p.full {
			errs = append(errs, b.drop())
		}
		*p = aheadPart{}
	}
	return errors.Join(errs...)
}

// ahead adds to a commit what was written ahead of it, and returns its files.
func (c *pending) ahead(a *ahead) (files []bulk, err error) {
	for i := range a.parts {
		p := &a.parts[i]
		if !p.begun {
			continue
		}
		t, err := c.l.partition(a.topic, i)
		if err != nil {
			return nil, err
		}
		head := c.head(t, i)
		if head.Next != p.from.Next || head.Hash != p.from.Hash {
			return nil, &Conflict{a.topic, i, p.from.Next, head.Next}
		}
		if err := p.finish(); err != nil {
			return nil, err
		}
		head.Next, head.Hash, head.Largest = p.to.Next, p.to.Hash, p.to.Largest
		head.Entries += p.to.Entries - p.from.Entries
		head.Bytes += p.to.Bytes - p.from.Bytes
		c.changes = append(c.changes, p.held...)
		files = append(files, p.full...)
	}
	return files, nil
}

// taken: a commit has made it part of the log.
func (a *ahead) taken() { clear(a.parts) }

// number is that of a topic in keys; it never changes.
func (l *stored) number(topic string) uint32 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.topics[topic].Number
}

// dropStrays takes entries away that were written ahead of a commit which never came.
func (l *stored) dropStrays(t *topicState) error {
	for p := range t.heads {
		if err := l.dropEntries(entryKey(t.Number, p, t.heads[p].Next), partitionKey(entryKeys, t.Number, p+1)); err != nil {
			return err
		}
	}
	return nil
}

// dropAll takes entries away that a topic of this number has which was declared before and
// is not known any more: those reached the disk, and that it was declared did not.
func (l *stored) dropAll(t *topicState) error {
	return l.dropEntries(partitionKey(entryKeys, t.Number, 0), partitionKey(entryKeys, t.Number+1, 0))
}

// dropEntries takes what there is between two keys away, for good.
func (l *stored) dropEntries(from, to []byte) error {
	some := false
	err := l.store.scan(from, to, false, func(_, _ []byte) bool {
		some = true
		return false
	})
	if err == nil && some {
		err = l.write([]change{{removeRange, from, to}}, true)
	}
	return err
}
