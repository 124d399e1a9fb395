package graph

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// decoder is the inverse of encoder. It accepts nothing that encoder does not write,
// so that whoever runs the program need not look for missing parts.
type decoder struct {
	files  []File
	table  []*types.Type
	topics map[string]*ir.Topic
	sinks  map[string]*ir.Sink
}

func (d *decoder) value(j any, v reflect.Value) error {
	switch v.Type() {
	case spanType:
		return d.span(j, v)
	case typeType:
		n, err := whole(j)
		if err != nil || n < 0 || n >= int64(len(d.table)) {
			return fmt.Errorf("there is no type %v", j)
		}
		v.Set(reflect.ValueOf(d.table[n]))
		return nil
	case anyType:
		return d.any(j, v)
	}
	if list, ok := words[v.Type()]; ok {
		word, _ := j.(string)
		n := slices.Index(list, word)
		if n < 0 {
			return fmt.Errorf("%v is not known here", j)
		}
		v.SetInt(int64(n))
		return nil
	}
	switch v.Kind() {
	case reflect.Bool:
		b, ok := j.(bool)
		v.SetBool(b)
		return expect(ok, "true or false", j)
	case reflect.Int, reflect.Int64:
		n, err := whole(j)
		v.SetInt(n)
		return err
	case reflect.Float64:
		x, err := decodeValue(j)
		f, ok := x.(float64)
		v.SetFloat(f)
		return expect(ok && err == nil, "a number", j)
	case reflect.String:
		s, ok := j.(string)
		v.SetString(s)
		return expect(ok, "a text", j)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(j, v.Elem())
	case reflect.Interface:
		return d.kinded(j, v)
	case reflect.Slice:
		return d.list(j, v)
	case reflect.Map:
		return d.dictionary(j, v)
	case reflect.Struct:
		m, ok := j.(map[string]any)
		if !ok {
			return expect(false, "an object", j)
		}
		seen := 0
		if err := d.fields(m, v, &seen); err != nil {
			return err
		}
		return expect(seen == len(m), "an object without unknown members", j)
	default:
		return fmt.Errorf("no way to read a %s", v.Type())
	}
}

func expect(ok bool, what string, j any) error {
	if ok {
		return nil
	}
	text, _ := json.Marshal(j)
	if len(text) > 80 {
		text = append(text[:80], "..."...)
	}
	return fmt.Errorf("%s is not %s", text, what)
}

// fields reads the members of an object into a struct and counts those it knows.
func (d *decoder) fields(m map[string]any, v reflect.Value, seen *int) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if err := d.fields(m, v.Field(i), seen); err != nil {
				return err
			}
			continue
		}
		if restored(t, f) {
			continue
		}
		j, ok := m[key(f.Name)]
		if !ok {
			if missing(t, f) {
				return fmt.Errorf("%s.%s is missing", t.Name(), key(f.Name))
			}
			continue
		}
		*seen++
		if err := d.field(t, j, v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", key(f.Name), err)
		}
	}
	return nil
}

// missing reports a field that must be written: whatever is a pointer or an
// expression, but for the optional ones.
func missing(t reflect.Type, f reflect.StructField) bool {
	if f.Type == anyType || f.Type.Kind() != reflect.Pointer && f.Type.Kind() != reflect.Interface {
		return false
	}
	return !optional[t.Name()+"."+f.Name]
}

func (d *decoder) field(of reflect.Type, j any, v reflect.Value) error {
	name, _ := j.(string)
	switch {
	case of == topicNode && v.Type() == topicRef:
		t, ok := d.topics[name]
		v.Set(reflect.ValueOf(t))
		return expect(ok, "a topic of the program", j)
	case of == sinkNode && v.Type() == sinkRef:
		s, ok := d.sinks[name]
		v.Set(reflect.ValueOf(s))
		return expect(ok, "a sink of the program", j)
	}
	return d.value(j, v)
}

func (d *decoder) span(j any, v reflect.Value) error {
	list, ok := j.([]any)
	if !ok || len(list) != 3 {
		return expect(false, "a place in a file", j)
	}
	var n [3]int64
	for i, x := range list {
		var err error
		if n[i], err = whole(x); err != nil {
			return err
		}
	}
	if n[0] < 0 || n[0] >= int64(len(d.files)) {
		return expect(false, "a place in a file", j)
	}
	f := d.files[n[0]].Source
	if n[1] < 0 || n[2] < n[1] || n[2] > int64(len(f.Text)) {
		return expect(false, "a place in "+f.Name, j)
	}
	v.Set(reflect.ValueOf(source.Span{File: f, Start: int(n[1]), End: int(n[2])}))
	return nil
}

func (d *decoder) any(j any, v reflect.Value) error {
	x, err := decodeValue(j)
	if err != nil || x == nil {
		return err
	}
	v.Set(reflect.ValueOf(x))
	return nil
}

// types reads the table; a type may only hold those before it.
func (d *decoder) types(list []any) error {
	for i, j := range list {
		t := &types.Type{}
		if err := d.value(j, reflect.ValueOf(t).Elem()); err != nil {
			return fmt.Errorf("type %d: %w", i, err)
		}
		if err := wellFormed(t); err != nil {
			return fmt.Errorf("type %d: %w", i, err)
		}
		d.table = append(d.table, t)
	}
	return nil
}

// wellFormed checks what the rest of the compiler takes for granted of a type.
func wellFormed(t *types.Type) error {
	switch t.Kind {
	case types.Array, types.Map, types.Func:
		if t.Elem == nil {
			return fmt.Errorf("a type %s needs one for what it holds", t.Kind)
		}
	case types.Union:
		for _, b := range t.Branches {
			if b.Kind != types.Record {
				return fmt.Errorf("a branch of a union is a record")
			}
		}
	case types.Unknown, types.Null, types.Boolean, types.Int, types.Long, types.Float, types.Double, types.Decimal, types.String,
		types.Bytes, types.Fixed, types.UUID, types.Date, types.Time, types.Timestamp, types.LocalTimestamp, types.Duration,
		types.Period, types.Enum, types.Geography, types.JSON, types.Record, types.Var:
	}
	return nil
}

func (d *decoder) kinded(j any, v reflect.Value) error {
	m, ok := j.(map[string]any)
	if !ok || len(m) != 1 {
		return expect(false, "one of a kind", j)
	}
	for word, x := range m {
		for _, k := range kindsOf[v.Type()] {
			if k.word != word {
				continue
			}
			p := reflect.New(k.of)
			v.Set(p)
			if err := d.value(x, p.Elem()); err != nil {
				return fmt.Errorf("%s: %w", word, err)
			}
			return nil
		}
		return fmt.Errorf("%q is not known here", word)
	}
	return nil
}

func (d *decoder) list(j any, v reflect.Value) error {
	list, ok := j.([]any)
	if !ok {
		return expect(false, "a list", j)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, x := range list {
		if x == nil && v.Type().Elem() != anyType {
			return fmt.Errorf("[%d] is missing", i)
		}
		if err := d.value(x, v.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func (d *decoder) dictionary(j any, v reflect.Value) error {
	m, ok := j.(map[string]any)
	if !ok {
		return expect(false, "an object", j)
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(m)))
	for name, j := range m {
		x := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(j, x); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		v.SetMapIndex(reflect.ValueOf(name), x)
	}
	return nil
}
