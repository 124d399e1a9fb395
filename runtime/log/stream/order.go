package stream

import (
	"encoding/binary"
	"fmt"

	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// OrderKey is where a log keeps the number of the row of a topic that is next.
func OrderKey(topic string) []byte { return []byte("order/" + topic) }

// OrderValue is that number as it is kept.
func OrderValue(order int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(order)) }

// CheckForm reports that a topic begins or ends with events of a form that is not known: they
// could not be read, and others must not come behind them.
func CheckForm(l log.Log, topic string) error {
	known, _ := l.Topic(topic)
	for p := range known.Partitions {
		head, err := l.Head(topic, p)
		if err != nil {
			return err
		}
		if head.First == head.Next {
			continue
		}
		for _, at := range []int64{head.First, head.Next - 1} {
			entries, err := l.Read(topic, p, at, 1)
			if err != nil {
				return err
			}
			if len(entries) > 0 && entries[0].Rows() > 0 {
				if err := event.Check(entries[0].Payload); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// NextOrder is the number of the row of a topic that is next.
func NextOrder(l log.Log, topic string) (int64, error) {
	b, err := l.Get(OrderKey(topic))
	if err != nil || b == nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, fmt.Errorf("topic %s: how many rows it has had cannot be read", topic)
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}
