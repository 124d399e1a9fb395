package wasm_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// answering is a module of the batch convention that always gives the same file.
func answering(file []byte) string {
	var text strings.Builder
	for _, b := range file {
		fmt.Fprintf(&text, `\%02x`, b)
	}
	return strings.Replace(batchModule(fmt.Sprintf("(call $answer (local.get $place) (i32.const 1024) (i32.const %d)) (i32.const 0)", len(file))),
		`(data (i32.const 16)`, `(data (i32.const 1024) "`+text.String()+`") (data (i32.const 16)`, 1)
}

// Numbers of 8 and 16 bits, and those without a sign, come back for the types that hold
// all of them, and for no others.
func TestNarrowNumbers(t *testing.T) {
	small := func(n int64) bool { return n <= math.MaxInt32 }
	for _, c := range []struct {
		field  arrow.DataType
		values []int64
	}{
		{arrow.PrimitiveTypes.Int8, []int64{-128, 127, -1}}, {arrow.PrimitiveTypes.Int16, []int64{-32768, 32767, -1}},
		{arrow.PrimitiveTypes.Uint8, []int64{0, 255, 128}}, {arrow.PrimitiveTypes.Uint16, []int64{0, 65535, 32768}},
		{arrow.PrimitiveTypes.Uint32, []int64{0, math.MaxUint32, 1 << 31}},
	} {
		file := oneColumn(t, numbersOf(c.field, c.values))
		for _, result := range []*types.Type{types.TInt, types.TLong, types.TInt.OrNull(), types.TLong.OrNull()} {
			f := open(t, declare("h", result, types.TLong), answering(file))
			got := run(t, f, result, 4, nil, rows(goAlloc, types.TLong, int64(0), int64(0), int64(0), int64(0)))
			if result.Kind == types.Int && !small(c.values[1]) {
				if len(got.failures) != 4 || !strings.HasPrefix(got.failures[0], wasm.CodeResult) {
					t.Errorf("%s for %s: %v %v", c.field, result, got.values, got.failures)
				}
				continue
			}
			for i, want := range c.values {
				if got.values[i] != want || got.failures[i] != "" {
					t.Errorf("%s for %s: row %d is %v %q, want %d", c.field, result, i, got.values[i], got.failures[i], want)
				}
			}
			if null := got.failures[3]; got.values[3] != nil || result.Nullable != (null == "") {
				t.Errorf("%s for %s: null is %v %q", c.field, result, got.values[3], null)
			}
		}
	}
	// Whether 32 bits with a sign are an int, the declaration has to say.
	wide := oneColumn(t, numbersOf(arrow.PrimitiveTypes.Int32, nil))
	f := open(t, declare("h", types.TLong.OrNull(), types.TLong), answering(wide))
	if got := run(t, f, types.TLong.OrNull(), 1, nil, rows(goAlloc, types.TLong, int64(0))); !strings.Contains(got.failures[0], "not long") {
		t.Errorf("int32 for long: %v %v", got.values, got.failures)
	}
}

// oneColumn is a column as a file.
func oneColumn(t *testing.T, col arrow.Array) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "r", Type: col.DataType(), Nullable: true}}, nil)
	var out bytes.Buffer
	w, err := ipc.NewFileWriter(&out, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(array.NewRecordBatch(schema, []arrow.Array{col}, int64(col.Len()))), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// numbersOf is a column of numbers, and a null.
func numbersOf(t arrow.DataType, values []int64) arrow.Array {
	b := array.NewBuilder(goAlloc, t)
	for _, v := range values {
		if err := b.AppendValueFromString(fmt.Sprint(v)); err != nil {
			panic(err)
		}
	}
	b.AppendNull()
	return b.NewArray()
}

// What a signature names fits the declarations that lose nothing; others say what is in
// the way.
func TestNarrowSignatures(t *testing.T) {
	for _, c := range []struct {
		signature     string
		param, result *types.Type
		why           string
	}{
		{"h(int32)->int16", types.TInt, types.TInt, ""},
		{"h(int64)->uint8", types.TLong, types.TLong, ""},
		{"h(int64)->uint32", types.TLong, types.TLong, ""},
		{"h(int64)->uint32", types.TLong, types.TInt, "none"},
		{"h(int64)->int32", types.TLong, types.TLong, "none"},
		{"h(int64)->uint64", types.TLong, types.TLong, "no type holds all numbers of uint64; a function that gives int64 fits long"},
		{"h(int16)->int32", types.TInt, types.TInt, "no argument fits int16 without loss; a function that takes int32 or int64 fits int or long"},
	} {
		m := signedModule(c.signature)
		_, misfit := m.Fit("h", []*types.Type{c.param}, c.result)
		switch {
		case c.why == "":
			if misfit != nil {
				t.Errorf("%s: %+v", c.signature, misfit)
			}
		case misfit == nil || misfit.Have != c.signature || misfit.Why != strings.TrimPrefix(c.why, "none"):
			t.Errorf("%s for %s -> %s: %+v", c.signature, c.param, c.result, misfit)
		}
	}
}

// signedModule has one function of the batch convention, named by a signature.
func signedModule(signature string) *sig.Module {
	i32 := func(n int) []string { return []string{sig.I32, sig.I32, sig.I32}[:n] }
	name := "arrowudf_" + strings.NewReplacer("+", "$", "/", "_").Replace(base64.RawStdEncoding.EncodeToString([]byte(signature)))
	return &sig.Module{Exports: []sig.Extern{
		{Name: sig.WasmMemory, Kind: sig.ExternMemory},
		{Name: sig.WasmAlloc, Kind: sig.ExternFunc, Params: i32(2), Results: i32(1)},
		{Name: sig.WasmDealloc, Kind: sig.ExternFunc, Params: i32(3)},
		{Name: name, Kind: sig.ExternFunc, Params: i32(3), Results: i32(1)},
	}}
}
