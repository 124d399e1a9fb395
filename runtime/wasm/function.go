package wasm

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Function is a function of a module, compiled and ready to be called. It may be
// called by several goroutines at once, each with an instance of its own.
type Function struct {
	hash   string // of the module
	decl   *ir.WasmFunc
	engine *engine
	module *wasmtime.Module
	holds  *sig.Module
	// table is the array that a table function gives, and nil for others. The result in
	// decl is then what the module gives for a row.
	table  *types.Type
	linker *wasmtime.Linker
	files  map[string][]byte
	log    Log
	now    func() time.Time

	// Of the scalar convention:
	layout layout
	loop   *wasmtime.Module

	loopHash string

	folds bool   // the first parameter is what the row before gave
	fails bool   // the module exports failPlace
	stage uint32 // how much room an instance gets for texts of arguments

	// Of the batch convention:
	schema  *arrow.Schema
	foreign []foreignParam // nil where arguments cross as they are

	mu      sync.Mutex
	free    []*instance
	started bool  // an instance has started
	dead    error // why none ever did: it is not tried again for each batch

	retirement *retirement
}

// Log receives what a function writes that may log.
type Log func(function, line string)

// Options are what functions are given besides their declarations.
type Options struct {
	// ReadFile reads a file that a capability names.
	ReadFile func(dir, path string) ([]byte, error)
	Log      Log
	// Now is the clock of functions that may read it.
	Now func() time.Time
}

// New compiles a function. The module was checked against the declaration before.
func New(decl *ir.WasmFunc, data []byte, opt Options) (*Function, error) {
	return compile(decl, data, opt, false)
}

func compile(decl *ir.WasmFunc, data []byte, opt Options, folds bool) (*Function, error) {
	holds, err := Inspect(data)
	if err != nil {
		return nil, fmt.Errorf("the module of %s: %w", decl.Name, err)
	}
	f := &Function{hash: holds.Hash, decl: decl, engine: engineFor(decl.Limits.Fuel > 0), holds: holds, log: opt.Log, now: opt.Now, folds: folds, files: map[string][]byte{}, retirement: newRetirement()}
	if f.module, err = f.engine.take(source{hash: holds.Hash, data: holds.Data}); err != nil {
		return nil, fmt.Errorf("the module of %s: %s", decl.Name, firstLine(err))
	}
	if err := f.prepare(opt); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// prepare makes what instances have in common.
func (f *Function) prepare(opt Options) (err error) {
	decl := f.decl
	for _, file := range decl.Limits.Files {
		if opt.ReadFile == nil {
			return fmt.Errorf("%s reads %q, and there are no files here", decl.Name, file.Path)
		}
		if f.files[file.Path], err = opt.ReadFile(file.Dir, file.Path); err != nil {
			return fmt.Errorf("%s: cannot read %q: %w", decl.Name, file.Path, err)
		}
	}
	if f.linker, err = f.newLinker(); err != nil {
		return fmt.Errorf("%s: %w", decl.Name, err)
	}
	if decl.Kind == ir.WasmTable {
		own := *decl
		f.table, own.Result = decl.Result, decl.Result.Elem
		if !decl.Batch {
			own.Result = types.TBytes
		}
		f.decl = &own
	}
	if decl.Batch {
		f.schema = batchSchema(decl)
		if params, schema := foreignParams(decl); schema != nil {
			f.foreign, f.schema = params, schema
		}
		return nil
	}
	if err := f.compileLoop(); err != nil {
		return fmt.Errorf("%s: %w", decl.Name, err)
	}
	return nil
}

// compileLoop makes the loop for the signature.
func (f *Function) compileLoop() error {
	var params []*types.Type
	for _, p := range f.decl.Params {
		params = append(params, p.Type)
	}
	want, err := sig.ScalarExport(f.decl.Export, params, f.decl.Result)
	if err != nil {
		return err
	}
	if f.folds {
		params = params[1:] // the state is no column
	}
	f.layout = newLayout(params, f.decl.Result, f.folds)
	f.stage = uint32(min(max(f.decl.Limits.Memory/8, pageSize-64), 1<<20))
	f.fails = f.holds.Export(sig.ExternGlobal, failPlace) != nil || f.holds.Export(sig.ExternFunc, failPlace) != nil
	binary, err := wasmtime.Wat2Wasm(loopText(f.layout, want, f.fails, f.engine.fuel, f.folds))
	if err != nil {
		return fmt.Errorf("the loop: %w", err)
	}
	f.loopHash = hashOf(binary)
	f.loop, err = f.engine.take(source{hash: f.loopHash, data: binary, own: true})
	return err
}

// allocator reports an export that takes n numbers of 32 bits and gives one.
func (f *Function) allocator(name string, n int) bool {
	e := f.holds.Export(sig.ExternFunc, name)
	if e == nil || len(e.Params) != n || len(e.Results) != 1 || e.Results[0] != sig.I32 {
		return false
	}
	for _, p := range e.Params {
		if p != sig.I32 {
			return false
		}
	}
	return true
}

// Signature is the signature for the vm: which parameters take nulls.
func (f *Function) Signature() *sig.Signature {
	s := f.decl.Signature()
	if f.table != nil {
		s.Result = f.table
	}
	return s
}

// Kernel computes the function on batches.
func (f *Function) Kernel() kernel.Kernel {
	switch {
	case f.table != nil && f.decl.Batch:
		return f.batchTables
	case f.table != nil:
		return f.tables
	case f.decl.Batch:
		return f.batches
	}
	return f.scalar
}

// take gives an instance to one goroutine.
func (f *Function) take() (*instance, error) {
	f.mu.Lock()
	if n := len(f.free); n > 0 {
		in := f.free[n-1]
		f.free = f.free[:n-1]
		f.mu.Unlock()
		return in, nil
	}
	dead := f.dead
	f.mu.Unlock()
	if dead != nil {
		return nil, dead
	}
	in, err := f.newInstance()
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && !f.started {
		f.dead = err
	}
	f.started = f.started || err == nil
	return in, err
}

// give returns an instance that can go on.
func (f *Function) give(in *instance) {
	f.mu.Lock()
	spare := len(f.free) >= runtime.GOMAXPROCS(0)
	if !spare {
		f.free = append(f.free, in)
	}
	f.mu.Unlock()
	if spare {
		f.retirement.retire(in)
	}
}

// Close frees the instances and what was compiled for them. No call may be running, and
// none may follow.
func (f *Function) Close() {
	f.drop()
	if f.linker != nil {
		f.linker.Close()
	}
	if f.loop != nil {
		f.engine.give(f.loopHash)
	}
	if f.module != nil {
		f.engine.give(f.hash)
	}
	f.linker, f.loop, f.module = nil, nil, nil
}

// drop frees the instances.
func (f *Function) drop() {
	f.mu.Lock()
	free := f.free
	f.free = nil
	f.mu.Unlock()
	for _, in := range free {
		in.close()
	}
	f.retirement.wait()
}
