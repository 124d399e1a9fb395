package feature

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// importer finds imported files as the command line does with files that are given
// together: a file beside the importing one, a module as a/b.edy or b.edy beside it, or
// among the files of the workspace by its name.
func (p *Program) importer(s *Snapshot) check.Importer {
	return func(from *source.File, decl *ast.ImportDecl) (*ast.File, error) {
		path, d := s.imported(from.Name, decl)
		p.imports = append(p.imports, importOf{from.Name, decl, path})
		if d != nil {
			p.docs[path] = d
			return d.Tree, nil
		}
		if decl.File != nil {
			return nil, fmt.Errorf("cannot read %q: there is no such file", path)
		}
		name := decl.Path.String()
		parts := strings.Split(name, ".")
		if len(parts) == 1 {
			return nil, fmt.Errorf("there is no module %q: no %s.edy stands beside this file", name, name)
		}
		return nil, fmt.Errorf("there is no module %q: neither %s.edy nor %s.edy stands beside this file", name, strings.Join(parts, "/"), parts[len(parts)-1])
	}
}

// importOf is an import and where its file was found, or looked for last.
type importOf struct {
	from string
	decl *ast.ImportDecl
	path string
}

// imported is the file that an import names, nil for one that is not there; path is then
// where it was looked for last.
func (s *Snapshot) imported(from string, decl *ast.ImportDecl) (path string, d *Doc) {
	for _, path = range besides(from, decl) {
		if d = s.Doc(path); d != nil {
			return path, d
		}
	}
	if decl.File == nil {
		if there, ok := s.modules()[decl.Path.String()]; ok {
			return there, s.Doc(there)
		}
	}
	return path, nil
}

// besides are the files beside another that an import may name, best first.
func besides(from string, decl *ast.ImportDecl) []string {
	dir := filepath.Dir(from)
	if decl.File != nil {
		return []string{filepath.Join(dir, filepath.FromSlash(decl.File.Value))}
	}
	name := decl.Path.String()
	if name == "" {
		return nil
	}
	parts := strings.Split(name, ".")
	return []string{filepath.Join(dir, filepath.Join(parts...)+".edy"), filepath.Join(dir, parts[len(parts)-1]+".edy")}
}

// modules are the files of the workspace by the names of their modules.
func (s *Snapshot) modules() map[string]string {
	s.named.once.Do(func() {
		s.named.paths = map[string]string{}
		for _, path := range s.Files() {
			d := s.Doc(path)
			if d == nil || d.Tree.Module == nil {
				continue
			}
			name := d.Tree.Module.Name.String()
			if _, taken := s.named.paths[name]; !taken {
				s.named.paths[name] = path
			}
		}
	})
	return s.named.paths
}

// relative is a path as seen from another file, "" where it cannot be.
func relative(from, path string) string {
	rel, err := filepath.Rel(filepath.Dir(from), path)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}
