package checkpoint

import (
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

// Moments are when a run took the events of each partition of a topic, ascending; those that
// it has not taken, or took at the moment at which they were stored, are not there. ended is
// when it came to the end of the topic's input, 0 where it has not.
func Moments(l log.Log, run, topic string) (out [][]stream.Moment, ended int64, err error) {
	scanned := l.Scan(momentsKey(run, topic), func(_, value []byte) bool {
		r := wire.NewReader(value)
		for range r.Len() {
			p, x := int(r.Int()), stream.Moment{Range: stream.Range{From: r.Int(), To: r.Int()}, At: r.Int()}
			if r.Failed() {
				break
			}
			if p == exec.AtEnd {
				ended = x.At
				continue
			}
			for len(out) <= p {
				out = append(out, nil)
			}
			out[p] = append(out[p], x)
		}
		if err = r.Err(); err != nil {
			err = fmt.Errorf("when %s took rows of %s cannot be read: %w", run, topic, err)
		}
		return err == nil
	})
	if scanned != nil {
		return nil, 0, scanned
	}
	return out, ended, err
}
