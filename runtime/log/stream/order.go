package stream

import (
	"encoding/binary"
	"fmt"

	"github.com/edynamic/edynamic/runtime/log"
)

// OrderKey is where a log keeps the number of the row of a topic that is next.
func OrderKey(topic string) []byte { return []byte("order/" + topic) }

// OrderValue is that number as it is kept.
func OrderValue(order int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(order)) }

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
