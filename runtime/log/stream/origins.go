package stream

import (
	"slices"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log/event"
)

// origins are where the rows of a batch came from, and where each of them goes. The memory
// is used for one batch after another.
type origins struct {
	lanes  []event.Lane
	known  []*exec.Lane // beside lanes
	rows   [][]int32    // of each partition
	lane   []int32
	at     []int64
	behind []int64 // nil where no row is the error record of a refused record
	order  []int64

	time []int64 // of rows of a batch, and what else stands beside them
	ops  []operators.Op
	room [3][]int64
	from []int32
}

// begin forgets the batch before.
func (o *origins) begin(rows, parts int) {
	o.lanes, o.known, o.behind = o.lanes[:0], o.known[:0], nil
	o.lane, o.at, o.order = sized(o.lane, rows), sized(o.at, rows), sized(o.order, rows)
	for len(o.rows) < parts {
		o.rows = append(o.rows, nil)
	}
	for p := range o.rows {
		o.rows[p] = o.rows[p][:0]
	}
}

func sized[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// note notes where a row came from; outside says that this is known.
func (o *origins) note(row int, x exec.Entered, outside bool) {
	o.lane[row], o.at[row] = -1, 0
	if o.behind != nil {
		o.behind[row] = 0
	}
	if !outside {
		return
	}
	i := len(o.known) - 1 // mostly that of the row before
	if i < 0 || o.known[i] != x.Lane {
		if i = slices.Index(o.known, x.Lane); i < 0 {
			i = len(o.known)
			o.known = append(o.known, x.Lane)
			o.lanes = append(o.lanes, laneOf(x.Lane))
		}
	}
	o.lane[row], o.at[row] = int32(i), x.At
	if x.Lane.Refuser != "" {
		if o.behind == nil {
			o.behind = make([]int64, len(o.lane))
		}
		o.behind[row] = x.Behind
	}
}

// laneOf is a lane as payloads name it: what its records were read as is told of refused
// ones only, which may be read again.
func laneOf(l *exec.Lane) event.Lane {
	out := event.Lane{Name: l.Name, Counted: l.Counted, Topic: l.Refuser}
	if l.Refuser != "" {
		out.Format, out.Header = l.Format, l.Header
	}
	return out
}

// noteAll is note for all rows of a batch, which came from a lane and get numbers one after
// the other. Where in the lane they were is there already.
func (o *origins) noteAll(lane *exec.Lane, order int64) {
	o.lanes = append(o.lanes, laneOf(lane))
	clear(o.lane)
	for i := range o.order {
		o.order[i] = order + int64(i)
	}
}

// events are rows of a batch, nil for all, with what stands beside them, but for their
// columns. They are valid until the next.
func (o *origins) events(b *operators.Batch, sel []int32) *event.Rows {
	e := &event.Rows{N: len(sel), Lanes: o.lanes}
	if sel == nil {
		e.N = b.Rows
	}
	e.Order = pick(&o.room[0], o.order, sel)
	if len(o.lanes) > 0 {
		e.Lane, e.At = pick(&o.from, o.lane, sel), pick(&o.room[1], o.at, sel)
		if o.behind != nil {
			e.Behind = pick(&o.room[2], o.behind, sel)
		}
	}
	if b.Time != nil {
		e.Time = pick(&o.time, b.Time, sel)
	}
	if b.Ops != nil {
		e.Ops = pick(&o.ops, b.Ops, sel)
	}
	return e
}

// pick takes the values of some rows, those of all as they are.
func pick[T any](room *[]T, from []T, rows []int32) []T {
	if rows == nil || len(rows) == len(from) {
		return from
	}
	out := sized(*room, len(rows))
	for i, r := range rows {
		out[i] = from[r]
	}
	*room = out
	return out
}
