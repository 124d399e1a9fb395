package wasm

// #include "ticker.h"
import "C"

import (
	"sync/atomic"
	"unsafe"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// ticker advances the epoch of an engine each millisecond while calls run, which is how
// often they are looked at. It stays in C, on a thread for itself: a timer of Go waits for
// its turn behind the goroutines that compute, so that calls would be stopped late where
// there is most to do.
type ticker struct {
	c      *C.edy_ticker
	active *atomic.Int64 // calls that run
}

// newTicker starts the ticker of an engine. Neither ever ends.
func newTicker(e *wasmtime.Engine) *ticker {
	c := C.edy_ticker_new(rawEngine(e))
	go C.edy_ticker_run(c)
	return &ticker{c: c, active: (*atomic.Int64)(unsafe.Pointer(&c.active))}
}

// begin and end enclose a call.
func (t *ticker) begin() {
	if t.active.Add(1) == 1 {
		C.edy_ticker_wake(t.c)
	}
}

func (t *ticker) end() { t.active.Add(-1) }
