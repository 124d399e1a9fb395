package kept

import (
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/keycode"
	"github.com/edynamic/edynamic/vm/wire"
)

// Apart writes single rows and reads them back, each by itself, where Save and Load do so
// with many. Rows that are read come to be held together.
type Apart struct {
	rows  *Rows
	types []*types.Type

	codes map[*operators.Batch]keycode.Appender // of rows that are about to be written
	refs  map[ID][]byte
	code  []byte // scratch

	coming []coming // rows that were read and are not held yet
	adapt  *operators.Adapter
}

// coming is a row that was read.
type coming struct {
	entry                   *Entry
	code                    []byte
	times                   uint64 // what it has of them
	in                      bool   // it has a place by progress
	time, arrival, progress int64
	ref                     operators.Ref
}

// NewApart writes rows of columns.
func NewApart(rows *Rows, columns []types.Column) *Apart {
	a := &Apart{rows: rows, codes: map[*operators.Batch]keycode.Appender{}, refs: map[ID][]byte{}}
	for _, c := range columns {
		a.types = append(a.types, c.Type)
	}
	return a
}

// Adapted does something that reads rows as those of a state with other columns.
func (a *Apart) Adapted(do func() error) error {
	a.adapt = a.rows.adapt
	defer func() { a.adapt = nil }()
	return do()
}

// Saving must be told rows before they are written with Save, not too many at a time, and
// none behind the last of them: what is known of rows holds their memory.
func (a *Apart) Saving(ids []ID) error {
	clear(a.codes)
	clear(a.refs)
	var refs []operators.Ref
	var of []ID
	for _, id := range ids {
		b, row := a.rows.At(id)
		if a.codes[b] == nil {
			a.codes[b] = a.appender(b)
		}
		if b.Refs != nil && a.rows.refs != nil {
			refs, of = append(refs, b.Refs[row]), append(of, id)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	saved, err := a.rows.refs.SaveEach(refs)
	for i, id := range of {
		if err == nil {
			a.refs[id] = saved[i]
		}
	}
	return err
}

func (a *Apart) appender(b *operators.Batch) keycode.Appender {
	if len(a.types) == 0 {
		return func(dst []byte, _ int) []byte { return dst }
	}
	vs := make([]kernel.Vector, len(a.types))
	for i, t := range a.types {
		vs[i] = kernel.Vector{Type: t, Arr: b.Cols[i]}
	}
	return keycode.Row(vs, keycode.Exact)
}

// What rows have of times.
const (
	noTime = iota
	timeAndArrival
	timeAlone
)

func timesOf(b *operators.Batch) uint64 {
	switch {
	case b.Time == nil:
		return noTime
	case b.Arrival == nil:
		return timeAlone
	}
	return timeAndArrival
}

// Save writes a row.
func (a *Apart) Save(w *wire.Writer, id ID) {
	b, row := a.rows.At(id)
	a.code = a.codes[b](a.code[:0], int(row))
	w.Bytes(a.code)
	w.Uint(timesOf(b))
	if b.Time != nil {
		w.Int(b.Time[row])
	}
	if b.Time != nil && b.Arrival != nil {
		w.Int(b.Arrival[row])
	}
	w.Bool(b.Progress != nil)
	if b.Progress != nil {
		w.Int(b.Progress[row])
	}
	w.Bytes(a.refs[id])
}

// Load reads a row, for which an entry is to stand after Loaded, and gives the code of all
// its columns.
func (a *Apart) Load(r *wire.Reader, e *Entry) []byte {
	c := coming{entry: e, code: slices.Clone(r.Bytes())}
	if c.times = r.Uint(); c.times != noTime {
		c.time = r.Int()
	}
	if c.times == timeAndArrival {
		c.arrival = r.Int()
	}
	if c.in = r.Bool(); c.in {
		c.progress = r.Int()
	}
	if saved := r.Bytes(); len(saved) > 0 && a.rows.refs != nil {
		ref, err := a.rows.refs.LoadOne(slices.Clone(saved))
		if err != nil {
			r.Fail(err)
		}
		c.ref = ref
	}
	if !r.Failed() {
		a.coming = append(a.coming, c)
	}
	return c.code
}

// Loaded holds the rows that were read since it was called last.
func (a *Apart) Loaded() error {
	coming := a.coming
	b, err := a.read()
	if b == nil || err != nil {
		return err
	}
	for i, id := range a.rows.put(b) {
		coming[i].entry.ID = id
	}
	clear(coming)
	return nil
}

// read is the rows that were read since it was called last, nil for none.
func (a *Apart) read() (*operators.Batch, error) {
	n := len(a.coming)
	if n == 0 {
		return nil, nil
	}
	coming := a.coming
	a.coming = a.coming[:0]
	b := &operators.Batch{Rows: n}
	ts := a.types
	if a.adapt != nil {
		ts = a.adapt.From
	}
	if len(ts) > 0 {
		b.Cols = keycode.Decode(a.rows.alloc, ts, n, func(i int) []byte { return coming[i].code })
	}
	var err error
	if b.Cols, err = a.adapt.Apply(b.Cols, n); err != nil {
		return nil, err
	}
	if coming[0].times != noTime {
		b.Time = make([]int64, n)
	}
	if coming[0].times == timeAndArrival {
		b.Arrival = make([]int64, n)
	}
	if coming[0].in {
		b.Progress = make([]int64, n)
	}
	if a.rows.refs != nil {
		b.Refs = make([]operators.Ref, n)
	}
	for i, c := range coming {
		if b.Time != nil {
			b.Time[i] = c.time
		}
		if b.Arrival != nil {
			b.Arrival[i] = c.arrival
		}
		if b.Progress != nil {
			b.Progress[i] = c.progress
		}
		if b.Refs != nil {
			b.Refs[i] = c.ref
		}
	}
	return b, nil
}
