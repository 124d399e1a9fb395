package kernel

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Gather returns the elements of an array at positions, null where a position is
// negative. It serves any type, nested ones too.
func Gather(alloc memory.Allocator, a arrow.Array, positions []int32) arrow.Array {
	data := gatherData(alloc, a, positions)
	defer data.Release()
	return array.MakeFromData(data)
}

// GatherAny is Gather over several arrays of one type laid end to end.
func GatherAny(alloc memory.Allocator, arrs []arrow.Array, positions []int32) arrow.Array {
	all, err := array.Concatenate(arrs, alloc)
	if err != nil {
		panic("kernel: arrays of unequal types: " + err.Error())
	}
	defer all.Release()
	return Gather(alloc, all, positions)
}

func gatherData(alloc memory.Allocator, a arrow.Array, positions []int32) *array.Data {
	n := len(positions)
	nulls := nullMarks{alloc: alloc, n: n}
	count := 0
	has := a.NullN() > 0 || a.DataType().ID() == arrow.NULL
	for i, p := range positions {
		if p < 0 || has && a.IsNull(int(p)) {
			nulls.mark(i)
			count++
		}
	}
	buffers := []*memory.Buffer{nulls.bits}
	var children []arrow.ArrayData
	switch dt := a.DataType().(type) {
	case *arrow.NullType:
		buffers, count = []*memory.Buffer{nil}, n
		if nulls.bits != nil {
			nulls.bits.Release()
		}
	case *arrow.BooleanType:
		buffers = append(buffers, gatherBits(alloc, a, positions))
	case *arrow.StringType, *arrow.BinaryType:
		offsets, data := gatherTexts(alloc, a, positions)
		buffers = append(buffers, offsets, data)
	case *arrow.ListType, *arrow.MapType:
		offsets, child := gatherLists(alloc, a, positions)
		buffers, children = append(buffers, offsets), []arrow.ArrayData{child}
	case *arrow.StructType:
		s := a.(*array.Struct)
		for f := range s.NumField() {
			children = append(children, gatherData(alloc, s.Field(f), positions))
		}
	case arrow.FixedWidthDataType:
		buffers = append(buffers, gatherWidth(alloc, a, dt.Bytes(), positions))
	default:
		panic("kernel: no gather for " + a.DataType().String())
	}
	out := array.NewData(a.DataType(), n, buffers, children, count, 0)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	for _, c := range children {
		c.Release()
	}
	return out
}

func gatherBits(alloc memory.Allocator, a arrow.Array, positions []int32) *memory.Buffer {
	buf := memory.NewResizableBuffer(alloc)
	buf.Resize(int(bitutil.BytesForBits(int64(len(positions)))))
	bits := buf.Bytes()
	memory.Set(bits, 0)
	at := readBools(a)
	for i, p := range positions {
		if p >= 0 && at(int(p)) {
			bitutil.SetBit(bits, i)
		}
	}
	return buf
}

func gatherWidth(alloc memory.Allocator, a arrow.Array, width int, positions []int32) *memory.Buffer {
	buf := NewBuffer(alloc, width*len(positions))
	out := buf.Bytes()
	in := valueBytes(a, width)
	switch {
	case in == nil:
		clear(out)
	case width == 8:
		gatherWords[uint64](out, in, positions)
	case width == 4:
		gatherWords[uint32](out, in, positions)
	default:
		for i, p := range positions {
			if p < 0 {
				clear(out[i*width : (i+1)*width])
				continue
			}
			copy(out[i*width:(i+1)*width], in[int(p)*width:])
		}
	}
	return buf
}

// valueBytes is the bytes of the elements of an array of a fixed width, nil for none.
func valueBytes(a arrow.Array, width int) []byte {
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		return nil
	}
	return d.Buffers()[1].Bytes()[d.Offset()*width : (d.Offset()+d.Len())*width]
}

// gatherWords is the loop of most columns, without a call for each element.
func gatherWords[T uint32 | uint64](out, in []byte, positions []int32) {
	to, from := wordsOf[T](out), wordsOf[T](in)
	for i, p := range positions {
		if p < 0 {
			to[i] = 0
			continue
		}
		to[i] = from[p]
	}
}

func wordsOf[T uint32 | uint64](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(*new(T))))
}

func gatherTexts(alloc memory.Allocator, a arrow.Array, positions []int32) (offsets, data *memory.Buffer) {
	from, bytes := Texts(a)
	offsets, ends := newValues[int32](alloc, len(positions)+1)
	ends[0] = 0
	total := int32(0)
	for i, p := range positions {
		if p >= 0 {
			total += from[p+1] - from[p]
		}
		ends[i+1] = total
	}
	data = NewBuffer(alloc, int(total))
	out := data.Bytes()
	for i, p := range positions {
		if p >= 0 {
			copy(out[ends[i]:], bytes[from[p]:from[p+1]])
		}
	}
	return offsets, data
}

func gatherLists(alloc memory.Allocator, a arrow.Array, positions []int32) (*memory.Buffer, *array.Data) {
	list := a.(array.ListLike)
	offsets, ends := newValues[int32](alloc, len(positions)+1)
	ends[0] = 0
	var elems []int32
	for i, p := range positions {
		if p >= 0 && !a.IsNull(int(p)) {
			lo, hi := list.ValueOffsets(int(p))
			for e := lo; e < hi; e++ {
				elems = append(elems, int32(e))
			}
		}
		ends[i+1] = int32(len(elems))
	}
	return offsets, gatherData(alloc, list.ListValues(), elems)
}
