// Package load reads programs from disk: a file with everything it imports, parsed
// and checked against what the engine has.
//
// It is the one place where paths of source files are resolved. It never runs a
// program and never prints.
package load

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/format/formats"
)

// Program is a checked file.
type Program struct {
	Path   string
	File   *ast.File
	Files  []*ast.File // with everything it imports
	Diags  *diag.List  // of all of them, in order of position
	Result *check.Result

	sources *graph.Sources // of a program that came as an archive
	dir     string         // its folder
}

// Archived tells that the program came as an archive, whose text cannot be changed.
func (p *Program) Archived() bool { return p.sources != nil }

// Loader reads files, each once.
type Loader struct {
	Catalog sig.Catalog
	// Compiler is the version of the compiler: an archive of another one is checked
	// again from the sources it carries.
	Compiler string
	// Roots are files among which `import a.b` finds modules by name.
	Roots []string
	// Open are texts that count instead of the files of their paths, as an editor has
	// them.
	Open map[string]string

	files map[string]*ast.File
	order []*ast.File
	diags diag.List
}

// Load parses and checks a file. params are values for its params, as package types
// describes them; nil for the defaults. The error is that of reading the file
// itself.
func (l *Loader) Load(path string, params map[string]any) (*Program, error) {
	text, err := l.text(path)
	if err != nil {
		return nil, ReadError(path, err)
	}
	if graph.IsArchive(text) {
		return l.archive(path, text, params)
	}
	if err := NoProgram(path, text); err != nil {
		return nil, err
	}
	return l.check(path, l.parse(path, string(text)), params), nil
}

// text is what a file holds.
func (l *Loader) text(path string) ([]byte, error) {
	if text, open := l.Open[filepath.Clean(path)]; open {
		return []byte(text), nil
	}
	return os.ReadFile(path)
}

func (l *Loader) check(path string, file *ast.File, params map[string]any) *Program {
	p := &Program{Path: path, File: file}
	p.Result = check.Check(file, check.Options{Catalog: l.Catalog, Import: l.importFile, Dir: dirOf, Params: params})
	p.Files = l.order
	p.Diags = &diag.List{Items: append(append([]*diag.Diagnostic(nil), l.diags.Items...), p.Result.Diags.Items...)}
	p.Diags.Sort()
	return p
}

// Again checks a program once more with other values for params.
func (l *Loader) Again(p *Program, params map[string]any) (*Program, error) {
	if p.sources != nil {
		return l.recheck(p, params)
	}
	return l.check(p.Path, p.File, params), nil
}

// read parses a file; its syntax errors are collected.
func (l *Loader) read(path string) (*ast.File, error) {
	key := filepath.Clean(path)
	if f, ok := l.files[key]; ok {
		return f, nil
	}
	text, err := l.text(path)
	if err != nil {
		return nil, ReadError(path, err)
	}
	return l.parse(path, string(text)), nil
}

// parse parses a file, once.
func (l *Loader) parse(path, text string) *ast.File {
	key := filepath.Clean(path)
	if f, ok := l.files[key]; ok {
		return f
	}
	f, diags := syntax.Parse(source.New(path, text))
	if l.files == nil {
		l.files = map[string]*ast.File{}
	}
	l.files[key] = f
	l.order = append(l.order, f)
	l.diags.Items = append(l.diags.Items, diags.Items...)
	return f
}

// NoProgram says that a file holds data, nil for what may be a program. Without it a
// mistaken argument would be answered by a syntax error in the middle of a record.
func NoProgram(path string, text []byte) error {
	if f, known := formats.ByExtension(filepath.Ext(path)); known {
		return fmt.Errorf("cannot read %q as a program: it is data (%s); edyc query 'from %s' %s shows it",
			path, f.Name, strings.Split(filepath.Base(path), ".")[0], path)
	}
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) && filepath.Ext(path) != ".edy" {
		return fmt.Errorf("cannot read %q: it is not the text of a program", path)
	}
	return nil
}

// ReadError says in one line why a file cannot be read.
func ReadError(path string, err error) error {
	if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
		return fmt.Errorf("cannot read %q: it is a directory", path)
	}
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot read %q: %w", path, file.Absent(path))
	case errors.As(err, &pathErr):
		return fmt.Errorf("cannot read %q: %w", path, pathErr.Err)
	}
	return fmt.Errorf("cannot read %q: %w", path, err)
}

// importFile finds `import "x.edy"` beside the importing file, and `import a.b` among
// the roots, as a/b.edy, or as b.edy.
func (l *Loader) importFile(from *source.File, decl *ast.ImportDecl) (*ast.File, error) {
	dir := filepath.Dir(from.Name)
	if decl.File != nil {
		return l.read(filepath.Join(dir, filepath.FromSlash(decl.File.Value)))
	}
	name := decl.Path.String()
	for _, root := range l.Roots {
		if f, err := l.read(root); err == nil && f.Module != nil && f.Module.Name.String() == name {
			return f, nil
		}
	}
	parts := strings.Split(name, ".")
	for _, candidate := range []string{filepath.Join(parts...), parts[len(parts)-1]} {
		path := filepath.Join(dir, candidate+".edy")
		if _, err := os.Stat(path); err == nil {
			return l.read(path)
		}
	}
	if len(parts) == 1 {
		return nil, fmt.Errorf("there is no module %q: no %s.edy stands beside this file", name, name)
	}
	return nil, fmt.Errorf("there is no module %q: neither %s.edy nor %s.edy stands beside this file", name, strings.Join(parts, "/"), parts[len(parts)-1])
}

func dirOf(f *source.File) string { return filepath.Dir(f.Name) }
