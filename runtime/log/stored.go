package log

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/edynamic/edynamic/runtime/sorted"
)

// stored is a log in a store.
type stored struct {
	store store

	// writing is held while something is written, however long that takes; mu guards topics
	// and their heads, which only change under both. So reads go on where writes wait.
	writing sync.Mutex
	mu      sync.RWMutex

	topics map[string]*topicState
	next   uint32 // number of the next topic
	failed error  // after a write whose outcome is not known
	made   uint64 // writes so far
	freed  int64  // bytes of entries deleted since their room was reclaimed last
	guard  *guard // nil for a store without
	files  files
	room   []byte // for the entries of one commit after another

	bulkBytes int // see the constant; tests have less

	closed atomic.Bool
}

// gone is the error of a log that is closed.
func (l *stored) gone() error {
	if l.closed.Load() {
		return ErrClosed
	}
	return nil
}

// topicState is a topic with its heads, as they are in the store.
type topicState struct {
	Number     uint32
	Partitions int
	Settings   []byte

	name  string
	heads []Head
}

// newStored is a log in a store, with files of its own in a folder.
func newStored(s store, fs vfs.FS, dir string) *stored {
	return &stored{store: s, topics: map[string]*topicState{}, bulkBytes: bulkBytes,
		files: files{fs: fs, dir: dir, sets: map[string]*sorted.Set{}}}
}

// open reads the topics and heads that the store holds.
func (l *stored) open() error {
	if err := errors.Join(l.countWrites(), l.openFiles()); err != nil {
		return err
	}
	var wrong error
	err := l.store.scan([]byte{topicKeys}, []byte{topicKeys + 1}, false, func(key, value []byte) bool {
		t := &topicState{name: string(key[1:])}
		if err := json.Unmarshal(value, t); err != nil {
			wrong = fmt.Errorf("topic %s: what the log knows of it cannot be read: %w", t.name, err)
			return false
		}
		l.topics[t.name] = t
		l.next = max(l.next, t.Number+1)
		return true
	})
	if err = cmp.Or(err, wrong); err != nil {
		return err
	}
	for _, t := range l.topics {
		if err := l.readHeads(t); err != nil {
			return err
		}
		if err := l.dropStrays(t); err != nil {
			return err
		}
	}
	return nil
}

// remembered is how many of the last writes have a key each: more than the store keeps in
// files that it may lose without noticing.
const remembered = 1 << 16

// writeKey is the key of a write.
func writeKey(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{madeKey}, n) }

// countWrites finds how many writes were made, and that none of the last is missing.
func (l *stored) countWrites() error {
	first, last, n := uint64(0), uint64(0), uint64(0)
	err := l.store.scan([]byte{madeKey}, []byte{madeKey + 1}, false, func(key, _ []byte) bool {
		last = uint64(lastNumber(key))
		if n == 0 {
			first = last
		}
		n++
		return true
	})
	if err != nil {
		return err
	}
	l.made = last
	if n > 0 && (last-first+1 != n || n < min(last, remembered)) {
		return fmt.Errorf("it has lost %d of its last %d writes: a file of it was cut or taken away. Put the folder back from a copy", min(last, remembered)-n, min(last, remembered))
	}
	return nil
}

func (l *stored) readHeads(t *topicState) error {
	t.heads = make([]Head, t.Partitions)
	for p := range t.heads {
		t.heads[p] = Head{Largest: NoTime}
		b, err := l.store.get(partitionKey(headKeys, t.Number, p))
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		if err := json.Unmarshal(b, &t.heads[p]); err != nil {
			return &Damage{t.name, p, 0, "the head of the partition cannot be read"}
		}
	}
	return nil
}

// Declare implements Log.
func (l *stored) Declare(t Topic) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.gone(); err != nil {
		return err
	}
	if t.Name == "" || t.Partitions < 1 {
		return fmt.Errorf("a topic needs a name and at least one partition, and this is %q with %d", t.Name, t.Partitions)
	}
	was := l.topics[t.Name]
	is := &topicState{Number: l.next, Partitions: t.Partitions, Settings: t.Settings, name: t.Name}
	if was != nil {
		if t.Partitions < was.Partitions {
			return fmt.Errorf("topic %s has %d partitions and cannot have %d: its keys would change places", t.Name, was.Partitions, t.Partitions)
		}
		is.Number, is.heads = was.Number, slices.Clone(was.heads)
	}
	for len(is.heads) < t.Partitions {
		is.heads = append(is.heads, Head{Largest: NoTime})
	}
	b, err := json.Marshal(is)
	if err != nil {
		return err
	}
	if was == nil {
		if err := l.dropAll(is); err != nil {
			return err
		}
	}
	// A commit to the topic makes this last, too.
	if err := l.write([]change{{set, named(topicKeys, t.Name), b}}, false); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.topics[t.Name] = is
	l.next = max(l.next, is.Number+1)
	return nil
}

// write applies changes. When that fails nobody knows what the store holds, so that
// nothing more is written.
func (l *stored) write(changes []change, sync bool) error { return l.writeAll(changes, nil, sync) }

func (l *stored) writeAll(changes []change, more iter.Seq2[[]byte, []byte], sync bool) error {
	if err := l.gone(); err != nil {
		return err
	}
	if l.failed != nil {
		return l.refused()
	}
	changes = append(changes, change{set, writeKey(l.made + 1), nil})
	if l.made+1 > remembered {
		changes = append(changes, change{remove, writeKey(l.made + 1 - remembered), nil})
	}
	if err := l.store.apply(changes, more, sync); err != nil {
		l.failed = err
		return err
	}
	l.made++
	if l.guard != nil && sync {
		if err := l.guard.write(l.made); err != nil {
			l.failed = err
			return err
		}
	}
	return nil
}

func (l *stored) refused() error {
	return fmt.Errorf("the log takes no more writes since one failed: %w", l.failed)
}

// Topic implements Log.
func (l *stored) Topic(name string) (Topic, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t := l.topics[name]
	if t == nil {
		return Topic{}, false
	}
	return t.public(), true
}

func (t *topicState) public() Topic {
	return Topic{Name: t.name, Partitions: t.Partitions, Settings: t.Settings}
}

// Topics implements Log.
func (l *stored) Topics() []Topic {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var out []Topic
	for _, t := range l.topics {
		out = append(out, t.public())
	}
	slices.SortFunc(out, func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// partition finds a partition; mu or writing is held.
func (l *stored) partition(topic string, partition int) (*topicState, error) {
	t := l.topics[topic]
	switch {
	case l.closed.Load():
		return nil, ErrClosed
	case t == nil:
		return nil, fmt.Errorf("topic %s: %w", topic, ErrNoTopic)
	case partition < 0 || partition >= t.Partitions:
		return nil, fmt.Errorf("topic %s has %d partitions, and %d is not one of them", topic, t.Partitions, partition)
	}
	return t, nil
}

// Head implements Log.
func (l *stored) Head(topic string, partition int) (Head, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t, err := l.partition(topic, partition)
	if err != nil {
		return Head{}, err
	}
	return t.heads[partition], nil
}

// Close implements Log.
func (l *stored) Close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.closed.Swap(true) {
		return ErrClosed
	}
	err := errors.Join(l.files.close(), l.store.close())
	if l.guard != nil {
		err = errors.Join(err, l.guard.close())
	}
	return err
}
