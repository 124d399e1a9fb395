package keycode

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

type sample struct {
	t      *types.Type
	values string
}

// samples draws arrays of every type out of JSON, which the builders of Arrow read.
var samples = map[string]sample{
	"boolean":   {types.TBoolean, `[true, false, null]`},
	"int":       {types.TInt, `[0, -1, 1, 2147483647, -2147483648, null]`},
	"long":      {types.TLong, `[0, -1, 1, 9223372036854775807, -9223372036854775808, null]`},
	"float":     {types.TFloat, `[0, -1.5, 1.5, 3e38, null]`},
	"double":    {types.TDouble, `[0, -1.5, 1.5, 1e300, -1e-300, 5e-324, null]`},
	"money":     {types.DecimalOf(18, 2), `["0.00", "-0.01", "0.01", "9999999999999999.99", "-9999999999999999.99", null]`},
	"decimal":   {types.DecimalOf(38, 2), `["0.00", "-0.01", "12345678901234567890123456789012345.67", "-12345678901234567890123456789012345.67", null]`},
	"string":    {types.TString, `["", "a", "a\u0000", "a\u0000b", "ab", "é", "\ufffd", null]`},
	"bytes":     {types.TBytes, `["", "AA==", "AAA=", "/w==", "AP8=", null]`},
	"date":      {types.TDate, `["1969-12-31", "2020-01-01", null]`},
	"timestamp": {types.TTimestamp, `["1969-12-31T23:59:59Z", "2020-01-01T00:00:00.000001Z", null]`},
	"array":     {types.ArrayOf(types.TLong.OrNull()), `[[], [1], [1, 2], [1, null], [2], null]`},
	"record": {types.RecordOf(types.Field{Name: "a", Type: types.TString.OrNull()}, types.Field{Name: "b", Type: types.TInt.OrNull()}),
		`[{"a": "x", "b": 1}, {"a": "x", "b": null}, {"a": null, "b": 1}, {"a": "", "b": -1}, null]`},
	"map":   {types.MapOf(types.TInt.OrNull()), `[[{"key": "a", "value": 1}, {"key": "", "value": null}], [], null]`},
	"texts": {types.ArrayOf(types.TString), `[["a", ""], ["a"], ["", "a"], []]`},
}

func fromJSON(t *testing.T, typ *types.Type, text string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, kernel.ArrowType(typ), bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCodesComeBack(t *testing.T) {
	for name, s := range samples {
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		a := fromJSON(t, s.t, s.values)
		v := kernel.Vector{Type: s.t, Arr: a}
		for _, mode := range []Mode{Key, Exact} {
			two := Row([]kernel.Vector{v, v}, mode)
			var codes [][]byte
			for i := range a.Len() {
				codes = append(codes, two(nil, i))
			}
			out := Decode(alloc, []*types.Type{s.t, s.t}, a.Len(), func(i int) []byte { return codes[i] })
			for _, o := range out {
				if !array.Equal(a, o) {
					t.Errorf("%s, mode %d: %v came back as %v", name, mode, a, o)
				}
				o.Release()
			}
		}
		alloc.AssertSize(t, 0)
	}
}

func TestCodesCompareAsValues(t *testing.T) {
	for name, s := range samples {
		a := fromJSON(t, s.t, s.values)
		code, down := Of(kernel.Vector{Type: s.t, Arr: a}, Key), Of(kernel.Vector{Type: s.t, Arr: a}, Desc)
		equal := kernel.Equals(s.t, a, a)
		for i := range a.Len() {
			for j := range a.Len() {
				got := bytes.Compare(code(nil, i), code(nil, j))
				if (got == 0) != equal(i, j) {
					t.Errorf("%s: %d and %d are told apart: %v", name, i, j, got != 0)
				}
				if !s.t.IsOrdered() {
					continue
				}
				if want := kernel.Compares(s.t, a, a)(i, j); got != want {
					t.Errorf("%s: %d to %d is %d, want %d", name, i, j, got, want)
				}
				want := -got
				if a.IsNull(i) || a.IsNull(j) {
					want = got // null is last either way
				}
				if d := bytes.Compare(down(nil, i), down(nil, j)); d != want {
					t.Errorf("%s descending: %d to %d is %d, want %d", name, i, j, d, want)
				}
			}
		}
	}
}

func TestDoubles(t *testing.T) {
	values := []float64{math.Inf(-1), -1, math.Copysign(0, -1), 0, 1, math.Inf(1), math.NaN(), -math.NaN()}
	a := kernel.NewValues(memory.DefaultAllocator, types.TDouble, values)
	v := kernel.Vector{Type: types.TDouble, Arr: a}
	key, desc, exact := Of(v, Key), Of(v, Desc), Of(v, Exact)
	words := Words(nil, v, len(values), Key)
	for i := range values {
		for j := range values {
			want := kernel.CompareDoubles(values[i], values[j])
			if got := bytes.Compare(key(nil, i), key(nil, j)); got != want {
				t.Errorf("%v to %v is %d, want %d", values[i], values[j], got, want)
			}
			if got := compareWords(words[i], words[j]); got != want {
				t.Errorf("%v to %v as words is %d, want %d", values[i], values[j], got, want)
			}
			if values[i] != values[i] || values[j] != values[j] {
				continue // NaN is last either way
			}
			if got := bytes.Compare(desc(nil, i), desc(nil, j)); got != -want {
				t.Errorf("%v to %v descending is %d, want %d", values[i], values[j], got, -want)
			}
		}
	}
	if bytes.Compare(desc(nil, 0), desc(nil, 6)) >= 0 {
		t.Error("descending, NaN comes before a number")
	}
	back := Decode(memory.DefaultAllocator, []*types.Type{types.TDouble}, len(values), func(i int) []byte { return exact(nil, i) })[0]
	for i, v := range values {
		if got := kernel.Values[float64](back)[i]; math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("%v came back as %v", v, got)
		}
	}
}

