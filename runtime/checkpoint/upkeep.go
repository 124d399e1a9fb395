package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/compact"
	"github.com/edynamic/edynamic/runtime/log/stream"
)

// trimEvery is how often topics are trimmed, and looked at for what can be compacted.
const trimEvery = time.Minute

// LeastCompacted is how many rows of a topic must be new for it to be compacted, unless a
// Compacted says otherwise. They must also be as many as it kept the last time, so that
// a row is written again once, not each time, as a topic grows.
const LeastCompacted = 4096

// Compacted is a topic that is compacted now and then.
type Compacted struct {
	compact.Spec       // without Log, Topic, Now, Read and Stopped
	Least        int64 // rows, 0 for LeastCompacted
}

// upkeep is the trimming and compaction of topics beside a run.
type upkeep struct {
	compacted map[string]Compacted
	stop      atomic.Bool
	work      sync.WaitGroup
	busy      atomic.Bool
	mu        sync.Mutex
	failed    error
}

// Retain trims a topic now and then to what is to be kept of it.
func (r *Run) Retain(topic string, keep log.Retention) { r.retention[topic] = keep }

// Compact leaves rows of a topic out now and then that others have replaced.
func (r *Run) Compact(topic string, c Compacted) { r.compacted[topic] = c }

// keepUp takes away what need not be kept any more: beside the run while it goes on, and
// before it ends.
func (r *Run) keepUp(ended bool) error {
	now := r.clock.Now()
	if !ended && now.Sub(r.trimmed) < trimEvery {
		return r.compactFailed()
	}
	r.trimmed = now
	for _, topic := range slices.Sorted(maps.Keys(r.retention)) {
		if err := trim(r.log, topic, r.retention[topic], now); err != nil {
			return fmt.Errorf("trimming the topic %s: %w", topic, err)
		}
	}
	if len(r.compacted) == 0 || !ended && !r.busy.CompareAndSwap(false, true) {
		return r.compactFailed()
	}
	if ended {
		r.work.Wait()
		return errors.Join(r.compactFailed(), r.compactAll(now))
	}
	r.work.Go(func() {
		defer r.busy.Store(false)
		if err := r.compactAll(now); err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.failed = err
		}
	})
	return nil
}

// trim trims a topic, and what runs know of the events that are gone.
func trim(l log.Log, topic string, keep log.Retention, now time.Time) error {
	if err := log.Retain(l, topic, keep, now); err != nil || keep == (log.Retention{}) {
		return err
	}
	return trimMoments(l, topic)
}

// compactFailed is why a compaction beside the run failed.
func (r *Run) compactFailed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

func (r *Run) stopCompacting() {
	r.stop.Store(true)
	r.work.Wait()
}

func (r *Run) compactAll(now time.Time) error {
	for _, topic := range slices.Sorted(maps.Keys(r.compacted)) {
		c := r.compacted[topic]
		c.Log, c.Topic, c.Now, c.Stopped = r.log, topic, now, r.stop.Load
		if c.Least == 0 {
			c.Least = LeastCompacted
		}
		if _, err := CompactTopic(c.Spec, c.Least); err != nil {
			return fmt.Errorf("compacting the topic %s: %w", topic, err)
		}
	}
	return nil
}

// compactedBefore is what is kept of the last compaction of a topic.
type compactedBefore struct {
	Next int64 // events that the topic had had
	Left int64 // rows that it kept
}

// CompactTopic compacts a topic where so many rows are new, and as many as it kept the
// last time; 0 does so at once. What deletes a row stays until all runs of the log have read it.
func CompactTopic(s compact.Spec, least int64) (compact.Result, error) {
	key := []byte("compacted/" + s.Topic)
	b, err := s.Log.Get(key)
	if err != nil {
		return compact.Result{}, err
	}
	var before compactedBefore
	if b != nil {
		if err := json.Unmarshal(b, &before); err != nil {
			return compact.Result{}, fmt.Errorf("when it was compacted last cannot be read: %w", err)
		}
	}
	next, err := events(s.Log, s.Topic)
	if err != nil || least > 0 && next-before.Next < max(least, before.Left) {
		return compact.Result{}, err
	}
	if s.Read, err = readByAll(s.Log, s.Topic); err != nil {
		return compact.Result{}, err
	}
	out, err := compact.Run(s)
	if err != nil || s.Stopped != nil && s.Stopped() {
		return out, err
	}
	if b, err = json.Marshal(compactedBefore{Next: next, Left: out.Left}); err != nil {
		return out, err
	}
	_, err = s.Log.Commit(&log.Tx{Set: []log.KeyValue{{Key: key, Value: b}}})
	return out, err
}

// events is how many events a topic has had.
func events(l log.Log, topic string) (int64, error) {
	t, ok := l.Topic(topic)
	if !ok {
		return 0, fmt.Errorf("topic %s: %w", topic, log.ErrNoTopic)
	}
	n := int64(0)
	for p := range t.Partitions {
		head, err := l.Head(topic, p)
		if err != nil {
			return 0, err
		}
		n += head.Next
	}
	return n, nil
}

// readByAll tells up to which event of a partition all runs of a log have read that have
// begun to.
func readByAll(l log.Log, topic string) (func(partition int) int64, error) {
	t, _ := l.Topic(topic)
	least := make([]int64, t.Partitions)
	for p := range least {
		head, err := l.Head(topic, p)
		if err != nil {
			return nil, err
		}
		least[p] = head.Next
	}
	var wrong error
	err := l.Scan([]byte(readPrefix), func(_, value []byte) bool {
		var read map[string][]int64
		if wrong = json.Unmarshal(value, &read); wrong != nil {
			return false
		}
		if at, known := read[topic]; known {
			for p := range least {
				if p >= len(at) {
					least[p] = 0
				} else {
					least[p] = min(least[p], at[p])
				}
			}
		}
		return true
	})
	return func(p int) int64 { return least[p] }, errors.Join(err, wrong)
}

// readPrefix begins the keys under which runs say how far they have read topics.
const readPrefix = "read/"

func (r *Run) readKey() []byte { return []byte(readPrefix + r.name) }

// noteRead writes down up to which event of each partition a run has read, or appended
// itself, all there are.
func (r *Run) noteRead(tx *log.Tx, m *Meta, s *exec.State) error {
	read := map[string][]int64{}
	for _, topic := range slices.Sorted(maps.Keys(m.Topics)) {
		at := []int64{}
		if resume := s.Resume(topic, stream.Lane); len(resume) > 0 {
			if err := json.Unmarshal(resume, &at); err != nil {
				return fmt.Errorf("how far the topic %s was read cannot be understood: %w", topic, err)
			}
		}
		own := m.Topics[topic].Own
		for p := range max(len(at), len(own)) {
			if p >= len(at) {
				at = append(at, 0)
			}
			if p < len(own) {
				at[p] = readTo(at[p], own[p])
			}
		}
		read[topic] = at
	}
	value, err := json.Marshal(read)
	if err != nil {
		return err
	}
	tx.Set = append(tx.Set, log.KeyValue{Key: r.readKey(), Value: value})
	return nil
}

// readTo goes on from an event over those that a run has appended.
func readTo(at int64, own []stream.Range) int64 {
	for _, x := range own {
		if x.From <= at && at < x.To {
			at = x.To
		}
	}
	return at
}
