package explain_test

import (
	"fmt"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/stdlib"
)

// catalog is the real standard library with files, whose rows are always the same.
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

func (catalog) FunctionNames() []string  { return nil }
func (catalog) AggregateNames() []string { return nil }

func (catalog) Connector(name string) *sig.Connector {
	if name != "file" {
		return nil
	}
	return &sig.Connector{Name: "file", Source: true, Sink: true, Changes: true, Bounded: true, Available: true, Settings: []sig.Setting{
		{Name: "path", Kind: sig.SettingText, Required: true}, {Name: "format", Kind: sig.SettingFormat}, {Name: "follow", Kind: sig.SettingBool},
	}}
}

func (catalog) ConnectorNames() []string { return []string{"file"} }

func (catalog) Format(name string) *sig.Format {
	switch name {
	case "json":
		return &sig.Format{Name: "json", Extensions: []string{".ndjson", ".json"}, Settings: []sig.Setting{
			{Name: "timestamps", Kind: sig.SettingText},
		}}
	case "csv":
		return &sig.Format{Name: "csv", Extensions: []string{".csv"}}
	}
	return nil
}

func (catalog) FormatNames() []string { return []string{"csv", "json"} }

func (catalog) Infer(_, _, _ string) (*types.Type, error) {
	return types.RecordOf(
		types.Field{Name: "mag", Type: types.TDouble.OrNull()},
		types.Field{Name: "net", Type: types.TString},
		types.Field{Name: "at", Type: types.TTimestamp},
		types.Field{Name: "geo", Type: types.RecordOf(
			types.Field{Name: "lat", Type: types.TDouble}, types.Field{Name: "a b", Type: types.ArrayOf(types.TString).OrNull()},
			types.Field{Name: "source of the coordinates", Type: types.TString}, types.Field{Name: "from", Type: types.TJSON.OrNull()},
		)},
	), nil
}

func (catalog) ReadModule(_, path string) ([]byte, error) {
	return nil, fmt.Errorf("there is no file %q", path)
}

func (catalog) Module([]byte) (*sig.Module, error) { return nil, fmt.Errorf("it is no module") }
