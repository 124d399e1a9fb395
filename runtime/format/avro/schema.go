package avro

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// nameProperty holds the name of a field that Avro does not allow as one.
const nameProperty = "edy.name"

// typeProperty tells types apart that Avro holds alike.
const typeProperty = "edy.type"

// schemaText writes the Avro schema of a record.
func schemaText(row *types.Type) (string, error) {
	s := schemaWriter{defined: map[string]*types.Type{}}
	b, err := json.Marshal(s.schema(row.NonNull(), "Row"))
	return string(b), err
}

// schemaWriter builds schemas as JSON values. Named types are defined where they
// first occur.
type schemaWriter struct{ defined map[string]*types.Type }

// field is a field of a record, in the order Avro writes its properties.
type field struct {
	Name    string `json:"name"`
	EdyName string `json:"edy.name,omitempty"`
	Doc     string `json:"doc,omitempty"`
	Type    any    `json:"type"`
}

type record struct {
	Type   string  `json:"type"`
	Name   string  `json:"name"`
	Fields []field `json:"fields"`
}

// named is a fixed or enum.
type named struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Logical string   `json:"logicalType,omitempty"`
	Size    int      `json:"size,omitempty"`
	Symbols []string `json:"symbols,omitempty"`
	Default string   `json:"default,omitempty"`
}

type logical struct {
	Type      string `json:"type"`
	Logical   string `json:"logicalType,omitempty"`
	EdyType   string `json:"edy.type,omitempty"`
	Precision int    `json:"precision,omitempty"`
	Scale     int    `json:"scale,omitempty"`
	Items     any    `json:"items,omitempty"`
	Values    any    `json:"values,omitempty"`
}

// schema is the Avro schema of a type; path names types that have no name.
func (s *schemaWriter) schema(t *types.Type, path string) any {
	inner := s.nonNull(t, path)
	if !t.Nullable {
		return inner
	}
	if branches, isUnion := inner.([]any); isUnion {
		return append([]any{"null"}, branches...)
	}
	return []any{"null", inner}
}

func (s *schemaWriter) nonNull(t *types.Type, path string) any {
	switch t.Kind {
	case types.Unknown, types.Null, types.Func, types.Var:
		return "null"
	case types.Boolean:
		return "boolean"
	case types.Int:
		return "int"
	case types.Long:
		return "long"
	case types.Float:
		return "float"
	case types.Double:
		return "double"
	case types.Decimal:
		return logical{Type: "bytes", Logical: "decimal", Precision: t.Precision, Scale: t.Scale}
	case types.String:
		return "string"
	case types.JSON:
		return logical{Type: "string", EdyType: "json"}
	case types.Bytes:
		return "bytes"
	case types.Geography:
		return logical{Type: "bytes", EdyType: "geography"}
	case types.Fixed:
		return s.define(named{Type: "fixed", Size: t.Size}, t, "Fixed"+strconv.Itoa(t.Size))
	case types.UUID:
		return logical{Type: "string", Logical: "uuid"}
	case types.Date:
		return logical{Type: "int", Logical: "date"}
	case types.Time:
		return logical{Type: "long", Logical: "time-micros"}
	case types.Timestamp:
		return logical{Type: "long", Logical: "timestamp-micros"}
	case types.LocalTimestamp:
		return logical{Type: "long", Logical: "local-timestamp-micros"}
	case types.Duration:
		return logical{Type: "long", EdyType: "duration"}
	case types.Period:
		return s.define(named{Type: "fixed", Logical: "duration", Size: 12}, t, "Period")
	case types.Enum:
		return s.define(named{Type: "enum", Symbols: t.Symbols, Default: t.Default}, t, t.Name)
	case types.Array:
		return logical{Type: "array", Items: s.schema(t.Elem, path+"_item")}
	case types.Map:
		return logical{Type: "map", Values: s.schema(t.Elem, path+"_value")}
	case types.Record:
		return s.record(t, path)
	case types.Union:
		var branches []any
		for _, b := range t.Branches {
			branches = append(branches, s.record(b, path+"_"+b.Name))
		}
		return branches
	}
	return "null"
}

func (s *schemaWriter) record(t *types.Type, path string) any {
	name := t.Name
	if name == "" {
		name = path
	}
	if ref, ok := s.reference(name, t); ok {
		return ref
	}
	name = s.free(name, path)
	s.defined[name] = t
	n := record{Type: "record", Name: name, Fields: []field{}}
	for _, f := range t.Fields {
		out := field{Name: identifier(f.Name), Doc: f.Doc, Type: s.schema(f.Type, path+"_"+identifier(f.Name))}
		if out.Name != f.Name {
			out.EdyName = f.Name
		}
		n.Fields = append(n.Fields, out)
	}
	return n
}

// define defines a fixed or enum under a name, or refers to it where it is defined.
func (s *schemaWriter) define(n named, t *types.Type, name string) any {
	if ref, ok := s.reference(name, t); ok {
		return ref
	}
	n.Name = s.free(name, name)
	s.defined[n.Name] = t
	return n
}

func (s *schemaWriter) reference(name string, t *types.Type) (string, bool) {
	name = identifier(name)
	old, ok := s.defined[name]
	return name, ok && types.Equal(old.NonNull(), t.NonNull())
}

// free is a name that no type has yet.
func (s *schemaWriter) free(name, otherwise string) string {
	name = identifier(name)
	if _, taken := s.defined[name]; taken {
		name = identifier(otherwise)
	}
	base := name
	for i := 2; s.defined[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}

// identifier turns a name into one that Avro allows.
func identifier(name string) string {
	out := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
	if out == "" || out[0] >= '0' && out[0] <= '9' {
		out = "_" + out
	}
	return out
}
