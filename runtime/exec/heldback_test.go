package exec

import (
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators"
)

// standing is a topic whose partitions have got rows at some times, a minute of the
// wall clock apart.
func standing(name string, partitions int, times ...int64) *topicNode {
	t := &topicNode{topic: &Topic{Name: name, Fed: true, Partitions: partitions, TimeOf: func([]int64, []arrow.Array, []int32) ([]operators.Failure, error) { return nil, nil }}}
	t.stamp = newStamper(10, false, partitions)
	for i, at := range times {
		b := &operators.Batch{Rows: 1, Time: []int64{at}}
		t.stamp.stamp(b, func(int) int { return i % partitions }, nil, start.Add(time.Duration(i)*time.Minute))
	}
	return t
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestHeldBack(t *testing.T) {
	never := &topicNode{topic: &Topic{Name: "quiet", Fed: true, TimeOf: standing("", 1).topic.TimeOf}, stamp: newStamper(0, false, 1)}
	idle := standing("rooms", 2, 100, 50, 300)
	idle.stamp.idleSince(start.Add(90 * time.Second))
	gone := standing("gone", 1, 5)
	gone.exhausted = true
	complete := standing("complete", 1, 5)
	complete.topic.Complete = true
	for _, c := range []struct {
		name   string
		topics []*topicNode
		want   *HeldBack
	}{
		{"nothing moves with time", []*topicNode{complete, gone}, nil},
		{"one partition", []*topicNode{standing("a", 1, 100, 200)},
			&HeldBack{Topic: "a", Partitions: 1, Watermark: 190, HasWatermark: true, Since: start.Add(time.Minute)}},
		{"the partition that is least far", []*topicNode{standing("a", 2, 100, 50, 300)},
			&HeldBack{Topic: "a", Partition: 1, Partitions: 2, Watermark: 40, HasWatermark: true, Since: start.Add(time.Minute), Ahead: 250}},
		{"the topic that is least far", []*topicNode{standing("a", 1, 500), standing("b", 1, 200, 300)},
			&HeldBack{Topic: "b", Partitions: 1, Watermark: 290, HasWatermark: true, Since: start.Add(time.Minute), Ahead: 200}},
		{"a topic without rows", []*topicNode{standing("a", 1, 500), never}, &HeldBack{Topic: "quiet", Partitions: 1, Since: start}},
		{"idle partitions hold nothing back", []*topicNode{idle},
			&HeldBack{Topic: "rooms", Partitions: 2, Watermark: 290, HasWatermark: true, Since: start.Add(2 * time.Minute), Idle: []int{1}}},
	} {
		e := &Engine{sources: c.topics, started: start}
		if diff := cmp.Diff(c.want, e.heldBack()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
