package wasm_test

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// hostile are modules with a function h that does harm where its argument is 0, and
// gives it back otherwise. code is what the row then fails with, and reason a part of
// why.
var hostile = []struct {
	name, module, code, reason string
	result                     *types.Type
}{
	{"an endless loop", `(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (loop $a (br $a)))) (local.get 0))`,
		wasm.CodeTimeout, "longer than 50ms", types.TLong},
	{"deep recursion", `(func $r (param i64) (result i64) (i64.add (i64.const 1) (call $r (local.get 0))))
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (drop (call $r (local.get 0))))) (local.get 0))`,
		wasm.CodeTrap, "recursed too deep", types.TLong},
	{"a memory bomb", `(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then
			(loop $a (br_if $a (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable)) (local.get 0))`,
		wasm.CodeTrap, "gave up", types.TLong},
	{"all of the memory at once", `(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then
			(i32.store (i32.shl (memory.grow (i32.const 30000)) (i32.const 16)) (i32.const 1)))) (local.get 0))`,
		wasm.CodeTrap, "left its memory", types.TLong},
	{"a write outside", `(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (i64.store (i32.const 65530) (i64.const -1)))) (local.get 0))`,
		wasm.CodeTrap, "left its memory", types.TLong},
	{"a write far outside", `(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (i64.store offset=4294967280 (i32.const -1) (i64.const -1)))) (local.get 0))`,
		wasm.CodeTrap, "left its memory", types.TLong},
	{"a fill outside", `(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (memory.fill (i32.const 0) (i32.const 7) (i32.const -1)))) (local.get 0))`,
		wasm.CodeTrap, "left its memory", types.TLong},
	{"a call outside of the table", `(table 1 funcref) (type $t (func))
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (call_indirect (type $t) (i32.const 99)))) (local.get 0))`,
		wasm.CodeTrap, "left a table", types.TLong},
	{"a call of nothing", `(table 1 funcref) (type $t (func))
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (call_indirect (type $t) (i32.const 0)))) (local.get 0))`,
		wasm.CodeTrap, "a function that is not there", types.TLong},
	{"a call as another type", `(table funcref (elem $f)) (type $t (func (param i64))) (func $f)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (call_indirect (type $t) (i64.const 1) (i32.const 0)))) (local.get 0))`,
		wasm.CodeTrap, "of another type", types.TLong},
	{"a table that grows", `(table 1 funcref)
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then
			(loop $a (br_if $a (i32.ne (table.grow (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable)) (local.get 0))`,
		wasm.CodeTrap, "gave up", types.TLong},
	{"a thousand million system calls", `(import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
		(func (export "h") (param i64) (result i64) (local $i i32)
			(if (i64.eqz (local.get 0)) (then (loop $a (drop (call $y)) (local.set $i (i32.add (local.get $i) (i32.const 1)))
				(br_if $a (i32.lt_u (local.get $i) (i32.const 1000000000)))))) (local.get 0))`,
		wasm.CodeTimeout, "longer than 50ms", types.TLong},
	{"system calls with addresses outside", `(import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32)))
		(memory (export "memory") 1)
		(func (export "h") (param i64) (result i64)
			(if (i64.eqz (local.get 0)) (then
				(if (i32.and (i32.and (call $w (i32.const 1) (i32.const -8) (i32.const 2) (i32.const 0)) (call $w (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0)))
				             (call $r (i32.const 65530) (i32.const -1))) (then unreachable)))) (local.get 0))`,
		wasm.CodeTrap, "gave up", types.TLong},
	{"it ends itself", `(import "wasi_snapshot_preview1" "proc_exit" (func $x (param i32)))
		(func (export "h") (param i64) (result i64) (if (i64.eqz (local.get 0)) (then (call $x (i32.const 0)))) (local.get 0))`,
		wasm.CodeTrap, "it ended itself", types.TLong},
	{"a text that is elsewhere", textModule(`(i64.const 0xfffffff000000010)`), wasm.CodeTrap, "left its memory", types.TString},
	{"a text that is too long", textModule(`(i64.const 0x00000010ffffffff)`), wasm.CodeResult, "outside of its memory", types.TString},
	{"a text that is not UTF-8", textModule(`(i64.const 0x0000000000000002)`), wasm.CodeResult, "not UTF-8", types.TString},
	{"a null that is elsewhere", `(memory (export "memory") 1) (func (export "h") (param i64) (result i32)
		(if (i64.eqz (local.get 0)) (then (return (i32.const -4))))
		(i64.store (i32.const 8) (local.get 0)) (i32.const 8))`, wasm.CodeTrap, "left its memory", types.TLong.OrNull()},
	{"a reason that is elsewhere", `(memory (export "memory") 1) (global (export "edy_error") i32 (i32.const 0))
		(func (export "h") (param i64) (result i64)
			(if (i64.eqz (local.get 0)) (then (i32.store (i32.const 0) (i32.const -1)) (i32.store (i32.const 4) (i32.const -1)))) (local.get 0))`,
		"failed", "gave no reason", types.TLong},
}

