package check_test

import (
	"fmt"
	"sort"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/stdlib"
)

// catalog is the real standard library with the connectors and formats the tests
// need; the schema of every file is that of one sample.
type catalog struct{}

func (catalog) Function(name string) *sig.Function {
	if f := stdlib.Lookup(name); f != nil {
		return &f.Function
	}
	return nil
}

func (catalog) Aggregate(name string) *sig.Aggregate {
	if a := stdlib.LookupAggregate(name); a != nil {
		return &a.Aggregate
	}
	return nil
}

func (catalog) FunctionNames() []string {
	var names []string
	for _, f := range stdlib.Functions() {
		names = append(names, f.Name)
	}
	sort.Strings(names)
	return names
}

func (catalog) AggregateNames() []string {
	var names []string
	for _, a := range stdlib.Aggregates() {
		names = append(names, a.Name)
	}
	sort.Strings(names)
	return names
}

var connectors = map[string]*sig.Connector{
	"file": {Name: "file", Source: true, Sink: true, Changes: true, Bounded: true, Available: true, Settings: []sig.Setting{
		{Name: "path", Kind: sig.SettingText, Required: true}, {Name: "format", Kind: sig.SettingFormat}, {Name: "follow", Kind: sig.SettingBool},
		{Name: "partition_by", Later: true}, {Name: "commit", Later: true}, {Name: "roll_every", Later: true},
	}},
	"mqtt": {Name: "mqtt"}, "http": {Name: "http"}, "nexmark": {Name: "nexmark"}, "websocket": {Name: "websocket"}, "s3": {Name: "s3"}, "kafka": {Name: "kafka"},
}

func (catalog) Connector(name string) *sig.Connector { return connectors[name] }
func (catalog) ConnectorNames() []string {
	return []string{"file", "http", "kafka", "mqtt", "nexmark", "s3", "websocket"}
}

var formats = map[string]*sig.Format{
	"json": {Name: "json", Extensions: []string{".ndjson", ".json"}, Settings: []sig.Setting{{Name: "unknown_fields", Kind: sig.SettingWord, Values: []string{"ignore", "error"}}}},
	"csv":  {Name: "csv", Extensions: []string{".csv"}, Settings: []sig.Setting{{Name: "header", Kind: sig.SettingBool}}},
}

func (catalog) Format(name string) *sig.Format { return formats[name] }
func (catalog) FormatNames() []string          { return []string{"csv", "json"} }

func (catalog) Infer(_, uri, _ string) (*types.Type, error) {
	if uri == "missing.ndjson" {
		return nil, fmt.Errorf("cannot read %q: there is no such file", uri)
	}
	return types.RecordOf(
		types.Field{Name: "mag", Type: types.TDouble.OrNull()},
		types.Field{Name: "net", Type: types.TString},
		types.Field{Name: "at", Type: types.TTimestamp},
		types.Field{Name: "properties", Type: types.RecordOf(types.Field{Name: "mag", Type: types.TDouble.OrNull()}, types.Field{Name: "time", Type: types.TTimestamp})},
	), nil
}

// modules are those that the long examples name, with what they would export.
var modules = map[string][]sig.Extern{
	"udf/strings.wasm": {{Name: "count_char", Kind: sig.ExternFunc, Params: []string{sig.I32, sig.I32, sig.I32, sig.I32}, Results: []string{sig.I64}}},
	"udf/geo.wasm":     {{Name: "contains", Kind: sig.ExternFunc, Params: []string{sig.F64, sig.F64, sig.I32, sig.I32}, Results: []string{sig.I32}}},
}

// ReadModule gives the path for the module, since Module needs no more.
func (catalog) ReadModule(_, path string) ([]byte, error) {
	if modules[path] == nil {
		return nil, fmt.Errorf("there is no file %q", path)
	}
	return []byte(path), nil
}

func (catalog) Module(data []byte) (*sig.Module, error) {
	exports := append([]sig.Extern{{Name: sig.WasmMemory, Kind: sig.ExternMemory}}, modules[string(data)]...)
	return &sig.Module{Hash: string(data), Data: data, Exports: exports}, nil
}
