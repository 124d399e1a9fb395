package wasm

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
)

// The loop module is made for each signature. It imports the function, walks the
// columns that the host has laid out in a memory of its own, and calls the function for
// row after row, so that the border of the module is crossed once for a batch. It
// stops early where the host has to act, and says why.

// loopRows is how many rows one crossing computes.
const loopRows = 4096

// textRoom is how many bytes of texts a crossing can give back.
const textRoom = 256 << 10

// The header of the loop's memory: 32-bit words.
const (
	atRow     = 0  // the row that is computed
	atStop    = 4  // why the loop stopped
	atUsed    = 8  // bytes of texts given back
	atPointer = 12 // of a text that found no room
	atLength  = 16
	atScratch = 20 // where values that may be null stand in the module's memory
	atError   = 24 // where the module puts a reason for failing
	atParams  = 32 // for each parameter its stride and where its texts begin
)

// Why the loop stopped.
const (
	stopEnd  = 0
	stopFail = 1 // the function has given a reason for failing
	stopRoom = 2 // there is no room for a text, or for the state that the row before has left
	stopLies = 3 // the function has given a state that lies outside of its memory
)

// column is a column in the loop's memory.
type column struct {
	form   sig.WasmForm
	values int // of fixed width, or where texts end
	nulls  int // a byte for each row, 1 for a value; 0 where there are no nulls
}

// width is how many bytes a value takes.
func (c column) width() int {
	switch {
	case c.form.Text:
		return 4
	case c.form.Wire == sig.I32, c.form.Wire == sig.F32:
		return 4
	}
	return 8
}

// layout says where everything stands in the loop's memory.
type layout struct {
	params []column
	result column
	texts  int // of results
	// states is where the states stand that rows begin with, 0 where none do: for each row
	// 8 bytes, the address in the upper half, and the length in the lower.
	states int
	pages  int
}

// goesOn stands for the state of a row that goes on with what the row before gave.
const goesOn = ^uint64(0)

// newLayout lays out the columns of a signature. folds says that rows begin with states.
func newLayout(params []*types.Type, result *types.Type, folds bool) layout {
	next := atParams + 8*len(params)
	place := func(t *types.Type) column {
		form, _ := sig.ScalarForm(t)
		c := column{form: form}
		next = (next + 15) &^ 15
		c.values = next
		next += c.width() * (loopRows + 1)
		if t.Nullable {
			c.nulls = next
			next += loopRows
		}
		return c
	}
	l := layout{}
	for _, p := range params {
		l.params = append(l.params, place(p))
	}
	l.result = place(result)
	if l.result.form.Text {
		l.texts = next
		next += textRoom
	}
	if folds {
		l.states = (next + 15) &^ 15
		next = l.states + 8*loopRows
	}
	l.pages = (next + pageSize - 1) / pageSize
	return l
}

// guestMemory reports that the loop reads or writes the memory of the module.
func (l layout) guestMemory() bool {
	for _, c := range append(l.params[:len(l.params):len(l.params)], l.result) {
		if c.form.Text || c.form.Pointer {
			return true
		}
	}
	return false
}

// loopText writes the loop module. fails says that the module has a place for reasons,
// and metered that each row gets its fuel. A loop that folds gives the function a state
// with each row (see loopState).
func loopText(l layout, want sig.Extern, fails, metered, folds bool) string {
	var w strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&w, format+"\n", args...) }
	line(`(module`)
	line(`(import "host" "columns" (memory $m %d))`, l.pages)
	if l.guestMemory() || fails {
		line(`(import "guest" "memory" (memory $g 0))`)
	}
	line(`(import "guest" "f" (func $f (param %s) (result %s)))`, strings.Join(want.Params, " "), want.Results[0])
	if metered {
		line(`(import "host" "refuel" (func $refuel))`)
	}
	line(`(func (export "run") (param $i i32) (param $n i32) (result i32)`)
	line(`(local $r %s) (local $p i32) (local $len i32) (local $used i32) (local $error i32) (local $scratch i32) (local $from i32) (local $s i64)`, want.Results[0])
	for k := range l.params {
		line(`(local $s%d i32) (local $b%d i32)`, k, k)
	}
	for k := range l.params {
		line(`(local.set $s%d (i32.load $m (i32.const %d)))`, k, atParams+8*k)
		line(`(local.set $b%d (i32.load $m (i32.const %d)))`, k, atParams+8*k+4)
	}
	line(`(local.set $scratch (i32.load $m (i32.const %d)))`, atScratch)
	line(`(local.set $error (i32.load $m (i32.const %d)))`, atError)
	line(`(local.set $from (local.get $i))`)
	line(`(block $done (loop $next`)
	line(`(br_if $done (i32.ge_u (local.get $i) (local.get $n)))`)
	line(`(i32.store $m (i32.const %d) (local.get $i))`, atRow)
	if folds {
		loopState(line, l)
	}
	if metered {
		line(`(call $refuel)`)
	}
	for k, c := range l.params {
		if c.form.Pointer {
			line(`(%s.store $g offset=%d (local.get $scratch) (%s.load $m offset=%d %s))`, c.form.Wire, 8*k, c.form.Wire, c.values, rowOf(k, c.width()))
		}
	}
	line(`(local.set $r (call $f`)
	if folds {
		line(`(local.get $p) (local.get $len)`)
	}
	for k, c := range l.params {
		loopArgument(line, k, c)
	}
	line(`))`)
	if fails {
		line(`(if (i32.load $g (local.get $error)) (then (i32.store $m (i32.const %d) (i32.const %d)) (return (local.get $i))))`, atStop, stopFail)
	}
	if folds {
		line(`(local.set $p (i32.wrap_i64 (i64.shr_u (local.get $r) (i64.const 32)))) (local.set $len (i32.wrap_i64 (local.get $r)))`)
		line(`(if (i64.gt_u (i64.add (i64.extend_i32_u (local.get $p)) (i64.extend_i32_u (local.get $len))) (i64.shl (i64.extend_i32_u (memory.size $g)) (i64.const 16))) (then`)
		line(`(i32.store $m (i32.const %d) (i32.const %d)) (return (local.get $i))))`, atStop, stopLies)
	} else {
		loopResult(line, l)
	}
	line(`(local.set $i (i32.add (local.get $i) (i32.const 1)))`)
	line(`(br $next)))`)
	if folds {
		line(`(i32.store $m (i32.const %d) (local.get $p)) (i32.store $m (i32.const %d) (local.get $len))`, atPointer, atLength)
	}
	line(`(i32.store $m (i32.const %d) (i32.const %d))`, atStop, stopEnd)
	line(`(local.get $i)))`)
	return w.String()
}