// textModule gives an answer at 0, and the text "ok" otherwise.
func textModule(answer string) string {
	return `(memory (export "memory") 2) (data (i32.const 0) "\ff\feok")
	(func (export "h") (param i64) (result i64) (select ` + answer + ` (i64.const 0x0000000200000002) (i64.eqz (local.get 0))))`
}

func hostileDecl(result *types.Type) *ir.WasmFunc {
	d := declare("h", result, types.TLong)
	d.Limits.Timeout = 50 * time.Millisecond
	d.Limits.Memory = 1 << 20
	return d
}

// Whatever a module does to a row, that row fails, the others have their results, and
// the next batch is computed as if nothing had been.
func TestHostile(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			f := open(t, hostileDecl(h.result), "(module "+h.module+")")
			for range 2 {
				got := run(t, f, h.result, 5, nil, rows(goAlloc, types.TLong, int64(1), int64(2), int64(0), int64(4), int64(0)))
				for i, want := range []any{int64(1), int64(2), nil, int64(4), nil} {
					if h.result == types.TString && want != nil {
						want = "ok"
					}
					if got.values[i] != want {
						t.Errorf("row %d is %v, want %v", i, got.values[i], want)
					}
				}
				for _, i := range []int{2, 4} {
					if !strings.HasPrefix(got.failures[i], h.code+": ") || !strings.Contains(got.failures[i], h.reason) {
						t.Errorf("row %d fails with %q, want %s and %q", i, got.failures[i], h.code, h.reason)
					}
				}
				if len(got.failures) != 2 {
					t.Errorf("failures: %v", got.failures)
				}
			}
		})
	}
}

// A module that does not start fails each row, and nothing else.
func TestHostileStart(t *testing.T) {
	const h = `(func (export "h") (param i64) (result i64) (local.get 0))`
	for name, module := range map[string]string{
		"an endless start":       `(start $s) (func $s (loop $a (br $a)))` + h,
		"a start that gives up":  `(start $s) (func $s unreachable)` + h,
		"an endless initialiser": `(func (export "_initialize") (loop $a (br $a)))` + h,
		"more memory":            `(memory 1000)` + h,
		"a large table":          `(table 10000000 funcref)` + h,
		"several memories":       `(memory 1) (memory 1) (memory 1)` + h,
		"many tables":            strings.Repeat(`(table 1 funcref)`, 20) + h,
		"data outside":           `(memory 1) (data (i32.const 65535) "ab")` + h,
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, hostileDecl(types.TLong), "(module "+module+")")
			got := run(t, f, types.TLong, 2, nil, rows(goAlloc, types.TLong, int64(1), int64(2)))
			for i := range 2 {
				if !strings.HasPrefix(got.failures[i], wasm.CodeStart+": ") {
					t.Errorf("row %d: %v %q", i, got.values[i], got.failures[i])
				}
			}
		})
	}
}

