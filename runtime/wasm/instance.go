package wasm

// #include "shim.h"
import "C"

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/edynamic/edynamic/lang/sig"
)

// What a module may use while it starts, before it has seen a row.
const (
	startTime = time.Second // at least; more where a row has more
	startFuel = 10_000_000_000
)

// Limits that no declaration changes.
const (
	maxTable     = 100_000 // elements
	maxTables    = 8
	maxInstances = 4
	maxMemories  = 2 // the module's and the loop's
	// failPlace is the export that holds the address of a reason for failing.
	failPlace = "edy_error"
)

// instance is one module with its memory, ready to be called by one goroutine.
type instance struct {
	store   *wasmtime.Store
	context unsafe.Pointer
	watch   *watch
	guest   *wasmtime.Instance
	memory  *wasmtime.Memory // of the module, nil when it exports none
	used    bool             // it has been called

	// Of the scalar convention:
	run       *wasmtime.Func
	columns   []byte // the loop's memory, which never grows
	stage     uint32 // where texts of arguments stand in the module's memory
	stageSize uint32
	fail      uint32 // where the module puts a reason for failing, 0 for nowhere

	// Of the batch convention:
	function, alloc, dealloc, next, drop *wasmtime.Func
	out                                  bytes.Buffer // the file that is given
}

// newInstance makes an instance. The error is one of the module: it needs more than it
// is granted, or fails while it starts.
func (f *Function) newInstance() (*instance, error) {
	g := f.newGuest()
	s := wasmtime.NewStoreWithData(f.engine.Engine, g)
	g.watch = newWatch(s)
	in := &instance{store: s, watch: g.watch, context: unsafe.Pointer(s.Context())}
	f.engine.begin()
	defer f.engine.end()
	if err := in.open(f); err != nil {
		f.retirement.retire(in)
		return nil, err
	}
	return in, nil
}

func (in *instance) open(f *Function) error {
	columns, err := in.newColumns(f)
	if err != nil {
		return err
	}
	in.store.Limiter(f.decl.Limits.Memory, maxTable, maxInstances, maxTables, maxMemories)
	in.startBudget(f)
	C.edy_watch_begin(in.watch)
	if in.guest, err = f.linker.Instantiate(in.store, f.module); err != nil {
		return in.startError(f, err)
	}
	if m := in.guest.GetExport(in.store, sig.WasmMemory); m != nil {
		in.memory = m.Memory()
	}
	if start := in.guest.GetFunc(in.store, "_initialize"); start != nil {
		if o := call(in.context, start, nil, in.watch); o != nil {
			return fmt.Errorf("it does not start: %s", o.reason(f.startTime()))
		}
	}
	if f.decl.Batch {
		return in.openBatch(f)
	}
	return in.openLoop(f, columns)
}

func (in *instance) startError(f *Function, err error) error {
	if in.watch.expired != 0 {
		return fmt.Errorf("it takes longer than %s to start", f.startTime())
	}
	return fmt.Errorf("it does not start: %s", firstLine(err))
}

// startTime is how long the module may take to start.
func (f *Function) startTime() time.Duration { return max(startTime, f.decl.Limits.Timeout) }

// startBudget is what the module may use outside of rows.
func (in *instance) startBudget(f *Function) {
	in.watch.budget = C.int64_t(f.startTime())
	if f.engine.fuel {
		_ = in.store.SetFuel(startFuel) // fails only where fuel is not counted
	}
}

// rowBudget is what rows may use together.
func (in *instance) rowBudget(f *Function, rows int) {
	in.watch.budget = C.int64_t(f.decl.Limits.Timeout) * C.int64_t(rows)
	in.watch.fuel = C.uint64_t(f.decl.Limits.Fuel) * C.uint64_t(rows)
	if f.engine.fuel {
		_ = in.store.SetFuel(uint64(in.watch.fuel))
	}
}

// newColumns makes the loop's memory before the module's limit is set.
func (in *instance) newColumns(f *Function) (*wasmtime.Memory, error) {
	if f.decl.Batch {
		return nil, nil
	}
	t, err := wasmtime.NewMemoryType(uint32(f.layout.pages), true, uint32(f.layout.pages), false)
	if err != nil {
		return nil, err
	}
	m, err := wasmtime.NewMemory(in.store, t)
	if err != nil {
		return nil, err
	}
	in.columns = m.UnsafeData(in.store)
	return m, nil
}

// openLoop makes the loop around the module's function.
func (in *instance) openLoop(f *Function, columns *wasmtime.Memory) error {
	function := in.guest.GetFunc(in.store, f.decl.Export)
	if function == nil {
		return fmt.Errorf("it has no function %q", f.decl.Export)
	}
	imports := []wasmtime.AsExtern{columns}
	if f.layout.guestMemory() || f.fails {
		if in.memory == nil {
			return errors.New("it has no memory")
		}
		imports = append(imports, in.memory)
	}
	imports = append(imports, function)
	if f.engine.fuel {
		imports = append(imports, newRefuel(in.store, in.watch))
	}
	loop, err := wasmtime.NewInstance(in.store, f.loop, imports)
	if err != nil {
		return fmt.Errorf("the loop for it does not start: %w", err)
	}
	in.run = loop.GetFunc(in.store, "run")
	if f.layout.guestMemory() {
		if err := in.growStage(f, f.stage); err != nil {
			return err
		}
	}
	in.watch.progress = (*C.uint32_t)(unsafe.Pointer(&in.columns[atRow]))
	if f.fails {
		return in.findFailPlace(f)
	}
	return nil
}

