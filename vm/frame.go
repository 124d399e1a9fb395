package vm

import (
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// scope owns what one evaluation allocates: arrays until its end, and selection
// buffers that return to the program's pool.
type scope struct {
	alloc   memory.Allocator
	arrays  []arrow.Array
	buffers []*[]int32
	pool    *sync.Pool
}

func (s *scope) close() {
	for _, a := range s.arrays {
		a.Release()
	}
	for _, b := range s.buffers {
		s.pool.Put(b)
	}
}

// own keeps an array until the end of the evaluation.
func (s *scope) own(a arrow.Array) arrow.Array {
	s.arrays = append(s.arrays, a)
	return a
}

// buffer is room for n rows until the end of the evaluation.
func (s *scope) buffer(n int) []int32 {
	b, _ := s.pool.Get().(*[]int32)
	if b == nil || cap(*b) < n {
		room := make([]int32, max(n, 64))
		b = &room
	}
	s.buffers = append(s.buffers, b)
	return (*b)[:n]
}

// frame is what expressions are evaluated over: the rows of a batch or, inside a
// lambda, the elements it is called for, each of which belongs to a row of the
// frame around.
type frame struct {
	*scope
	n      int
	cols   []arrow.Array
	up     *frame
	rows   []int32 // lambda: the row of the frame around, by element
	locals []kernel.Vector
	// gathered holds what was brought from the frame around: columns at their index,
	// locals below zero.
	gathered map[int]kernel.Vector
}

// column is a column with one element per row of the frame.
func (f *frame) column(i int, t *types.Type) kernel.Vector {
	if f.up == nil {
		return kernel.Vector{Type: t, Arr: f.cols[i]}
	}
	return f.gather(i, func() kernel.Vector { return f.up.column(i, t) })
}

// local is parameter i of the lambda that is depth lambdas further out.
func (f *frame) local(depth, i int) kernel.Vector {
	if depth == 0 {
		return f.locals[i]
	}
	const lambdas = 64 // a lambda has fewer parameters
	return f.gather(-1-depth*lambdas-i, func() kernel.Vector { return f.up.local(depth-1, i) })
}

func (f *frame) gather(key int, outer func() kernel.Vector) kernel.Vector {
	if v, ok := f.gathered[key]; ok {
		return v
	}
	v := outer()
	if !v.Scalar {
		v.Arr = f.own(kernel.Gather(f.alloc, v.Arr, f.rows))
	}
	if f.gathered == nil {
		f.gathered = map[int]kernel.Vector{}
	}
	f.gathered[key] = v
	return v
}

// bools is a boolean array that is true at rows.
func (f *frame) bools(rows []int32) arrow.Array {
	buf := memory.NewResizableBuffer(f.alloc)
	buf.Resize(int(bitutil.BytesForBits(int64(f.n))))
	bits := buf.Bytes()
	memory.Set(bits, 0)
	for _, i := range rows {
		bits[i>>3] |= 1 << (i & 7)
	}
	defer buf.Release()
	return f.own(newArray(arrow.FixedWidthTypes.Boolean, f.n, []*memory.Buffer{nil, buf}, nil, 0))
}

// bool1 is a boolean for all rows.
func (f *frame) bool1(b bool) kernel.Vector {
	arr := yes
	if !b {
		arr = no
	}
	return kernel.Vector{Type: types.TBoolean, Arr: arr, Scalar: true}
}

// null is a null of a type for all rows.
func (f *frame) null(t *types.Type) kernel.Vector {
	return kernel.Vector{Type: t, Arr: f.own(nulls(f.alloc, t, 1)), Scalar: true}
}

// expand is a vector as an array with one element per row.
func (f *frame) expand(v kernel.Vector) arrow.Array {
	if !v.Scalar {
		return v.Arr
	}
	return f.own(kernel.Repeat(f.alloc, v.Arr, f.n))
}
