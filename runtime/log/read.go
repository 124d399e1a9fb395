package log

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Read implements Log. It waits for no write, unless entries are compacted or trimmed while
// it looks for them.
func (l *stored) Read(topic string, partition int, from int64, size int) ([]Entry, error) {
	out, moved, err := l.read(topic, partition, from, size)
	if moved {
		l.writing.Lock()
		defer l.writing.Unlock()
		out, _, err = l.read(topic, partition, from, size)
	}
	return out, err
}

// read is Read; moved says that the first entry was not where it had been found.
func (l *stored) read(topic string, partition int, from int64, size int) (out []Entry, moved bool, err error) {
	t, head, err := l.head(topic, partition)
	if err != nil {
		return nil, false, err
	}
	at, err := l.holding(t, partition, head, max(from, head.First))
	if err != nil || at >= head.Next {
		return nil, false, err
	}
	out, err = l.readFrom(t, partition, at, head.Next, size)
	return out, len(out) == 0 || out[0].First != at, err
}

// head is a partition as it is now.
func (l *stored) head(topic string, partition int) (*topicState, Head, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t, err := l.partition(topic, partition)
	if err != nil {
		return nil, Head{}, err
	}
	return t, t.heads[partition], nil
}

// readFrom reads entries from that of an event on.
func (l *stored) readFrom(t *topicState, partition int, at, next int64, size int) (out []Entry, err error) {
	var damage error
	err = l.store.scan(entryKey(t.Number, partition, at), entryKey(t.Number, partition, next), false, func(key, value []byte) bool {
		if len(out) > 0 && size <= 0 {
			return false
		}
		e, wrong := decode(bytes.Clone(value), lastNumber(key))
		if wrong != "" {
			damage = &Damage{t.name, partition, lastNumber(key), wrong}
			return false
		}
		out = append(out, e)
		size -= len(e.Payload)
		return true
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 && damage == nil {
		damage = &Damage{t.name, partition, at, "the entry is missing"}
	}
	if len(out) > 0 {
		return out, nil // what is damaged is reported when it is reached
	}
	return nil, damage
}

// Seek implements Log.
func (l *stored) Seek(topic string, partition int, time int64) (int64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t, err := l.partition(topic, partition)
	if err != nil {
		return 0, err
	}
	at := t.heads[partition].Next
	from, to := timeKey(t.Number, partition, time, 0), partitionKey(timeKeys, t.Number, partition+1)
	err = l.store.scan(from, to, false, func(key, _ []byte) bool {
		at = lastNumber(key)
		return false
	})
	return max(at, t.heads[partition].First), err
}

// Get implements Log.
func (l *stored) Get(key []byte) ([]byte, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	return l.store.get(named(stateKeys, string(key)))
}

// Scan implements Log.
func (l *stored) Scan(prefix []byte, f func(key, value []byte) bool) error {
	if err := l.gone(); err != nil {
		return err
	}
	from := named(stateKeys, string(prefix))
	return l.store.scan(from, after(from), false, func(key, value []byte) bool { return f(key[1:], value) })
}

// PutBlob implements Log.
func (l *stored) PutBlob(content []byte) (string, error) {
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	l.writing.Lock()
	defer l.writing.Unlock()
	return hash, l.write([]change{{set, named(blobKeys, hash), content}}, true)
}

// Blob implements Log.
func (l *stored) Blob(hash string) ([]byte, error) {
	if err := l.gone(); err != nil {
		return nil, err
	}
	b, err := l.store.get(named(blobKeys, hash))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, fmt.Errorf("blob %s: %w", hash, ErrNoBlob)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != hash {
		return nil, fmt.Errorf("blob %s: its bytes are not those that were written", hash)
	}
	return b, nil
}

// Claim implements Log.
func (l *stored) Claim(topic string, partitions []int, owner string) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	var changes []change
	for _, p := range partitions {
		t, err := l.partition(topic, p)
		if err != nil {
			return err
		}
		key := partitionKey(claimKeys, t.Number, p)
		has, err := l.store.get(key)
		if err != nil {
			return err
		}
		if has != nil && string(has) != owner {
			return fmt.Errorf("topic %s, partition %d: %w, %s", topic, p, ErrClaimed, has)
		}
		changes = append(changes, change{set, key, []byte(owner)})
	}
	return l.write(changes, true)
}

// Release implements Log.
func (l *stored) Release(topic string, owner string) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	t := l.topics[topic]
	if t == nil {
		return fmt.Errorf("topic %s: %w", topic, ErrNoTopic)
	}
	if err := l.gone(); err != nil {
		return err
	}
	var changes []change
	for p := range t.Partitions {
		key := partitionKey(claimKeys, t.Number, p)
		has, err := l.store.get(key)
		if err != nil {
			return err
		}
		if string(has) == owner {
			changes = append(changes, change{remove, key, nil})
		}
	}
	return l.write(changes, true)
}