// loopState takes the state that the row begins with, if it is the first of its group,
// and gives the host what the rows of the group before have come to. Of the last group
// the host finds it where the module has put it, and of one for which there is no room.
func loopState(line func(string, ...any), l layout) {
	const at = `(i32.mul (local.get $i) (i32.const 8))`
	line(`(local.set $s (i64.load $m offset=%d %s))`, l.states, at)
	line(`(if (i64.ne (local.get $s) (i64.const -1)) (then`)
	line(`(if (i32.gt_u (local.get $i) (local.get $from)) (then`)
	line(`(if (i32.gt_u (local.get $len) (i32.sub (i32.const %d) (local.get $used))) (then`, textRoom)
	line(`(i32.store $m (i32.const %d) (local.get $p)) (i32.store $m (i32.const %d) (local.get $len))`, atPointer, atLength)
	line(`(i32.store $m (i32.const %d) (i32.const %d)) (return (local.get $i))))`, atStop, stopRoom)
	line(`(memory.copy $m $g (i32.add (i32.const %d) (local.get $used)) (local.get $p) (local.get $len))`, l.texts)
	line(`(local.set $used (i32.add (local.get $used) (local.get $len)))`)
	line(`(i32.store $m offset=%d (i32.mul (i32.sub (local.get $i) (i32.const 1)) (i32.const 4)) (local.get $used))))`, l.result.values)
	line(`(local.set $p (i32.wrap_i64 (i64.shr_u (local.get $s) (i64.const 32)))) (local.set $len (i32.wrap_i64 (local.get $s)))))`)
}

// rowOf is the offset of the row's value in a column: the stride is 0 for a value that
// all rows share.
func rowOf(k, width int) string {
	return fmt.Sprintf(`(i32.mul (i32.mul (local.get $i) (local.get $s%d)) (i32.const %d))`, k, width)
}

func loopArgument(line func(string, ...any), k int, c column) {
	at := rowOf(k, c.width())
	present := fmt.Sprintf(`(i32.load8_u $m offset=%d (i32.mul (local.get $i) (local.get $s%d)))`, c.nulls, k)
	switch {
	case c.form.Text:
		pointer := fmt.Sprintf(`(i32.add (local.get $b%d) (i32.load $m offset=%d %s))`, k, c.values, at)
		if c.nulls != 0 {
			pointer = fmt.Sprintf(`(select %s (i32.const 0) %s)`, pointer, present)
		}
		line(`%s (i32.sub (i32.load $m offset=%d %s) (i32.load $m offset=%d %s))`, pointer, c.values+4, at, c.values, at)
	case c.form.Pointer:
		line(`(select (i32.add (local.get $scratch) (i32.const %d)) (i32.const 0) %s)`, 8*k, present)
	default:
		line(`(%s.load $m offset=%d %s)`, c.form.Wire, c.values, at)
	}
}

func loopResult(line func(string, ...any), l layout) {
	c := l.result
	at := fmt.Sprintf(`(i32.mul (local.get $i) (i32.const %d))`, c.width())
	switch {
	case c.form.Text:
		line(`(local.set $p (i32.wrap_i64 (i64.shr_u (local.get $r) (i64.const 32))))`)
		line(`(local.set $len (i32.wrap_i64 (local.get $r)))`)
		line(`(local.set $used (i32.load $m (i32.const %d)))`, atUsed)
		line(`(if (i32.gt_u (local.get $len) (i32.sub (i32.const %d) (local.get $used))) (then`, textRoom)
		line(`(i32.store $m (i32.const %d) (local.get $p)) (i32.store $m (i32.const %d) (local.get $len))`, atPointer, atLength)
		line(`(i32.store $m (i32.const %d) (i32.const %d)) (return (local.get $i))))`, atStop, stopRoom)
		line(`(memory.copy $m $g (i32.add (i32.const %d) (local.get $used)) (local.get $p) (local.get $len))`, l.texts)
		line(`(local.set $used (i32.add (local.get $used) (local.get $len)))`)
		line(`(i32.store $m (i32.const %d) (local.get $used))`, atUsed)
		line(`(i32.store $m offset=%d %s (local.get $used))`, c.values, at)
		if c.nulls != 0 {
			line(`(i32.store8 $m offset=%d (local.get $i) (i32.ne (local.get $p) (i32.const 0)))`, c.nulls)
		}
	case c.form.Pointer:
		line(`(i32.store8 $m offset=%d (local.get $i) (i32.ne (local.get $r) (i32.const 0)))`, c.nulls)
		line(`(if (local.get $r) (then (%s.store $m offset=%d %s (%s.load $g (local.get $r)))))`, c.form.Wire, c.values, at, c.form.Wire)
	default:
		line(`(%s.store $m offset=%d %s (local.get $r))`, c.form.Wire, c.values, at)
	}
}
