package wasm

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/edynamic/edynamic/lang/sig"
)

// guest is what the system functions of one instance work on.
type guest struct {
	f      *Function
	watch  *watch // of the instance
	files  map[int32]*openFile
	random *rand.ChaCha8 // where random numbers are not granted
	line   []byte        // of the log, not ended yet
	lines  int
}

// openFile is a file that a module reads.
type openFile struct {
	data []byte
	at   int64
}

func (f *Function) newGuest() *guest {
	return &guest{f: f, files: map[int32]*openFile{}, random: rand.NewChaCha8([32]byte{})}
}

// The numbers with which system functions answer.
const (
	success      = 0
	badFile      = 8
	notThere     = 44
	wrong        = 28
	fault        = 21
	tooMany      = 33
	tooLong      = 37
	notSupported = 52
	late         = -1 // the row has used up its time: the call does not return
)

// late reports that the row has used up its time, and ends it.
func (g *guest) late() bool { return isLate(g.watch) }

// sysCall is a call of a system function: the instance's state, its memory and the
// arguments.
type sysCall struct {
	*guest
	memory []byte
	args   []wasmtime.Val
}

// newLinker offers a module the system functions that it imports.
func (f *Function) newLinker() (*wasmtime.Linker, error) {
	l := wasmtime.NewLinker(f.engine.Engine)
	for _, i := range f.holds.Imports {
		if !i.Granted() {
			return nil, fmt.Errorf("the module imports %s.%s, which nothing grants", i.From, i.Name)
		}
	}
	for _, i := range f.module.Imports() {
		if err := l.FuncNew(i.Module(), *i.Name(), i.Type().FuncType(), system(*i.Name(), i.Type().FuncType())); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// system is the function of a name. What is not there, or is imported with another
// type than it has, answers with an error.
func system(name string, t *wasmtime.FuncType) func(*wasmtime.Caller, []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
	known, ok := systemFunctions[name]
	if ok && known.params != letters(t) {
		ok = false
	}
	zeros := zerosOf(t.Results())
	return func(c *wasmtime.Caller, args []wasmtime.Val) ([]wasmtime.Val, *wasmtime.Trap) {
		g, isGuest := c.Data().(*guest)
		if name == "proc_exit" {
			return nil, wasmtime.NewTrap("it ended itself")
		}
		if len(zeros) != 1 || zeros[0].Kind() != wasmtime.KindI32 || !isGuest {
			return zeros, nil
		}
		errno := int32(notSupported)
		if ok {
			s := sysCall{guest: g, args: args}
			if m := c.GetExport(sig.WasmMemory); m != nil && m.Memory() != nil {
				s.memory = m.Memory().UnsafeData(c)
			}
			errno = known.run(&s)
		}
		if errno == late {
			return nil, wasmtime.NewTrap("timeout")
		}
		return []wasmtime.Val{wasmtime.ValI32(errno)}, nil
	}
}

// letters is the type of a function with one letter for each parameter: i for an i32
// and l for an i64. Every system function gives an i32.
func letters(t *wasmtime.FuncType) string {
	var b strings.Builder
	for _, p := range t.Params() {
		switch typeName(p) {
		case sig.I32:
			b.WriteByte('i')
		case sig.I64:
			b.WriteByte('l')
		default:
			b.WriteByte('?')
		}
	}
	if r := t.Results(); len(r) != 1 || typeName(r[0]) != sig.I32 {
		b.WriteByte('?')
	}
	return b.String()
}

func zerosOf(results []*wasmtime.ValType) []wasmtime.Val {
	var out []wasmtime.Val
	for _, r := range results {
		switch typeName(r) {
		case sig.I64:
			out = append(out, wasmtime.ValI64(0))
		case sig.F32:
			out = append(out, wasmtime.ValF32(0))
		case sig.F64:
			out = append(out, wasmtime.ValF64(0))
		default:
			out = append(out, wasmtime.ValI32(notSupported))
		}
	}
	return out
}
