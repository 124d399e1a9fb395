package ir

import (
	"time"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Declared is the overload of a Call or AggCall of a function of the program itself,
// one of Program.Functions, instead of one of the library.
const Declared = -1

// WasmModule is a module that functions of the program are in.
type WasmModule struct {
	Path string // as it is written
	Dir  string // the folder of the declaring file
	Hash string // the SHA-256 of Data, in hexadecimal
	Data []byte
}

// WasmFunc is a function whose body is in a WASM module.
type WasmFunc struct {
	Name     string // as calls name it; unique in the program
	At       source.Span
	Module   string // the hash of the module
	Export   string
	Params   []types.Field
	Result   *types.Type
	Fallible bool
	// Kind is WasmScalar or one of the others.
	Kind string
	// Batch: the export takes Arrow IPC batches; else it is plain.
	Batch bool
	// Retracts tells that an aggregate can take rows back.
	Retracts bool
	Limits   WasmLimits
}

// Signature is the function as those of the library are described.
func (f *WasmFunc) Signature() *sig.Signature {
	s := &sig.Signature{Name: f.Name, Result: f.Result, Fallible: f.Fallible, Text: f.Name + "("}
	for i, p := range f.Params {
		s.Params = append(s.Params, sig.Param{Name: p.Name, Type: p.Type})
		if i > 0 {
			s.Text += ", "
		}
		s.Text += p.Name + ": " + p.Type.String()
	}
	s.Text += ") -> " + f.Result.String()
	return s
}

// OfTheProgram is the group of functions that the program declares.
const OfTheProgram = "of the program"

// Aggregate is an aggregate as those of the library are described.
func (f *WasmFunc) Aggregate() *sig.Aggregate {
	return &sig.Aggregate{
		Function: sig.Function{Name: f.Name, Group: OfTheProgram, Overloads: []sig.Signature{*f.Signature()}},
		Retracts: f.Retracts,
	}
}

// The kinds of WasmFunc. A table function gives an array: its rows.
const (
	WasmScalar    = "scalar"
	WasmAggregate = "aggregate"
	WasmTable     = "table"
)

// WasmLimits bound what a function may use, and say what it may reach.
type WasmLimits struct {
	Memory        int64 // bytes of the module's memory
	Fuel          int64 // for a row; 0 does not count
	Timeout       time.Duration
	Deterministic bool
	Clock         bool
	Random        bool
	Log           bool
	Files         []WasmFile
}

// WasmFile is a file that a function may read.
type WasmFile struct {
	Path string // as it is written, and as the module names it
	Dir  string // the folder it is looked for from
}
