package kernel

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
)

// fromJSON makes an array by the Arrow library's own reader.
func fromJSON(t *testing.T, alloc memory.Allocator, dt arrow.DataType, text string) arrow.Array {
	t.Helper()
	arr, _, err := array.FromJSON(alloc, dt, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return arr
}

var gatherCases = []struct {
	typ  *types.Type
	text string
}{
	{types.TBoolean, `[true, false, null, true]`},
	{types.TInt, `[1, null, 3, 4]`},
	{types.TDouble, `[1.5, null, 3, 4]`},
	{types.TString, `["a", "", null, "Åbo"]`},
	{types.TBytes, `["YQ==", "", null, "YmI="]`},
	{types.DecimalOf(5, 2), `["1.50", null, "2.25", "-3.00"]`},
	{types.TTimestamp, `[1769860800000000, null, -500000, 0]`},
	{types.TUUID, `["AAAAAAAAAAAAAAAAAAAAAA==", null, "AQAAAAAAAAAAAAAAAAAAAA==", "AgAAAAAAAAAAAAAAAAAAAA=="]`},
	{types.ArrayOf(types.TLong), `[[1, 2], [], null, [3, null]]`},
	{types.ArrayOf(types.ArrayOf(types.TString)), `[[["a"], []], [null], null, [["b", "c"]]]`},
	{types.MapOf(types.TLong), `[[{"key": "a", "value": 1}], [], null, [{"key": "b", "value": null}, {"key": "c", "value": 3}]]`},
	{types.RecordOf(types.Field{Name: "x", Type: types.TLong}, types.Field{Name: "y", Type: types.ArrayOf(types.TString)}),
		`[{"x": 1, "y": ["a"]}, null, {"x": null, "y": null}, {"x": 4, "y": []}]`},
}

func TestGather(t *testing.T) {
	const seed = 11
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, c := range gatherCases {
		t.Run(c.typ.String(), func(t *testing.T) {
			alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer alloc.AssertSize(t, 0)
			whole := fromJSON(t, alloc, ArrowType(c.typ), c.text)
			defer whole.Release()
			for _, from := range []int{0, 1, 3} {
				arr := array.NewSlice(whole, int64(from), int64(whole.Len()))
				positions := make([]int32, r.IntN(20))
				for i := range positions {
					positions[i] = int32(r.IntN(arr.Len()+1)) - 1
				}
				got := Gather(alloc, arr, positions)
				if err := array.ValidateFull(got); err != nil {
					t.Error(err)
				}
				for i, p := range positions {
					want := "(null)"
					if p >= 0 {
						want = arr.ValueStr(int(p))
					}
					if got.ValueStr(i) != want {
						t.Errorf("element %d from %d is %s, want %s", i, p, got.ValueStr(i), want)
					}
				}
				got.Release()
				arr.Release()
			}
		})
	}
}

// TestGatherParts takes elements out of several slices of an array.
func TestGatherParts(t *testing.T) {
	const seed = 12
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, c := range gatherCases {
		t.Run(c.typ.String(), func(t *testing.T) {
			alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
			defer alloc.AssertSize(t, 0)
			whole := fromJSON(t, alloc, ArrowType(c.typ), c.text)
			defer whole.Release()
			none := array.MakeArrayOfNull(alloc, ArrowType(c.typ), 2)
			defer none.Release()
			parts := []arrow.Array{whole, none}
			for _, from := range []int{1, 3} {
				part := array.NewSlice(whole, int64(from), int64(whole.Len()))
				defer part.Release()
				parts = append(parts, part)
			}
			for range 20 {
				spots := make([]Spot, r.IntN(20))
				for i := range spots {
					spots[i].Part = int32(r.IntN(len(parts)))
					spots[i].Row = int32(r.IntN(parts[spots[i].Part].Len()))
				}
				got := GatherParts(alloc, parts, spots)
				if err := array.ValidateFull(got); err != nil {
					t.Error(err)
				}
				if got.Len() != len(spots) {
					t.Fatalf("%d elements of %d", got.Len(), len(spots))
				}
				for i, s := range spots {
					if want := parts[s.Part].ValueStr(int(s.Row)); got.ValueStr(i) != want {
						t.Errorf("element %d of %v is %s, want %s", i, s, got.ValueStr(i), want)
					}
				}
				got.Release()
			}
		})
	}
}

func TestEqualsAndCompares(t *testing.T) {
	for _, c := range gatherCases {
		arr := fromJSON(t, memory.NewGoAllocator(), ArrowType(c.typ), c.text)
		equal := Equals(c.typ, arr, arr)
		for i := range arr.Len() {
			for j := range arr.Len() {
				if equal(i, j) != (arr.ValueStr(i) == arr.ValueStr(j)) {
					t.Errorf("%s: %s == %s is %v", c.typ, arr.ValueStr(i), arr.ValueStr(j), equal(i, j))
				}
			}
		}
	}
	maps := fromJSON(t, memory.NewGoAllocator(), ArrowType(types.MapOf(types.TLong)),
		`[[{"key": "a", "value": 1}, {"key": "b", "value": 2}], [{"key": "b", "value": 2}, {"key": "a", "value": 1}], [{"key": "a", "value": 1}]]`)
	equal := Equals(types.MapOf(types.TLong), maps, maps)
	if !equal(0, 1) || equal(0, 2) {
		t.Error("maps must be equal whatever their order, and by all their entries")
	}
	numbers := fromJSON(t, memory.NewGoAllocator(), ArrowType(types.TLong), `[null, 3, 1, 2]`)
	compare := Compares(types.TLong, numbers, numbers)
	for pair, want := range map[[2]int]int{{0, 0}: 0, {0, 1}: 1, {1, 0}: -1, {1, 2}: 1, {2, 3}: -1} {
		if got := compare(pair[0], pair[1]); got != want {
			t.Errorf("compare %v is %d, want %d", pair, got, want)
		}
	}
}

func TestNullTypeIsAllNull(t *testing.T) {
	arr := array.NewNull(2)
	if !Equals(types.TNull, arr, arr)(0, 1) {
		t.Error("nulls must be equal")
	}
	if got := Gather(memory.NewGoAllocator(), arr, []int32{0, -1, 1}); got.Len() != 3 {
		t.Errorf("%d elements", got.Len())
	}
	if !IsNullAt(Vector{Type: types.TNull, Arr: arr}, 0) {
		t.Error("an element of type null must be null")
	}
}

func TestDecimalDouble(t *testing.T) {
	for text, want := range map[string]float64{"1.1": 1.1, "0.3": 0.3, "-2.675": -2.675, "123456789012345678.9": 123456789012345678.9} {
		scale := len(text) - 1 - strings.IndexByte(text, '.')
		dt := &arrow.Decimal128Type{Precision: 38, Scale: int32(scale)}
		arr := fromJSON(t, memory.NewGoAllocator(), dt, fmt.Sprintf("[%q]", text))
		if got := Doubles(Vector{Type: types.DecimalOf(38, scale), Arr: arr})(0); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
}
