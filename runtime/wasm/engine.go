package wasm

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// tick is how often a running call is looked at.
const tick = time.Millisecond

// maxStack is the stack of a module. Deeper recursion is a trap.
const maxStack = 512 << 10

// engine compiles modules and runs them. There are two in a process, since counting
// fuel is compiled into the code: one that counts and one that does not.
type engine struct {
	*wasmtime.Engine
	fuel bool

	modules
	active atomic.Int64 // calls that run
	wake   chan struct{}
}

// The engines exist from the first module on, and for as long as the process: Wasmtime
// installs its handlers of traps once.
var (
	plainEngine   = sync.OnceValue(func() *engine { return newEngine(false) })
	meteredEngine = sync.OnceValue(func() *engine { return newEngine(true) })
)

func engineFor(fuel bool) *engine {
	if fuel {
		return meteredEngine()
	}
	return plainEngine()
}

func newEngine(fuel bool) *engine {
	c := wasmtime.NewConfig()
	c.SetEpochInterruption(true)
	c.SetConsumeFuel(fuel)
	c.SetCraneliftNanCanonicalization(fuel)
	c.SetMaxWasmStack(maxStack)
	c.SetWasmMultiMemory(true)
	c.SetWasmThreads(false)
	c.SetWasmMemory64(false)
	c.SetWasmRelaxedSIMDDeterministic(true)
	e := &engine{Engine: wasmtime.NewEngineWithConfig(c), fuel: fuel, modules: newModules(), wake: make(chan struct{}, 1)}
	go e.beat()
	return e
}

// begin and end enclose a call, so that the epoch advances while it runs.
func (e *engine) begin() {
	if e.active.Add(1) == 1 {
		select {
		case e.wake <- struct{}{}:
		default:
		}
	}
}

func (e *engine) end() { e.active.Add(-1) }

// beat advances the epoch while calls run, and sleeps otherwise.
func (e *engine) beat() {
	for range e.wake {
		for e.active.Load() > 0 {
			time.Sleep(tick)
			e.IncrementEpoch()
		}
	}
}
