package ast

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// dumpWidth is the length up to which a node stays on one line.
const dumpWidth = 96

// Dump writes a tree for people and for comparison: the kind of each node, its parts
// that are not empty, and no places. Trees of the same meaning give the same text
// wherever they stand in their files.
func Dump(n Node) string {
	d := dumpValue(reflect.ValueOf(n))
	var b strings.Builder
	d.write(&b, "", 0)
	return b.String()
}

// DumpFile is Dump for a whole file: one declaration after another.
func DumpFile(f *File) string {
	var b strings.Builder
	add := func(n Node) {
		b.WriteString(Dump(n))
		b.WriteByte('\n')
	}
	if f.Module != nil {
		add(f.Module)
	}
	for _, i := range f.Imports {
		add(i)
	}
	for _, d := range f.Decls {
		add(d)
	}
	return b.String()
}

// dumped is the text of a value before it is laid out: an atom, or a head with parts.
type dumped struct {
	label string // the name of the field it fills, "" in lists
	atom  string
	open  string // "(" for nodes, "[" for lists, "" for atoms
	head  string
	parts []dumped
}

var closers = map[string]string{"(": ")", "[": "]"}

var (
	atType    = reflect.TypeFor[At]()
	identType = reflect.TypeFor[Ident]()
	pathType  = reflect.TypeFor[Path]()
)

// dumpValue describes a value; a value without content gives the zero dumped.
func dumpValue(v reflect.Value) dumped {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return dumped{}
		}
		return dumpValue(v.Elem())
	case reflect.Struct:
		return dumpStruct(v)
	case reflect.Slice:
		return dumpSlice(v)
	case reflect.String:
		return dumped{atom: strconv.Quote(v.String())}
	case reflect.Bool, reflect.Int:
		return dumped{atom: fmt.Sprint(v.Interface())}
	default:
		panic("ast.Dump: a tree holds no " + v.Kind().String())
	}
}

func dumpSlice(v reflect.Value) dumped {
	out := dumped{open: "["}
	for i := range v.Len() {
		out.parts = append(out.parts, dumpValue(v.Index(i)))
	}
	return out
}

func dumpStruct(v reflect.Value) dumped {
	switch v.Type() {
	case identType:
		return dumped{atom: dumpName(v.Interface().(Ident).Name)}
	case pathType:
		return dumped{atom: dumpPath(v.Interface().(Path))}
	}
	out := dumped{open: "(", head: v.Type().Name()}
	out.addFields(v)
	return out
}

// addFields adds the fields of a struct that say something; embedded structs stand in
// line.
func (d *dumped) addFields(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type == atType {
			continue
		}
		if field.Anonymous && field.Type.Kind() == reflect.Struct && field.Type != identType {
			d.addFields(v.Field(i))
			continue
		}
		if quiet(v.Field(i)) {
			continue
		}
		part := dumpValue(v.Field(i))
		part.label = field.Name
		if field.Anonymous {
			part.label = ""
		}
		d.parts = append(d.parts, part)
	}
}

// quiet reports a field that is not written, or has its default. A text is never
// quiet, because an empty literal is a value.
func quiet(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.String:
		return false
	case reflect.Int:
		return fmt.Sprint(v.Interface()) == "default"
	case reflect.Struct:
		return dumpEmpty(v)
	default:
		return v.IsZero()
	}
}

// dumpEmpty reports a name, path or relation that holds nothing.
func dumpEmpty(v reflect.Value) bool {
	switch n := v.Interface().(type) {
	case Ident:
		return n.Name == ""
	case Path:
		return len(n.Parts) == 0
	default:
		return false
	}
}

func dumpName(name string) string {
	for i, r := range name {
		if r != '_' && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z') && !(i > 0 && r >= '0' && r <= '9') {
			return "`" + name + "`"
		}
	}
	return name
}

func dumpPath(p Path) string {
	parts := make([]string, len(p.Parts))
	for i, part := range p.Parts {
		parts[i] = dumpName(part.Name)
	}
	return strings.Join(parts, ".")
}

// write lays a value out: on one line where it fits, else a part a line.
func (d dumped) write(b *strings.Builder, indent string, used int) {
	if d.label != "" {
		b.WriteString(d.label)
		b.WriteByte(':')
		used += len(d.label) + 1
	}
	if line, ok := d.line(dumpWidth - len(indent) - used); ok {
		b.WriteString(line)
		return
	}
	b.WriteString(d.open)
	b.WriteString(d.head)
	inner := indent + "  "
	for _, p := range d.parts {
		b.WriteByte('\n')
		b.WriteString(inner)
		p.write(b, inner, 0)
	}
	b.WriteString(closers[d.open])
}

// line is the value on one line; false when that takes more than width bytes.
func (d dumped) line(width int) (string, bool) {
	if d.open == "" {
		return d.atom, true
	}
	var b strings.Builder
	b.WriteString(d.open)
	b.WriteString(d.head)
	for i, p := range d.parts {
		if i > 0 || d.head != "" {
			b.WriteByte(' ')
		}
		if p.label != "" {
			b.WriteString(p.label)
			b.WriteByte(':')
		}
		text, ok := p.line(width - b.Len())
		if !ok || b.Len()+len(text) > width {
			return "", false
		}
		b.WriteString(text)
	}
	b.WriteString(closers[d.open])
	return b.String(), true
}
