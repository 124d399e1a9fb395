package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/avro"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// The codes of schemas that break what a topic promises.
const (
	// CodeUnreadable: rows that are stored could not be read any more.
	CodeUnreadable = "E0601"
	// CodeUnread: who has an earlier version could not read new rows.
	CodeUnread = "E0602"
)

// DefaultPromise is what a topic promises that does not say: all rows that were ever
// stored can be read.
const DefaultPromise = avro.BackwardTransitive

// Promise is what a topic promises of the versions of its schema.
func Promise(t *ir.Topic) avro.Compatibility {
	if word, ok := t.Settings["compatibility"].(string); ok && word != "" {
		return avro.Compatibility(strings.TrimSpace(word))
	}
	return DefaultPromise
}

// Diagnose tells where the schemas of a program break what its topics promise. files are
// its syntax trees, where the fields are found.
func (r *Registry) Diagnose(p *ir.Program, files []*ast.File) (*diag.List, error) {
	out := &diag.List{}
	for _, t := range p.Topics {
		promise := Promise(t)
		breaks, err := r.Check(t.Name, promise, t.Row)
		if err != nil {
			return nil, fmt.Errorf("topic %s: %w", t.Name, err)
		}
		for _, b := range firstOfEach(breaks) {
			report(out, t, promise, b, files)
		}
	}
	return out, nil
}

// firstOfEach leaves out what is said of an earlier version already.
func firstOfEach(breaks []avro.Break) []avro.Break {
	var out []avro.Break
	for _, b := range slices.Backward(breaks) {
		if !slices.ContainsFunc(out, func(o avro.Break) bool { return o.Path == b.Path && o.Reading == b.Reading }) {
			out = append(out, b)
		}
	}
	slices.Reverse(out)
	return out
}

func report(out *diag.List, t *ir.Topic, promise avro.Compatibility, b avro.Break, files []*ast.File) {
	at, found := field(files, t.Row.Name, b.Path)
	if !found {
		at = t.At
	}
	code, message := diag.Code(CodeUnreadable), fmt.Sprintf("rows of %q that are stored could not be read any more", t.Name)
	if !b.Reading {
		code, message = CodeUnread, fmt.Sprintf("who reads %q by version %d of its schema could not read new rows", t.Name, b.Version)
	}
	what := b.What
	if b.Path != "" && !found {
		what = b.Path + ": " + what
	}
	d := out.Error(code, at, message, what)
	if found && at.File == t.At.File {
		d.Labels = append(d.Labels, diag.Label{Span: t.At})
	}
	d.Why = fmt.Sprintf("The topic promises %s, and version %d of its schema is stored.", promise, b.Version)
	if b.Fix != "" {
		d.Fixes = append(d.Fixes, diag.Fix{Title: "make it fit", Preview: b.Fix, Confidence: diag.Choose})
	}
	d.Fixes = append(d.Fixes,
		diag.Fix{Title: "a new topic", Preview: "topic " + t.Name + "_2: ...   and a stream that converts", Confidence: diag.Choose},
		diag.Fix{Title: "accept the break", Preview: "compatibility: none", Confidence: diag.Choose})
}

// field finds a field of a schema by its path; elements of arrays and maps count as what
// they are in.
func field(files []*ast.File, schema, path string) (source.Span, bool) {
	parts := strings.Split(strings.ReplaceAll(path, "[]", ""), ".")
	for _, f := range files {
		for _, d := range f.Decls {
			s, ok := d.(*ast.SchemaDecl)
			if !ok || s.Record == nil || s.Name.Name != schema[strings.LastIndex(schema, ".")+1:] {
				continue
			}
			if span, ok := fieldIn(s.Record, parts); ok {
				return span, true
			}
		}
	}
	return source.Span{}, false
}

func fieldIn(r *ast.RecordType, path []string) (source.Span, bool) {
	for _, f := range r.Fields {
		if f.Name.Name != path[0] {
			continue
		}
		if inner, ok := f.Type.(*ast.RecordType); ok && len(path) > 1 {
			if span, ok := fieldIn(inner, path[1:]); ok {
				return span, true
			}
		}
		return f.Type.Pos(), true
	}
	return source.Span{}, false
}
