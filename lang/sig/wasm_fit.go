package sig

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// WasiModule is where imports of system functions come from.
const WasiModule = "wasi_snapshot_preview1"

// Granted reports an import that modules can have: a system function, of numbers alone.
func (e Extern) Granted() bool {
	if e.From != WasiModule || e.Kind != ExternFunc {
		return false
	}
	for _, t := range append(slices.Clone(e.Params), e.Results...) {
		if !slices.Contains([]string{I32, I64, F32, F64}, t) {
			return false
		}
	}
	return true
}

// What modules of the batch convention export besides their functions.
const (
	WasmMemory  = "memory"
	WasmAlloc   = "alloc"
	WasmDealloc = "dealloc"

	// batchPrefix begins the names of functions of the public arrow-udf convention; the
	// signature follows in base64.
	batchPrefix = "arrowudf_"
)

// batchNames is the alphabet of names of arrow-udf: $ and _ stand for + and /.
var batchNames = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$_").WithPadding(base64.NoPadding)

// BatchSignature is the signature in the name of an export of arrow-udf, as
// gcd(int32,int32)->int32; ok is false for another export.
func (e Extern) BatchSignature() (text string, ok bool) {
	encoded, found := strings.CutPrefix(e.Name, batchPrefix)
	if !found || e.Kind != ExternFunc {
		return "", false
	}
	out, err := batchNames.DecodeString(encoded)
	return string(out), err == nil
}

// isBatch reports the type of functions in the batch convention: the address and the
// length of a batch, and where to put those of the result.
func (e Extern) isBatch() bool {
	return slices.Equal(e.Params, []string{I32, I32, I32}) && slices.Equal(e.Results, []string{I32})
}

// Batches reports a module that can be given batches.
func (m *Module) Batches() bool {
	alloc, dealloc := m.Export(ExternFunc, WasmAlloc), m.Export(ExternFunc, WasmDealloc)
	return m.Export(ExternMemory, WasmMemory) != nil &&
		alloc != nil && slices.Equal(alloc.Params, []string{I32, I32}) && slices.Equal(alloc.Results, []string{I32}) &&
		dealloc != nil && slices.Equal(dealloc.Params, []string{I32, I32, I32}) && len(dealloc.Results) == 0
}

// Fit is the export that carries out a declaration.
type Fit struct {
	Export string // its name in the module
	Batch  bool
}

// Misfit is why a module does not carry out a declaration.
type Misfit struct {
	Have string // the export as the module has it, "" for none of that name
	Want string // what the declaration asks for, "" when it has no plain form
	Why  string // what is in the way otherwise
}

func (m *Misfit) Error() string {
	switch {
	case m.Have == "":
		return m.Why
	case m.Want == "":
		return fmt.Sprintf("it exports %q, and %s", m.Have, m.Why)
	}
	return fmt.Sprintf("it exports %q, and the declaration asks for %q", m.Have, m.Want)
}

// Fit finds the export for a declaration and its convention.
func (m *Module) Fit(name string, params []*types.Type, result *types.Type) (Fit, *Misfit) {
	plain := m.Export(ExternFunc, name)
	want, scalarErr := ScalarExport(name, params, result)
	if plain != nil && scalarErr == nil && want.sameType(*plain) {
		return Fit{Export: name}, m.memoryFor(params, result)
	}
	if m.Batches() {
		if plain != nil && plain.isBatch() {
			return Fit{Export: name, Batch: true}, nil
		}
		for _, e := range m.Exports {
			if text, ok := e.BatchSignature(); ok && (text == name || strings.HasPrefix(text, name+"(")) && e.isBatch() {
				return Fit{Export: e.Name, Batch: true}, batchFits(text, params, result)
			}
		}
	}
	switch {
	case plain == nil:
		return Fit{}, &Misfit{Want: want.String(), Why: fmt.Sprintf("it has no function %q", name)}
	case scalarErr != nil:
		return Fit{}, &Misfit{Have: plain.String(), Why: scalarErr.Error()}
	}
	return Fit{}, &Misfit{Have: plain.String(), Want: want.String()}
}

