package vm

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// newArray assembles an array; buffers and children stay the caller's.
func newArray(dt arrow.DataType, n int, buffers []*memory.Buffer, children []arrow.ArrayData, nullCount int) arrow.Array {
	data := array.NewData(dt, n, buffers, children, nullCount, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// nulls is n nulls of a type.
func nulls(alloc memory.Allocator, t *types.Type, n int) arrow.Array {
	return array.MakeArrayOfNull(alloc, kernel.ArrowType(t), n)
}

// childOf is a child of a struct array, null where the struct is.
func childOf(f *frame, s *array.Struct, i int) arrow.Array {
	child := s.Field(i)
	if s.NullN() == 0 {
		return child
	}
	valid := kernel.NewValidity(f.alloc, s.Len())
	valid.And(s)
	valid.And(child)
	return f.own(valid.Put(f.alloc, child))
}

// fieldNode reads a member of a record, found by name in the array's own type.
type fieldNode struct {
	t    *types.Type
	x    node
	name string
}

func (n *fieldNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := n.x.eval(f, sel)
	return kernel.Vector{Type: n.t, Arr: memberOf(f, v.Arr.(*array.Struct), n.name), Scalar: v.Scalar}, errs
}

// memberOf is a member of a record by name: columns hold only the fields that
// somebody reads.
func memberOf(f *frame, s *array.Struct, name string) arrow.Array {
	i, ok := s.DataType().(*arrow.StructType).FieldIdx(name)
	if !ok {
		panic("vm: a record without the field " + name)
	}
	return childOf(f, s, i)
}

// unionFieldNode reads a field that all branches have.
type unionFieldNode struct {
	t    *types.Type
	x    node
	name string
}

func (n *unionFieldNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := n.x.eval(f, sel)
	s := v.Arr.(*array.Struct)
	which := kernel.Values[int8](s.Field(0))
	arrs := make([]arrow.Array, s.NumField()-1)
	for b := range arrs {
		arrs[b] = memberOf(f, s.Field(b+1).(*array.Struct), n.name)
	}
	positions := make([]int32, s.Len())
	for i := range positions {
		positions[i] = -1
		if s.IsValid(i) {
			positions[i] = int32(int(which[i])*s.Len() + i)
		}
	}
	return kernel.Vector{Type: n.t, Arr: f.own(kernel.GatherAny(f.alloc, arrs, positions)), Scalar: v.Scalar}, errs
}

// isBranchNode tells whether a union holds a branch.
type isBranchNode struct {
	x      node
	branch int8
}

func (n *isBranchNode) filter(f *frame, sel []int32) ([]int32, *Errors) {
	v, errs := n.x.eval(f, sel)
	live := f.without(sel, errs)
	s := v.Arr.(*array.Struct)
	which := kernel.Values[int8](s.Field(0))
	out, k := f.buffer(count(f.n, live)), 0
	eachRow(f.n, live, func(row int32) {
		i := v.Index(int(row))
		if s.IsValid(i) && which[i] == n.branch {
			out[k] = row
			k++
		}
	})
	return out[:k], errs
}

func (n *isBranchNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	return asVector(n, f, sel)
}

// asBranchNode is the record of one branch, null where the union holds another.
type asBranchNode struct {
	t      *types.Type
	x      node
	branch int
}

func (n *asBranchNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := n.x.eval(f, sel)
	s := v.Arr.(*array.Struct)
	return kernel.Vector{Type: n.t, Arr: childOf(f, s, n.branch+1), Scalar: v.Scalar}, errs
}

// all evaluates several nodes. The arrays have one element per row or, when scalar,
// just one.
func all(f *frame, nodes []node, sel []int32) (arrs []arrow.Array, scalar bool, errs *Errors) {
	vs := make([]kernel.Vector, len(nodes))
	scalar = true
	for i, x := range nodes {
		v, more := x.eval(f, sel)
		vs[i], sel, errs = v, f.without(sel, more), joined(f.n, errs, more)
		scalar = scalar && v.Scalar
	}
	arrs = make([]arrow.Array, len(nodes))
	for i, v := range vs {
		arrs[i] = v.Arr
		if !scalar {
			arrs[i] = f.expand(v)
		}
	}
	return arrs, scalar, errs
}

func dataOf(arrs []arrow.Array) []arrow.ArrayData {
	out := make([]arrow.ArrayData, len(arrs))
	for i, a := range arrs {
		out[i] = a.Data()
	}
	return out
}

func (f *frame) length(scalar bool) int {
	if scalar {
		return 1
	}
	return f.n
}

// recordNode builds a record.
type recordNode struct {
	t      *types.Type
	values []node
}

func (n *recordNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	arrs, scalar, errs := all(f, n.values, sel)
	arr := newArray(kernel.ArrowType(n.t), f.length(scalar), []*memory.Buffer{nil}, dataOf(arrs), 0)
	return kernel.Vector{Type: n.t, Arr: f.own(arr), Scalar: scalar}, errs
}

// makeUnionNode wraps a record as one branch; a null record is a null union.
type makeUnionNode struct {
	t      *types.Type
	x      node
	branch int
}

func (n *makeUnionNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	v, errs := n.x.eval(f, sel)
	size := v.Arr.Len()
	tags, which := kernel.NewFixed[int8](f.alloc, arrow.PrimitiveTypes.Int8, size)
	for i := range which {
		which[i] = int8(n.branch)
	}
	children := []arrow.ArrayData{f.own(tags).Data()}
	for b, branch := range n.t.Branches {
		part := v.Arr
		if b != n.branch {
			part = f.own(nulls(f.alloc, branch.NonNull(), size))
		}
		children = append(children, part.Data())
	}
	arr := newArray(kernel.ArrowType(n.t), size, []*memory.Buffer{nil}, children, 0)
	arr = f.own(kernel.NullsOf(f.alloc, arr, kernel.Vector{Type: v.Type, Arr: v.Arr}))
	return kernel.Vector{Type: n.t, Arr: arr, Scalar: v.Scalar}, errs
}

// listNode builds an array of as many elements in every row.
type listNode struct {
	t     *types.Type
	items []node
}

func (n *listNode) eval(f *frame, sel []int32) (kernel.Vector, *Errors) {
	arrs, scalar, errs := all(f, n.items, sel)
	size, width := f.length(scalar), len(arrs)
	positions := make([]int32, 0, size*width)
	for row := range size {
		for item := range width {
			positions = append(positions, int32(item*size+row))
		}
	}
	var elems arrow.Array
	if width == 0 {
		elems = f.own(nulls(f.alloc, n.t.Elem, 0))
	} else {
		elems = f.own(kernel.GatherAny(f.alloc, arrs, positions))
	}
	offsets := memory.NewResizableBuffer(f.alloc)
	defer offsets.Release()
	offsets.Resize(4 * (size + 1))
	ends := arrow.Int32Traits.CastFromBytes(offsets.Bytes())
	for i := range ends {
		ends[i] = int32(i * width)
	}
	arr := newArray(kernel.ArrowType(n.t), size, []*memory.Buffer{nil, offsets}, []arrow.ArrayData{elems.Data()}, 0)
	return kernel.Vector{Type: n.t, Arr: f.own(arr), Scalar: scalar}, errs
}
