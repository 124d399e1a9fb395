package log

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/edynamic/edynamic/lang/timefmt"
)

// Retention is how long, or how much, of a topic is kept. The zero Retention keeps all.
type Retention struct {
	For   time.Duration // since events were taken in; 0 for ever
	Bytes int64         // of payloads, in each partition; 0 for any number
}

// sizes are the units of a size, the longest first.
var sizes = []struct {
	unit  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// ParseRetention reads the setting of a topic: a duration, a size, or forever.
func ParseRetention(text string) (Retention, error) {
	if text == "" || text == "forever" {
		return Retention{}, nil
	}
	if micros, err := timefmt.ParseDuration(text); err == nil {
		return Retention{For: time.Duration(micros) * time.Microsecond}, nil
	}
	if n, ok := ParseSize(text); ok {
		return Retention{Bytes: n}, nil
	}
	return Retention{}, fmt.Errorf("%q is no retention: a duration such as 7d, a size such as 10GiB, or forever", text)
}

// ParseSize reads a number of bytes, such as 10GiB.
func ParseSize(text string) (bytes int64, ok bool) {
	for _, s := range sizes {
		if number, ok := strings.CutSuffix(text, s.unit); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64); err == nil {
				return n * s.bytes, true
			}
		}
	}
	return 0, false
}

// Retain trims a topic to what is to be kept of it: whole entries, from the oldest on.
// The last entry of a partition stays.
func Retain(l Log, topic string, keep Retention, now time.Time) error {
	t, ok := l.Topic(topic)
	if !ok || keep == (Retention{}) {
		return nil
	}
	for p := range t.Partitions {
		below, err := keep.below(l, topic, p, now)
		if err == nil && below > 0 {
			err = l.Trim(topic, p, below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// below is the first event of a partition that is to be kept.
func (k Retention) below(l Log, topic string, p int, now time.Time) (int64, error) {
	head, err := l.Head(topic, p)
	if err != nil {
		return 0, err
	}
	at, left := head.First, head.Bytes
	for at < head.Next {
		entries, err := l.Read(topic, p, at, 0)
		if err != nil || len(entries) == 0 {
			return at, err
		}
		e := entries[0]
		next := e.Next()
		old := k.For > 0 && e.Ingest < now.Add(-k.For).UnixMicro()
		much := k.Bytes > 0 && left > k.Bytes
		if !old && !much || next >= head.Next {
			return at, nil
		}
		at, left = next, left-int64(len(e.Payload))
	}
	return at, nil
}
