package explain

import (
	"fmt"
	"reflect"

	"github.com/edynamic/edynamic/lang/ast"
)

// tree writes the syntax trees of a program: the dump of package ast, or as JSON an
// object for each node with its kind, its line and its parts.
func (in Input) tree(format Format) (string, error) {
	if format == JSON {
		files := make([]map[string]any, len(in.Files))
		for i, f := range in.Files {
			files[i] = fileTree(f)
		}
		return jsonText(map[string]any{"stage": AST, "files": files})
	}
	w := &writer{}
	for _, f := range in.Files {
		if len(in.Files) > 1 {
			w.gap()
			w.line(0, "// %s", f.Source.Name)
		}
		w.WriteString(ast.DumpFile(f))
	}
	return w.String(), nil
}

func fileTree(f *ast.File) map[string]any {
	out := map[string]any{"file": f.Source.Name, "decls": treeValue(reflect.ValueOf(f.Decls))}
	if f.Module != nil {
		out["module"] = treeValue(reflect.ValueOf(f.Module))
	}
	if len(f.Imports) > 0 {
		out["imports"] = treeValue(reflect.ValueOf(f.Imports))
	}
	return out
}

var (
	placeType = reflect.TypeFor[ast.At]()
	identType = reflect.TypeFor[ast.Ident]()
	pathType  = reflect.TypeFor[ast.Path]()
)

// treeValue is a part of a tree as a JSON value; nil for a part that is not there.
func treeValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return treeValue(v.Elem())
	case reflect.Struct:
		return treeStruct(v)
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = treeValue(v.Index(i))
		}
		return out
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int:
		return fmt.Sprint(v.Interface())
	default:
		panic("explain: a tree holds no " + v.Kind().String())
	}
}

func treeStruct(v reflect.Value) any {
	switch v.Type() {
	case identType:
		return v.Interface().(ast.Ident).Name
	case pathType:
		return v.Interface().(ast.Path).String()
	}
	out := map[string]any{"node": v.Type().Name()}
	if n, ok := v.Interface().(ast.Node); ok && n.Pos().Known() {
		out["line"] = n.Pos().Position().Line
	}
	treeFields(out, v)
	return out
}

// treeFields adds the parts that are written; embedded structs stand in line.
func treeFields(out map[string]any, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type == placeType {
			continue
		}
		if field.Anonymous && field.Type.Kind() == reflect.Struct && field.Type != identType {
			treeFields(out, v.Field(i))
			continue
		}
		if field.Type.Kind() != reflect.String && v.Field(i).IsZero() {
			continue
		}
		if part := treeValue(v.Field(i)); part != nil {
			out[field.Name] = part
		}
	}
}
