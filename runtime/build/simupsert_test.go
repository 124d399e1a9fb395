package build_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/registry"
)

// leastPrice is what the bids of each topic by key are above.
var leastPrice = map[string]float64{"lasts": 20, "recent": 40}

// leftOut counts the rows that compactions have left out.
var leftOut atomic.Int64

// compacted looks at a topic by key: the last row of each key is that of the bids, of
// which all are kept, and others are there only where the history needs them, or a crash
// left them for the next compaction.
func (s *schedule) compacted(l log.Log, topic string, n int64) error {
	bids, err := storedRows(l, "bids")
	if err != nil {
		return err
	}
	kept, err := storedRows(l, topic)
	if err != nil {
		return err
	}
	known, _ := l.Topic(topic)
	for p := range known.Partitions {
		head, err := l.Head(topic, p)
		if err != nil {
			return err
		}
		leftOut.Add(head.Gone)
	}
	if n > int64(len(kept)) {
		return fmt.Errorf("topic %s has %d events, and %d can be read", topic, n, len(kept))
	}
	want, got := map[any]string{}, map[any]string{}
	for _, r := range bids {
		if price, ok := r[1].(float64); ok && price > leastPrice[topic] {
			want[r[0]] = fmt.Sprint(r)
		}
	}
	for _, r := range kept {
		got[r[0]] = fmt.Sprint(r)
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Errorf("topic %s: the last rows are\n%v\nwant\n%v", topic, got, want)
	}
	for i, r := range kept {
		if !slices.ContainsFunc(bids, func(b []any) bool { return fmt.Sprint(b) == fmt.Sprint(r) }) {
			return fmt.Errorf("topic %s: row %d was never there: %v", topic, i, r)
		}
	}
	return nil
}

// storedRows are the rows that a log has of a topic.
func storedRows(l log.Log, topic string) ([][]any, error) {
	r := registry.Open(l)
	g, err := build.TopicPlan(l, r, topic)
	if err != nil {
		return nil, err
	}
	j, err := build.New(context.Background(), g, build.Options{Collect: []string{topic}, Replay: &build.Replay{Log: l, Registry: r, To: build.Bound{Offset: -1}}})
	if err != nil {
		return nil, err
	}
	_, err = j.Run(context.Background())
	var rows [][]any
	if err == nil {
		rows = j.Collected(topic).Rows()
	}
	return rows, errors.Join(err, j.Close())
}
