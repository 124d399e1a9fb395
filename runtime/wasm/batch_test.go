package wasm_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// batchModule has an allocator that begins anew when everything is given back, and a
// function that answers with body.
func batchModule(body string) string {
	return `(module
	  (memory (export "memory") 1)
	  (global $next (mut i32) (i32.const 65536))
	  (global $held (mut i32) (i32.const 0))
	  (func $alloc (export "alloc") (param $n i32) (param $align i32) (result i32)
	    (local $at i32)
	    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 63)) (i32.const -64)))
	    (global.set $next (i32.add (local.get $at) (local.get $n)))
	    (global.set $held (i32.add (global.get $held) (i32.const 1)))
	    (loop $more
	      (if (i32.gt_u (global.get $next) (i32.shl (memory.size) (i32.const 16))) (then
	        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 0))))
	        (br $more))))
	    (local.get $at))
	  (func (export "dealloc") (param i32 i32 i32)
	    (global.set $held (i32.sub (global.get $held) (i32.const 1)))
	    (if (i32.eqz (global.get $held)) (then (global.set $next (i32.const 65536)))))
	  (data (i32.const 16) "no such luck")
	  (func $answer (param $place i32) (param $at i32) (param $n i32)
	    (i32.store (local.get $place) (local.get $at))
	    (i32.store offset=4 (local.get $place) (local.get $n)))
	  (func (export "h") (param $in i32) (param $n i32) (param $place i32) (result i32) (local $copy i32)
	    ` + body + `))`
}

// same gives back a copy of what it was given: the first column is the result.
const same = `(local.set $copy (call $alloc (local.get $n) (i32.const 8)))
	(memory.copy (local.get $copy) (local.get $in) (local.get $n))
	(call $answer (local.get $place) (local.get $copy) (local.get $n)) (i32.const 0)`

// Values of every type cross in both directions.
func TestBatchIdentity(t *testing.T) {
	record := &types.Type{Kind: types.Record, Fields: []types.Field{{Name: "a", Type: types.TLong}, {Name: "b", Type: types.TString.OrNull()}}}
	enum := &types.Type{Kind: types.Enum, Name: "E", Symbols: []string{"x", "y"}}
	union := &types.Type{Kind: types.Union, Name: "U", Branches: []*types.Type{record, {Kind: types.Record, Fields: []types.Field{{Name: "c", Type: types.DecimalOf(4, 1)}}}}}
	for _, c := range []struct {
		t      *types.Type
		values []any
	}{
		{union, []any{types.UnionValue{Branch: 1, Record: []any{dec("12.5")}}, types.UnionValue{Branch: 0, Record: []any{int64(1), nil}}}},
		{types.ArrayOf(union), []any{[]any{}, []any{types.UnionValue{Branch: 1, Record: []any{dec("1.0")}}}}},
		{types.TBoolean, []any{true, false, true}}, {types.TInt, []any{int64(-7), int64(9)}}, {types.TLong, []any{int64(1 << 60)}},
		{types.TFloat, []any{1.5}}, {types.TDouble, []any{-1e300, 2.5}}, {types.TString, []any{"Åbo", "", "x"}}, {types.TBytes, []any{[]byte{255, 0}}},
		{types.TUUID, []any{[]byte("0123456789abcdef")}}, {types.TJSON, []any{`{"a":[1]}`}}, {types.TDate, []any{int64(20000)}},
		{types.TTime, []any{int64(7)}}, {types.TTimestamp, []any{int64(-1)}}, {types.TDuration, []any{int64(8)}}, {enum, []any{"y", "x"}},
		{types.ArrayOf(types.TLong), []any{[]any{int64(1), int64(2)}, []any{}, []any{int64(3)}}},
		{types.MapOf(types.TLong), []any{types.MapValue{Keys: []string{"k"}, Values: []any{int64(1)}}}},
		{record, []any{[]any{int64(1), "one"}, []any{int64(2), nil}}},
		{types.ArrayOf(record), []any{[]any{[]any{int64(1), "one"}}, []any{}}},
	} {
		for _, nullable := range []bool{false, true} {
			typ, values := c.t.WithNull(nullable), c.values
			if nullable {
				values = append(append([]any{nil}, values...), nil)
			}
			f := open(t, declare("h", typ, typ), batchModule(same))
			for range 2 {
				got := run(t, f, typ, len(values), nil, rows(goAlloc, typ, values...))
				want := vm.FromValues(goAlloc, typ, values)
				have := vm.FromValues(goAlloc, typ, got.values)
				if len(got.failures) > 0 || !array.Equal(want, have) {
					t.Errorf("%s: %v became %v %v", typ, values, got.values, got.failures)
				}
			}
		}
	}
}

func TestBatchSelection(t *testing.T) {
	f := open(t, declare("h", types.TLong, types.TLong), batchModule(same))
	five := rows(goAlloc, types.TLong, int64(5))
	five.Scalar = true
	for _, c := range []struct {
		arg  kernel.Vector
		want []any
	}{
		{rows(goAlloc, types.TLong, int64(10), int64(11), int64(12), int64(13), int64(14)), []any{nil, int64(11), nil, int64(13), int64(14)}},
		{five, []any{nil, int64(5), nil, int64(5), int64(5)}},
	} {
		got := run(t, f, types.TLong, 5, []int32{1, 3, 4}, c.arg)
		for i, want := range c.want {
			if got.values[i] != want {
				t.Errorf("row %d is %v %v", i, got.values[i], got.failures)
			}
		}
	}
}