// Allocators that lie get the module nothing.
func TestHostileAllocator(t *testing.T) {
	for name, body := range map[string]string{
		"at the end":  `(i32.const 65535)`,
		"outside":     `(i32.const -16)`,
		"nowhere":     `(i32.const 0)`,
		"it gives up": `unreachable`,
		"it hangs":    `(loop $a (br $a)) unreachable`,
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, declare("h", types.TLong, types.TString), `(module (memory (export "memory") 1)
				(func (export "malloc") (param i32) (result i32) `+body+`)
				(func (export "h") (param i32 i32) (result i64) (i64.const 1)))`)
			got := run(t, f, types.TLong, 1, nil, rows(goAlloc, types.TString, "x"))
			if !strings.HasPrefix(got.failures[0], wasm.CodeStart) {
				t.Errorf("%v %v", got.values, got.failures)
			}
		})
	}
}

// Fuel is a row's own: how many rows came before in the batch makes no difference.
func TestFuelIsPerRow(t *testing.T) {
	const count = `(module (func (export "h") (param $n i64) (result i64)
		(loop $a (local.set $n (i64.sub (local.get $n) (i64.const 1))) (br_if $a (i64.gt_s (local.get $n) (i64.const 0)))) (local.get $n)))`
	d := declare("h", types.TLong, types.TLong)
	d.Limits.Deterministic, d.Limits.Fuel = true, 1000
	f := open(t, d, count)
	var turns []any
	for i := range 300 {
		turns = append(turns, int64(i))
	}
	whole := run(t, f, types.TLong, len(turns), nil, rows(goAlloc, types.TLong, turns...))
	if n := len(whole.failures); n == 0 || n == len(turns) {
		t.Fatalf("%d rows of %d fail", n, len(turns))
	}
	for i, n := range turns {
		alone := run(t, f, types.TLong, 1, nil, rows(goAlloc, types.TLong, n))
		if alone.failures[0] != whole.failures[i] {
			t.Fatalf("%v turns: %q alone and %q among others", n, alone.failures[0], whole.failures[i])
		}
	}
}

// What earlier rows left behind fails no row: one that fails is computed again alone.
func TestLeftBehind(t *testing.T) {
	f := open(t, hostileDecl(types.TLong), `(module (memory (export "memory") 1)
		(func (export "h") (param i64) (result i64)
			(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)) (local.get 0)))`)
	var in []any
	for i := range 100 {
		in = append(in, int64(i))
	}
	got := run(t, f, types.TLong, len(in), nil, rows(goAlloc, types.TLong, in...))
	if len(got.failures) > 0 {
		t.Errorf("failures: %v", got.failures)
	}
}

// While one module hangs others are computed.
func TestHostileBesideHonest(t *testing.T) {
	d := hostileDecl(types.TLong)
	d.Limits.Timeout = 2 * time.Second
	bad := open(t, d, "(module "+hostile[0].module+")")
	good := open(t, declare("add", types.TLong, types.TLong, types.TLong), addModule)
	var hanging sync.WaitGroup
	done := make(chan struct{})
	hanging.Go(func() {
		defer close(done)
		run(t, bad, types.TLong, 1, nil, rows(goAlloc, types.TLong, int64(0)))
	})
	computed := 0
	for ; computed < 1000; computed++ {
		got := run(t, good, types.TLong, 1, nil, rows(goAlloc, types.TLong, int64(20)), rows(goAlloc, types.TLong, int64(22)))
		if got.values[0] != int64(42) {
			t.Fatal(got)
		}
	}
	select {
	case <-done:
		t.Log("the honest module took longer than the other's timeout")
	default:
	}
	hanging.Wait()
}

