// Package checkpoint writes a run down in a log and finds it again: what operators
// remember, how far inputs were read and outputs written, and the rows that topics
// took meanwhile, all in one commit.
//
// States are kept in pieces named by their content, so that what has not changed since
// the last checkpoint is not written again. Nothing here knows what a state holds.
package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/stream"
)

// form is the version of what is written here. Others are refused.
const form = 12

// pendingLimit is how many bytes of recorded rows may wait for a checkpoint, of which most
// are on disk already: more bring it forward.
const pendingLimit = 256 << 20

// Meta is what a checkpoint says of itself.
type Meta struct {
	Form      int
	Epoch     int64 // counts checkpoints
	At        time.Time
	Ended     bool // the inputs had ended
	Operators []Operator
	Topics    map[string]*Topic
	Parts     map[string]Pieces
	Instances map[string][]Pieces
}

// Operator is an operator with a state, as it was.
type Operator struct {
	ID     string // stable: see package build
	Stage  string
	Stream string
	// Does and Reads are signatures of what it does and of the columns of its rows.
	Does, Reads string
	Topics      []string // that its rows come from
	// Lasts: it remembers the last row of each key of a topic by key, so that what a
	// compaction leaves of that is as good as all of its rows.
	Lasts bool `json:",omitempty"`
	// Migrates: it can go on from a state of one that reads rows of other columns. Rows
	// are those which are part of the state, and In what each input is.
	Migrates bool                   `json:",omitempty"`
	Rows     []operators.Remembered `json:",omitempty"`
	In       []Input                `json:",omitempty"`
	// Keys are the columns that it knows keys by, with their types.
	Keys []string `json:",omitempty"`
}

// Input is the rows that an operator reads: their type in Avro, and where they come from.
type Input struct {
	Kind   string
	Schema string
	Topics []string `json:",omitempty"`
	// Computed are the columns that the program at hand can work out for rows that lack them.
	Computed []Computed `json:"-"`
}

// Topic is what a run knows of the events of a topic.
type Topic struct {
	// Own are the events of each partition that the run has appended itself.
	Own [][]stream.Range
}

// Pieces is a state cut in pieces.
type Pieces struct {
	Size   int
	Hashes []string
	Sizes  []int // of each of them
}

// Run is a pipeline in a log.
type Run struct {
	log       log.Log
	name      string
	clock     clock.Clock
	every     time.Duration
	last      time.Time
	meta      Meta
	there     map[string]bool // pieces that the log has
	cuts      cuts
	recorders map[string]*stream.Recorder
	shelves   map[string]*shelf
	retention map[string]log.Retention
	trimmed   time.Time
	upkeep
}

// Open finds a pipeline in a log, or begins it. A checkpoint is due every so often.
func Open(l log.Log, name string, every time.Duration, clk clock.Clock) (*Run, error) {
	r := &Run{log: l, name: name, clock: clk, every: every, last: clk.Now(), there: map[string]bool{}, cuts: newCuts(),
		recorders: map[string]*stream.Recorder{}, shelves: map[string]*shelf{},
		retention: map[string]log.Retention{}, upkeep: upkeep{compacted: map[string]Compacted{}},
		meta: Meta{Form: form, Topics: map[string]*Topic{}}}
	b, err := l.Get(r.key("meta"))
	if err != nil || b == nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r.meta); err != nil {
		return nil, fmt.Errorf("the checkpoint of %s cannot be read: %w", name, err)
	}
	if r.meta.Form != form {
		return nil, fmt.Errorf("the checkpoint of %s has form %d, and this edyc knows %d: go on with the version that wrote it, or export its topics and put them into a new folder", name, r.meta.Form, form)
	}
	prefix := r.key("piece/")
	err = l.Scan(prefix, func(key, _ []byte) bool {
		r.there[string(key[len(prefix):])] = true
		return true
	})
	return r, err
}

func (r *Run) key(rest string) []byte { return []byte("run/" + r.name + "\x00" + rest) }

// Name is what the pipeline is kept under.
func (r *Run) Name() string { return r.name }

// Meta is the last checkpoint; its Epoch is 0 where there is none.
func (r *Run) Meta() *Meta { return &r.meta }

