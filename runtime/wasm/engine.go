package wasm

import (
	"sync"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// maxStack is the stack of a module. Deeper recursion is a trap.
const maxStack = 512 << 10

// engine compiles modules and runs them. There are two in a process, since counting
// fuel is compiled into the code: one that counts and one that does not.
type engine struct {
	*wasmtime.Engine
	fuel bool

	modules
	ticker *ticker
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
	e := wasmtime.NewEngineWithConfig(c)
	return &engine{Engine: e, fuel: fuel, modules: newModules(), ticker: newTicker(e)}
}

// begin and end enclose a call, so that the epoch advances while it runs.
func (e *engine) begin() { e.ticker.begin() }

func (e *engine) end() { e.ticker.end() }
