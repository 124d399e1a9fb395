package exec

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators"
)

func TestStampPartitions(t *testing.T) {
	none := int64(operators.MinTime)
	// Rows (t, partition) with the arrival watermark that SEMANTICS 5 and 9 give by
	// hand, delay 10: the largest time of the partition before the row less 10; for
	// the first row of a partition the watermark of the topic before it.
	rows := []struct {
		t         int64
		partition int
		arrival   int64
		watermark int64 // of the topic after the row
	}{
		{100, 0, none, 90},
		{120, 0, 90, 110},
		{50, 1, 110, 110}, // behind: the topic does not go back to 40
		{115, 0, 110, 110},
		{200, 1, 110, 110}, // partition 1 stood at 40, the topic at 110
		{130, 0, 110, 120},
		{125, 0, 120, 120},
	}
	for _, size := range []int{1, 3, len(rows)} {
		s := newStamper(10, false, 2)
		for from := 0; from < len(rows); from += size {
			part := rows[from:min(from+size, len(rows))]
			b := &operators.Batch{Rows: len(part)}
			for _, r := range part {
				b.Time = append(b.Time, r.t)
			}
			s.stamp(b, func(i int) int { return part[i].partition }, nil, time.Time{})
			for i, r := range part {
				if b.Arrival[i] != r.arrival {
					t.Errorf("batches of %d: row %d of time %d has arrival %d, want %d", size, from+i, r.t, b.Arrival[i], r.arrival)
				}
			}
			if size == 1 && s.watermark() != part[0].watermark {
				t.Errorf("after row %d the watermark is %d, want %d", from, s.watermark(), part[0].watermark)
			}
		}
	}
}

func TestStampComplete(t *testing.T) {
	s := newStamper(0, true, 1)
	b := &operators.Batch{Rows: 2, Time: []int64{7, 3}}
	s.stamp(b, nil, nil, time.Time{})
	if diff := cmp.Diff([]int64{operators.MinTime, operators.MinTime}, b.Arrival); diff != "" {
		t.Errorf("arrival (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{7, 7}, b.Progress); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if w := s.watermark(); w != operators.MinTime {
		t.Errorf("the watermark moved to %d before the end", w)
	}
}

func TestStampIdle(t *testing.T) {
	start := time.Unix(1000, 0)
	s := newStamper(0, false, 2)
	one := func(at int64, partition int, now time.Time) int64 {
		b := &operators.Batch{Rows: 1, Time: []int64{at}}
		s.stamp(b, func(int) int { return partition }, nil, now)
		return b.Arrival[0]
	}
	one(100, 0, start)
	one(200, 1, start.Add(time.Minute))
	if w := s.watermark(); w != 100 {
		t.Errorf("watermark %d, want 100", w)
	}
	if s.idleSince(start.Add(30 * time.Second)) {
		t.Error("all partitions are idle, want the first only")
	}
	if w := s.watermark(); w != 200 {
		t.Errorf("watermark without the idle partition %d, want 200", w)
	}
	if a := one(110, 0, start.Add(2*time.Minute)); a != 200 {
		t.Errorf("arrival after resuming %d, want the topic's watermark 200", a)
	}
}
