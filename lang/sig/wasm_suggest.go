package sig

import (
	"fmt"
	"strings"
)

// Declarations are the declarations that an export fits, as one would write them: what
// carries numbers first, and then, where two i32 may be a text, what carries texts.
func (m *Module) Declarations(e Extern) []string {
	if text, ok := e.BatchSignature(); ok && m.Batches() {
		return []string{batchDeclaration(text)}
	}
	if m.Batches() && e.isBatch() {
		return []string{"fn " + e.Name + "(...) -> ...   (a batch in Arrow IPC)"}
	}
	var out []string
	for _, texts := range []bool{false, true} {
		if text, ok := plainDeclaration(e, texts); ok && (!texts || m.Export(ExternMemory, WasmMemory) != nil) {
			out = append(out, text)
		}
	}
	return out
}

// wireTypes are the types that the language has most often for one of WASM.
var wireTypes = map[string]string{I32: "int", I64: "long", F32: "float", F64: "double"}

// plainDeclaration reads an export as a plain function. With texts, two i32 in a row are
// a string, and an i64 that comes back is one too where something else is a string.
func plainDeclaration(e Extern, texts bool) (string, bool) {
	if len(e.Results) != 1 {
		return "", false
	}
	var params []string
	pairs := 0
	for i := 0; i < len(e.Params); i++ {
		t, ok := wireTypes[e.Params[i]]
		if !ok {
			return "", false
		}
		if texts && e.Params[i] == I32 && i+1 < len(e.Params) && e.Params[i+1] == I32 {
			t = "string"
			pairs++
			i++
		}
		params = append(params, fmt.Sprintf("p%d: %s", len(params)+1, t))
	}
	result, ok := wireTypes[e.Results[0]]
	if !ok || texts && pairs == 0 {
		return "", false
	}
	text := "fn " + e.Name + "(" + strings.Join(params, ", ") + ") -> " + result
	if texts && result == "long" {
		text += " or string"
	}
	return text, true
}

// batchDeclaration writes a signature of arrow-udf as a declaration.
func batchDeclaration(text string) string {
	head, back, _ := strings.Cut(text, "->")
	name, list, _ := strings.Cut(strings.TrimSuffix(head, ")"), "(")
	word := "fn "
	if strings.HasPrefix(back, ">") {
		word, back = "table fn ", back[1:]
	}
	var params []string
	for i, p := range splitTop(list) {
		params = append(params, fmt.Sprintf("p%d: %s", i+1, batchTypeName(p)))
	}
	return word + name + "(" + strings.Join(params, ", ") + ") -> " + batchTypeName(back)
}

// batchTypeName is what the language calls a type of arrow-udf, itself where it has no
// word for it.
func batchTypeName(name string) string {
	for kind, names := range batchTypes {
		if len(names) > 0 && names[0] == name {
			return kind.String()
		}
	}
	return name
}
