package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Validity is a bitmap for an array in the making: a set bit is a value, a clear
// one a null.
type Validity struct {
	bits *memory.Buffer
	n    int
}

// NewValidity begins a bitmap of n values without nulls. Release it, or hand it
// over with Put.
func NewValidity(alloc memory.Allocator, n int) *Validity {
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize(int(bitutil.BytesForBits(int64(n))))
	memory.Set(buf.Bytes(), 0xff)
	return &Validity{bits: buf, n: n}
}

// Clear marks a null.
func (v *Validity) Clear(i int) { bitutil.ClearBit(v.bits.Bytes(), i) }

// And clears what is null in an array of the same length.
func (v *Validity) And(a arrow.Array) {
	switch {
	case a.DataType().ID() == arrow.NULL:
		memory.Set(v.bits.Bytes(), 0)
	case a.NullN() > 0:
		bitutil.BitmapAnd(v.bits.Bytes(), a.NullBitmapBytes(), 0, int64(a.Data().Offset()), v.bits.Bytes(), 0, int64(v.n))
	}
}

// AndVector is And for a vector over the same rows.
func (v *Validity) AndVector(x Vector) {
	if !x.Scalar {
		v.And(x.Arr)
	} else if IsNullAt(x, 0) {
		memory.Set(v.bits.Bytes(), 0)
	}
}

// Put returns an array with the values of a and this validity, nulls of a not
// among them unless they were And-ed in. It hands the bitmap over; a stays the
// caller's.
func (v *Validity) Put(alloc memory.Allocator, a arrow.Array) arrow.Array {
	defer v.bits.Release()
	if a.DataType().ID() == arrow.NULL {
		a.Retain()
		return a
	}
	d := a.Data()
	bits := v.bits
	if d.Offset() != 0 { // buffers of an array share one offset
		bits = memory.NewResizableBuffer(alloc)
		bits.Resize(int(bitutil.BytesForBits(int64(d.Offset() + v.n))))
		bitutil.CopyBitmap(v.bits.Bytes(), 0, v.n, bits.Bytes(), d.Offset())
		defer bits.Release()
	}
	nulls := v.n - bitutil.CountSetBits(v.bits.Bytes(), 0, v.n)
	buffers := append([]*memory.Buffer{bits}, d.Buffers()[1:]...)
	data := array.NewData(d.DataType(), v.n, buffers, d.Children(), nulls, d.Offset())
	defer data.Release()
	return array.MakeFromData(data)
}

// HasNulls reports whether a vector has a null anywhere.
func HasNulls(v Vector) bool { return v.Arr.DataType().ID() == arrow.NULL || v.Arr.NullN() > 0 }

// NullsOf returns a with a null wherever one of the vectors has one, beside its
// own. It takes a over.
func NullsOf(alloc memory.Allocator, a arrow.Array, vs ...Vector) arrow.Array {
	var valid *Validity
	for _, v := range vs {
		if !HasNulls(v) {
			continue
		}
		if valid == nil {
			valid = NewValidity(alloc, a.Len())
			valid.And(a)
		}
		valid.AndVector(v)
	}
	if valid == nil {
		return a
	}
	defer a.Release()
	return valid.Put(alloc, a)
}
