package wasm

import (
	"fmt"

	"github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/edynamic/edynamic/lang/sig"
)

// guest is what the system functions of one instance work on.
type guest struct {
	f *Function
}

func (f *Function) newGuest() *guest { return &guest{f: f} }

// notSupported is what a system function answers that does not exist here.
const notSupported = 52

// newLinker offers a module the system functions that it imports.
func (f *Function) newLinker() (*wasmtime.Linker, error) {
	l := wasmtime.NewLinker(f.engine.Engine)
	for _, i := range f.module.Imports() {
		name, t := i.Name(), i.Type().FuncType()
		if i.Module() != sig.WasiModule || name == nil || t == nil {
			return nil, fmt.Errorf("the module imports from %q, which nothing grants", i.Module())
		}
		if err := l.FuncNew(i.Module(), *name, t, unsupported(t)); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// unsupported answers every call with an error number.
func unsupported(t *wasmtime.FuncType) func(*wasmtime.Caller, []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
	results := len(t.Results())
	return func(*wasmtime.Caller, []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
		if results == 0 {
			return nil, wasmtime.NewTrap("it ended itself")
		}
		return []wasmtime.Val{wasmtime.ValI32(notSupported)}, nil
	}
}
