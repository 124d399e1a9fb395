package sig

import (
	"fmt"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Module is what a WASM module offers and asks for.
type Module struct {
	Hash    string // the SHA-256 of Data, in hexadecimal
	Data    []byte
	Imports []Extern
	Exports []Extern
	// Memory is how many bytes its memory starts with.
	Memory int64
}

// Extern is something that crosses the border of a module.
type Extern struct {
	From string // the module an import comes from
	Name string
	Kind string // func, memory, table or global
	// Params and Results of a function: i32, i64, f32, f64 and the rarer ones.
	Params, Results []string
}

// String is a function as contains(f64, f64) -> i32.
func (e Extern) String() string {
	if e.Kind != ExternFunc {
		return e.Kind + " " + e.Name
	}
	text := e.Name + "(" + strings.Join(e.Params, ", ") + ")"
	switch len(e.Results) {
	case 0:
		return text
	case 1:
		return text + " -> " + e.Results[0]
	}
	return text + " -> (" + strings.Join(e.Results, ", ") + ")"
}

// The kinds of what crosses the border of a module.
const (
	ExternFunc   = "func"
	ExternMemory = "memory"
	ExternGlobal = "global"
	ExternTable  = "table"
)

// Export finds an export of a kind, nil for none.
func (m *Module) Export(kind, name string) *Extern {
	for i := range m.Exports {
		if m.Exports[i].Kind == kind && m.Exports[i].Name == name {
			return &m.Exports[i]
		}
	}
	return nil
}

// Functions are the names that declarations can give as exports.
func (m *Module) Functions() []string {
	var names []string
	for _, e := range m.Exports {
		if e.Kind != ExternFunc || strings.HasPrefix(e.Name, "_") {
			continue
		}
		if text, ok := e.BatchSignature(); ok {
			text, _, _ = strings.Cut(text, "(")
			names = append(names, text)
			continue
		}
		names = append(names, e.Name)
	}
	return names
}

// The value types of WASM that functions of the language use.
const (
	I32 = "i32"
	I64 = "i64"
	F32 = "f32"
	F64 = "f64"
)

// WasmForm is how a value crosses the border in the scalar convention.
type WasmForm struct {
	// Wire is the type that carries the value: itself, or the i64 of pointer and length.
	Wire string
	// Text: the value is bytes in the module's memory.
	Text bool
	// Pointer: the value may be null, so that a pointer to it crosses, 0 for null.
	Pointer bool
}

// ScalarForm is the form of a type; ok is false for types that only the batch
// convention carries.
func ScalarForm(t *types.Type) (form WasmForm, ok bool) {
	form.Pointer = t.Nullable
	switch t.Kind {
	case types.Boolean, types.Int, types.Date, types.Enum:
		form.Wire = I32
	case types.Long, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration:
		form.Wire = I64
	case types.Float:
		form.Wire = F32
	case types.Double:
		form.Wire = F64
	case types.Decimal:
		form.Wire = I64
		return form, t.Precision > 0 && t.Precision <= 18
	case types.String, types.JSON, types.Bytes, types.Geography, types.Fixed, types.UUID:
		form.Wire, form.Text, form.Pointer = I64, true, false
	case types.Unknown, types.Null, types.Period, types.Array, types.Map, types.Record, types.Union, types.Func, types.Var:
		return form, false
	}
	return form, true
}

// ScalarExport is the function that a module must export for a declaration in the
// scalar convention. The error names the type that has no place in it.
func ScalarExport(name string, params []*types.Type, result *types.Type) (Extern, error) {
	out := Extern{Name: name, Kind: ExternFunc}
	for _, p := range params {
		form, ok := ScalarForm(p)
		switch {
		case !ok:
			return out, noScalar(p)
		case form.Text:
			out.Params = append(out.Params, I32, I32)
		case form.Pointer:
			out.Params = append(out.Params, I32)
		default:
			out.Params = append(out.Params, form.Wire)
		}
	}
	form, ok := ScalarForm(result)
	switch {
	case !ok:
		return out, noScalar(result)
	case form.Pointer:
		out.Results = []string{I32}
	default:
		out.Results = []string{form.Wire}
	}
	return out, nil
}

func noScalar(t *types.Type) error {
	return fmt.Errorf("a plain export cannot carry %s; the batch convention can", t)
}
