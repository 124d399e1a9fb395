package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/stream"
	"github.com/edynamic/edynamic/vm/wire"
)

// When a run took rows of the folder is kept beside its checkpoints, a piece for each, for
// it is of no use to the run itself: a replay asks for it.

func momentsKey(run, topic string) []byte {
	return []byte("run/" + run + "\x00moments/" + topic + "\x00")
}

// noteTaken adds what a run has taken since its last checkpoint.
func (r *Run) noteTaken(tx *log.Tx, epoch int64, taken []exec.Taken) {
	for len(taken) > 0 {
		topic := taken[0].Topic
		var w wire.Writer
		rest := slices.DeleteFunc(slices.Clone(taken), func(x exec.Taken) bool { return x.Topic == topic })
		w.Uint(uint64(len(taken) - len(rest)))
		for _, x := range taken {
			if x.Topic != topic {
				continue
			}
			w.Int(int64(x.Partition))
			w.Int(x.From)
			w.Int(x.To)
			w.Int(x.Moment)
		}
		key := fmt.Appendf(momentsKey(r.name, topic), "%016x", epoch)
		tx.Set = append(tx.Set, log.KeyValue{Key: key, Value: w.Buf})
		taken = rest
	}
}

// eachMoment reads what noteTaken wrote, until f returns false.
func eachMoment(piece []byte, f func(x exec.Taken) bool) error {
	r := wire.NewReader(piece)
	for range r.Len() {
		x := exec.Taken{Partition: int(r.Int()), From: r.Int(), To: r.Int(), Moment: r.Int()}
		if r.Failed() || !f(x) {
			break
		}
	}
	return r.Err()
}

// Moments are when a run took the events of each partition of a topic, ascending; those that
// it has not taken, or took at the moment at which they were stored, are not there. ended is
// when it came to the end of the topic's input, 0 where it has not.
func Moments(l log.Log, run, topic string) (out [][]stream.Moment, ended int64, err error) {
	scanned := l.Scan(momentsKey(run, topic), func(_, value []byte) bool {
		err = eachMoment(value, func(x exec.Taken) bool {
			if x.Partition == exec.AtEnd {
				ended = x.Moment
				return true
			}
			for len(out) <= x.Partition {
				out = append(out, nil)
			}
			out[x.Partition] = append(out[x.Partition], stream.Moment{Range: stream.Range{From: x.From, To: x.To}, At: x.Moment})
			return true
		})
		if err != nil {
			err = unreadableMoments(run, topic, err)
		}
		return err == nil
	})
	if scanned != nil {
		return nil, 0, scanned
	}
	return out, ended, err
}

func unreadableMoments(run, topic string, err error) error {
	return fmt.Errorf("when %s took rows of %s cannot be read: %w", run, topic, err)
}

// trimMoments takes away when runs took events of a topic that are not kept any more, piece
// by piece. The moment at which a run came to the end of the topic's input stays.
func trimMoments(l log.Log, topic string) error {
	t, ok := l.Topic(topic)
	if !ok {
		return nil
	}
	first := make([]int64, t.Partitions)
	for p := range first {
		head, err := l.Head(topic, p)
		if err != nil {
			return err
		}
		first[p] = head.First
	}
	runs, err := runNames(l)
	if err != nil {
		return err
	}
	tx := &log.Tx{NoSync: true}
	for _, run := range runs {
		var wrong error
		err := l.Scan(momentsKey(run, topic), func(key, value []byte) bool {
			kept := false
			wrong = eachMoment(value, func(x exec.Taken) bool {
				kept = x.Partition == exec.AtEnd || x.Partition >= len(first) || x.To > first[x.Partition]
				return !kept
			})
			if wrong == nil && !kept {
				tx.Delete = append(tx.Delete, bytes.Clone(key))
			}
			return wrong == nil
		})
		if wrong != nil {
			wrong = unreadableMoments(run, topic, wrong)
		}
		if err := errors.Join(err, wrong); err != nil {
			return err
		}
	}
	if len(tx.Delete) == 0 {
		return nil
	}
	_, err = l.Commit(tx)
	return err
}

// runNames are the runs that have written a checkpoint.
func runNames(l log.Log) (names []string, err error) {
	err = l.Scan([]byte(readPrefix), func(key, _ []byte) bool {
		names = append(names, string(key[len(readPrefix):]))
		return true
	})
	return names, err
}
