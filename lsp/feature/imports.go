package feature

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// importer finds imported files as the command line does: a file beside the importing
// one, a module among the files of the workspace by its name, or as a/b.edy or b.edy
// beside the importing file.
func (p *Program) importer(s *Snapshot) check.Importer {
	return func(from *source.File, decl *ast.ImportDecl) (*ast.File, error) {
		for _, path := range importPaths(s, from.Name, decl) {
			d := s.Doc(path)
			p.docs[path] = d
			if d != nil {
				return d.Tree, nil
			}
		}
		if decl.File != nil {
			return nil, fmt.Errorf("cannot read %q: there is no such file", filepath.Join(filepath.Dir(from.Name), decl.File.Value))
		}
		name := decl.Path.String()
		parts := strings.Split(name, ".")
		if len(parts) == 1 {
			return nil, fmt.Errorf("there is no module %q: no %s.edy stands beside this file", name, name)
		}
		return nil, fmt.Errorf("there is no module %q: neither %s.edy nor %s.edy stands beside this file", name, strings.Join(parts, "/"), parts[len(parts)-1])
	}
}

// importPaths are the places where an import may be found, best first.
func importPaths(s *Snapshot, from string, decl *ast.ImportDecl) []string {
	dir := filepath.Dir(from)
	if decl.File != nil {
		return []string{filepath.Join(dir, filepath.FromSlash(decl.File.Value))}
	}
	name := decl.Path.String()
	if name == "" {
		return nil
	}
	parts := strings.Split(name, ".")
	out := []string{filepath.Join(dir, filepath.Join(parts...)+".edy"), filepath.Join(dir, parts[len(parts)-1]+".edy")}
	for _, path := range s.Open() {
		if d := s.Doc(path); d.Tree.Module != nil && d.Tree.Module.Name.String() == name {
			return append([]string{path}, out...)
		}
	}
	return out
}

// relative is a path as seen from another file, "" where it cannot be.
func relative(from, path string) string {
	rel, err := filepath.Rel(filepath.Dir(from), path)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}
