package kernel

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

func longs(t *testing.T, alloc memory.Allocator, scalar bool, text string) Vector {
	t.Helper()
	return Vector{Type: types.TLong, Arr: fromJSON(t, alloc, ArrowType(types.TLong), text), Scalar: scalar}
}

func TestMaps(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	column := longs(t, alloc, false, `[1, -2, 3, 4]`)
	defer column.Arr.Release()
	constant := longs(t, alloc, true, `[10]`)
	defer constant.Arr.Release()
	negative := errors.New("negative")
	for _, c := range []struct {
		name   string
		kernel Kernel
		args   []Vector
		sel    []int32
		want   string
		failed []int
	}{
		{"one column", Map1(func(a int64) int64 { return a + 1 }), []Vector{column}, nil, `[2 -1 4 5]`, nil},
		{"one constant", Map1(func(a int64) int64 { return a + 1 }), []Vector{constant}, nil, `[11 11 11 11]`, nil},
		{"column and constant", Map2(func(a, b int64) int64 { return a * b }), []Vector{column, constant}, nil, `[10 -20 30 40]`, nil},
		{"three", Map3(func(a, b, d int64) int64 { return a + b + d }), []Vector{column, constant, column}, nil, `[12 6 16 18]`, nil},
		{"four", Map4(func(a, b, d, e int64) int64 { return a + b + d + e }), []Vector{column, constant, column, constant}, nil, `[22 16 26 28]`, nil},
		{"slice", MapSlice(func(dst, src []int64) {
			for i, x := range src {
				dst[i] = -x
			}
		}), []Vector{column}, nil, `[-1 2 -3 -4]`, nil},
		{"null", MapOpt1(func(a int64) (int64, bool) { return a, a > 0 }), []Vector{column}, nil, `[1 (null) 3 4]`, nil},
		{"failure", MapErr1(func(a int64) (int64, error) {
			if a < 0 {
				return 0, negative
			}
			return a, nil
		}), []Vector{column}, nil, `[1 0 3 4]`, []int{1}},
		{"failure outside the selection", MapErr1(func(a int64) (int64, error) {
			if a < 0 {
				return 0, negative
			}
			return a, nil
		}), []Vector{column}, []int32{0, 3}, `[1 0 0 4]`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var failed []int
			call := &Call{Alloc: alloc, N: 4, Sel: c.sel, Args: c.args, Result: types.TLong}
			call.OnFail = func(row int, reason string) {
				failed = append(failed, row)
				if reason != "negative" {
					t.Errorf("reason %q", reason)
				}
			}
			arr := c.kernel(call)
			defer arr.Release()
			var got []string
			for i := range arr.Len() {
				got = append(got, arr.ValueStr(i))
			}
			if text := "[" + strings.Join(got, " ") + "]"; text != c.want || !slices.Equal(failed, c.failed) {
				t.Errorf("%s failing %v, want %s failing %v", text, failed, c.want, c.failed)
			}
		})
	}
}

func TestTextColumn(t *testing.T) {
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	c := &Call{Alloc: alloc, N: 6, Result: types.TString.OrNull()}
	col := NewColumn[string](c)
	long := strings.Repeat("x", 5000)
	col.Set(1, "Åbo")
	col.Null(2)
	col.Set(3, "")
	col.Set(4, long)
	arr := col.Finish()
	defer arr.Release()
	if err := array.ValidateFull(arr); err != nil {
		t.Fatal(err)
	}
	s := arr.(*array.String)
	for i, want := range []string{"", "Åbo", "", "", long, ""} {
		if s.Value(i) != want || s.IsNull(i) != (i == 2) {
			t.Errorf("row %d is %q", i, s.Value(i))
		}
	}
}

func TestTextColumnFull(t *testing.T) {
	failed := -1
	c := &Call{Alloc: memory.NewGoAllocator(), N: 2, Result: types.TString, OnFail: func(row int, _ string) { failed = row }}
	col := newTextColumn(c.Alloc, arrow.BinaryTypes.String, c.N, c.Fail)
	col.used = 1<<31 - 2
	col.set(1, []byte("abc"))
	if failed != 1 {
		t.Errorf("row %d failed, want 1", failed)
	}
}

func BenchmarkMapSlice(b *testing.B) {
	alloc := memory.NewGoAllocator()
	arr, values := NewFixed[float64](alloc, ArrowType(types.TDouble), 4096)
	for i := range values {
		values[i] = float64(i)
	}
	k := MapSlice(func(dst, src []float64) {
		for i, x := range src {
			dst[i] = x + 1
		}
	})
	c := &Call{Alloc: alloc, N: 4096, Args: []Vector{{Type: types.TDouble, Arr: arr}}, Result: types.TDouble}
	for b.Loop() {
		k(c).Release()
	}
}

func BenchmarkMap1Text(b *testing.B) {
	alloc := memory.NewGoAllocator()
	col := NewColumn[string](&Call{Alloc: alloc, N: 4096, Result: types.TString})
	for i := range 4096 {
		col.Set(i, "a text of moderate length")
	}
	c := &Call{Alloc: alloc, N: 4096, Args: []Vector{{Type: types.TString, Arr: col.Finish()}}, Result: types.TString}
	k := Map1(strings.TrimSpace)
	for b.Loop() {
		k(c).Release()
	}
}
