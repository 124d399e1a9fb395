package wasm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bytecodealliance/wasmtime-go/v44"

	"github.com/edynamic/edynamic/lang/sig"
)

// maxModule bounds the size of a module.
const maxModule = 128 << 20

// magic begins every module in binary form.
var magic = []byte("\x00asm")

// pageSize is the unit of memory.
const pageSize = 64 << 10

// inspected remembers what modules hold, by hash: a language server asks at every key.
var inspected = newRecent[*sig.Module](maxIdle)

// Inspect says what a module holds. Text in the WebAssembly text format is translated.
func Inspect(data []byte) (*sig.Module, error) {
	if len(data) > maxModule {
		return nil, fmt.Errorf("it is larger than %d MiB", maxModule>>20)
	}
	if !bytes.HasPrefix(data, magic) {
		if !looksLikeText(data) {
			return nil, errors.New("it is not a WASM module")
		}
		binary, err := wasmtime.Wat2Wasm(string(data))
		if err != nil {
			return nil, fmt.Errorf("it is not a WASM module in text form: %s", firstLine(err))
		}
		data = binary
	}
	hash := hashOf(data)
	if known, ok := inspected.get(hash); ok {
		return known, nil
	}
	m, err := plainEngine().take(source{hash: hash, data: data})
	if err != nil {
		return nil, fmt.Errorf("it is not a module that can run: %s", lastCause(err.Error()))
	}
	defer plainEngine().give(hash)
	out := &sig.Module{Hash: hash, Data: data}
	for _, i := range m.Imports() {
		e := sig.Extern{From: i.Module()}
		if name := i.Name(); name != nil {
			e.Name = *name
		}
		describe(&e, i.Type())
		out.Imports = append(out.Imports, e)
	}
	for _, x := range m.Exports() {
		e := sig.Extern{Name: x.Name()}
		if t := x.Type().MemoryType(); t != nil {
			out.Memory = max(out.Memory, int64(t.Minimum())*pageSize)
		}
		describe(&e, x.Type())
		out.Exports = append(out.Exports, e)
	}
	inspected.put(hash, out)
	return out, nil
}

// hashOf is what a module is known by.
func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// looksLikeText reports a module in text form: it begins with a parenthesis or with a
// comment.
func looksLikeText(data []byte) bool {
	text := strings.TrimSpace(string(data))
	return utf8.Valid(data) && (strings.HasPrefix(text, "(") || strings.HasPrefix(text, ";;"))
}

func describe(e *sig.Extern, t *wasmtime.ExternType) {
	switch f := t.FuncType(); {
	case f != nil:
		e.Kind, e.Params, e.Results = sig.ExternFunc, typeNames(f.Params()), typeNames(f.Results())
	case t.MemoryType() != nil:
		e.Kind = sig.ExternMemory
	case t.TableType() != nil:
		e.Kind = sig.ExternTable
	default:
		e.Kind = sig.ExternGlobal
	}
}

func typeNames(types []*wasmtime.ValType) []string {
	var out []string
	for _, t := range types {
		out = append(out, typeName(t))
	}
	return out
}

// typeName is the name of a type; the binding has none for vectors and panics.
func typeName(t *wasmtime.ValType) string {
	switch t.Kind() {
	case wasmtime.KindI32:
		return sig.I32
	case wasmtime.KindI64:
		return sig.I64
	case wasmtime.KindF32:
		return sig.F32
	case wasmtime.KindF64:
		return sig.F64
	default:
		return "another type"
	}
}

// firstLine is an error in one line.
func firstLine(err error) string {
	for _, line := range strings.Split(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return "unknown error"
}
