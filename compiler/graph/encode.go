package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// The types that are written in a way of their own.
var (
	spanType  = reflect.TypeFor[source.Span]()
	typeType  = reflect.TypeFor[*types.Type]()
	anyType   = reflect.TypeFor[any]()
	topicNode = reflect.TypeFor[plan.Topic]()
	topicRef  = reflect.TypeFor[*ir.Topic]()
	sinkNode  = reflect.TypeFor[plan.Sink]()
	sinkRef   = reflect.TypeFor[*ir.Sink]()
	graphType = reflect.TypeFor[plan.Graph]()

	moduleType = reflect.TypeFor[ir.WasmModule]()

	sidesType      = reflect.TypeFor[ir.Sides]()
	matchInputType = reflect.TypeFor[ir.MatchInput]()
	changedType    = reflect.TypeFor[ir.Changed]()
	overType       = reflect.TypeFor[ir.Over]()
	aggregateType  = reflect.TypeFor[ir.Aggregate]()
)

// encoder turns a program into JSON values. A struct is an object of the fields
// that are not zero; types are numbered in a table, so that each is written once.
type encoder struct {
	files map[*source.File]int
	table []any
	known map[*types.Type]int
	equal map[string]int // by the JSON of the type
	// placeless leaves places in the text out, and what tells nothing of what is done.
	placeless bool
}

func newEncoder(files []File) *encoder {
	e := &encoder{files: map[*source.File]int{}, known: map[*types.Type]int{}, equal: map[string]int{}}
	for i, f := range files {
		e.files[f.Source] = i
	}
	return e
}

// canonicalJSON writes JSON in its one form: keys sorted, no white space, nothing
// escaped that need not be.
func canonicalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (e *encoder) value(v reflect.Value) (any, error) {
	switch v.Type() {
	case spanType:
		return e.span(v.Interface().(source.Span))
	case typeType:
		n, err := e.typ(v.Interface().(*types.Type))
		return number(int64(n)), err
	case anyType:
		return encodeValue(v.Interface())
	}
	if list, ok := words[v.Type()]; ok {
		if n := v.Int(); n >= 0 && n < int64(len(list)) {
			return list[n], nil
		}
		return nil, fmt.Errorf("graph: %d is no %s", v.Int(), v.Type())
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int64:
		return number(v.Int()), nil
	case reflect.Float64:
		return encodeValue(v.Float())
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("graph: a text is not valid UTF-8: %q", v.String())
		}
		return v.String(), nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, fmt.Errorf("graph: a %s is missing", v.Type().Elem())
		}
		return e.value(v.Elem())
	case reflect.Interface:
		return e.kinded(v)
	case reflect.Slice:
		return e.list(v)
	case reflect.Map:
		return e.dictionary(v)
	case reflect.Struct:
		out := map[string]any{}
		return out, e.fields(v, out)
	default:
		return nil, fmt.Errorf("graph: no way to write a %s", v.Type())
	}
}

// fields writes the fields of a struct into an object.
func (e *encoder) fields(v reflect.Value, out map[string]any) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := e.fields(v.Field(i), out); err != nil {
				return err
			}
			continue
		}
		if restored(t, f) || empty(v.Field(i)) || e.placeless && inputs(t, f) {
			continue
		}
		x, err := e.field(t, v.Field(i))
		if err != nil {
			return err
		}
		out[key(f.Name)] = x
	}
	return nil
}

// field writes a field; nodes of a graph name the topic and the sink they are for.
func (e *encoder) field(of reflect.Type, v reflect.Value) (any, error) {
	switch {
	case of == topicNode && v.Type() == topicRef:
		return v.Interface().(*ir.Topic).Name, nil
	case of == sinkNode && v.Type() == sinkRef:
		return v.Interface().(*ir.Sink).Name, nil
	}
	return e.value(v)
}

// restored reports the fields of a graph that the program has already, and those that
// stand elsewhere in the archive.
func restored(of reflect.Type, f reflect.StructField) bool {
	switch of {
	case graphType:
		return slices.Contains([]string{"Params", "Sources", "Sinks", "Schedules", "Functions", "Modules"}, f.Name)
	case moduleType:
		return f.Name == "Data" // an entry of its own
	}
	return false
}

// empty reports a field that is not written.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// key is the name of a field in JSON: LateTo is late_to.
func key(name string) string {
	var out []byte
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 && (name[i-1] < 'A' || name[i-1] > 'Z') {
				out = append(out, '_')
			}
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

func (e *encoder) span(s source.Span) (any, error) {
	if s.File == nil || e.placeless {
		return nil, nil
	}
	file, ok := e.files[s.File]
	if !ok {
		return nil, fmt.Errorf("graph: the program has a place in %q, which is none of its files", s.File.Name)
	}
	return []any{number(int64(file)), number(int64(s.Start)), number(int64(s.End))}, nil
}

// typ is the number of a type in the table.
func (e *encoder) typ(t *types.Type) (int, error) {
	if n, ok := e.known[t]; ok {
		return n, nil
	}
	out := map[string]any{}
	if err := e.fields(reflect.ValueOf(t).Elem(), out); err != nil {
		return 0, err
	}
	text, err := canonicalJSON(out)
	if err != nil {
		return 0, err
	}
	n, ok := e.equal[string(text)]
	if !ok {
		n = len(e.table)
		e.table = append(e.table, out)
		e.equal[string(text)] = n
	}
	e.known[t] = n
	return n, nil
}

// kinded writes what an interface holds, with its kind.
func (e *encoder) kinded(v reflect.Value) (any, error) {
	if v.IsNil() {
		return nil, fmt.Errorf("graph: a %s is missing", v.Type())
	}
	held := v.Elem()
	if f, ok := held.Interface().(*ir.Field); ok && e.placeless {
		held = reflect.ValueOf(partOnly(f))
	}
	for _, k := range kindsOf[v.Type()] {
		if held.Kind() == reflect.Pointer && held.Type().Elem() == k.of && !held.IsNil() {
			x, err := e.value(held)
			return tagged(k.word, x), err
		}
	}
	return nil, fmt.Errorf("graph: no way to write a %s as a %s", held.Type(), v.Type())
}

func (e *encoder) list(v reflect.Value) (any, error) {
	out := make([]any, v.Len())
	for i := range out {
		var err error
		if out[i], err = e.value(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *encoder) dictionary(v reflect.Value) (any, error) {
	out := map[string]any{}
	for it := v.MapRange(); it.Next(); {
		x, err := e.value(it.Value())
		if err != nil {
			return nil, err
		}
		out[it.Key().String()] = x
	}
	return out, nil
}
