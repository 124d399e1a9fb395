// Package stream connects topics that run with topics of a log: a Recorder appends the
// rows of one, and a Reader gives stored rows to the engine as if they came from
// outside.
//
// A Recorder writes ahead of the commit of a checkpoint, beside the pipeline. Its rows
// become part of the topic with that commit, so that rows and the positions they stand for
// are there together or not at all.
package stream

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
)

// Lane is the name of the lane by which a topic reads its recorded rows.
const Lane = "log"

// depth is how many batches wait to be encoded before the driver does.
const depth = 8

// Recorder collects the rows of a topic as appends.
type Recorder struct {
	topic   string
	columns []types.Column
	key     []int
	parts   int
	schema  int32
	order   int64 // of the next row

	ch     chan message
	done   chan struct{}
	ahead  log.Ahead
	counts []int64      // events of each partition since they were last taken
	bytes  atomic.Int64 // of their payloads
	err    error

	encoder event.Encoder
	from    origins
}

type message struct {
	b      *operators.Batch
	came   int64
	by     exec.Entrance
	settle bool
	answer chan<- taken
}

// Taken is what was recorded since it was last asked for.
type Taken struct {
	Ahead  log.Ahead
	Counts []int64 // events of each partition
	Order  int64   // of the row that is next
}

type taken struct {
	Taken
	err error
}

// NewRecorder records a topic from the row on that is the next of all of its rows, and
// takes over where its rows go.
func NewRecorder(ahead log.Ahead, topic string, columns []types.Column, key []int, partitions int, schema int32, order int64) *Recorder {
	partitions = max(partitions, 1)
	r := &Recorder{ahead: ahead, topic: topic, columns: columns, key: key, parts: partitions, schema: schema, order: order,
		counts: make([]int64, partitions), ch: make(chan message, depth), done: make(chan struct{})}
	go r.run()
	return r
}

// Record implements exec.Recorder.
func (r *Recorder) Record(b *operators.Batch, came int64, by exec.Entrance) {
	r.ch <- message{b: b, came: came, by: by}
}

// Pending is the size of the rows that were recorded and not taken.
func (r *Recorder) Pending() int64 { return r.bytes.Load() }

// Settle begins to make last what was recorded so far, for a Take that follows.
func (r *Recorder) Settle() { r.ch <- message{settle: true} }

// Take tells what all rows recorded so far are in the log, for a commit that follows.
func (r *Recorder) Take() (Taken, error) {
	answer := make(chan taken, 1)
	r.ch <- message{answer: answer}
	t := <-answer
	return t.Taken, t.err
}

// Close ends the recorder; what was not taken is gone.
func (r *Recorder) Close() error {
	close(r.ch)
	<-r.done
	return r.ahead.Close()
}

func (r *Recorder) run() {
	defer close(r.done)
	for m := range r.ch {
		switch {
		case m.settle:
			if r.err == nil {
				r.err = r.ahead.Settle()
			}
			continue
		case m.answer != nil:
			m.answer <- taken{Taken{r.ahead, slices.Clone(r.counts), r.order}, r.err}
			clear(r.counts)
			r.bytes.Store(0)
			continue
		}
		if r.err == nil {
			r.err = r.record(m)
		}
		m.b.Release()
	}
}

// record appends the rows of a batch that were not recorded before, each to its
// partition (SEMANTICS 1).
func (r *Recorder) record(m message) error {
	r.from.begin(m.b.Rows, r.parts)
	part := r.partition(m.b)
	if part == nil {
		if lane, beside := m.by.Lane(r.from.at); lane != nil {
			return r.recordLane(m, lane, beside)
		}
	}
	m.b.Each(func(row int) {
		x, ok := m.by.Row(row)
		if ok && x.Lane.Recorded {
			return
		}
		r.from.note(row, x, ok)
		r.from.order[row] = r.order
		r.order++
		p := 0
		if part != nil {
			p = part(row)
		}
		r.from.rows[p] = append(r.from.rows[p], int32(row))
	})
	for p, sel := range r.from.rows {
		if len(sel) == 0 {
			continue
		}
		if err := r.append(p, m, sel, nil); err != nil {
			return err
		}
	}
	return nil
}

// recordLane is record for a batch as it came from a lane, whose columns may have been
// packed there.
func (r *Recorder) recordLane(m message, lane *exec.Lane, beside any) error {
	if lane.Recorded {
		return nil
	}
	r.from.noteAll(lane, r.order)
	r.order += int64(m.b.Rows)
	packed, ok := beside.(*event.Columns)
	if ok {
		defer packed.Free()
	}
	return r.append(0, m, nil, packed)
}

// partition tells the partition of a row, nil where there is only one.
func (r *Recorder) partition(b *operators.Batch) func(row int) int {
	if r.parts == 1 || len(r.key) == 0 {
		return nil
	}
	var vs []kernel.Vector
	for _, k := range r.key {
		vs = append(vs, kernel.Vector{Type: r.columns[k].Type, Arr: b.Cols[k]})
	}
	code := keycode.Row(vs, keycode.Key)
	var buf []byte
	return func(row int) int {
		buf = code(buf[:0], row)
		return int(operators.KeyHash(buf) % uint64(r.parts))
	}
}

// append appends rows of a batch to a partition, nil for all; packed is their columns where
// they are packed.
func (r *Recorder) append(p int, m message, sel []int32, packed *event.Columns) error {
	e := r.from.events(m.b, sel)
	e.Packed = packed
	for i, c := range m.b.Cols {
		e.Names = append(e.Names, r.columns[i].Name)
		if e.N == m.b.Rows {
			c.Retain()
			e.Cols = append(e.Cols, c)
		} else {
			e.Cols = append(e.Cols, kernel.Gather(memory.DefaultAllocator, c, sel))
		}
	}
	defer e.Release()
	payload, err := r.encoder.Encode(e)
	if err != nil {
		return fmt.Errorf("topic %s: %w", r.topic, err)
	}
	a := log.Append{Topic: r.topic, Partition: p, Expect: -1, N: e.N, MinTime: log.NoTime, MaxTime: log.NoTime,
		Ingest: m.came, Schema: r.schema, Payload: payload}
	if e.Time != nil {
		a.MinTime, a.MaxTime = span(e.Time)
	}
	if err := r.ahead.Append(&a); err != nil {
		return fmt.Errorf("topic %s: %w", r.topic, err)
	}
	r.counts[p] += int64(a.N)
	r.bytes.Add(int64(len(payload)))
	return nil
}

// span is the smallest and the largest of times.
func span(times []int64) (least, most int64) {
	least, most = times[0], times[0]
	for _, t := range times {
		least, most = min(least, t), max(most, t)
	}
	return least, most
}
