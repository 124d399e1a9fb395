package wasm

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Aggregate is an aggregate of a module. Its states are bytes that the host keeps, so
// that instances can be replaced, and states written down at barriers.
type Aggregate struct {
	decl                         *ir.WasmFunc
	init, add, sub, merge, final *Function // sub is nil where rows cannot be taken back
}

// NewAggregate compiles an aggregate.
func NewAggregate(decl *ir.WasmFunc, data []byte, opt Options) (*Aggregate, error) {
	a := &Aggregate{decl: decl}
	state := []types.Field{{Name: "state", Type: types.TBytes}}
	row := append(append([]types.Field(nil), state...), decl.Params...)
	parts := []struct {
		to     **Function
		name   string
		params []types.Field
		result *types.Type
		folds  bool
	}{
		{&a.init, sig.WasmInit, nil, types.TBytes, false}, {&a.add, sig.WasmAccumulate, row, types.TBytes, true},
		{&a.merge, sig.WasmMerge, append(append([]types.Field(nil), state...), types.Field{Name: "other", Type: types.TBytes}), types.TBytes, false},
		{&a.final, sig.WasmFinish, state, decl.Result, false}, {&a.sub, sig.WasmRetract, row, types.TBytes, true},
	}
	for _, p := range parts {
		if p.to == &a.sub && !decl.Retracts {
			continue
		}
		part := *decl
		part.Export, part.Params, part.Result = decl.Export+p.name, p.params, p.result
		f, err := compile(&part, data, opt, p.folds)
		if err != nil {
			a.Close()
			return nil, err
		}
		*p.to = f
	}
	return a, nil
}

// Close frees the instances.
func (a *Aggregate) Close() {
	for _, f := range []*Function{a.init, a.add, a.sub, a.merge, a.final} {
		if f != nil {
			f.Close()
		}
	}
}

// New makes an aggregator with no groups.
func (a *Aggregate) New([]*types.Type, []any, *types.Type) kernel.Aggregator {
	return &aggregator{a: a}
}