func compareWords(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestWordsComeBack(t *testing.T) {
	for _, name := range []string{"boolean", "int", "long", "float", "double", "date", "timestamp", "money"} {
		s := samples[name]
		a := fromJSON(t, s.t, s.values)
		v := kernel.Vector{Type: s.t, Arr: a}
		words := Words(nil, v, a.Len(), Exact)
		for i := range a.Len() {
			if few := WordsAt(nil, v, []int32{int32(i)}, Exact); a.IsValid(i) && few[0] != words[i] {
				t.Errorf("%s: row %d is the word %x, and %x among all", s.t, i, few[0], words[i])
			}
		}
		back := FromWords(memory.DefaultAllocator, s.t, a.Len(), func(i int) (uint64, bool) { return words[i], a.IsValid(i) })
		if !array.Equal(a, back) {
			t.Errorf("%s: %v came back as %v", name, a, back)
		}
		order := kernel.Compares(s.t, a, a)
		for i := range a.Len() {
			for j := range a.Len() {
				if a.IsValid(i) && a.IsValid(j) && compareWords(words[i], words[j]) != order(i, j) {
					t.Errorf("%s: words %d and %d are in another order", name, i, j)
				}
			}
		}
	}
}

func TestTextsOfRandomBytes(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var texts [][]byte
	for range 300 {
		b := make([]byte, r.IntN(5))
		for i := range b {
			b[i] = []byte{0, 1, 0xfe, 0xff}[r.IntN(4)]
		}
		texts = append(texts, b)
	}
	for _, x := range texts {
		if got := Text(AppendText(nil, x)); got != string(x) {
			t.Fatalf("%q came back as %q", x, got)
		}
		for _, y := range texts {
			if bytes.Compare(AppendText(nil, x), AppendText(nil, y)) != bytes.Compare(x, y) {
				t.Fatalf("%q and %q are in another order", x, y)
			}
		}
	}
}

func TestAppendValid(t *testing.T) {
	a := fromJSON(t, types.TLong, `[1, null, 3, null]`)
	v := kernel.Vector{Type: types.TLong, Arr: a}
	if got := AppendValid(nil, v, 4, nil); len(got) != 2 || got[0] != 0 || got[1] != 2 {
		t.Errorf("got %v", got)
	}
	if got := AppendValid(nil, v, 4, []int32{1, 2}); len(got) != 1 || got[0] != 2 {
		t.Errorf("got %v", got)
	}
	null := kernel.Vector{Type: types.TLong, Arr: fromJSON(t, types.TLong, `[null]`), Scalar: true}
	if got := AppendValid(nil, null, 4, nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
