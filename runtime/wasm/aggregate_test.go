package wasm_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm"
	"github.com/edynamic/edynamic/vm/fold"
	"github.com/edynamic/edynamic/vm/kernel"
)

var seed = flag.Uint64("seed", 0, "the seed of random tests, 0 for one of its own")

// mixModule is an aggregate whose state is a number in 8 bytes and, behind it, a byte for
// each row. It changes the state where it stands before it refuses a row: one that ends in
// 3 with a reason, one that ends in 5 by a trap, and where the text is "hang" by never
// returning.
const mixModule = `(module
  (memory (export "memory") 1)
  (global (export "edy_error") i32 (i32.const 16))
  (data (i32.const 32) "it ends in 3")
  (global $next (mut i32) (i32.const 65536))
  (func (export "malloc") (param $n i32) (result i32)
    (drop (memory.grow (i32.const 64)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (i32.const 4194304))))
  (func $pair (param $p i32) (param $n i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 32)) (i64.extend_i32_u (local.get $n))))
  (func (export "mix_init") (result i64) (i64.store (i32.const 1024) (i64.const 1)) (call $pair (i32.const 1024) (i32.const 8)))
  (func (export "mix_accumulate") (param $p i32) (param $n i32) (param $v i64) (param $t i32) (param $m i32) (result i64)
    (i64.store (local.get $p) (i64.add (i64.mul (i64.load (local.get $p)) (i64.const 31)) (local.get $v)))
    (if (i32.eq (local.get $m) (i32.const 4)) (then (loop $hang (br $hang))))
    (if (i64.eq (i64.rem_u (local.get $v) (i64.const 10)) (i64.const 5)) (then unreachable))
    (if (i64.eq (i64.rem_u (local.get $v) (i64.const 10)) (i64.const 3)) (then
      (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 12))))
    ;; the longer state goes elsewhere, where the one before may stand
    (memory.copy (i32.const 2048) (local.get $p) (local.get $n))
    (i32.store8 (i32.add (i32.const 2048) (local.get $n)) (i32.add (i32.const 97) (local.get $m)))
    (call $pair (i32.const 2048) (i32.add (local.get $n) (i32.const 1))))
  (func (export "mix_merge") (param $p i32) (param $n i32) (param $q i32) (param $m i32) (result i64)
    (i64.store (local.get $p) (i64.add (i64.load (local.get $p)) (i64.load (local.get $q))))
    (call $pair (local.get $p) (local.get $n)))
  (func (export "mix_finish") (param $p i32) (param $n i32) (result i64) (call $pair (local.get $p) (local.get $n))))`

// mix is the same in Go.
type mix struct {
	n    int64
	tail string
}

func (m *mix) add(v int64, text string) string {
	switch {
	case len(text) == 4:
		return wasm.CodeTimeout
	case v%10 == 5:
		return wasm.CodeTrap
	case v%10 == 3:
		return kernel.CodeFailed
	}
	m.n = m.n*31 + v
	m.tail += string(rune('a' + len(text)))
	return ""
}

func (m *mix) bytes() string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(m.n))) + m.tail
}

