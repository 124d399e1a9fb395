package build

import (
	"slices"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/connector/nexmark"
	"github.com/edynamic/edynamic/runtime/format/formats"
	"github.com/edynamic/edynamic/stdlib"
)

// catalog is what the checker is told of functions, connectors, formats and data.
type catalog struct{ system *file.System }

// Catalog returns the catalog of everything the engine has. Schemas are inferred
// from files of the system.
func Catalog(system *file.System) sig.Catalog { return catalog{system} }

// Connectors are the connectors that can run; the catalog knows more by name.
func Connectors() []sig.Connector { return []sig.Connector{file.Connector, nexmark.Connector} }

// plannedConnectors are known by name, so that a program that uses one is refused
// with a plain sentence.
var plannedConnectors = []string{
	"amqp", "grpc", "http", "kafka", "mqtt", "nats", "opcua", "postgres", "pulsar", "sqlite", "websocket",
}

func (c catalog) Function(name string) *sig.Function {
	if f := stdlib.Lookup(name); f != nil {
		return &f.Function
	}
	return nil
}

func (c catalog) Aggregate(name string) *sig.Aggregate {
	if a := stdlib.LookupAggregate(name); a != nil {
		return &a.Aggregate
	}
	return nil
}

func (c catalog) FunctionNames() []string {
	var names []string
	for _, f := range stdlib.Functions() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

func (c catalog) AggregateNames() []string {
	var names []string
	for _, a := range stdlib.Aggregates() {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}

func (c catalog) Connector(name string) *sig.Connector {
	for _, k := range Connectors() {
		if k.Name == name {
			return &k
		}
	}
	if slices.Contains(plannedConnectors, name) {
		return &sig.Connector{Name: name, Source: true, Sink: true}
	}
	return nil
}

func (c catalog) ConnectorNames() []string {
	names := slices.Clone(plannedConnectors)
	for _, k := range Connectors() {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return names
}

func (c catalog) Format(name string) *sig.Format {
	if f, ok := formats.ByName(name); ok {
		return &f.Format
	}
	return nil
}

func (c catalog) FormatNames() []string {
	names := formats.Names()
	slices.Sort(names)
	return names
}

func (c catalog) Infer(dir, uri, time string) (*types.Type, error) {
	u, err := connector.ParseURI(uri)
	if err != nil {
		return nil, err
	}
	return c.system.Infer(u, dir, time)
}
