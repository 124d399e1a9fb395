package graph_test

import (
	"fmt"
	"slices"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/stdlib"
)

// catalog is the real standard library with files as the only connector. The schema
// of every file is that of one sample.
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
	slices.Sort(names)
	return names
}

func (catalog) AggregateNames() []string {
	var names []string
	for _, a := range stdlib.Aggregates() {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}

func (catalog) Connector(name string) *sig.Connector {
	if name != "file" {
		return nil
	}
	return &sig.Connector{Name: "file", Source: true, Sink: true, Changes: true, Bounded: true, Available: true, Settings: []sig.Setting{
		{Name: "path", Kind: sig.SettingText, Required: true}, {Name: "format", Kind: sig.SettingFormat}, {Name: "follow", Kind: sig.SettingBool},
		{Name: "poll", Kind: sig.SettingDuration}, {Name: "since", Kind: sig.SettingTime},
		{Name: "shares", Kind: sig.SettingGroup, Group: []sig.Setting{{Name: "a", Kind: sig.SettingInt}, {Name: "b", Kind: sig.SettingBool}}},
	}}
}

func (catalog) ConnectorNames() []string { return []string{"file"} }

func (catalog) Format(name string) *sig.Format {
	switch name {
	case "json":
		return &sig.Format{Name: "json", Extensions: []string{".ndjson", ".json"}, Settings: []sig.Setting{
			{Name: "timestamps", Kind: sig.SettingWord}, {Name: "unknown_fields", Kind: sig.SettingWord}}}
	case "csv":
		return &sig.Format{Name: "csv", Extensions: []string{".csv"}, Settings: []sig.Setting{{Name: "header", Kind: sig.SettingBool}}}
	}
	return nil
}

func (catalog) FormatNames() []string { return []string{"csv", "json"} }

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

func (catalog) ReadModule(_, path string) ([]byte, error) {
	return nil, fmt.Errorf("there is no file %q", path)
}

func (catalog) Module([]byte) (*sig.Module, error) { return nil, fmt.Errorf("it is no module") }
