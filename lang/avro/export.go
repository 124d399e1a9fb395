package avro

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
)

// Options are what a schema needs besides the type.
type Options struct {
	// Name is the name of a record without one.
	Name string
	// Namespace is where the schema's names live, "" for none.
	Namespace string
}

// Export writes the Avro schema of a type, as JSON without white space. Equal types
// give equal bytes.
func Export(t *types.Type, opt Options) ([]byte, error) {
	e := &exporter{namespace: opt.Namespace, defined: map[string]*types.Type{}}
	name := opt.Name
	if name == "" {
		name = "row"
	}
	s, err := e.place(t, name, false)
	if err != nil {
		return nil, err
	}
	if t.Kind == types.Union {
		nameUnion(s.([]any), t)
	}
	return appendJSON(nil, s), nil
}

// nameUnion notes the name of a union of rows at its first branch: an Avro union has
// no place for it. A union anywhere else is named at its field, array or map.
func nameUnion(branches []any, t *types.Type) {
	for i, b := range branches {
		if first, ok := b.(object); ok {
			first.set(propUnion, t.Name)
			branches[i] = first
			return
		}
	}
}

// exporter writes one schema.
type exporter struct {
	namespace string
	inside    int                    // how many records enclose the place: names in there have their namespace
	defined   map[string]*types.Type // by Avro name
}

// place writes the type of a place: of a field, of the items of an array, of a row.
// path is the name of the place, of which anonymous records make their names.
func (e *exporter) place(t *types.Type, path string, nullLast bool) (any, error) {
	var branches []any
	if t.Kind == types.Union {
		for i, b := range t.Branches {
			s, err := e.plain(b.NonNull(), path+"_"+itoa(i+1))
			if err != nil {
				return nil, err
			}
			branches = append(branches, s)
		}
	} else {
		s, err := e.plain(t.NonNull(), path)
		if err != nil {
			return nil, err
		}
		if !t.Nullable || t.Kind == types.Null {
			return s, nil
		}
		branches = []any{s}
	}
	if !t.Nullable {
		return branches, nil
	}
	return nullableBranches(branches, nullLast), nil
}

// plain writes a type that is not null and not a union.
func (e *exporter) plain(t *types.Type, path string) (any, error) {
	switch t.Kind {
	case types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.String, types.Bytes:
		return scalarWord(t.Kind), nil
	case types.Decimal:
		return object{{"type", "bytes"}, {"logicalType", logicalDecimal}, {"precision", t.Precision}, {"scale", t.Scale}}, nil
	case types.Fixed:
		return e.fixed("fixed_"+itoa(t.Size), t, t.Size, ""), nil
	case types.UUID:
		return object{{"type", "string"}, {"logicalType", logicalUUID}}, nil
	case types.Date:
		return object{{"type", "int"}, {"logicalType", logicalDate}}, nil
	case types.Time:
		return object{{"type", "long"}, {"logicalType", logicalTime}}, nil
	case types.Timestamp:
		return object{{"type", "long"}, {"logicalType", logicalTimestamp}}, nil
	case types.LocalTimestamp:
		return object{{"type", "long"}, {"logicalType", logicalLocalTimestamp}}, nil
	case types.Duration:
		return object{{"type", "long"}, {propType, "duration"}}, nil
	case types.Period:
		return e.fixed("period", t, periodSize, logicalDuration), nil
	case types.Enum:
		return e.enum(t), nil
	case types.Geography:
		return object{{"type", "bytes"}, {propType, "geography"}}, nil
	case types.JSON:
		return object{{"type", "string"}, {propType, "json"}}, nil
	case types.Array:
		return e.container("array", "items", t.Elem, path)
	case types.Map:
		return e.container("map", "values", t.Elem, path)
	case types.Record:
		return e.record(t, path)
	case types.Union:
		return nil, fmt.Errorf("a union cannot stand directly in a union")
	case types.Unknown, types.Func, types.Var:
	}
	return nil, fmt.Errorf("there is no Avro type for %s", t)
}

func (e *exporter) container(word, of string, elem *types.Type, path string) (any, error) {
	s, err := e.place(elem, path+"_"+of, false)
	if err != nil {
		return nil, err
	}
	o := object{{"type", word}, {of, s}}
	if elem.Kind == types.Union {
		o.set(propUnion, elem.Name)
	}
	return o, nil
}

