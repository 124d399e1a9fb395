package wasm

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// fuzzed are types whose values come back damaged.
var fuzzed = []struct {
	t      *types.Type
	values []any
}{
	{types.TLong.OrNull(), []any{int64(1), nil, int64(3)}},
	{types.TString.OrNull(), []any{"a", nil, "Zoë"}},
	{types.TBoolean, []any{true, false, true}},
	{types.DecimalOf(5, 2).OrNull(), []any{nil, nil, nil}},
	{&types.Type{Kind: types.Enum, Name: "E", Symbols: []string{"x", "y"}}, []any{"x", "y", "x"}},
	{types.ArrayOf(types.TString), []any{[]any{"a"}, []any{}, []any{"b", "c"}}},
	{types.MapOf(types.TLong), []any{types.MapValue{Keys: []string{"k"}, Values: []any{int64(1)}}, types.MapValue{}, types.MapValue{}}},
	{&types.Type{Kind: types.Record, Fields: []types.Field{{Name: "a", Type: types.TLong}, {Name: "b", Type: types.ArrayOf(types.TString)}}},
		[]any{[]any{int64(1), []any{"x"}}, []any{int64(2), []any{}}, []any{int64(3), []any{"y"}}}},
	{&types.Type{Kind: types.Union, Name: "U", Branches: []*types.Type{
		{Kind: types.Record, Name: "A", Fields: []types.Field{{Name: "a", Type: types.TLong}}}, {Kind: types.Record, Name: "B", Fields: []types.Field{{Name: "b", Type: types.TString}}},
	}}, []any{types.UnionValue{Branch: 1, Record: []any{"x"}}, types.UnionValue{Branch: 0, Record: []any{int64(1)}}, types.UnionValue{Branch: 1, Record: []any{""}}}},
}

// carried are the types that come back as others: decimals as texts, and texts with
// offsets of 64 bits.
var carried = []struct {
	t      *types.Type
	field  arrow.Field
	values []string
}{
	{types.DecimalOf(5, 2).OrNull(), foreignField("result", types.DecimalOf(5, 2)), []string{"1.5", "-2.25", "100"}},
	{types.TString, arrow.Field{Name: "result", Type: arrow.BinaryTypes.LargeString}, []string{"a", "", "Zoë"}},
}

// file is a batch as a module gives it back, with a column of reasons.
func file(t testing.TB, typ *types.Type, values []any) []byte {
	t.Helper()
	alloc := memory.NewGoAllocator()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "result", Type: kernel.ArrowType(typ), Nullable: true},
		{Name: "error", Type: arrow.BinaryTypes.String, Nullable: true},
	}, nil)
	reasons := make([]any, len(values))
	reasons[0] = "because"
	return encode(t, schema, vm.FromValues(alloc, typ, values), vm.FromValues(alloc, types.TString.OrNull(), reasons))
}

// encode is columns as a file.
func encode(t testing.TB, schema *arrow.Schema, cols ...arrow.Array) []byte {
	t.Helper()
	rec := array.NewRecordBatch(schema, cols, int64(cols[0].Len()))
	var out bytes.Buffer
	w, err := ipc.NewFileWriter(&out, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// carriedFile is a file of texts in place of another type.
func carriedFile(t testing.TB, field arrow.Field, values []string) []byte {
	t.Helper()
	var cells []any
	for _, v := range values {
		cells = append(cells, v)
	}
	alloc := memory.NewGoAllocator()
	col := vm.FromValues(alloc, types.TString, cells)
	if !arrow.TypeEqual(col.DataType(), field.Type) {
		col = widened(alloc, col, field.Type)
	}
	return encode(t, arrow.NewSchema([]arrow.Field{field}, nil), col)
}

// readAll reads a file and looks at every value; the values where it is accepted.
func readAll(t testing.TB, data []byte, typ *types.Type) []any {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	f, err := openBatch(data)
	if err != nil || f.rows > 1000 {
		return nil
	}
	want := []*types.Type{typ}
	if _, count := f.schema.vector(1, 4); count > 1 {
		want = append(want, types.TString.OrNull())
	}
	cols, err := f.read(alloc, want)
	if err != nil {
		return nil
	}
	var out []any
	for i, d := range cols {
		arr := array.MakeFromData(d)
		d.Release()
		for row := range arr.Len() {
			if i == 0 {
				out = append(out, vm.Value(typ, arr, row))
			} else {
				vm.Value(types.TString, arr, row)
			}
		}
		arr.Release()
	}
	return out
}

func TestReadBatch(t *testing.T) {
	for _, c := range fuzzed {
		got := readAll(t, file(t, c.t, c.values), c.t)
		if len(got) != len(c.values) || !array.Equal(vm.FromValues(memory.NewGoAllocator(), c.t, got), vm.FromValues(memory.NewGoAllocator(), c.t, c.values)) {
			t.Errorf("%s: %v became %v", c.t, c.values, got)
		}
	}
}

func TestReadCarriedBatch(t *testing.T) {
	for i, want := range []string{"[1.50 -2.25 100.00]", "[a  Zoë]"} {
		c := carried[i]
		data := carriedFile(t, c.field, c.values)
		if got := fmt.Sprint(readAll(t, data, c.t)); got != want {
			t.Errorf("%s: %v became %s", c.t, c.values, got)
		}
		damage(t, data, c.t)
	}
	if got := readAll(t, carriedFile(t, carried[0].field, []string{"1", "1000", "2"}), carried[0].t); got != nil {
		t.Errorf("a number that does not fit is %v", got)
	}
	plain := arrow.Field{Name: "result", Type: arrow.BinaryTypes.String}
	if got := readAll(t, carriedFile(t, plain, []string{"1"}), carried[0].t); got != nil {
		t.Errorf("a text without a name is %v", got)
	}
}

// Every single byte that is changed gives values of the type, or is refused.
func TestReadDamagedBatch(t *testing.T) {
	for _, c := range fuzzed {
		damage(t, file(t, c.t, c.values), c.t)
	}
}

func damage(t *testing.T, whole []byte, typ *types.Type) {
	t.Helper()
	for i := range whole {
		for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff, whole[i] + 1, whole[i] - 1} {
			data := bytes.Clone(whole)
			data[i] = b
			readAll(t, data, typ)
		}
		readAll(t, whole[:i], typ)
	}
}

// FuzzReturnedBatch feeds batches as a hostile module would give them back.
func FuzzReturnedBatch(f *testing.F) {
	for i, c := range fuzzed {
		f.Add(file(f, c.t, c.values), byte(i))
	}
	for i, c := range carried {
		f.Add(carriedFile(f, c.field, c.values), byte(len(fuzzed)+i))
	}
	f.Fuzz(func(t *testing.T, data []byte, which byte) {
		n := int(which) % (len(fuzzed) + len(carried))
		if n < len(fuzzed) {
			readAll(t, data, fuzzed[n].t)
			return
		}
		readAll(t, data, carried[n-len(fuzzed)].t)
	})
}
