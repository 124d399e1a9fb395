package kernel

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/lang/types"
)

// Lists reads arrays and maps: the elements of all rows lie in one vector, and
// those of a row are a range of it.
type Lists struct {
	// Elems holds the elements (for a map, the values). Its rows are positions, not
	// rows of the batch.
	Elems Vector
	// Keys holds the keys of a map; no array for an array.
	Keys    Vector
	offsets []int32
	scalar  bool
}

// ReadLists reads an array or a map. Nothing is copied: it holds as long as v.
func ReadLists(v Vector) Lists {
	l := Lists{scalar: v.Scalar}
	d := v.Arr.Data()
	if d.Buffers() != nil && len(d.Buffers()) > 1 && d.Buffers()[1] != nil && d.Len() > 0 {
		l.offsets = arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	} else {
		l.offsets = make([]int32, d.Len()+1)
	}
	elem := v.Type.Elem
	if elem == nil {
		elem = types.TUnknown
	}
	switch a := v.Arr.(type) {
	case *array.Map:
		l.Keys = Vector{Type: types.TString, Arr: a.Keys()}
		l.Elems = Vector{Type: elem, Arr: a.Items()}
	case *array.List:
		l.Elems = Vector{Type: elem, Arr: a.ListValues()}
	default:
		l.Elems = Vector{Type: elem, Arr: v.Arr}
	}
	return l
}

// Range is the positions lo <= p < hi of a row's elements. At a null row it may
// hold anything.
func (l Lists) Range(row int) (lo, hi int) {
	if l.scalar {
		row = 0
	}
	return int(l.offsets[row]), int(l.offsets[row+1])
}

// Find is the position of a key of a row's map, the last where the key is
// repeated; -1 when there is none.
func (l Lists) Find(row int, key string, keys func(int) string) int {
	lo, hi := l.Range(row)
	for p := hi - 1; p >= lo; p-- {
		if keys(p) == key {
			return p
		}
	}
	return -1
}