// define finds the Avro name of a named type. again tells that the schema has
// defined that very type before, so that the name alone stands for it.
func (e *exporter) define(want string, t *types.Type) (name string, again bool) {
	if old, ok := e.defined[want]; ok && reflect.DeepEqual(old, t) {
		return want, true
	}
	name = fresh(want, func(n string) bool { return e.defined[n] != nil && !reflect.DeepEqual(e.defined[n], t) })
	again = e.defined[name] != nil
	e.defined[name] = t
	return name, again
}

// reference is a type by its name.
func (e *exporter) reference(name string) any {
	if e.inside == 0 && e.namespace != "" {
		return avroName(e.namespace, true) + "." + name
	}
	return name
}

// head begins the definition of a named type.
func (e *exporter) head(word, name, written string) object {
	o := object{{"type", word}, {"name", name}}
	if e.inside == 0 && e.namespace != "" {
		o.set("namespace", avroName(e.namespace, true))
	}
	if written != "" && written != name {
		o.set(propName, written)
	}
	return o
}

func (e *exporter) fixed(want string, t *types.Type, size int, logical string) any {
	name, again := e.define(want, t)
	if again {
		return e.reference(name)
	}
	o := e.head("fixed", name, "")
	o.set("size", size)
	if logical != "" {
		o.set("logicalType", logical)
	}
	return o
}

func (e *exporter) enum(t *types.Type) any {
	name, again := e.define(avroName(orName(t.Name, "enum"), false), t)
	if again {
		return e.reference(name)
	}
	o := e.head("enum", name, t.Name)
	symbols, changed := distinctNames(t.Symbols)
	o.set("symbols", texts(symbols))
	if i := slices.Index(t.Symbols, t.Default); i >= 0 && t.Default != "" {
		o.set("default", symbols[i])
	}
	if changed {
		o.set(propSymbols, texts(t.Symbols))
	}
	return o
}

func (e *exporter) record(t *types.Type, path string) (any, error) {
	name, again := e.define(avroName(orName(t.Name, path), false), t)
	if again {
		return e.reference(name), nil
	}
	o := e.head("record", name, t.Name)
	if t.Name == "" {
		o.set(propAnonymous, true)
	}
	written := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		written[i] = f.Name
	}
	names, _ := distinctNames(written)
	fields := make([]any, len(t.Fields))
	e.inside++
	defer func() { e.inside-- }()
	for i, f := range t.Fields {
		s, err := e.field(f, names[i], name+"_"+names[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		fields[i] = s
	}
	o.set("fields", fields)
	return o, nil
}

func (e *exporter) field(f types.Field, name, path string) (any, error) {
	value, expressible := defaultJSON(f.Type, f.Default)
	s, err := e.place(f.Type, path, f.HasDef && f.Default != nil && expressible)
	if err != nil {
		return nil, err
	}
	o := object{{"name", name}, {"type", s}}
	if f.Doc != "" {
		o.set("doc", f.Doc)
	}
	if f.HasDef && expressible {
		o.set("default", value)
	}
	if len(f.Was) > 0 {
		aliases, changed := distinctNames(f.Was)
		o.set("aliases", texts(aliases))
		if changed {
			o.set(propWas, texts(f.Was))
		}
	}
	if name != f.Name {
		o.set(propName, f.Name)
	}
	if f.Type.Kind == types.Union {
		o.set(propUnion, f.Type.Name)
	}
	if len(f.Tags) > 0 {
		var tags object
		for _, k := range slices.Sorted(maps.Keys(f.Tags)) {
			tags.set(k, f.Tags[k])
		}
		o.set(propTags, tags)
	}
	if f.HasDef && !expressible {
		o.set(propDefault, ownJSON(f.Type, f.Default))
	}
	return o, nil
}

// distinctNames are names that Avro accepts for names that edy accepts, and whether
// one had to change.
func distinctNames(written []string) (names []string, changed bool) {
	taken := map[string]bool{}
	for _, w := range written {
		if plainName().MatchString(w) {
			taken[w] = true
		}
	}
	for _, w := range written {
		name := w
		if !plainName().MatchString(w) {
			name = fresh(avroName(w, false), func(n string) bool { return taken[n] })
			taken[name] = true
			changed = true
		}
		names = append(names, name)
	}
	return names, changed
}

func texts(ss []string) []any {
	out := make([]any, len(ss))
	for i, s := range ss {
		out[i] = s
	}
	return out
}

func orName(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