// State reads the state of the last checkpoint, nil for none. Pieces that are not what
// they were are refused.
func (r *Run) State() (*exec.State, error) {
	if r.meta.Epoch == 0 {
		return nil, nil
	}
	s := &exec.State{Parts: map[string][]byte{}, Instances: map[string][][]byte{}}
	for name, p := range r.meta.Parts {
		b, err := r.join(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.Parts[name] = b
	}
	for name, list := range r.meta.Instances {
		for _, p := range list {
			b, err := r.join(p)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			s.Instances[name] = append(s.Instances[name], b)
		}
	}
	return s, nil
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Describe tells what is running from here on.
func (r *Run) Describe(operators []Operator) { r.meta.Operators = operators }

// Topic is what is known of the events of a topic.
func (r *Run) Topic(name string) *Topic {
	if r.meta.Topics == nil {
		r.meta.Topics = map[string]*Topic{}
	}
	t := r.meta.Topics[name]
	if t == nil {
		t = &Topic{}
		r.meta.Topics[name] = t
	}
	return t
}

// Record makes the appends of a recorder part of checkpoints.
func (r *Run) Record(topic string, rec *stream.Recorder) { r.recorders[topic] = rec }

// Due implements exec.Checkpoints.
func (r *Run) Due() bool {
	if r.clock.Now().Sub(r.last) >= r.every {
		return true
	}
	pending := int64(0)
	for _, rec := range r.recorders {
		pending += rec.Pending()
	}
	return pending > pendingLimit
}

// Wait implements exec.Checkpoints.
func (r *Run) Wait() time.Duration {
	return max(r.every-r.clock.Now().Sub(r.last), time.Millisecond)
}

// Settle implements exec.Checkpoints.
func (r *Run) Settle() {
	for _, rec := range r.recorders {
		rec.Settle()
	}
}

// Commit implements exec.Checkpoints.
func (r *Run) Commit(s *exec.State, ended bool) error {
	tx := &log.Tx{}
	next := r.meta
	next.Epoch++
	next.At, next.Ended = r.clock.Now().UTC(), ended
	next.Parts, next.Instances = map[string]Pieces{}, map[string][]Pieces{}
	next.Topics = maps.Clone(r.meta.Topics)
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(s.Parts)) {
		next.Parts[name] = r.cut(tx, name, s.Parts[name], used)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Instances)) {
		for i, state := range s.Instances[name] {
			next.Instances[name] = append(next.Instances[name], r.cut(tx, fmt.Sprint(name, "\x00", i), state, used))
		}
	}
	for h := range r.there {
		if !used[h] {
			tx.Delete = append(tx.Delete, r.key("piece/"+h))
		}
	}
	if err := errors.Join(r.take(tx, &next), r.noteRead(tx, &next, s), noteFed(tx, s.Fed)); err != nil {
		return err
	}
	r.noteTaken(tx, next.Epoch, s.Taken)
	meta, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("the checkpoint of %s: %w", r.name, err)
	}
	tx.Set = append(tx.Set, log.KeyValue{Key: r.key("meta"), Value: meta})
	if err := r.takeShelves(tx); err != nil {
		return fmt.Errorf("a checkpoint cannot be written: %w", err)
	}
	if _, err := r.log.Commit(tx); err != nil {
		return fmt.Errorf("a checkpoint cannot be written: %w", err)
	}
	r.tookShelves()
	r.meta, r.there, r.last = next, used, r.clock.Now()
	return r.keepUp(ended)
}

// take adds what was recorded, and notes the events as the run's own.
func (r *Run) take(tx *log.Tx, next *Meta) error {
	var errs []error
	for _, topic := range slices.Sorted(maps.Keys(r.recorders)) {
		taken, err := r.recorders[topic].Take()
		errs = append(errs, err)
		if err != nil || !slices.ContainsFunc(taken.Counts, func(n int64) bool { return n > 0 }) {
			continue
		}
		own := &Topic{}
		if was := next.Topics[topic]; was != nil {
			for _, ranges := range was.Own {
				own.Own = append(own.Own, slices.Clone(ranges))
			}
		}
		next.Topics[topic] = own
		for p, n := range taken.Counts {
			if n == 0 {
				continue
			}
			head, err := r.log.Head(topic, p)
			if err != nil {
				return err
			}
			own.add(p, stream.Range{From: head.Next, To: head.Next + n})
		}
		tx.Ahead = append(tx.Ahead, taken.Ahead)
		tx.Set = append(tx.Set, log.KeyValue{Key: stream.OrderKey(topic), Value: stream.OrderValue(taken.Order)})
	}
	return errors.Join(errs...)
}

// add notes events behind all others.
func (t *Topic) add(partition int, x stream.Range) {
	for len(t.Own) <= partition {
		t.Own = append(t.Own, nil)
	}
	own := t.Own[partition]
	if n := len(own); n > 0 && own[n-1].To == x.From {
		own[n-1].To = x.To
		return
	}
	t.Own[partition] = append(own, x)
}

// Erase forgets the run, so that the next of its name begins afresh, and remembers
// something else in its place.
func (r *Run) Erase(instead ...log.KeyValue) error {
	_, err := r.log.Commit(&log.Tx{DeletePrefix: [][]byte{r.key("")}, Delete: [][]byte{r.readKey()}, Set: instead})
	return err
}

// Close ends the recorders, and compaction where it stands, and gives up what no checkpoint
// has. The log must still be open.
func (r *Run) Close() error {
	r.stopCompacting()
	var errs []error
	for _, rec := range r.recorders {
		errs = append(errs, rec.Close())
	}
	for _, s := range r.shelves {
		errs = append(errs, s.dropMany())
	}
	return errors.Join(errs...)
}
