package build

import (
	"fmt"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/runtime/wasm"
	"github.com/edynamic/edynamic/vm/kernel"
)

// maxModuleFile bounds what is read of a module or of a file that one may read.
const maxModuleFile = 256 << 20

func (c catalog) ReadModule(dir, path string) ([]byte, error) {
	return c.system.ReadFile(dir, path, maxModuleFile)
}

func (c catalog) Module(data []byte) (*sig.Module, error) { return wasm.Inspect(data) }

// ownFunctions are the functions of a program that are in WASM, each compiled when the
// first expression asks for it.
type ownFunctions struct {
	g    *plan.Graph
	opt  Options
	made map[string]*wasm.Function
	aggs map[string]*wasm.Aggregate
	// err is why a function cannot be made: of the environment, since the checker has
	// seen the module.
	err error
}

func newOwnFunctions(g *plan.Graph, opt Options) *ownFunctions {
	return &ownFunctions{g: g, opt: opt, made: map[string]*wasm.Function{}, aggs: map[string]*wasm.Aggregate{}}
}

// function is the kernel and the signature of a function, nil for none.
func (d *ownFunctions) function(name string) (kernel.Kernel, *sig.Signature) {
	f := d.find(name)
	if f == nil {
		return nil, nil
	}
	return f.Kernel(), f.Signature()
}

func (d *ownFunctions) find(name string) *wasm.Function {
	if f, ok := d.made[name]; ok {
		return f
	}
	decl := d.declaration(name)
	if decl == nil || decl.Kind == ir.WasmAggregate {
		return nil
	}
	f, err := wasm.New(decl, d.module(decl), d.options())
	if err != nil {
		d.err = err
		return nil
	}
	d.made[name] = f
	return f
}

// aggregate is an aggregate as the operators use it, nil for none of the name.
func (d *ownFunctions) aggregate(name string) (*sig.Aggregate, []kernel.NewAggregator) {
	decl := d.declaration(name)
	if decl == nil || decl.Kind != ir.WasmAggregate {
		return nil, nil
	}
	a, ok := d.aggs[name]
	if !ok {
		var err error
		if a, err = wasm.NewAggregate(decl, d.module(decl), d.options()); err != nil {
			d.err = err
			return nil, nil
		}
		d.aggs[name] = a
	}
	return decl.Aggregate(), []kernel.NewAggregator{a.New}
}

func (d *ownFunctions) declaration(name string) *ir.WasmFunc {
	for _, decl := range d.g.Functions {
		if decl.Name == name {
			return decl
		}
	}
	return nil
}

func (d *ownFunctions) options() wasm.Options {
	return wasm.Options{ReadFile: d.readFile, Log: d.opt.WasmLog, Now: d.opt.Clock.Now}
}

func (d *ownFunctions) module(decl *ir.WasmFunc) []byte {
	for _, m := range d.g.Modules {
		if m.Hash == decl.Module {
			return m.Data
		}
	}
	return nil
}

func (d *ownFunctions) readFile(dir, path string) ([]byte, error) {
	return d.opt.System.ReadFile(dir, path, maxModuleFile)
}

// failed is the error of building a graph: where a function could not be made, that is
// the reason, and else it is our bug.
func (d *ownFunctions) failed(err error) error {
	d.close()
	if d.err != nil {
		return fmt.Errorf("cannot run the program: %w", d.err)
	}
	return bug(err)
}

func (d *ownFunctions) close() {
	for _, f := range d.made {
		f.Close()
	}
	for _, a := range d.aggs {
		a.Close()
	}
}