// findFailPlace reads the address that the module exports, as a variable or as a
// function that returns it.
func (in *instance) findFailPlace(f *Function) error {
	x := in.guest.GetExport(in.store, failPlace)
	switch {
	case x == nil:
		return errors.New("it has no " + failPlace)
	case x.Global() != nil:
		in.fail = uint32(x.Global().Get(in.store).I32())
	default:
		at, o := in.ask(x.Func())
		if o != nil {
			return fmt.Errorf("%s: %s", failPlace, o.reason(f.startTime()))
		}
		in.fail = at
	}
	if _, ok := in.bytes(in.fail, 8); !ok {
		return fmt.Errorf("%s lies outside of its memory", failPlace)
	}
	binary.LittleEndian.PutUint32(in.columns[atError:], in.fail)
	return nil
}

// ask calls a function that takes and gives i32.
func (in *instance) ask(f *wasmtime.Func, args ...uint32) (uint32, *outcome) {
	slots := make([]slot, max(1, len(args)))
	for i, a := range args {
		slots[i][0] = uint64(a)
	}
	o := call(in.context, f, slots, in.watch)
	return uint32(slots[0][0]), o
}

// bytes is a piece of the module's memory; ok is false when it lies outside.
func (in *instance) bytes(at, n uint32) ([]byte, bool) {
	if in.memory == nil {
		return nil, false
	}
	data := in.memory.UnsafeData(in.store)
	if uint64(at)+uint64(n) > uint64(len(data)) {
		return nil, false
	}
	return data[at : at+n : at+n], true
}

// growStage gets room in the module's memory for values of arguments, with a scratch
// of eight bytes for each parameter before it. A module that has an allocator is asked
// for it; the memory of another is grown, and what was grown is the host's.
func (in *instance) growStage(f *Function, size uint32) error {
	scratch := uint32(8 * len(f.layout.params))
	at, err := in.room(f, scratch+size)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(in.columns[atScratch:], at)
	in.stage, in.stageSize = at+scratch, size
	return nil
}

// allocators are the exports that give memory, with what follows the size among their
// arguments: that of arrow-udf, of C, and of AssemblyScript.
var allocators = []struct {
	name  string
	after []uint32
}{{sig.WasmAlloc, []uint32{8}}, {"malloc", nil}, {"__new", []uint32{1}}}

func (in *instance) room(f *Function, size uint32) (uint32, error) {
	tooLarge := fmt.Errorf("its memory of %d bytes leaves no room for the arguments", f.decl.Limits.Memory)
	for _, a := range allocators {
		alloc := f.allocator(a.name, len(a.after)+1)
		if !alloc {
			continue
		}
		at, o := in.ask(in.guest.GetFunc(in.store, a.name), append([]uint32{size}, a.after...)...)
		if o != nil {
			return 0, fmt.Errorf("%w: %s", tooLarge, o.reason(f.startTime()))
		}
		if _, ok := in.bytes(at, size); !ok || at == 0 {
			return 0, tooLarge
		}
		return at, in.pin(f, at)
	}
	pages, err := in.memory.Grow(in.store, uint64(size+pageSize-1)/pageSize)
	if err != nil {
		return 0, tooLarge
	}
	return uint32(pages * pageSize), nil
}

// pin keeps memory of AssemblyScript from being collected.
func (in *instance) pin(f *Function, at uint32) error {
	if !f.allocator("__pin", 1) {
		return nil
	}
	if _, o := in.ask(in.guest.GetFunc(in.store, "__pin"), at); o != nil {
		return fmt.Errorf("__pin: %s", o.reason(f.startTime()))
	}
	return nil
}

// openBatch finds the functions of the batch convention.
func (in *instance) openBatch(f *Function) error {
	for name, to := range map[string]**wasmtime.Func{f.decl.Export: &in.function, sig.WasmAlloc: &in.alloc, sig.WasmDealloc: &in.dealloc} {
		if *to = in.guest.GetFunc(in.store, name); *to == nil {
			return fmt.Errorf("it has no function %q", name)
		}
	}
	if in.memory == nil {
		return errors.New("it has no memory")
	}
	if f.table == nil {
		return nil
	}
	for name, to := range map[string]**wasmtime.Func{"record_batch_iterator_next": &in.next, "record_batch_iterator_drop": &in.drop} {
		if *to = in.guest.GetFunc(in.store, name); *to == nil {
			return fmt.Errorf("it has no function %q", name)
		}
	}
	return nil
}

// budget is a duration as a watch has it.
func budget(d time.Duration) C.int64_t { return C.int64_t(d) }
