package wasm

// The library that unwinds stacks for the WASM engine is linked in, as finding it and its
// symbols took 0.5 ms of each start.

// #cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-all -static-libgcc
// #cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
// #cgo noescape edy_call
// #include "shim.h"
import "C"

import (
	"unsafe"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// slot is a value at the border: an i32, i64, f32 or f64 in the lower bytes.
type slot [2]uint64

// watch is what guards a running call.
type watch = C.edy_watch

// The Go binding keeps what the C interface needs in the first field of its types. The
// version is pinned, and the tests of this package call through all of them.

// rawFunc is the C function of a function.
func rawFunc(f *wasmtime.Func) unsafe.Pointer { return unsafe.Pointer(f) }

func rawEngine(e *wasmtime.Engine) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(e)) }

func rawStore(s *wasmtime.Store) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(s)) }

func newWatch(s *wasmtime.Store) *watch {
	return C.edy_watch_new(rawStore(s), unsafe.Pointer(s.Context()))
}

// isLate reports that the row which runs has used up its time.
func isLate(w *watch) bool { return C.edy_watch_late(w) != 0 }

// newRefuel is a function for the loop module that gives a row its fuel.
func newRefuel(s *wasmtime.Store, w *watch) *wasmtime.Func {
	f := &wasmtime.Func{}
	C.edy_refuel(unsafe.Pointer(s.Context()), w, rawFunc(f))
	return f
}

// outcome is how a call ended that did not return.
type outcome struct {
	expired bool // the row ran into its timeout
	trap    bool
	code    wasmtime.TrapCode // of a trap that has one, else noCode
	text    string
}

const noCode = wasmtime.TrapCode(255)

// call runs a function; nil when it returned. The context is that of the function's
// store.
func call(context unsafe.Pointer, f *wasmtime.Func, slots []slot, w *watch) *outcome {
	var out C.edy_outcome
	C.edy_call(context, rawFunc(f), unsafe.Pointer(unsafe.SliceData(slots)), C.size_t(len(slots)), w, &out)
	if out.kind == 0 {
		return nil
	}
	o := &outcome{expired: w.expired != 0, trap: out.kind < 3, code: noCode, text: C.GoString(out.text)}
	if out.kind == 1 {
		o.code = wasmtime.TrapCode(out.code)
	}
	C.edy_free(out.text)
	return o
}
