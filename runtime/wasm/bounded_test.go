package wasm

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// bulkModule does one thing with pieces of memory of its own, and exports the memory.
const bulkModule = `(module
  (memory (export "memory") 80)
  (memory $other 80)
  (data $d "0123456789")
  (func (export "fill") (param i32 i32 i32) (memory.fill 0 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy 0 0 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "away") (param i32 i32 i32) (memory.copy $other 0 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "back") (param i32 i32 i32) (memory.copy 0 $other (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32) (memory.init 0 $d (local.get 0) (local.get 1) (local.get 2)))
  (func (export "drop") (param i32 i32 i32) (data.drop $d)))`

// memoryOf is a module as it is compiled, or as it was written.
func memoryOf(t *testing.T, data []byte) (*wasmtime.Store, *wasmtime.Instance, []byte) {
	t.Helper()
	e := plainEngine().Engine
	s := wasmtime.NewStore(e)
	s.SetEpochDeadline(1 << 40)
	m, err := wasmtime.NewModule(e, data)
	if err != nil {
		t.Fatal(err)
	}
	in, err := wasmtime.NewInstance(s, m, nil)
	if err != nil {
		t.Fatal(err)
	}
	memory := in.GetExport(s, "memory").Memory().UnsafeData(s)
	for i := range memory {
		memory[i] = byte(i*7 + i>>9)
	}
	return s, in, memory
}

// A module that is bounded does what it did before, and what lies outside is a trap.
func TestBounded(t *testing.T) {
	data, err := wasmtime.Wat2Wasm(bulkModule)
	if err != nil {
		t.Fatal(err)
	}
	rewritten, err := bounded(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(rewritten) == len(data) {
		t.Fatal("nothing was bounded")
	}
	const end, piece = 80 * pageSize, pieceSize
	for _, c := range []struct {
		name           string
		to, from, size int32
	}{
		{"fill", 0, 7, end}, {"fill", 3, 9, piece + 1}, {"fill", 5, 1, 0}, {"fill", 1, 7, end}, {"fill", -1, 7, 2}, {"fill", -piece, 7, 3 * piece}, {"fill", end, 1, 0},
		{"copy", 0, 5, end - 5}, {"copy", 5, 0, end - 5}, {"copy", piece / 2, 0, 3 * piece}, {"copy", 0, piece / 2, 3 * piece}, {"copy", 0, 0, end},
		{"copy", 6, 0, end - 5}, {"copy", 0, 6, end - 5}, {"copy", 9, 9, 3*piece + 7}, {"copy", -4, 0, 8}, {"copy", 0, -4, 8}, {"copy", 10, 20, piece},
		{"away", 7, 0, 2*piece + 1}, {"back", 1, 2, 2*piece + 3}, {"back", 1, 2, end}, {"away", 0, 1, end},
		{"init", 100, 2, 5}, {"init", 100, 2, 9}, {"init", end - 3, 0, 5}, {"init", 0, 0, 2 * piece}, {"drop", 0, 0, 0}, {"init", 0, 0, 1}, {"init", 0, 0, 0},
	} {
		s1, in1, m1 := memoryOf(t, data)
		s2, in2, m2 := memoryOf(t, rewritten)
		for i := range 2 { // the second time the other memory is not empty
			_, err1 := in1.GetFunc(s1, c.name).Call(s1, c.to, c.from, c.size)
			_, err2 := in2.GetFunc(s2, c.name).Call(s2, c.to, c.from, c.size)
			if (err1 == nil) != (err2 == nil) {
				t.Errorf("%s(%d, %d, %d): %v, and bounded: %v", c.name, c.to, c.from, c.size, err1, err2)
			}
			if err1 != nil {
				break // what is in the memory of an instance that has failed, nobody sees
			}
			if string(m1) != string(m2) {
				t.Errorf("%s(%d, %d, %d), time %d: the memories differ", c.name, c.to, c.from, c.size, i)
			}
			if c.name == "away" {
				for _, x := range []struct {
					s  *wasmtime.Store
					in *wasmtime.Instance
				}{{s1, in1}, {s2, in2}} {
					if _, err := x.in.GetFunc(x.s, "back").Call(x.s, c.from, c.to, c.size); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		s1.Close()
		s2.Close()
	}
}

// What the toolchains make can be read to the last instruction.
func TestBoundedReadsModules(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/*/*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("testdata/*/*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if files = append(files, more...); len(files) < 6 {
		t.Fatalf("there are only %v", files)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := bounded(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		t.Logf("%s: %d bytes more", file, len(out)-len(data))
		if err := wasmtime.ModuleValidate(plainEngine().Engine, out); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Every instruction with immediates of its own is read.
func TestBoundedReadsInstructions(t *testing.T) {
	data, err := wasmtime.Wat2Wasm(`(module (type $v (func)) (memory 1) (memory $m 1) (table $t 1 funcref) (elem $e func $f) (global $g (mut i32) (i32.const 0))
	  (func $f (param i32) (result i32) (local f32 f64 v128 funcref externref)
	    (block (block (result i32) (i32.const -5)) (drop))
	    (loop $l (br_if $l (i32.const 0)) (br_table $l $l $l (i32.const 2)))
	    (if (result i64) (i32.const 1) (then (i64.const -9223372036854775808)) (else (i64.load offset=4294967295 (i32.const 0)))) (drop)
	    (call_indirect (type $v) (i32.const 0))
	    (drop (f32.const 1.5)) (drop (f64.const -0x1p-1000)) (drop (select (result funcref) (ref.null func) (ref.func $f) (i32.const 0)))
	    (drop (ref.is_null (ref.null extern))) (drop (table.get $t (i32.const 0))) (table.set $t (i32.const 0) (ref.null func))
	    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0)) (elem.drop $e) (table.copy (i32.const 0) (i32.const 0) (i32.const 0))
	    (drop (table.grow $t (ref.null func) (i32.const 1))) (drop (table.size $t)) (table.fill $t (i32.const 0) (ref.null func) (i32.const 0))
	    (drop (i32.trunc_sat_f64_u (f64.const 1))) (drop (i32.load16_u $m offset=7 (i32.const 0))) (i32.store8 $m (i32.const 0) (i32.const 0))
	    (drop (memory.grow $m (i32.const 0))) (drop (i32.extend8_s (i32.const 1)))
	    (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (v128.const i64x2 -1 11) (v128.load8_splat offset=11 (i32.const 0))))
	    (drop (i8x16.extract_lane_s 11 (v128.load $m (i32.const 0)))) (drop (v128.load32_zero offset=11 (i32.const 0)))
	    (drop (v128.load16_lane offset=11 3 (i32.const 0) (v128.const i64x2 0 0))) (v128.store64_lane 1 (i32.const 0) (v128.const i64x2 0 0))
	    (drop (i32x4.relaxed_trunc_f32x4_s (v128.const i64x2 11 11))) (drop (f64x2.sqrt (v128.const i64x2 11 11)))
	    (memory.fill $m (i32.const 0) (i32.const 11) (i32.const 252))
	    (global.set $g (i32.const 11)) (return_call $f (local.get 0)))
	  (func (export "two") (result i32 i64) (block (result i32 i64) (i32.const 1) (i64.const 2))))`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := bounded(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := wasmtime.ModuleValidate(plainEngine().Engine, out); err != nil {
		t.Error(err)
	}
	if len(out) < len(data)+30 {
		t.Errorf("%d bytes became %d", len(data), len(out))
	}
	for i := range data {
		_, _ = bounded(data[:i])
	}
}
