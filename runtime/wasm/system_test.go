package wasm_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
)

// systemModule imports what capabilities reach. h(0) is the time, h(1) the first of
// eight random bytes as a number, h(2) writes two lines, and h(3) reads the file geo.txt
// by its name and gives its first eight bytes; an error number comes back below 0.
const systemModule = `(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_open" (func $sock (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "first\nsec") (data (i32.const 80) "ond\n") (data (i32.const 96) "geo.txt")
  (func $or (param i32 i64) (result i64) (if (result i64) (local.get 0) (then (i64.sub (i64.const 0) (i64.extend_i32_u (local.get 0)))) (else (local.get 1))))
  (func (export "h") (param $what i64) (result i64) (local $e i32)
    (if (i64.eq (local.get $what) (i64.const 0)) (then
      (local.set $e (call $time (i32.const 0) (i64.const 1) (i32.const 0)))
      (return (call $or (local.get $e) (i64.load (i32.const 0))))))
    (if (i64.eq (local.get $what) (i64.const 1)) (then
      (local.set $e (call $random (i32.const 0) (i32.const 8)))
      (return (call $or (local.get $e) (i64.shr_u (i64.load (i32.const 0)) (i64.const 1))))))
    (if (i64.eq (local.get $what) (i64.const 2)) (then
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 9))
      (i32.store (i32.const 8) (i32.const 80)) (i32.store (i32.const 12) (i32.const 4))
      (local.set $e (call $write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 16)))
      (return (call $or (local.get $e) (i64.load32_u (i32.const 16))))))
    (if (i64.eq (local.get $what) (i64.const 4)) (then
      (return (call $or (call $sock (i32.const 1) (i32.const 1) (i32.const 0)) (i64.const 0)))))
    (local.set $e (call $open (i32.const 3) (i32.const 0) (i32.const 96) (i32.const 7) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 0)))
    (if (local.get $e) (then (return (call $or (local.get $e) (i64.const 0)))))
    (i32.store (i32.const 8) (i32.const 24)) (i32.store (i32.const 12) (i32.const 8))
    (local.set $e (call $seek (i32.load (i32.const 0)) (i64.const 1) (i32.const 0) (i32.const 40)))
    (local.set $e (i32.or (local.get $e) (call $read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 16))))
    (local.set $e (i32.or (local.get $e) (call $close (i32.load (i32.const 0)))))
    (call $or (local.get $e) (i64.load (i32.const 24)))))`

// system runs the five calls with capabilities, and gives their answers and the log.
func system(t *testing.T, limits func(l *ir.WasmLimits)) (answers []any, log []string) {
	t.Helper()
	d := declare("h", types.TLong, types.TLong)
	limits(&d.Limits)
	m, err := wasm.Inspect([]byte(systemModule))
	if err != nil {
		t.Fatal(err)
	}
	f, err := wasm.New(d, m.Data, wasm.Options{
		ReadFile: func(_, path string) ([]byte, error) {
			if path != "geo.txt" {
				return nil, errors.New("there is no such file")
			}
			return []byte("x12345678"), nil
		},
		Log: func(function, line string) { log = append(log, function+": "+line) },
		Now: func() time.Time { return time.Unix(12, 34) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := run(t, f, types.TLong, 5, nil, rows(goAlloc, types.TLong, int64(0), int64(1), int64(2), int64(3), int64(4)))
	if len(got.failures) > 0 {
		t.Fatal(got.failures)
	}
	return got.values, log
}

func TestCapabilities(t *testing.T) {
	none, log := system(t, func(*ir.WasmLimits) {})
	again, _ := system(t, func(*ir.WasmLimits) {})
	if none[0] != int64(946684800e9) || none[1] != again[1] || none[2] != int64(13) || none[3] != int64(-8) || none[4] != int64(-52) || log != nil {
		t.Errorf("without capabilities: %v %q", none, log)
	}
	all := func(l *ir.WasmLimits) {
		l.Clock, l.Random, l.Log, l.Files = true, true, true, []ir.WasmFile{{Path: "geo.txt"}}
	}
	got, log := system(t, all)
	other, _ := system(t, all)
	file := int64(binary.LittleEndian.Uint64([]byte("12345678")))
	if got[0] != int64(12_000_000_034) || got[1] == other[1] || got[2] != int64(13) || got[3] != file || got[4] != int64(-52) {
		t.Errorf("with capabilities: %v", got)
	}
	if want := []string{"h: first", "h: second"}; !slices.Equal(log, want) {
		t.Errorf("the log is %q", log)
	}
	got, _ = system(t, func(l *ir.WasmLimits) { l.Clock, l.Files = true, nil })
	if got[3] != int64(-8) || got[1] != none[1] {
		t.Errorf("a clock gives more than the time: %v", got)
	}
}
