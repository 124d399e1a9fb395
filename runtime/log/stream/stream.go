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
}

type message struct {
	b       *operators.Batch
	came    int64
	entered func(row int) (exec.Entered, bool)
	answer  chan<- taken
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
func (r *Recorder) Record(b *operators.Batch, came int64, entered func(row int) (exec.Entered, bool)) {
	r.ch <- message{b: b, came: came, entered: entered}
}

// Pending is the size of the rows that were recorded and not taken.
func (r *Recorder) Pending() int64 { return r.bytes.Load() }

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
		if m.answer != nil {
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
	lanes, index := []event.Lane(nil), map[*exec.Lane]int32{}
	rows := make([][]int32, r.parts)
	lane, at := make([]int32, m.b.Rows), make([]int64, m.b.Rows)
	var behind []int64
	part := r.partition(m.b)
	order := make([]int64, m.b.Rows)
	m.b.Each(func(row int) {
		x, ok := m.entered(row)
		from := x.Lane
		if ok && from.Recorded {
			return
		}
		lane[row] = -1
		if ok {
			i, known := index[from]
			if !known {
				i = int32(len(lanes))
				index[from] = i
				lanes = append(lanes, event.Lane{Name: from.Name, Counted: from.Counted, Topic: from.Refuser})
			}
			lane[row], at[row] = i, x.At
			if from.Refuser != "" {
				if behind == nil {
					behind = make([]int64, m.b.Rows)
				}
				behind[row] = x.Behind
			}
		}
		order[row] = r.order
		r.order++
		p := part(row)
		rows[p] = append(rows[p], int32(row))
	})
	for p, sel := range rows {
		if len(sel) == 0 {
			continue
		}
		if err := r.append(p, m, sel, order, lanes, lane, at, behind); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) partition(b *operators.Batch) func(row int) int {
	if r.parts == 1 || len(r.key) == 0 {
		return func(int) int { return 0 }
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

func (r *Recorder) append(p int, m message, sel []int32, order []int64, lanes []event.Lane, lane []int32, at, behind []int64) error {
	b := m.b
	e := &event.Rows{N: len(sel), Lanes: lanes, Order: pick(order, sel)}
	if len(lanes) > 0 {
		e.Lane, e.At = pick(lane, sel), pick(at, sel)
		if behind != nil {
			e.Behind = pick(behind, sel)
		}
	}
	if b.Time != nil {
		e.Time = pick(b.Time, sel)
	}
	if b.Ops != nil {
		e.Ops = pick(b.Ops, sel)
	}
	for i, c := range b.Cols {
		e.Names = append(e.Names, r.columns[i].Name)
		if len(sel) == b.Rows {
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
	a := log.Append{Topic: r.topic, Partition: p, Expect: -1, N: len(sel), MinTime: log.NoTime, MaxTime: log.NoTime,
		Ingest: m.came, Schema: r.schema, Payload: payload}
	for i, row := range sel {
		if b.Time == nil {
			break
		}
		if i == 0 || b.Time[row] < a.MinTime {
			a.MinTime = b.Time[row]
		}
		a.MaxTime = max(a.MaxTime, b.Time[row])
	}
	if err := r.ahead.Append(&a); err != nil {
		return fmt.Errorf("topic %s: %w", r.topic, err)
	}
	r.counts[p] += int64(a.N)
	r.bytes.Add(int64(len(payload)))
	return nil
}

func pick[T any](from []T, rows []int32) []T {
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = from[r]
	}
	return out
}
