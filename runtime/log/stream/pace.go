package stream

import "time"

// pacing lets event time go by as fast as is asked for.
type pacing struct {
	begun  bool
	start  time.Time // by the clock
	origin int64     // the event time then
	most   int64     // the largest event time so far
}

// wait is how long the row at a cursor is ahead of its time.
func (r *reader) wait(c *cursor) time.Duration {
	t, ok := c.time()
	if r.Speed == 0 || !ok {
		return 0
	}
	if !r.begun {
		r.begun, r.start, r.origin = true, r.Clock.Now(), t
	}
	r.most = max(r.most, t-r.origin)
	passed := time.Duration(float64(r.most)/r.Speed) * time.Microsecond
	return passed - r.Clock.Now().Sub(r.start)
}

// due reports that the time of the row has come.
func (r *reader) due(c *cursor) bool { return r.wait(c) <= 0 }

// pace waits for it.
func (r *reader) pace(c *cursor) {
	if d := r.wait(c); d > 0 {
		<-r.Clock.After(d)
	}
}