func (e Extern) sameType(f Extern) bool {
	return slices.Equal(e.Params, f.Params) && slices.Equal(e.Results, f.Results)
}

// memoryFor checks that values that lie in memory can be passed.
func (m *Module) memoryFor(params []*types.Type, result *types.Type) *Misfit {
	if m.Export(ExternMemory, WasmMemory) != nil {
		return nil
	}
	for _, t := range append(slices.Clone(params), result) {
		if form, _ := ScalarForm(t); form.Text || form.Pointer {
			return &Misfit{Why: fmt.Sprintf("it exports no memory, and values of type %s are passed in it", t)}
		}
	}
	return nil
}

// batchFits compares a signature of arrow-udf with a declaration where both name
// types that have one meaning; others are compared when the batch comes back.
func batchFits(text string, params []*types.Type, result *types.Type) *Misfit {
	list, back, ok := strings.Cut(text, "->")
	open, end := strings.IndexByte(list, '('), strings.LastIndexByte(list, ')')
	if !ok || open < 0 || end < open {
		return &Misfit{Have: text, Why: "that is not a signature"}
	}
	names := SignatureParams(text)
	back = strings.TrimSpace(back)
	fits := len(names) == len(params) && batchResultFits(strings.TrimSpace(strings.TrimPrefix(back, "setof ")), result)
	for i := range min(len(names), len(params)) {
		fits = fits && batchTypeFits(names[i], params[i])
	}
	if fits {
		return nil
	}
	var declared []string
	for _, p := range params {
		declared = append(declared, p.String())
	}
	name, _, _ := strings.Cut(text, "(")
	return &Misfit{Have: text, Want: name + "(" + strings.Join(declared, ", ") + ") -> " + result.String(), Why: foreignNumbers(names, back)}
}

// SignatureParams are the types of the parameters in a signature of arrow-udf.
func SignatureParams(text string) []string {
	list, _, _ := strings.Cut(text, "->")
	open, end := strings.IndexByte(list, '('), strings.LastIndexByte(list, ')')
	if open < 0 || end < open {
		return nil
	}
	return splitTop(list[open+1 : end])
}

// splitTop splits at commas outside of <>.
func splitTop(text string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range text {
		switch c {
		case '<':
			depth++
		case '>':
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, strings.TrimSpace(text[from:i])), i+1
			}
		}
	}
	if last := strings.TrimSpace(text[from:]); last != "" {
		out = append(out, last)
	}
	return out
}

// batchTypes are the names that arrow-udf has for types of the language, those of its
// versions side by side.
var batchTypes = map[types.Kind][]string{
	types.Boolean: {"boolean", "bool"}, types.Int: {"int32", "int", "integer", "int4"}, types.Long: {"int64", "bigint", "int8"},
	types.Float: {"float32", "real", "float4"}, types.Double: {"float64", "double", "double precision", "float8"},
	types.String: {"string", "varchar", "text", "largestring"}, types.Bytes: {"binary", "bytea", "largebinary"},
	types.Decimal: {"decimal", "numeric"}, types.JSON: {"json", "jsonb"}, types.Date: {"date32", "date"},
	types.Time: {"time64", "time"}, types.Timestamp: {"timestamp", "timestamptz"}, types.LocalTimestamp: {"timestamp"},
}

func batchTypeFits(name string, t *types.Type) bool {
	names, known := batchTypes[t.Kind]
	return !known || slices.Contains(names, strings.ToLower(name))
}

// narrowNumbers are the whole numbers of arrow-udf that the language has no type for and
// that always fit one of its types: they may come back in the place of that.
var narrowNumbers = map[types.Kind][]string{
	types.Int:  {"int8", "int16", "smallint", "int2", "uint8", "uint16"},
	types.Long: {"int8", "int16", "smallint", "int2", "uint8", "uint16", "uint32"},
}

