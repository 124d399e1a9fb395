package wire

import (
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func written(t *testing.T) []byte {
	t.Helper()
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.Append(1)
	b.AppendNull()
	a := b.NewArray()
	var w Writer
	w.Uint(math.MaxUint64)
	w.Int(math.MinInt64)
	w.Bool(true)
	w.Float(math.Copysign(0, -1))
	w.String("text")
	w.Ints(nil)
	w.Ints([]int64{-1, 5})
	if err := w.Arrays([]arrow.Array{a}, 2); err != nil {
		t.Fatal(err)
	}
	return w.Buf
}

func TestRoundTrip(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer alloc.AssertSize(t, 0)
	r := NewReader(written(t))
	if r.Uint() != math.MaxUint64 || r.Int() != math.MinInt64 || !r.Bool() || !math.Signbit(r.Float()) || r.String() != "text" {
		t.Error("a scalar came back changed")
	}
	if r.Ints() != nil || !slices.Equal(r.Ints(), []int64{-1, 5}) {
		t.Error("numbers came back changed")
	}
	arrs, n := r.Arrays(alloc)
	if n != 2 || len(arrs) != 1 || arrs[0].(*array.Int64).Value(0) != 1 || !arrs[0].IsNull(1) {
		t.Errorf("arrays came back as %v", arrs)
	}
	for _, a := range arrs {
		a.Release()
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	extra := NewReader([]byte{1})
	if extra.Err() == nil {
		t.Error("bytes left over were accepted")
	}
}

// FuzzReader: damaged states are errors, never panics.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 2})
	f.Fuzz(func(t *testing.T, state []byte) {
		r := NewReader(state)
		r.Uint()
		r.Int()
		r.Bool()
		r.Float()
		_ = r.String()
		r.Ints()
		r.Ints()
		_ = r.Err()
	})
}
