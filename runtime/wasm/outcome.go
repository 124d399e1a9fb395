package wasm

import (
	"fmt"
	"strings"
	"time"

	"github.com/bytecodealliance/wasmtime-go/v44"
)

// The codes of rows that fail in a module, as error records name them. A function
// that gives a reason itself fails with kernel.CodeFailed.
const (
	// CodeTrap is a mistake of the module: it left its memory or its stack, divided by
	// zero, or gave up.
	CodeTrap = "wasm_trap"
	// CodeTimeout is a row that took longer than its timeout.
	CodeTimeout = "wasm_timeout"
	// CodeFuel is a row that took more instructions than its fuel.
	CodeFuel = "wasm_fuel"
	// CodeStart is a module that does not start within what it is granted.
	CodeStart = "wasm_start"
	// CodeResult is a result that is none: outside of memory, or not of its type.
	CodeResult = "wasm_result"
)

// trapTexts says what the module did.
var trapTexts = map[wasmtime.TrapCode]string{
	wasmtime.StackOverflow:          "it recursed too deep",
	wasmtime.MemoryOutOfBounds:      "it left its memory",
	wasmtime.HeapMisaligned:         "it left its memory",
	wasmtime.TableOutOfBounds:       "it left a table",
	wasmtime.IndirectCallToNull:     "it called a function that is not there",
	wasmtime.BadSignature:           "it called a function of another type",
	wasmtime.IntegerOverflow:        "a whole number overflowed",
	wasmtime.IntegerDivisionByZero:  "it divided by zero",
	wasmtime.BadConversionToInteger: "it converted a number that does not fit",
	wasmtime.UnreachableCodeReached: "it gave up (unreachable)",
}

// code is the code of a row that ended so.
func (o *outcome) rowCode() string {
	switch {
	case o.expired:
		return CodeTimeout
	case o.code == wasmtime.OutOfFuel:
		return CodeFuel
	}
	return CodeTrap
}

// reason says in words how a call ended that had a budget of time.
func (o *outcome) reason(budget time.Duration) string {
	switch {
	case o.expired:
		return fmt.Sprintf("it took longer than %s", budget)
	case o.code == wasmtime.OutOfFuel:
		return "it used up its fuel"
	}
	if text, ok := trapTexts[o.code]; ok {
		return text
	}
	return lastCause(o.text)
}

// lastCause is the end of a chain of errors, which Wasmtime writes over several lines.
func lastCause(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if n, rest, ok := strings.Cut(last, ": "); ok && len(n) <= 2 {
		last = rest
	}
	return last
}
