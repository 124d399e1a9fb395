package kernel

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Spot is an element of one of several arrays.
type Spot struct{ Part, Row int32 }

// GatherParts is Gather over several arrays of one type, which are not laid end to end for
// it where their elements lie side by side.
func GatherParts(alloc memory.Allocator, parts []arrow.Array, spots []Spot) arrow.Array {
	switch dt := parts[0].DataType().(type) {
	case *arrow.BooleanType:
		return gatherNested(alloc, parts, spots)
	case *arrow.StringType, *arrow.BinaryType:
		offsets, data := spotTexts(alloc, parts, spots)
		return ownArray(dt, len(spots), spotNulls(alloc, parts, spots), offsets, data)
	case arrow.FixedWidthDataType:
		return ownArray(dt, len(spots), spotNulls(alloc, parts, spots), spotWidth(alloc, parts, dt.Bytes(), spots))
	}
	return gatherNested(alloc, parts, spots)
}

// ownArray is an array that takes its buffers over.
func ownArray(dt arrow.DataType, n int, buffers ...*memory.Buffer) arrow.Array {
	a := finishArray(dt, n, buffers...)
	for _, b := range buffers {
		if b != nil {
			b.Release()
		}
	}
	return a
}

// spotNulls is the validity of elements, nil where all are there.
func spotNulls(alloc memory.Allocator, parts []arrow.Array, spots []Spot) *memory.Buffer {
	has := false
	for _, p := range parts {
		has = has || p.NullN() > 0
	}
	if !has {
		return nil
	}
	nulls := nullMarks{alloc: alloc, n: len(spots)}
	for i, s := range spots {
		if parts[s.Part].IsNull(int(s.Row)) {
			nulls.mark(i)
		}
	}
	return nulls.bits
}

func spotWidth(alloc memory.Allocator, parts []arrow.Array, width int, spots []Spot) *memory.Buffer {
	buf := NewBuffer(alloc, width*len(spots))
	out := buf.Bytes()
	in := make([][]byte, len(parts))
	for i, p := range parts {
		in[i] = valueBytes(p, width)
	}
	switch width {
	case 8:
		spotWords[uint64](out, in, spots)
	case 4:
		spotWords[uint32](out, in, spots)
	default:
		for i, s := range spots {
			if in[s.Part] == nil { // it has nulls alone
				clear(out[i*width : (i+1)*width])
				continue
			}
			copy(out[i*width:(i+1)*width], in[s.Part][int(s.Row)*width:])
		}
	}
	return buf
}

func spotWords[T uint32 | uint64](out []byte, in [][]byte, spots []Spot) {
	to := wordsOf[T](out)
	for i, s := range spots {
		if in[s.Part] == nil {
			to[i] = 0
			continue
		}
		to[i] = *(*T)(unsafe.Pointer(&in[s.Part][int(s.Row)*int(unsafe.Sizeof(to[i]))]))
	}
}

func spotTexts(alloc memory.Allocator, parts []arrow.Array, spots []Spot) (offsets, data *memory.Buffer) {
	type text struct {
		ends  []int32
		bytes []byte
	}
	in := make([]text, len(parts))
	for i, p := range parts {
		in[i].ends, in[i].bytes = Texts(p)
	}
	offsets, ends := newValues[int32](alloc, len(spots)+1)
	ends[0] = 0
	for i, s := range spots {
		from := in[s.Part].ends
		ends[i+1] = ends[i] + from[s.Row+1] - from[s.Row]
	}
	data = NewBuffer(alloc, int(ends[len(spots)]))
	out := data.Bytes()
	for i, s := range spots {
		from := &in[s.Part]
		copy(out[ends[i]:], from.bytes[from.ends[s.Row]:from.ends[s.Row+1]])
	}
	return offsets, data
}

// gatherNested lays what is taken of each array end to end, and puts it in order.
func gatherNested(alloc memory.Allocator, parts []arrow.Array, spots []Spot) arrow.Array {
	rows := make([][]int32, len(parts))
	for _, s := range spots {
		rows[s.Part] = append(rows[s.Part], s.Row)
	}
	taken := make([]arrow.Array, len(parts))
	next := make([]int32, len(parts)) // place of the next element of each part
	total := int32(0)
	for i, p := range parts {
		taken[i] = Gather(alloc, p, rows[i])
		defer taken[i].Release()
		next[i] = total
		total += int32(len(rows[i]))
	}
	at := make([]int32, len(spots))
	for i, s := range spots {
		at[i] = next[s.Part]
		next[s.Part]++
	}
	return GatherAny(alloc, taken, at)
}