func batchResultFits(name string, t *types.Type) bool {
	return batchTypeFits(name, t) || slices.Contains(narrowNumbers[t.Kind], strings.ToLower(name))
}

// foreignNumbers says where a signature has whole numbers that fit no declaration, "" for
// none.
func foreignNumbers(params []string, result string) string {
	if strings.EqualFold(strings.TrimSpace(result), "uint64") {
		return "no type holds all numbers of uint64; a function that gives int64 fits long"
	}
	for _, p := range params {
		if name := strings.ToLower(p); name == "uint64" || name != "int8" && slices.Contains(narrowNumbers[types.Long], name) {
			return "no argument fits " + name + " without loss; a function that takes int32 or int64 fits int or long"
		}
	}
	return ""
}

// The exports of an aggregate begin with its name. A state is bytes, which the host
// keeps: each takes what the one before gave.
const (
	WasmInit       = "_init"       // () -> state
	WasmAccumulate = "_accumulate" // (state, arguments) -> state
	WasmRetract    = "_retract"    // the same, for a row that is taken back
	WasmMerge      = "_merge"      // (state, state) -> state
	WasmFinish     = "_finish"     // (state) -> result
)

// FitAggregate checks the exports of an aggregate, and tells whether it can take rows
// back.
func (m *Module) FitAggregate(name string, params []*types.Type, result *types.Type) (retracts bool, misfit *Misfit) {
	state := types.TBytes
	row := append([]*types.Type{state}, params...)
	for _, part := range []struct {
		name   string
		params []*types.Type
		result *types.Type
	}{
		{WasmInit, nil, state}, {WasmAccumulate, row, state}, {WasmMerge, []*types.Type{state, state}, state}, {WasmFinish, []*types.Type{state}, result},
	} {
		if misfit := m.plain(name+part.name, part.params, part.result); misfit != nil {
			return false, misfit
		}
	}
	if m.Export(ExternFunc, name+WasmRetract) == nil {
		return false, nil
	}
	return true, m.plain(name+WasmRetract, row, state)
}

// plain checks one export of the scalar convention.
func (m *Module) plain(name string, params []*types.Type, result *types.Type) *Misfit {
	want, err := ScalarExport(name, params, result)
	have := m.Export(ExternFunc, name)
	switch {
	case err != nil:
		return &Misfit{Why: err.Error()}
	case have == nil:
		return &Misfit{Want: want.String(), Why: fmt.Sprintf("it has no function %q", name)}
	case !want.sameType(*have):
		return &Misfit{Have: have.String(), Want: want.String()}
	}
	return m.memoryFor(params, result)
}

// FitTable finds the export of a table function, which gives rows of a type: plain
// ones give them packed, as bytes.
func (m *Module) FitTable(name string, params []*types.Type, row *types.Type) (Fit, *Misfit) {
	for _, e := range m.Exports {
		text, ok := e.BatchSignature()
		if ok && m.Batches() && e.isBatch() && (text == name || strings.HasPrefix(text, name+"(")) {
			if !strings.Contains(text, "->>") {
				return Fit{}, &Misfit{Have: text, Why: "that gives one value for a row"}
			}
			return Fit{Export: e.Name, Batch: true}, batchFits(strings.Replace(text, "->>", "->", 1), params, row)
		}
	}
	for _, t := range RowTypes(row) {
		if form, ok := ScalarForm(t); !ok || form.Pointer && form.Text {
			return Fit{}, &Misfit{Why: noScalar(t).Error()}
		}
	}
	return Fit{Export: name}, m.plain(name, params, types.TBytes)
}

// RowTypes are the types of the columns of a table function's rows.
func RowTypes(row *types.Type) []*types.Type {
	if row.Kind != types.Record {
		return []*types.Type{row}
	}
	var out []*types.Type
	for _, f := range row.Fields {
		out = append(out, f.Type)
	}
	return out
}
