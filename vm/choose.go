package vm

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// overlay is a vector with the values of another in some rows, which are all the rows where
// it has none itself; nil for types without a fixed width.
func overlay(f *frame, t *types.Type, a kernel.Vector, b kernel.Vector, rowsB []int32) arrow.Array {
	dt, ok := kernel.ArrowType(t).(arrow.FixedWidthDataType)
	if !ok {
		return nil
	}
	if dt.ID() == arrow.BOOL || dt.ID() == arrow.FIXED_SIZE_BINARY {
		return nil
	}
	arr := chooseWide(f, dt, b, rowsB, a)
	if kernel.HasNulls(b) {
		valid := kernel.NewValidity(f.alloc, f.n)
		clearNulls(valid, b, rowsB)
		arr = valid.Put(f.alloc, f.own(arr))
	}
	return f.own(arr)
}

// choose takes the values of some rows from a and of others from b.
func choose(f *frame, t *types.Type, a kernel.Vector, rowsA []int32, b kernel.Vector, rowsB []int32) kernel.Vector {
	var arr arrow.Array
	switch dt := kernel.ArrowType(t).(type) {
	case *arrow.BooleanType:
		arr = chooseBits(f, a, rowsA, b, rowsB)
	case *arrow.FixedSizeBinaryType:
		arr = chooseGathered(f, a, rowsA, b, rowsB)
		return kernel.Vector{Type: t, Arr: f.own(arr)}
	case arrow.FixedWidthDataType:
		arr = chooseWide(f, dt, a, rowsA, b)
	default:
		arr = chooseGathered(f, a, rowsA, b, rowsB)
		return kernel.Vector{Type: t, Arr: f.own(arr)}
	}
	if kernel.HasNulls(a) || kernel.HasNulls(b) {
		arr = f.own(arr)
		valid := kernel.NewValidity(f.alloc, f.n)
		clearNulls(valid, a, rowsA)
		clearNulls(valid, b, rowsB)
		arr = valid.Put(f.alloc, arr)
	}
	return kernel.Vector{Type: t, Arr: f.own(arr)}
}

func clearNulls(valid *kernel.Validity, v kernel.Vector, rows []int32) {
	if !kernel.HasNulls(v) {
		return
	}
	for _, i := range rows {
		if v.IsNull(int(i)) {
			valid.Clear(int(i))
		}
	}
}

// chooseWide is chooseFixed for values of 4, 8 or 16 bytes.
func chooseWide(f *frame, dt arrow.FixedWidthDataType, a kernel.Vector, rowsA []int32, b kernel.Vector) arrow.Array {
	switch dt.Bytes() {
	case 4:
		return chooseFixed[int32](f, dt, a, rowsA, b)
	case 8:
		return chooseFixed[int64](f, dt, a, rowsA, b)
	}
	return chooseFixed[[2]int64](f, dt, a, rowsA, b)
}

// chooseFixed copies all of b, and a over it where a is wanted.
func chooseFixed[T any](f *frame, dt arrow.DataType, a kernel.Vector, rowsA []int32, b kernel.Vector) arrow.Array {
	buf := memory.NewResizableBuffer(f.alloc)
	defer buf.Release()
	buf.Resize(f.n * int(unsafe.Sizeof(*new(T))))
	dst, from, over := sliceOf[T](buf.Bytes()), elements[T](b.Arr), elements[T](a.Arr)
	if b.Scalar {
		for i := range dst {
			dst[i] = from[0]
		}
	} else {
		copy(dst, from)
	}
	if a.Scalar {
		for _, i := range rowsA {
			dst[i] = over[0]
		}
	} else {
		for _, i := range rowsA {
			dst[i] = over[i]
		}
	}
	return newArray(dt, f.n, []*memory.Buffer{nil, buf}, nil, 0)
}

func sliceOf[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(*new(T))))
}

func elements[T any](a arrow.Array) []T {
	d := a.Data()
	return sliceOf[T](d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()]
}

func chooseBits(f *frame, a kernel.Vector, rowsA []int32, b kernel.Vector, rowsB []int32) arrow.Array {
	buf := memory.NewResizableBuffer(f.alloc)
	defer buf.Release()
	buf.Resize(int(bitutil.BytesForBits(int64(f.n))))
	bits := buf.Bytes()
	memory.Set(bits, 0)
	set := func(v kernel.Vector, rows []int32) {
		read := kernel.Reader[bool](v)
		for _, i := range rows {
			if read(int(i)) {
				bitutil.SetBit(bits, int(i))
			}
		}
	}
	set(a, rowsA)
	set(b, rowsB)
	return newArray(arrow.FixedWidthTypes.Boolean, f.n, []*memory.Buffer{nil, buf}, nil, 0)
}

// chooseGathered serves the types without a fixed width.
func chooseGathered(f *frame, a kernel.Vector, rowsA []int32, b kernel.Vector, rowsB []int32) arrow.Array {
	positions := make([]int32, f.n)
	for i := range positions {
		positions[i] = -1
	}
	for _, i := range rowsA {
		positions[i] = int32(a.Index(int(i)))
	}
	for _, i := range rowsB {
		positions[i] = int32(a.Arr.Len() + b.Index(int(i)))
	}
	return kernel.GatherAny(f.alloc, []arrow.Array{a.Arr, b.Arr}, positions)
}
