// Package wire writes the states of operators and aggregates as bytes: numbers as
// varints, texts with their lengths, arrays as Arrow IPC. The form has no version
// of its own; a checkpoint carries that. A Reader never panics on damaged bytes.
package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Writer collects a state. The zero Writer is empty.
type Writer struct{ Buf []byte }

// Uint writes an unsigned number.
func (w *Writer) Uint(v uint64) { w.Buf = binary.AppendUvarint(w.Buf, v) }

// Int writes a signed number.
func (w *Writer) Int(v int64) { w.Buf = binary.AppendVarint(w.Buf, v) }

// Bool writes a truth value.
func (w *Writer) Bool(v bool) {
	if v {
		w.Buf = append(w.Buf, 1)
		return
	}
	w.Buf = append(w.Buf, 0)
}

// Float writes a double with all its bits.
func (w *Writer) Float(v float64) {
	w.Buf = binary.LittleEndian.AppendUint64(w.Buf, math.Float64bits(v))
}

// String writes a text or code.
func (w *Writer) String(v string) {
	w.Uint(uint64(len(v)))
	w.Buf = append(w.Buf, v...)
}

// Bytes writes bytes.
func (w *Writer) Bytes(v []byte) {
	w.Uint(uint64(len(v)))
	w.Buf = append(w.Buf, v...)
}

// Ints writes a slice of numbers; nil stays nil.
func (w *Writer) Ints(vs []int64) {
	w.Bool(vs != nil)
	w.Uint(uint64(len(vs)))
	for _, v := range vs {
		w.Int(v)
	}
}

// Arrays writes arrays of n elements each.
func (w *Writer) Arrays(arrs []arrow.Array, n int) error {
	fields := make([]arrow.Field, len(arrs))
	for i, a := range arrs {
		fields[i] = arrow.Field{Name: fmt.Sprint(i), Type: a.DataType(), Nullable: true}
	}
	schema := arrow.NewSchema(fields, nil)
	rec := array.NewRecordBatch(schema, arrs, int64(n))
	defer rec.Release()
	var buf bytes.Buffer
	out := ipc.NewWriter(&buf, ipc.WithSchema(schema))
	if err := out.Write(rec); err != nil {
		return fmt.Errorf("writing rows of a state: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing rows of a state: %w", err)
	}
	w.Bytes(buf.Bytes())
	return nil
}

var errShort = errors.New("the state is cut short")

// Reader reads a state back. After the first mistake it gives zero values; Err
// tells.
type Reader struct {
	buf []byte
	err error
}

// NewReader reads a state.
func NewReader(state []byte) *Reader { return &Reader{buf: state} }

// Err is the first mistake, or that bytes are left over.
func (r *Reader) Err() error {
	if r.err == nil && len(r.buf) > 0 {
		return fmt.Errorf("the state has %d bytes too many", len(r.buf))
	}
	return r.err
}

// More reports that something follows, and that there was no mistake.
func (r *Reader) More() bool { return r.err == nil && len(r.buf) > 0 }

// Failed reports that there was a mistake.
func (r *Reader) Failed() bool { return r.err != nil }

// Fail stores a mistake found by whoever reads.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.buf = nil
}

// Uint reads an unsigned number.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.buf)
	if n <= 0 {
		r.Fail(errShort)
		return 0
	}
	r.buf = r.buf[n:]
	return v
}

// Int reads a signed number.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.buf)
	if n <= 0 {
		r.Fail(errShort)
		return 0
	}
	r.buf = r.buf[n:]
	return v
}

// Len reads how many things follow, each of at least one byte, so that a damaged
// number cannot ask for all memory.
func (r *Reader) Len() int {
	n := r.Uint()
	if n > uint64(len(r.buf)) {
		r.Fail(errShort)
		return 0
	}
	return int(n)
}

// Bool reads a truth value.
func (r *Reader) Bool() bool {
	b := r.take(1)
	return len(b) == 1 && b[0] != 0
}

// Float reads a double.
func (r *Reader) Float() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// String reads a text.
func (r *Reader) String() string { return string(r.Bytes()) }

// Bytes reads bytes, which are part of the state: copy what is changed or kept.
func (r *Reader) Bytes() []byte {
	n := r.Len()
	return r.take(n)
}

// Ints reads a slice of numbers.
func (r *Reader) Ints() []int64 {
	some := r.Bool()
	n := r.Len()
	if !some || r.err != nil {
		return nil
	}
	out := make([]int64, n)
	for i := range out {
		out[i] = r.Int()
	}
	return out
}

// Rest gives the unread bytes to f, which returns what it leaves.
func (r *Reader) Rest(f func([]byte) ([]byte, error)) {
	rest, err := f(r.buf)
	if err != nil {
		r.Fail(err)
		return
	}
	r.buf = rest
}

func (r *Reader) take(n int) []byte {
	if n > len(r.buf) {
		r.Fail(errShort)
		return nil
	}
	b := r.buf[:n]
	r.buf = r.buf[n:]
	return b
}

// Arrays reads arrays, which belong to the caller, and their length.
func (r *Reader) Arrays(alloc memory.Allocator) ([]arrow.Array, int) {
	b := r.Bytes()
	if r.err != nil {
		return nil, 0
	}
	in, err := ipc.NewReader(bytes.NewReader(b), ipc.WithAllocator(alloc))
	if err != nil {
		r.Fail(fmt.Errorf("reading rows of a state: %w", err))
		return nil, 0
	}
	defer in.Release()
	if !in.Next() {
		r.Fail(errShort)
		return nil, 0
	}
	rec := in.RecordBatch()
	arrs := rec.Columns()
	for _, a := range arrs {
		a.Retain()
	}
	return arrs, int(rec.NumRows())
}