// A batch larger than the module's memory is given in parts.
func TestBatchInParts(t *testing.T) {
	d := declare("h", types.TLong, types.TLong)
	d.Limits.Memory = 256 << 10
	f := open(t, d, batchModule(same))
	values := make([]any, 50_000)
	for i := range values {
		values[i] = int64(i)
	}
	got := run(t, f, types.TLong, len(values), nil, rows(goAlloc, types.TLong, values...))
	for i, v := range got.values {
		if v != int64(i) {
			t.Fatalf("row %d is %v %s", i, v, got.failures[i])
		}
	}
}

// hostileBatches answer with what is no result; only is what they do where it is not 0.
var hostileBatches = []struct{ name, body, code, reason string }{
	{"an endless loop", `(loop $a (br $a)) (i32.const 0)`, wasm.CodeTimeout, "longer than 50ms"},
	{"a trap", `unreachable`, wasm.CodeTrap, "gave up"},
	{"a reason", `(call $answer (local.get $place) (i32.const 16) (i32.const 12)) (i32.const 1)`, kernel.CodeFailed, "no such luck"},
	{"nothing", `(i32.const 0)`, wasm.CodeResult, "not an Arrow IPC file"},
	{"a batch elsewhere", `(call $answer (local.get $place) (i32.const -16) (i32.const 12)) (i32.const 0)`, wasm.CodeResult, "outside of its memory"},
	{"a batch that is too long", `(call $answer (local.get $place) (local.get $in) (i32.const -1)) (i32.const 0)`, wasm.CodeResult, "outside of its memory"},
	{"a reason elsewhere", `(call $answer (local.get $place) (i32.const -1) (i32.const -1)) (i32.const 1)`, wasm.CodeResult, "outside of its memory"},
	{"half a batch", `(call $answer (local.get $place) (local.get $in) (i32.shr_u (local.get $n) (i32.const 1))) (i32.const 0)`, wasm.CodeResult, "not an Arrow IPC file"},
	{"an end that lies", `(i32.store (i32.sub (i32.add (local.get $in) (local.get $n)) (i32.const 10)) (i32.const 0x7fffffff))
		(call $answer (local.get $place) (local.get $in) (local.get $n)) (i32.const 0)`, wasm.CodeResult, "its end lies outside"},
}

func TestHostileBatches(t *testing.T) {
	for _, h := range hostileBatches {
		t.Run(h.name, func(t *testing.T) {
			f := open(t, hostileDecl(types.TLong), batchModule(h.body))
			got := run(t, f, types.TLong, 2, nil, rows(goAlloc, types.TLong, int64(1), int64(2)))
			for i := range 2 {
				if !strings.HasPrefix(got.failures[i], h.code+": ") || !strings.Contains(got.failures[i], h.reason) {
					t.Errorf("row %d: %v fails with %q, want %s and %q", i, got.values[i], got.failures[i], h.code, h.reason)
				}
			}
		})
	}
}

func TestHostileBatchAllocator(t *testing.T) {
	for name, body := range map[string]string{"outside": `(i32.const -100)`, "nowhere": `(i32.const 0)`, "it gives up": `unreachable`} {
		t.Run(name, func(t *testing.T) {
			f := open(t, hostileDecl(types.TLong), `(module (memory (export "memory") 1)
				(func (export "alloc") (param i32 i32) (result i32) `+body+`)
				(func (export "dealloc") (param i32 i32 i32))
				(func (export "h") (param i32 i32 i32) (result i32) (i32.const 0)))`)
			got := run(t, f, types.TLong, 1, nil, rows(goAlloc, types.TLong, int64(1)))
			if !strings.HasPrefix(got.failures[0], wasm.CodeTrap) {
				t.Errorf("%v %v", got.values, got.failures)
			}
		})
	}
}

// BenchmarkBatchIdentity is a batch of four columns in and out, in bytes of its values.
func BenchmarkBatchIdentity(b *testing.B) {
	record := &types.Type{Kind: types.Record}
	for _, name := range []string{"a", "b", "c", "d"} {
		record.Fields = append(record.Fields, types.Field{Name: name, Type: types.TDouble})
	}
	one := make([]any, 4)
	values := make([]any, benchRows)
	for i := range values {
		for k := range one {
			one[k] = float64(i * k)
		}
		values[i] = append([]any(nil), one...)
	}
	d := declare("h", record, record)
	d.Limits.Memory = 64 << 20
	f := open(b, d, batchModule(same))
	in := rows(goAlloc, record, values...)
	alloc := memory.NewGoAllocator()
	k := f.Kernel()
	b.SetBytes(benchRows * 4 * 8 * 2)
	for b.Loop() {
		k(&kernel.Call{Alloc: alloc, N: benchRows, Args: []kernel.Vector{in}, Result: record}).Release()
	}
}
