package wasm_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// declare is a declaration with generous limits, of parameters in the order of their
// types.
func declare(export string, result *types.Type, params ...*types.Type) *ir.WasmFunc {
	f := &ir.WasmFunc{Name: export, Export: export, Result: result, Kind: ir.WasmScalar,
		Limits: ir.WasmLimits{Memory: 16 << 20, Timeout: time.Second}}
	for i, p := range params {
		f.Params = append(f.Params, types.Field{Name: fmt.Sprintf("p%d", i), Type: p})
	}
	return f
}

// open compiles a function of a module in text form.
func open(t testing.TB, decl *ir.WasmFunc, text string) *wasm.Function {
	t.Helper()
	m, err := wasm.Inspect([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var params []*types.Type
	for _, p := range decl.Params {
		params = append(params, p.Type)
	}
	fit, misfit := m.Fit(decl.Export, params, decl.Result)
	if misfit != nil {
		t.Fatal(misfit)
	}
	decl.Export, decl.Batch = fit.Export, fit.Batch
	f, err := wasm.New(decl, m.Data, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// rows is a column.
func rows(alloc memory.Allocator, t *types.Type, values ...any) kernel.Vector {
	return kernel.Vector{Type: t, Arr: vm.FromValues(alloc, t, values)}
}

// results is what a call gave, and the failures by row.
type results struct {
	values   []any
	failures map[int]string // code and reason
}

// run calls a function on columns, and lists a value or nil for each row.
func run(t testing.TB, f *wasm.Function, result *types.Type, n int, sel []int32, args ...kernel.Vector) results {
	t.Helper()
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	out := results{failures: map[int]string{}}
	arr := f.Kernel()(&kernel.Call{
		Alloc: alloc, N: n, Sel: sel, Args: args, Result: result,
		OnFail: func(row int, reason string) { out.failures[row] = kernel.CodeFailed + ": " + reason },
		OnTrap: func(row int, code, reason string) { out.failures[row] = code + ": " + reason },
	})
	defer arr.Release()
	if arr.Len() != n {
		t.Fatalf("%d results for %d rows", arr.Len(), n)
	}
	if !arrow.TypeEqual(arr.DataType(), kernel.ArrowType(result)) {
		t.Fatalf("the result is %s", arr.DataType())
	}
	chosen := map[int]bool{}
	for _, row := range sel {
		chosen[int(row)] = true
	}
	for i := range n {
		if sel != nil && !chosen[i] || out.failures[i] != "" {
			out.values = append(out.values, nil)
			continue
		}
		out.values = append(out.values, vm.Value(result, arr, i))
	}
	return out
}

var goAlloc = memory.NewGoAllocator()

const addModule = `(module (func (export "add") (param i64 i64) (result i64) local.get 0 local.get 1 i64.add))`

func TestScalarNumbers(t *testing.T) {
	f := open(t, declare("add", types.TLong, types.TLong, types.TLong), addModule)
	const n = 10_000 // more than one pass
	var a, b []any
	for i := range n {
		a, b = append(a, int64(i)), append(b, int64(3*i))
	}
	got := run(t, f, types.TLong, n, nil, rows(goAlloc, types.TLong, a...), rows(goAlloc, types.TLong, b...))
	for i, v := range got.values {
		if v != int64(4*i) {
			t.Fatalf("row %d is %v", i, v)
		}
	}
	var sel []int32
	for i := 1; i < n; i += 3 {
		sel = append(sel, int32(i))
	}
	one := rows(goAlloc, types.TLong, int64(5))
	one.Scalar = true
	got = run(t, f, types.TLong, n, sel, rows(goAlloc, types.TLong, a...), one)
	for _, i := range sel {
		if got.values[i] != int64(i)+5 {
			t.Fatalf("row %d is %v", i, got.values[i])
		}
	}
}

// upperModule has an allocator of its own and gives back the text with its ASCII
// letters in upper case; a text that begins with ! fails with the rest as reason, and
// one that begins with ? traps.
const upperModule = `(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 4096))
  (global (export "edy_error") i32 (i32.const 16))
  (func (export "malloc") (param $n i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $next))
    (global.set $next (i32.add (local.get $at) (local.get $n)))
    (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $n) (i32.const 16)))))
    (local.get $at))
  (func (export "upper") (param $p i32) (param $n i32) (result i64)
    (local $i i32) (local $c i32)
    (if (local.get $n) (then
      (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 63)) (then unreachable))
      (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 33)) (then
        (i32.store (i32.const 16) (i32.add (local.get $p) (i32.const 1)))
        (i32.store (i32.const 20) (i32.sub (local.get $n) (i32.const 1)))))))
    (block $end (loop $more
      (br_if $end (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $c (i32.load8_u (i32.add (local.get $p) (local.get $i))))
      (if (i32.and (i32.ge_u (local.get $c) (i32.const 97)) (i32.le_u (local.get $c) (i32.const 122)))
        (then (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.sub (local.get $c) (i32.const 32)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $more)))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 32)) (i64.extend_i32_u (local.get $n)))))`

func TestScalarTexts(t *testing.T) {
	f := open(t, declare("upper", types.TString, types.TString), upperModule)
	long := make([]byte, 700_000) // more than the room of one pass, in and out
	want := make([]byte, len(long))
	for i := range long {
		long[i], want[i] = 'x', 'X'
	}
	in := []any{"abc", "", "!bad news", "Zoë", string(long), "?", "fine"}
	got := run(t, f, types.TString, len(in), nil, rows(goAlloc, types.TString, in...))
	for i, w := range []any{"ABC", "", nil, "ZOë", string(want), nil, "FINE"} {
		if got.values[i] != w {
			t.Errorf("row %d is %.40v", i, got.values[i])
		}
	}
	if got.failures[2] != "failed: BAD NEWS" || got.failures[5] != "wasm_trap: the WASM function upper failed: it gave up (unreachable)" || len(got.failures) != 2 {
		t.Errorf("failures: %v", got.failures)
	}
}

// Every type of the convention goes in and comes back.
func TestScalarIdentity(t *testing.T) {
	text := `(func (export "id") (param i32 i32) (result i64)
	  (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))`
	enum := &types.Type{Kind: types.Enum, Name: "E", Symbols: []string{"a", "b"}}
	for _, c := range []struct {
		t      *types.Type
		values []any
	}{
		{types.TBoolean, []any{true, false}}, {types.TInt, []any{int64(-7), int64(1 << 30)}}, {types.TLong, []any{int64(-1), int64(1 << 60)}},
		{types.TFloat, []any{1.5, -0.25}}, {types.TDouble, []any{3.25, -1e300}}, {types.DecimalOf(12, 2), []any{types.Dec{}, types.Dec{}}[:0]},
		{types.TString, []any{"å", ""}}, {types.TBytes, []any{[]byte{0, 255}, []byte{1}}}, {types.TUUID, []any{make([]byte, 16), []byte("0123456789abcdef")}},
		{types.TJSON, []any{`{"a":1}`, `[]`}}, {types.TDate, []any{int64(20000), int64(-1)}}, {types.TTime, []any{int64(5)}},
		{types.TTimestamp, []any{int64(1), int64(-1)}}, {types.TDuration, []any{int64(7)}}, {enum, []any{"b", "a"}},
	} {
		for _, nullable := range []bool{false, true} {
			typ, values := c.t.WithNull(nullable), c.values
			if nullable {
				values = append(append([]any{nil}, values...), nil)
			}
			want, err := sig.ScalarExport("id", []*types.Type{typ}, typ)
			if err != nil {
				t.Fatal(err)
			}
			body := text
			if len(want.Params) == 1 {
				body = fmt.Sprintf(`(func (export "id") (param %s) (result %s) (local.get 0))`, want.Params[0], want.Results[0])
			}
			f := open(t, declare("id", typ, typ), `(module (memory (export "memory") 1) `+body+`)`)
			got := run(t, f, typ, len(values), nil, rows(goAlloc, typ, values...))
			if fmt.Sprint(got.values) != fmt.Sprint(values) || len(got.failures) > 0 {
				t.Errorf("%s: %v became %v %v", typ, values, got.values, got.failures)
			}
		}
	}
}