func openAggregate(t testing.TB, decl *ir.WasmFunc, text string) *wasm.Aggregate {
	t.Helper()
	m, err := wasm.Inspect([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	decl.Kind = ir.WasmAggregate
	a, err := wasm.NewAggregate(decl, m.Data, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func mixDecl() *ir.WasmFunc {
	d := declare("mix", types.TBytes, types.TLong, types.TString)
	d.Limits.Memory = 16 << 20
	d.Limits.Timeout = time.Second
	return d
}

// Whatever rows are refused, and however rows are cut into batches, each group has the
// state of the rows that were not.
func TestFold(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("go test ./runtime/wasm -run '^TestFold$' -seed %d", *seed)
	r := rand.New(rand.NewPCG(*seed, 1))
	a := openAggregate(t, mixDecl(), mixModule)
	hangs := 0
	for round := range 30 {
		agg := a.New(nil, nil, nil)
		groups := 1 + r.IntN(200)
		want := make([]mix, groups)
		for i := range want {
			want[i].n = 1
		}
		agg.Grow(groups)
		for range 1 + r.IntN(4) {
			n := 1 + r.IntN(700)
			if round == 0 {
				n = 9000 // more than one crossing, and more than there is room for
			}
			values, texts, of := make([]any, n), make([]any, n), make([]int32, n)
			wanted := map[int]string{}
			var rows []int32
			for i := range n {
				v, text := r.Int64N(1000), strings.Repeat("x", r.IntN(4))
				if round%3 > 0 && v%10 == 5 {
					v-- // traps are slow
				}
				if hangs < 1 && r.IntN(2000) == 0 {
					text = "hang"
					hangs++
				}
				values[i], texts[i], of[i] = v, text, int32(r.IntN(groups))
				if r.IntN(10) == 0 {
					continue // not taken
				}
				rows = append(rows, int32(i))
				if code := want[of[i]].add(v, text); code != "" {
					wanted[i] = code
				}
			}
			failed := map[int]string{}
			agg.Add(&kernel.AggCall{
				Alloc: goAlloc, N: n, Rows: rows, Groups: of, Args: []kernel.Vector{rowsOf(types.TLong, values), rowsOf(types.TString, texts)},
				OnFail: func(row int, code, _ string) {
					if failed[row] != "" {
						t.Errorf("row %d fails twice", row)
					}
					failed[row] = code
				},
			})
			if fmt.Sprint(failed) != fmt.Sprint(wanted) {
				t.Fatalf("round %d: %s", round, difference(failed, wanted))
			}
		}
		checkGroups(t, agg, want)
	}
}

func difference(have, want map[int]string) string {
	var out strings.Builder
	for row := range 9000 {
		if have[row] != want[row] {
			fmt.Fprintf(&out, "row %d: %q, want %q; ", row, have[row], want[row])
		}
	}
	return out.String()
}

func rowsOf(t *types.Type, values []any) kernel.Vector { return rows(goAlloc, t, values...) }

func checkGroups(t *testing.T, agg kernel.Aggregator, want []mix) {
	t.Helper()
	all := make([]int32, len(want))
	for i := range all {
		all[i] = int32(i)
	}
	alloc := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer alloc.AssertSize(t, 0)
	arr := agg.Result(alloc, all, func(i int, reason string) { t.Errorf("group %d: %s", i, reason) })
	defer arr.Release()
	for i := range want {
		if got := string(vm.Value(types.TBytes, arr, i).([]byte)); got != want[i].bytes() {
			t.Fatalf("group %d is %q, want %q", i, got, want[i].bytes())
		}
	}
}

// Without anybody to tell, a row that fails is one that its group fails for.
func TestFoldFailsGroup(t *testing.T) {
	agg := openAggregate(t, mixDecl(), mixModule).New(nil, nil, nil)
	agg.Grow(2)
	agg.Add(&kernel.AggCall{Alloc: goAlloc, N: 3, Groups: []int32{0, 1, 0}, Args: []kernel.Vector{
		rows(goAlloc, types.TLong, int64(3), int64(1), int64(7)), rows(goAlloc, types.TString, "", "", ""),
	}})
	failed := map[int]string{}
	agg.Result(goAlloc, []int32{0, 1}, func(i int, reason string) { failed[i] = reason }).Release()
	if len(failed) != 1 || failed[0] != "it ends in 3" {
		t.Errorf("%v", failed)
	}
}

// What is marked is undone, whatever came since.
func TestFoldUndo(t *testing.T) {
	agg := openAggregate(t, mixDecl(), mixModule).New(nil, nil, nil)
	agg.Grow(2)
	want := []mix{{n: 1}, {n: 1}}
	add := func(group int32, v int64) {
		agg.Add(&kernel.AggCall{Alloc: goAlloc, N: 1, Groups: []int32{group}, Args: []kernel.Vector{rows(goAlloc, types.TLong, v), rows(goAlloc, types.TString, "")}})
	}
	add(0, 4)
	want[0].add(4, "")
	for range 3 {
		agg.(kernel.Refusing).Mark()
		add(0, 8)
		add(1, 9)
		add(0, 7)
		agg.(kernel.Refusing).Undo()
		checkGroups(t, agg, want)
		agg.(kernel.Refusing).Mark()
		add(0, 2)
		add(0, 1)
		want[0].add(2, "")
		want[0].add(1, "")
		checkGroups(t, agg, want)
	}
}

// States are put together by the module; one of no rows makes no difference.
func TestFoldMerge(t *testing.T) {
	a := openAggregate(t, mixDecl(), mixModule)
	to, from := a.New(nil, nil, nil), a.New(nil, nil, nil)
	to.Grow(3)
	from.Grow(3)
	args := func(v ...any) []kernel.Vector {
		return []kernel.Vector{rows(goAlloc, types.TLong, v...), rows(goAlloc, types.TString, "", "")}
	}
	to.Add(&kernel.AggCall{Alloc: goAlloc, N: 2, Groups: []int32{0, 1}, Args: args(int64(10), int64(20))})
	from.Add(&kernel.AggCall{Alloc: goAlloc, N: 2, Groups: []int32{0, 2}, Args: args(int64(1), int64(2))})
	to.(fold.Merging).MergeFrom(from, []int32{0, 1, 2, 2}, []int32{0, 1, 2, 0})
	// n is 31*1 + v for one row; the texts are those of the first.
	checkGroups(t, to, []mix{{n: 41 + 32 + 33, tail: "a"}, {n: 51, tail: "a"}, {n: 33, tail: "a"}})
}
