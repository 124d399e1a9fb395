package exec

import (
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// stateWriter writes what only the engine knows: spots, marks and batches. Topics are
// written by name, because their numbers change with the program.
type stateWriter struct {
	*wire.Writer
	e   *Engine
	err error
}

// stateReader reads what a stateWriter wrote.
type stateReader struct {
	*wire.Reader
	e *Engine
}

// The kinds of topic in a spot.
const (
	spotBefore = iota // before all topics
	spotBehind        // behind all: a derived row
	spotNamed
)

func (w *stateWriter) spot(s spot) {
	w.Int(s.progress)
	w.topic(s.topic)
	w.Int(int64(s.partition))
	w.Int(s.position)
}

func (w *stateWriter) topic(index int) {
	switch t := w.e.topicAt[index]; {
	case t != nil:
		w.Uint(spotNamed)
		w.String(t.topic.Name)
	case index < 0:
		w.Uint(spotBefore)
	default:
		w.Uint(spotBehind)
	}
}

func (r *stateReader) spot() spot {
	s := spot{progress: r.Int(), topic: r.topic()}
	s.partition, s.position = int(r.Int()), r.Int()
	return s
}

func (r *stateReader) topic() int {
	switch r.Uint() {
	case spotBefore:
		return -1
	case spotNamed:
		if t := r.e.topics[r.String()]; t != nil {
			return t.topic.Index
		}
	}
	return math.MaxInt
}

func (w *stateWriter) mark(m mark) {
	w.Int(m.Time)
	w.Int(m.Progress)
	w.Bool(m.End)
	w.Bool(m.free)
	w.Bool(m.idle)
	w.spot(m.upTo)
}

func (r *stateReader) mark() mark {
	var m mark
	m.Time, m.Progress, m.End = r.Int(), r.Int(), r.Bool()
	m.free, m.idle = r.Bool(), r.Bool()
	m.upTo = r.spot()
	return m
}

// marks writes what was said of inputs, by their names.
func (w *stateWriter) marks(names []string, ms []mark) {
	w.Uint(uint64(len(ms)))
	for i, m := range ms {
		w.String(names[i])
		w.mark(m)
	}
}

// marks reads those of the inputs that are still there.
func (r *stateReader) marks(names []string, ms []mark) {
	for range r.Len() {
		name := r.String()
		m := r.mark()
		if i := slices.Index(names, name); i >= 0 {
			ms[i] = m
		}
	}
}

// marksInOrder reads those of inputs that are told apart by their order, and returns the
// names that they had.
func (r *stateReader) marksInOrder(ms []mark) (names []string) {
	for i := range r.Len() {
		names = append(names, r.String())
		if m := r.mark(); i < len(ms) {
			ms[i] = m
		}
	}
	return names
}

// batch writes the rows of a batch that count, which stays the caller's.
func (w *stateWriter) batch(f flow, b *operators.Batch) {
	w.note(f)
	d := operators.Gather(memory.DefaultAllocator, b, rowsOf(b))
	defer d.Release()
	w.Uint(uint64(d.Rows))
	w.Uint(uint64(len(d.Cols)))
	for i := range d.Cols {
		w.String(f.columns[i].Name)
	}
	if len(d.Cols) > 0 {
		w.fail(w.Arrays(d.Cols, d.Rows))
	}
	w.Ints(d.Time)
	w.Ints(d.Arrival)
	w.Ints(d.Progress)
	w.Ints(d.Seq)
	w.Bool(d.Ops != nil)
	for _, op := range d.Ops {
		w.Uint(uint64(op))
	}
	kept := d.Refs != nil && w.e != nil
	w.Bool(kept)
	if kept {
		w.fail(refCodec{w.e}.Save(w.Writer, d.Refs))
	}
}

func (w *stateWriter) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// batch reads rows of a flow with the columns that they have by now: those of which
// nothing is known are null. nil stands for a batch that cannot be read.
func (r *stateReader) batch(f flow) *operators.Batch {
	n := r.Len()
	names := make([]string, r.Len())
	for i := range names {
		names[i] = r.String()
	}
	alloc := memory.Allocator(memory.DefaultAllocator)
	if r.e != nil {
		alloc = r.e.opt.Alloc
	}
	b := &operators.Batch{Rows: n}
	var had []arrow.Array
	if len(names) > 0 {
		var rows int
		if had, rows = r.Arrays(alloc); rows != n || len(had) != len(names) {
			r.Fail(fmt.Errorf("%d rows of %d columns, want %d of %d", rows, len(had), n, len(names)))
		}
	}
	defer releaseCols(had)
	b.Time, b.Arrival, b.Progress, b.Seq = r.Ints(), r.Ints(), r.Ints(), r.Ints()
	if r.Bool() {
		b.Ops = make([]operators.Op, n)
		for i := range b.Ops {
			b.Ops[i] = operators.Op(r.Uint())
		}
	}
	if r.Bool() {
		b.Refs = refCodec{r.e}.Load(r.Reader)
	}
	if r.Failed() {
		return nil
	}
	if cols, ok := r.reads(f, had, n); ok {
		b.Cols = cols
		return b
	}
	for _, c := range f.columns {
		i := slices.Index(names, c.Name)
		if i >= 0 && arrow.TypeEqual(had[i].DataType(), kernel.ArrowType(c.Type)) {
			had[i].Retain()
			b.Cols = append(b.Cols, had[i])
			continue
		}
		b.Cols = append(b.Cols, array.MakeArrayOfNull(alloc, kernel.ArrowType(c.Type), n))
	}
	return b
}

// save writes the first rows of update pairs whose second is to come.
func (s *station) save(w *stateWriter) {
	w.Uint(uint64(len(s.open)))
	for port, b := range s.open {
		w.Bool(b != nil)
		if b != nil {
			w.batch(s.e.flow(plan.Edge{Node: s.id, Port: port}), b)
		}
	}
}

func (s *station) load(r *stateReader) {
	for port := range r.Len() {
		if !r.Bool() {
			continue
		}
		f := flow{}
		if port < len(s.node.Ports) {
			f = s.e.flow(plan.Edge{Node: s.id, Port: port})
		}
		b := r.batch(f)
		switch {
		case b == nil:
		case port < len(s.open):
			s.open[port] = b
		default:
			b.Release()
		}
	}
}

// save writes the rows that wait in a merger.
func (m *merger) save(w *stateWriter, names []string, flow func(input int, name string) flow) {
	w.Int(m.given)
	w.Int(m.time)
	w.Uint(uint64(len(m.inputs)))
	for i := range m.inputs {
		in := &m.inputs[i]
		w.String(names[i])
		w.spot(in.head)
		w.spot(in.seen)
		w.mark(in.mark)
		w.Uint(uint64(len(in.queue)))
		for k, b := range in.queue {
			if k == 0 && in.next > 0 {
				b = &operators.Batch{Cols: b.Cols, Rows: b.Rows, Sel: rowsOf(b)[in.next:], Time: b.Time, Arrival: b.Arrival,
					Progress: b.Progress, Refs: b.Refs, Ops: b.Ops, Seq: b.Seq}
			}
			w.batch(flow(i, names[i]), b)
		}
	}
}

// merger reads what waits in a merger; m is nil where there is none any more.
func (r *stateReader) merger(m *merger, names []string, flow func(input int, name string) flow) {
	given, at := r.Int(), r.Int()
	if m != nil {
		m.given, m.time = given, at
	}
	for range r.Len() {
		name := r.String()
		i := slices.Index(names, name)
		known := m != nil && i >= 0
		head, seen, k := r.spot(), r.spot(), r.mark()
		for range r.Len() {
			b := r.batch(flow(max(i, 0), name))
			switch {
			case b == nil:
			case known:
				m.push(i, b)
			default:
				b.Release()
			}
		}
		if known {
			in := &m.inputs[i]
			in.head, in.seen, in.mark = maxSpot(in.head, head), seen, k
		}
	}
}

// save writes the rows that a table holds.
func (m *Material) save(w *stateWriter) {
	m.compact()
	w.Int(m.clock)
	w.Int(m.sweep)
	w.Uint(uint64(len(m.batches)))
	for _, b := range m.batches {
		w.batch(m.flow, b)
	}
}

func (m *Material) load(r *stateReader) {
	clock, sweep := r.Int(), r.Int()
	for range r.Len() {
		b := r.batch(m.flow)
		if b == nil {
			return
		}
		b.Ops = nil // they are all there
		m.Add(b)
		b.Release()
	}
	m.clock, m.sweep = clock, sweep
}

// Save writes the rows down, without the records they came from.
func (m *Material) Save() ([]byte, error) {
	w := &stateWriter{Writer: &wire.Writer{}}
	m.save(w)
	return w.Buf, w.err
}

// Load adds the rows that Save wrote.
func (m *Material) Load(state []byte) error {
	r := &stateReader{Reader: wire.NewReader(state)}
	m.load(r)
	return r.Err()
}
