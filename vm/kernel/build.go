package kernel

import (
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Column builds the result of a call, one element a row. Rows are set in
// ascending order, each at most once; a row that is not set holds a zero value.
type Column[R Value] struct {
	// Set gives a row its value; bytes are copied.
	Set   func(row int, v R)
	nulls nullMarks
	build func(nulls *memory.Buffer, n int) arrow.Array
}

// NewColumn begins the result of a call.
func NewColumn[R Value](c *Call) *Column[R] {
	return columnOf[R](c.Alloc, ArrowType(c.Result), c.N, c.Fail)
}

func columnOf[R Value](alloc memory.Allocator, dt arrow.DataType, n int, fail func(int, string)) *Column[R] {
	col := &Column[R]{nulls: nullMarks{alloc: alloc, n: n}}
	var set any
	switch any(*new(R)).(type) {
	case bool:
		set, col.build = boolColumn(alloc, dt, n)
	case int32:
		set, col.build = sliceColumn[int32](alloc, dt, n)
	case int64:
		set, col.build = sliceColumn[int64](alloc, dt, n)
	case float32:
		set, col.build = sliceColumn[float32](alloc, dt, n)
	case float64:
		set, col.build = sliceColumn[float64](alloc, dt, n)
	case decimal128.Num:
		set, col.build = sliceColumn[decimal128.Num](alloc, dt, n)
	case arrow.MonthDayNanoInterval:
		set, col.build = sliceColumn[arrow.MonthDayNanoInterval](alloc, dt, n)
	case string:
		text := newTextColumn(alloc, dt, n, fail)
		set = func(row int, v string) { text.set(row, unsafe.Slice(unsafe.StringData(v), len(v))) }
		col.build = text.finish
	case []byte:
		if fixed, ok := dt.(*arrow.FixedSizeBinaryType); ok {
			set, col.build = fixedBytesColumn(alloc, fixed, n)
			break
		}
		text := newTextColumn(alloc, dt, n, fail)
		set, col.build = text.set, text.finish
	}
	col.Set = set.(func(int, R))
	return col
}

// Null gives a row no value.
func (c *Column[R]) Null(row int) { c.nulls.mark(row) }

// Finish returns the array; the column cannot be used afterwards.
func (c *Column[R]) Finish() arrow.Array {
	arr := c.build(c.nulls.bits, c.nulls.n)
	if c.nulls.bits != nil {
		c.nulls.bits.Release()
	}
	return arr
}

// nullMarks is a validity bitmap that exists from the first null on.
type nullMarks struct {
	alloc memory.Allocator
	n     int
	bits  *memory.Buffer
}

func (m *nullMarks) mark(row int) {
	if m.bits == nil {
		m.bits = memory.NewResizableBuffer(m.alloc)
		m.bits.Resize(int(bitutil.BytesForBits(int64(m.n))))
		memory.Set(m.bits.Bytes(), 0xff)
	}
	bitutil.ClearBit(m.bits.Bytes(), row)
}

func finishArray(dt arrow.DataType, n int, buffers ...*memory.Buffer) arrow.Array {
	nulls := 0
	if buffers[0] != nil {
		nulls = n - bitutil.CountSetBits(buffers[0].Bytes(), 0, n)
	}
	data := array.NewData(dt, n, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

func sliceColumn[T any](alloc memory.Allocator, dt arrow.DataType, n int) (func(int, T), func(*memory.Buffer, int) arrow.Array) {
	buf, values := newValues[T](alloc, n)
	return func(row int, v T) { values[row] = v },
		func(nulls *memory.Buffer, n int) arrow.Array {
			defer buf.Release()
			return finishArray(dt, n, nulls, buf)
		}
}

// newValues allocates n values of fixed width.
func newValues[T any](alloc memory.Allocator, n int) (*memory.Buffer, []T) {
	buf := NewBuffer(alloc, n*int(unsafe.Sizeof(*new(T))))
	if n == 0 {
		return buf, nil
	}
	return buf, unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(buf.Bytes()))), n)
}

func boolColumn(alloc memory.Allocator, dt arrow.DataType, n int) (func(int, bool), func(*memory.Buffer, int) arrow.Array) {
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize(int(bitutil.BytesForBits(int64(n))))
	bits := buf.Bytes()
	memory.Set(bits, 0)
	return func(row int, v bool) {
			if v {
				bitutil.SetBit(bits, row)
			}
		}, func(nulls *memory.Buffer, n int) arrow.Array {
			defer buf.Release()
			return finishArray(dt, n, nulls, buf)
		}
}

func fixedBytesColumn(alloc memory.Allocator, dt *arrow.FixedSizeBinaryType, n int) (func(int, []byte), func(*memory.Buffer, int) arrow.Array) {
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize(n * dt.ByteWidth)
	data := buf.Bytes()
	return func(row int, v []byte) { copy(data[row*dt.ByteWidth:(row+1)*dt.ByteWidth], v) },
		func(nulls *memory.Buffer, n int) arrow.Array {
			defer buf.Release()
			return finishArray(dt, n, nulls, buf)
		}
}

// textColumn builds a string or binary array: offsets for all rows, and bytes
// that grow as rows are set.
type textColumn struct {
	dt         arrow.DataType
	offsetsBuf *memory.Buffer
	offsets    []int32
	data       *memory.Buffer
	used       int
	next       int // the first row without an end offset
	fail       func(int, string)
}

func newTextColumn(alloc memory.Allocator, dt arrow.DataType, n int, fail func(int, string)) *textColumn {
	t := &textColumn{dt: dt, data: memory.NewResizableBuffer(alloc), fail: fail}
	t.offsetsBuf, t.offsets = newValues[int32](alloc, n+1)
	t.offsets[0] = 0
	return t
}

func (t *textColumn) set(row int, v []byte) {
	copy(t.room(row, len(v)), v)
}

// room makes space for a row of n bytes and ends it; nil when the column is full.
func (t *textColumn) room(row, n int) []byte {
	for ; t.next < row; t.next++ {
		t.offsets[t.next+1] = int32(t.used)
	}
	t.next = row + 1
	if t.used+n > math.MaxInt32 {
		t.offsets[row+1] = int32(t.used)
		t.fail(row, "the texts of one batch are longer than 2 GiB together")
		return nil
	}
	start := t.used
	t.used += n
	t.offsets[row+1] = int32(t.used)
	if t.used > t.data.Len() {
		t.data.Resize(min(max(t.used, 2*t.data.Len(), 16*len(t.offsets)), math.MaxInt32))
	}
	return t.data.Bytes()[start:t.used]
}

func (t *textColumn) finish(nulls *memory.Buffer, n int) arrow.Array {
	for ; t.next < n; t.next++ {
		t.offsets[t.next+1] = int32(t.used)
	}
	t.data.ResizeNoShrink(t.used)
	defer t.offsetsBuf.Release()
	defer t.data.Release()
	return finishArray(t.dt, n, nulls, t.offsetsBuf, t.data)
}
