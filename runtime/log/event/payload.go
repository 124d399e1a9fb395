package event

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/log/packed"
	"github.com/edynamic/edynamic/vm/wire"
)

// form begins every payload, and ends with its version. In the one before, lanes had no
// format and no header.
var form, unheaded = []byte("edy\x04"), []byte("edy\x03")

// Encoder writes payloads, and learns from one what is worth doing in the next. The zero
// Encoder is ready; it is for one goroutine at a time.
type Encoder struct {
	pack packed.Packer
	out  wire.Writer
	wide []int64
}

// Encode writes rows as a payload. The rows stay the caller's.
func Encode(r *Rows) ([]byte, error) {
	var e Encoder
	return e.Encode(r)
}

// Encode writes rows as a payload, which is valid until the next. The rows stay the
// caller's.
func (e *Encoder) Encode(r *Rows) ([]byte, error) {
	if r.N > packed.MostRows {
		return nil, fmt.Errorf("writing events: %d rows are more than are written together", r.N)
	}
	w := &e.out
	w.Buf = append(w.Buf[:0], form...)
	w.Uint(uint64(r.N))
	w.Uint(uint64(len(r.Lanes)))
	for _, l := range r.Lanes {
		w.String(l.Name)
		w.Bool(l.Counted)
		w.String(l.Topic)
		w.String(l.Format)
		w.String(l.Header)
	}
	e.pack.Numbers(w, r.Order)
	optional(e, r.Lane)
	optional(e, r.At)
	optional(e, r.Behind)
	optional(e, r.Ops)
	optional(e, r.Event)
	column := timeIn(r)
	w.Int(int64(column))
	if column < 0 {
		optional(e, r.Time)
	}
	if r.Packed != nil {
		w.Buf = append(w.Buf, r.Packed.w.Buf...)
		return w.Buf, nil
	}
	if err := writeColumns(w, &e.pack, r.Names, r.Cols, nil); err != nil {
		return nil, err
	}
	return w.Buf, nil
}

// optional writes numbers that may be missing.
func optional[T int64 | int32 | operators.Op](e *Encoder, vs []T) {
	e.out.Bool(vs != nil)
	if vs == nil {
		return
	}
	if wide, ok := any(vs).([]int64); ok {
		e.pack.Numbers(&e.out, wide)
		return
	}
	e.wide = e.wide[:0]
	for _, v := range vs {
		e.wide = append(e.wide, int64(v))
	}
	e.pack.Numbers(&e.out, e.wide)
}

// timeIn is the column that holds the event times, -1 for none.
func timeIn(r *Rows) int {
	if r.Time == nil {
		return -1
	}
	for i, c := range r.Cols {
		if t, ok := microseconds(c); ok && equalTimes(t, r.Time) {
			return i
		}
	}
	return -1
}

// microseconds are the values of a column of instants without nulls.
func microseconds(a arrow.Array) ([]arrow.Timestamp, bool) {
	t, ok := a.(*array.Timestamp)
	if !ok || t.NullN() > 0 || t.DataType().(*arrow.TimestampType).Unit != arrow.Microsecond {
		return nil, false
	}
	return t.TimestampValues(), true
}

func equalTimes(have []arrow.Timestamp, want []int64) bool {
	if len(have) != len(want) {
		return false
	}
	if len(have) > 0 && (*int64)(&have[0]) == &want[0] {
		return true // the same memory
	}
	for i, v := range have {
		if int64(v) != want[i] {
			return false
		}
	}
	return true
}

var (
	errForm    = errors.New("reading events: they were written by another version of edyc, in a form that this one does not know. Read them with that version, or begin with a new data folder")
	errDamaged = errors.New("reading events: the payload is not what was written")
)

// Check reports that a payload has another form, so that nothing of this one comes behind it.
func Check(payload []byte) error {
	if !bytes.HasPrefix(payload, form) && !bytes.HasPrefix(payload, unheaded) {
		return errForm
	}
	return nil
}

// Decode reads a payload. Its arrays are memory of the garbage collector, so that
// whoever refers to rows may keep them for as long as they like.
func Decode(payload []byte) (*Rows, error) {
	rest, headed := bytes.CutPrefix(payload, form)
	if !headed {
		var ok bool
		if rest, ok = bytes.CutPrefix(payload, unheaded); !ok {
			return nil, errForm
		}
	}
	in := wire.NewReader(rest)
	n := in.Uint()
	if n > packed.MostRows {
		return nil, errDamaged
	}
	r := &Rows{N: int(n)}
	for range in.Len() {
		l := Lane{Name: in.String(), Counted: in.Bool(), Topic: in.String()}
		if headed {
			l.Format, l.Header = in.String(), in.String()
		}
		r.Lanes = append(r.Lanes, l)
	}
	if err := r.read(in); err != nil {
		r.Release()
		return nil, err
	}
	return r, nil
}

// read reads what stands beside the rows, and their columns.
func (r *Rows) read(in *wire.Reader) (err error) {
	if r.Order, err = packed.Numbers(in, r.N); err != nil {
		return errDamaged
	}
	r.Lane = missing[int32](in, r.N)
	r.At = missing[int64](in, r.N)
	r.Behind = missing[int64](in, r.N)
	r.Ops = missing[operators.Op](in, r.N)
	r.Event = missing[int64](in, r.N)
	column := in.Int()
	if column < 0 {
		r.Time = missing[int64](in, r.N)
	}
	for range in.Len() {
		name := in.String()
		a, err := packed.Read(in, r.N)
		if err != nil {
			return errDamaged
		}
		r.Names, r.Cols = append(r.Names, name), append(r.Cols, a)
	}
	for _, l := range r.Lane {
		if int(l) >= len(r.Lanes) {
			return errDamaged
		}
	}
	if in.Err() != nil || column >= int64(len(r.Cols)) || r.Lane != nil && r.At == nil {
		return errDamaged
	}
	if column < 0 {
		return nil
	}
	t, ok := microseconds(r.Cols[column])
	if !ok {
		return errDamaged
	}
	r.Time = make([]int64, r.N)
	for i, v := range t {
		r.Time[i] = int64(v)
	}
	return nil
}

// missing reads numbers that may be missing: nil for those.
func missing[T int64 | int32 | operators.Op](in *wire.Reader, n int) []T {
	if !in.Bool() {
		return nil
	}
	vs, err := packed.Numbers(in, n)
	if err != nil {
		in.Fail(err)
		return nil
	}
	if wide, ok := any(vs).([]T); ok {
		return wide
	}
	out := make([]T, n)
	for i, v := range vs {
		out[i] = T(v)
	}
	return out
}
