package expire

import (
	"math"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/kept"
)

// changes is what leaves at a watermark.
type changes struct {
	ids                     []kept.ID
	ops                     []operators.Op
	time, arrival, progress []int64
	left                    []*row
}

// put adds a change that was settled just after an instant.
func (c *changes) put(r *row, op operators.Op, t, arrival, instant int64) {
	c.ids, c.ops = append(c.ids, r.ID), append(c.ops, op)
	// It leaves with what the watermark had reached below it.
	c.time, c.arrival, c.progress = append(c.time, t), append(c.arrival, max(arrival, t)), append(c.progress, after(instant))
}

// drop forgets a row once the changes have left.
func (c *changes) drop(r *row) { c.left = append(c.left, r) }

func after(instant int64) int64 {
	if instant == math.MaxInt64 {
		return instant
	}
	return instant + 1
}

// emit sends the changes. The memory of a row is used again once it is not in ages.
func (x *Expire) emit(out operators.Output) {
	c := &x.changes
	if len(c.ids) > 0 {
		b := x.rows.Take(c.ids)
		b.Ops, b.Time, b.Arrival, b.Progress = c.ops, c.time, c.arrival, c.progress
		out.Emit(0, b)
	}
	for _, r := range c.left {
		x.rows.Drop(r.ID)
		if r.gone = true; !r.aging {
			x.pool.Give(r)
		}
	}
	clear(c.left)
	*c = changes{ids: c.ids[:0], left: c.left[:0]}
}
