package nexmark

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/format"
)

// Open begins to make the rows of a topic. A paced source waits by the clock, and
// ends with the context.
func Open(ctx context.Context, settings map[string]any, schema format.Schema, clk clock.Clock, alloc memory.Allocator) format.Decoder {
	c := configOf(settings)
	end := c.events
	if end == 0 {
		end = math.MaxInt64
	}
	return &decoder{ctx: ctx, config: &c, end: end, schema: schema, shape: newShape(schema.Full, schema.Row, alloc), clock: clk, began: clk.Now(), alloc: alloc}
}

// decoder makes events; to whoever reads it, it decodes them.
type decoder struct {
	ctx    context.Context
	config *config
	next   int64 // the number of the next event
	event  event // kept here, so that none is allocated
	end    int64
	schema format.Schema
	shape  *shape
	clock  clock.Clock
	began  time.Time
	alloc  memory.Allocator
}

// Next implements format.Decoder.
func (d *decoder) Next(most int) (*format.Rows, error) {
	index := make([]int64, 0, most)
	for len(index) == 0 {
		if d.next >= d.end {
			return nil, io.EOF
		}
		due := d.due()
		if due <= d.next {
			if !d.wait() {
				return nil, io.EOF
			}
			continue
		}
		for ; d.next < due && len(index) < most; d.next++ {
			d.event = d.config.at(d.next)
			if d.shape.has(d.event.kind) {
				d.shape.add(&d.event)
				index = append(index, d.next)
			}
		}
	}
	return &format.Rows{Cols: d.shape.finish(), N: len(index), Records: &records{d.config, d.schema, index, d.alloc}}, nil
}

// due is the number of the first event whose time has not come.
func (d *decoder) due() int64 {
	if !d.config.paced {
		return d.end
	}
	since := d.clock.Now().Sub(d.began)
	whole, rest := int64(since/time.Second), int64(since%time.Second)
	return min(d.end, whole*d.config.rate+rest*d.config.rate/int64(time.Second)+1)
}

// wait waits for the time of the next event; false says that the run has ended.
func (d *decoder) wait() bool {
	at := d.began.Add(time.Duration(d.config.span(d.next)) * time.Microsecond)
	select {
	case <-d.ctx.Done():
		return false
	case <-d.clock.After(max(at.Sub(d.clock.Now()), time.Millisecond)):
		return true
	}
}

// UnknownFields implements format.Decoder.
func (d *decoder) UnknownFields() []string { return nil }

// Close implements format.Decoder.
func (d *decoder) Close() error {
	d.shape.release()
	return nil
}
