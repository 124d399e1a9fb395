package sorted

import (
	"bytes"
	"errors"
	"slices"
	"sync"
)

// batchBytes is how much of a batch is sorted at a time.
const batchBytes = 1 << 20

// Batch is keys on their way into a set. Of those that are equal the last counts. Its
// methods may be called from several goroutines.
type Batch struct {
	dir *Dir

	mu      sync.Mutex
	arena   []byte // of what is not in a file yet
	items   []item
	ascends bool // each item is behind the one before
	out     *writer
	runs    []*Run
}

// item is a key up to mid and its value, in the arena.
type item struct {
	from, mid, to uint32
	gone          bool
}

// Put sets a key.
func (b *Batch) Put(key, value []byte) error { return b.put(key, value, false) }

// Delete says that a key is gone.
func (b *Batch) Delete(key []byte) error { return b.put(key, nil, true) }

func (b *Batch) put(key, value []byte, gone bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.items); n > 0 && b.ascends {
		b.ascends = bytes.Compare(b.key(b.items[n-1]), key) < 0
	}
	from := uint32(len(b.arena))
	b.arena = append(append(b.arena, key...), value...)
	b.items = append(b.items, item{from, from + uint32(len(key)), uint32(len(b.arena)), gone})
	if len(b.arena) < batchBytes {
		return nil
	}
	return b.write()
}

func (b *Batch) key(i item) []byte { return b.arena[i.from:i.mid:i.mid] }

// write moves what is in memory to a file: to that of before, where it is behind that.
func (b *Batch) write() error {
	if !b.ascends {
		slices.SortStableFunc(b.items, func(x, y item) int { return bytes.Compare(b.key(x), b.key(y)) })
	}
	for n, i := range b.items {
		key := b.key(i)
		if n+1 < len(b.items) && !b.ascends && bytes.Equal(key, b.key(b.items[n+1])) {
			continue
		}
		if err := b.begin(key); err != nil {
			return err
		}
		value := b.arena[i.mid:i.to:i.to]
		if i.gone {
			value = nil
		}
		if err := b.out.add(key, value); err != nil {
			return err
		}
	}
	b.arena, b.items, b.ascends = b.arena[:0], b.items[:0], true
	return nil
}

// begin makes a file that a key can be added to, unless there is one.
func (b *Batch) begin(key []byte) error {
	if b.out != nil && bytes.Compare(key, b.out.run.last) <= 0 {
		if err := b.end(); err != nil {
			return err
		}
	}
	if b.out == nil {
		b.out = b.dir.writer()
	}
	return nil
}

// end ends the file at hand.
func (b *Batch) end() error {
	if b.out == nil {
		return nil
	}
	w := b.out
	b.out = nil
	r, err := w.finish()
	if err == nil {
		b.runs = append(b.runs, r)
	}
	return err
}

// finish is the batch as runs, the oldest first, and leaves it empty. They belong to whoever
// asks.
func (b *Batch) finish() ([]*Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.write()
	if err == nil {
		err = b.end()
	}
	if err != nil {
		return nil, err
	}
	runs := b.runs
	b.runs = nil
	return runs, nil
}

// Empty reports that nothing is in it.
func (b *Batch) Empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items) == 0 && b.out == nil && len(b.runs) == 0
}

// Drop gives it up.
func (b *Batch) Drop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	if b.out != nil {
		errs = append(errs, b.out.drop())
	}
	for _, r := range b.runs {
		errs = append(errs, r.release())
	}
	b.arena, b.items, b.out, b.runs = nil, nil, nil, nil
	return errors.Join(errs...)
}
