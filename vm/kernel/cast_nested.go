package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// castWithin converts a part of values, elements or a field: fallible or not, the
// failure of a part is the failure of its row. A nil Kernel keeps the part.
func castWithin(k Kernel, part Vector, to *types.Type, c *Call, sel []int32, rowOf func(int) int) arrow.Array {
	if k == nil {
		part.Arr.Retain()
		return part.Arr
	}
	valid := make([]int32, 0, len(sel))
	for _, i := range sel {
		if !IsNullAt(part, int(i)) {
			valid = append(valid, i)
		}
	}
	inner := &Call{
		Alloc: c.Alloc, N: part.Arr.Len(), Sel: valid, Args: []Vector{part}, Result: to,
		OnFail: func(i int, reason string) { c.Fail(rowOf(i), reason) },
		OnTrap: func(i int, code, reason string) { c.Trap(rowOf(i), code, reason) },
	}
	return NullsOf(c.Alloc, k(inner), part)
}

func castArray(from, to *types.Type) Kernel {
	if from.Kind != types.Array {
		return nil
	}
	return castElements(from, to, func(c *Call, lists Lists, elems arrow.Array) arrow.ArrayData {
		elems.Data().Retain()
		return elems.Data()
	})
}

func castMap(from, to *types.Type) Kernel {
	if from.Kind != types.Map {
		return nil
	}
	return castElements(from, to, func(c *Call, lists Lists, elems arrow.Array) arrow.ArrayData {
		entry := ArrowType(c.Result).(*arrow.MapType).Elem()
		return array.NewData(entry, elems.Len(), []*memory.Buffer{nil}, []arrow.ArrayData{lists.Keys.Arr.Data(), elems.Data()}, 0, 0)
	})
}

// castElements converts the elements of arrays or the values of maps; child makes
// the data below the offsets.
func castElements(from, to *types.Type, child func(c *Call, lists Lists, elems arrow.Array) arrow.ArrayData) Kernel {
	k, ok := Cast(from.Elem, to.Elem)
	if !ok {
		return nil
	}
	return func(c *Call) arrow.Array {
		v, lists := c.Args[0], ReadLists(c.Args[0])
		var sel []int32
		owner := make([]int32, lists.Elems.Arr.Len())
		c.Each(func(i int) {
			lo, hi := lists.Range(i)
			for p := lo; p < hi; p++ {
				sel = append(sel, int32(p))
				owner[p] = int32(i)
			}
		})
		elems := castWithin(k, lists.Elems, to.Elem, c, sel, func(p int) int { return int(owner[p]) })
		defer elems.Release()
		below := child(c, lists, elems)
		defer below.Release()
		d := v.Arr.Data()
		data := array.NewData(ArrowType(c.Result), d.Len(), d.Buffers()[:2], []arrow.ArrayData{below}, d.NullN(), d.Offset())
		defer data.Release()
		return array.MakeFromData(data)
	}
}

func castRecord(from, to *types.Type) Kernel {
	if from.Kind != types.Record {
		return nil
	}
	kernels := make([]Kernel, len(to.Fields))
	for i, f := range to.Fields {
		have, ok := from.FieldNamed(f.Name)
		if !ok {
			continue
		}
		if kernels[i], ok = Cast(have.Type, f.Type); !ok {
			return nil
		}
	}
	return func(c *Call) arrow.Array {
		v := c.Args[0]
		s := v.Arr.(*array.Struct)
		sel := validRows(c, v)
		children := make([]arrow.ArrayData, len(to.Fields))
		for i, f := range to.Fields {
			part := fieldOf(c, s, from, f, kernels[i], sel)
			defer part.Release()
			children[i] = part.Data()
		}
		valid := NewValidity(c.Alloc, s.Len())
		valid.And(s)
		data := array.NewData(ArrowType(c.Result), s.Len(), []*memory.Buffer{nil}, children, 0, 0)
		defer data.Release()
		record := array.MakeFromData(data)
		defer record.Release()
		return valid.Put(c.Alloc, record)
	}
}

// validRows is the positions in v to compute that hold a value.
func validRows(c *Call, v Vector) []int32 {
	sel := make([]int32, 0, c.N)
	c.Each(func(i int) {
		if v.Arr.IsValid(i) {
			sel = append(sel, int32(i))
		}
	})
	return sel
}

// fieldOf is a field of the converted record. A field that the source has not is
// null: the checker allows it only where null is a value.
func fieldOf(c *Call, s *array.Struct, from *types.Type, f types.Field, k Kernel, sel []int32) arrow.Array {
	have, ok := from.FieldNamed(f.Name)
	if !ok {
		return array.MakeArrayOfNull(c.Alloc, ArrowType(f.Type), s.Len())
	}
	at, _ := s.DataType().(*arrow.StructType).FieldIdx(f.Name)
	part := Vector{Type: have.Type, Arr: s.Field(at)}
	return castWithin(k, part, f.Type, c, sel, func(i int) int { return i })
}
