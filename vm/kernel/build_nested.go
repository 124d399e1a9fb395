package kernel

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// ListColumn builds a result of arrays or maps: it keeps how many elements each
// row has, while the kernel collects the elements of all rows one after the other.
type ListColumn struct {
	c       *Call
	buf     *memory.Buffer
	offsets []int32
	next    int
	total   int
}

// NewListColumn begins the result of a call.
func NewListColumn(c *Call) *ListColumn {
	l := &ListColumn{c: c}
	l.buf, l.offsets = newValues[int32](c.Alloc, c.N+1)
	l.offsets[0] = 0
	return l
}

// Set says that a row has n elements; rows ascend, and one left out has none. It
// reports whether they fit: when not, the row has failed and its elements must
// not be collected.
func (l *ListColumn) Set(row, n int) bool {
	if l.total+n > math.MaxInt32 {
		l.c.Fail(row, "the arrays of one batch have more than 2147483647 elements together")
		return false
	}
	l.fill(row)
	l.total += n
	l.offsets[row+1] = int32(l.total)
	l.next = row + 1
	return true
}

func (l *ListColumn) fill(to int) {
	for ; l.next < to; l.next++ {
		l.offsets[l.next+1] = int32(l.total)
	}
}

// Finish returns the array over its elements, which it takes over.
func (l *ListColumn) Finish(elems arrow.Array) arrow.Array {
	l.fill(l.c.N)
	defer l.buf.Release()
	defer elems.Release()
	data := array.NewData(ArrowType(l.c.Result), l.c.N, []*memory.Buffer{nil, l.buf}, []arrow.ArrayData{elems.Data()}, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// FinishMap returns the maps over their keys and values, which it takes over.
func (l *ListColumn) FinishMap(keys, values arrow.Array) arrow.Array {
	defer keys.Release()
	defer values.Release()
	entry := ArrowType(l.c.Result).(*arrow.MapType).Elem()
	data := array.NewData(entry, keys.Len(), []*memory.Buffer{nil}, []arrow.ArrayData{keys.Data(), values.Data()}, 0, 0)
	defer data.Release()
	return l.Finish(array.MakeFromData(data))
}

// NewValues makes an array of a type out of Go values. Texts are at most 2 GiB
// together.
func NewValues[R Value](alloc memory.Allocator, t *types.Type, values []R) arrow.Array {
	col := columnOf[R](alloc, ArrowType(t), len(values), func(_ int, why string) { panic("kernel: " + why) })
	for i, v := range values {
		col.Set(i, v)
	}
	return col.Finish()
}
