package window

import (
	"errors"

	"github.com/edynamic/edynamic/operators"
)

// ByClock gives rows the moment they came as their time, for windows on processing
// time (SEMANTICS 31). Its watermark is the clock, which closes windows although no
// row comes. It is the one operator that reads a clock.
type ByClock struct {
	operators.Stateless
	now  func() int64
	last int64 // what the clock showed, which never goes back
}

var (
	_ operators.Timekeeper = (*ByClock)(nil)
	_ operators.Clocked    = (*ByClock)(nil)
)

// NewByClock makes the operator; its output has the columns of its input.
func NewByClock() *ByClock { return &ByClock{last: operators.MinTime} }

// Open implements operators.Operator.
func (c *ByClock) Open(ctx *operators.Context) error {
	if ctx.Now == nil {
		return errors.New("window: there is no clock for windows on processing time")
	}
	c.now = ctx.Now
	return c.Stateless.Open(ctx)
}

// Process implements operators.Operator.
func (c *ByClock) Process(_ int, b *operators.Batch, out operators.Output) error {
	if b.Ops != nil {
		b.Release()
		return errors.New("window: rows of a changes stream have no moment they came")
	}
	before := c.last
	at := c.tick()
	b.Time, b.Arrival, b.Progress = operators.Repeated(b.Rows, at), operators.Repeated(b.Rows, before), operators.Repeated(b.Rows, at)
	out.Emit(0, b)
	return nil
}

func (c *ByClock) tick() int64 {
	c.last = max(c.last, c.now())
	return c.last
}

// OutWatermark implements operators.Timekeeper.
func (c *ByClock) OutWatermark(operators.Watermark) operators.Watermark {
	at := c.tick()
	return operators.Watermark{Time: at, Progress: at}
}

// GoesByClock implements operators.Clocked.
func (c *ByClock) GoesByClock() {}
