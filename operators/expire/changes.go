package expire

import (
	"math"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
)

// flushAt is how many changes leave together, at least where there are as many.
const flushAt = 4096

// changes is what leaves at a watermark.
type changes struct {
	rows                    []*item
	ops                     []operators.Op
	time, arrival, progress []int64
	left                    []*item
}

func (c *changes) n() int { return len(c.rows) }

// put adds a change that was settled just after an instant.
func (l *lasts) put(it *item, op operators.Op, t, arrival, instant int64) {
	c := &l.changes
	c.rows, c.ops = append(c.rows, it), append(c.ops, op)
	// It leaves with what the watermark had reached below it.
	c.time, c.arrival, c.progress = append(c.time, t), append(c.arrival, max(arrival, t)), append(c.progress, after(instant))
}

// drop forgets a row once the changes have left.
func (c *changes) drop(it *item) { c.left = append(c.left, it) }

func after(instant int64) int64 {
	if instant == math.MaxInt64 {
		return instant
	}
	return instant + 1
}

// emit sends the changes; the rows that they show have been copied.
func (l *lasts) emit() {
	c := &l.changes
	if len(c.rows) > 0 {
		ids := make([]kept.ID, len(c.rows))
		for i, it := range c.rows {
			ids[i] = it.ID
		}
		b := l.rows.Take(ids)
		b.Ops, b.Time, b.Arrival, b.Progress = c.ops, c.time, c.arrival, c.progress
		l.x.out.Emit(0, b)
	}
	for _, it := range c.left {
		l.rows.Drop(it.ID)
		l.pool.Give(it)
	}
	clear(c.rows)
	clear(c.left)
	*c = changes{rows: c.rows[:0], left: c.left[:0]}
}
