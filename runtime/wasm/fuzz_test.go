package wasm

import (
	"bytes"
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
	cols := []arrow.Array{vm.FromValues(alloc, typ, values), vm.FromValues(alloc, types.TString.OrNull(), reasons)}
	rec := array.NewRecordBatch(schema, cols, int64(len(values)))
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

// readAll reads a file and looks at every value; the values where it is accepted.
func readAll(t testing.TB, data []byte, typ *types.Type) []any {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	f, err := openBatch(data)
	if err != nil || f.rows > 1000 {
		return nil
	}
	cols, err := f.read(alloc, []*types.Type{typ, types.TString.OrNull()})
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

// Every single byte that is changed gives values of the type, or is refused.
func TestReadDamagedBatch(t *testing.T) {
	for _, c := range fuzzed {
		whole := file(t, c.t, c.values)
		for i := range whole {
			for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff, whole[i] + 1, whole[i] - 1} {
				data := bytes.Clone(whole)
				data[i] = b
				readAll(t, data, c.t)
			}
			readAll(t, whole[:i], c.t)
		}
	}
}

// FuzzReturnedBatch feeds batches as a hostile module would give them back.
func FuzzReturnedBatch(f *testing.F) {
	for i, c := range fuzzed {
		f.Add(file(f, c.t, c.values), byte(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, which byte) {
		readAll(t, data, fuzzed[int(which)%len(fuzzed)].t)
	})
}