// Imports that nothing grants are refused before anything runs.
func TestHostileImports(t *testing.T) {
	const h = `(func (export "h") (param i64) (result i64) (local.get 0))`
	for name, imports := range map[string]string{
		"a function of the host":     `(import "env" "system" (func (param i32) (result i32)))`,
		"a memory":                   `(import "wasi_snapshot_preview1" "memory" (memory 1))`,
		"a table":                    `(import "env" "table" (table 1 funcref))`,
		"a global":                   `(import "env" "g" (global i32))`,
		"a vector":                   `(import "wasi_snapshot_preview1" "fd_write" (func (param v128) (result i32)))`,
		"a reference":                `(import "wasi_snapshot_preview1" "fd_write" (func (result externref)))`,
		"another version of WASI":    `(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))`,
		"the loop's own environment": `(import "host" "refuel" (func))`,
	} {
		m, err := wasm.Inspect([]byte("(module " + imports + h + ")"))
		if err != nil {
			t.Fatal(err)
		}
		if m.Imports[0].Granted() {
			t.Errorf("%s is granted", name)
		}
		if _, err := wasm.New(hostileDecl(types.TLong), m.Data, wasm.Options{}); err == nil {
			t.Errorf("%s: it runs", name)
		}
	}
	// A system function of another type than it has, but of numbers, answers with an error.
	f := open(t, hostileDecl(types.TLong), `(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param f64) (result i64)))
		(import "wasi_snapshot_preview1" "fd_close" (func $c (param i64) (result i32))) (import "wasi_snapshot_preview1" "proc_raise" (func $p (result f32)))
		(func (export "h") (param i64) (result i64) (drop (call $p)) (i64.add (call $w (f64.const 1)) (i64.extend_i32_u (call $c (i64.const 1))))))`)
	if got := run(t, f, types.TLong, 1, nil, rows(goAlloc, types.TLong, int64(1))); got.values[0] != int64(52) {
		t.Errorf("%v %v", got.values, got.failures)
	}
}

// Exports of types that the language does not use are listed, and fit nothing.
func TestStrangeExports(t *testing.T) {
	m, err := wasm.Inspect([]byte(`(module (memory (export "memory") 1) (table (export "t") 1 externref) (global (export "g") v128 (v128.const i64x2 0 0))
		(func (export "h") (param v128 funcref externref) (result v128) (local.get 0)) (func (export "two") (result i64 i64) (i64.const 0) (i64.const 0))
		(func (export "edy_error") (result v128) (v128.const i64x2 0 0)) (func (export "alloc") (param externref i32) (result i32) (i32.const 0)))`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"h", "two"} {
		if _, misfit := m.Fit(name, nil, types.TLong); misfit == nil {
			t.Errorf("%s fits", name)
		}
	}
	for _, e := range m.Exports {
		_ = m.Declarations(e)
	}
}

func TestNoModule(t *testing.T) {
	for name, data := range map[string]string{
		"empty": "", "text": "hello", "another format": "\x7fELF\x02\x01", "half a head": "\x00asm", "another version": "\x00asm\x09\x00\x00\x00",
		"cut off": "\x00asm\x01\x00\x00\x00\x01\xff", "bad text": "(module (func", "64-bit memory": "(module (memory i64 1))",
		"threads": "(module (memory 1 1 shared))", "a component": "(component)", "a tag": "(module (tag (export \"e\") (param i32)))",
		"a garbage-collected type": "(module (func (export \"h\") (param anyref)))", "a typed reference": "(module (type $f (func)) (func (export \"h\") (param (ref $f))))",
	} {
		if m, err := wasm.Inspect([]byte(data)); err == nil {
			t.Errorf("%s is taken for a module: %v", name, m)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q has several lines", name, err)
		}
	}
}

// FuzzInspect feeds damaged modules.
func FuzzInspect(f *testing.F) {
	for _, h := range hostile[:4] {
		if m, err := wasm.Inspect([]byte("(module " + h.module + ")")); err == nil {
			f.Add(m.Data)
		}
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		if m, err := wasm.Inspect(data); err == nil {
			_, _ = m.Fit("h", []*types.Type{types.TLong}, types.TLong)
		}
	})
}

// BenchmarkTimeout is how long after its deadline an endless loop is stopped: alone, and
// while other goroutines keep all processors busy.
func BenchmarkTimeout(b *testing.B) {
	b.Run("alone", benchTimeout)
	b.Run("beside", func(b *testing.B) {
		var stop atomic.Bool
		var busy sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			busy.Go(func() {
				for !stop.Load() {
				}
			})
		}
		benchTimeout(b)
		stop.Store(true)
		busy.Wait()
	})
}

func benchTimeout(b *testing.B) {
	d := hostileDecl(types.TLong)
	f := open(b, d, "(module "+hostile[0].module+")")
	in := rows(goAlloc, types.TLong, int64(0))
	late := lateness{}
	for b.Loop() {
		start := time.Now()
		run(b, f, types.TLong, 1, nil, in)
		late = append(late, time.Since(start)-d.Limits.Timeout)
	}
	late.report(b)
}
