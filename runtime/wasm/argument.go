package wasm

import (
	"encoding/binary"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/vm/kernel"
)

// argument copies an argument of a batch into the loop's memory.
type argument struct {
	v    kernel.Vector
	text func(i int) []byte // of texts, by element of the array
	// raw is the values of fixed width, size bytes each.
	raw  []byte
	size int
}

func newArgument(v kernel.Vector) *argument {
	a := &argument{v: v}
	switch arr := v.Arr.(type) {
	case *array.Boolean, *array.Null:
	case *array.String, *array.Binary, *array.FixedSizeBinary:
		a.text = kernel.Reader[[]byte](kernel.Vector{Type: v.Type, Arr: v.Arr})
	default:
		d := arr.Data()
		a.size = d.DataType().(arrow.FixedWidthDataType).Bytes()
		if b := d.Buffers()[1]; b != nil {
			a.raw = b.Bytes()[d.Offset()*a.size:]
		}
	}
	return a
}

// write copies count values, those of the rows that come next, and returns how many
// bytes of stage their texts took.
func (a *argument) write(r *scalarRun, col column, count int, stage []byte) uint32 {
	index := func(i int) int {
		if a.v.Scalar {
			return 0
		}
		return r.row(r.next + i)
	}
	memory := r.in.columns
	if col.nulls != 0 {
		for i := range count {
			memory[col.nulls+i] = 1
			if a.v.Arr.IsNull(index(i)) {
				memory[col.nulls+i] = 0
			}
		}
	}
	to := memory[col.values:]
	if col.form.Text {
		return a.writeTexts(index, to, count, stage)
	}
	switch arr := a.v.Arr.(type) {
	case *array.Null:
	case *array.Boolean:
		for i := range count {
			binary.LittleEndian.PutUint32(to[4*i:], 0)
			if !arr.IsNull(index(i)) && arr.Value(index(i)) {
				to[4*i] = 1
			}
		}
	default:
		a.writeFixed(r, to, col.width(), count)
	}
	return 0
}

func (a *argument) writeTexts(index func(int) int, to []byte, count int, stage []byte) uint32 {
	used := 0
	for i := range count {
		binary.LittleEndian.PutUint32(to[4*i:], uint32(used))
		if at := index(i); a.text != nil && !a.v.Arr.IsNull(at) {
			used += copy(stage[used:], a.text(at))
		}
	}
	binary.LittleEndian.PutUint32(to[4*count:], uint32(used))
	return uint32(used)
}

// writeFixed copies values side by side. Of a decimal of 16 bytes the lower 8 are the
// whole number, since it has at most 18 digits.
func (a *argument) writeFixed(r *scalarRun, to []byte, width, count int) {
	switch {
	case a.raw == nil:
	case a.v.Scalar:
		copy(to[:width], a.raw)
	case a.size == width && r.c.Sel == nil:
		copy(to[:width*count], a.raw[r.next*width:])
	case a.size == 4 && width == 4:
		gather[uint32](to, a.raw, r.c.Sel[r.next:r.next+count])
	case a.size == 8 && width == 8:
		gather[uint64](to, a.raw, r.c.Sel[r.next:r.next+count])
	default:
		for i := range count {
			copy(to[width*i:width*i+width], a.raw[r.row(r.next+i)*a.size:])
		}
	}
}

// gather copies the elements at rows.
func gather[T uint32 | uint64](to, from []byte, rows []int32) {
	size := int(unsafe.Sizeof(*new(T)))
	dst := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(to))), len(rows))
	src := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(from))), len(from)/size)
	for i, row := range rows {
		dst[i] = src[row]
	}
}
