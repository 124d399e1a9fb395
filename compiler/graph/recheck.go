package graph

import (
	"fmt"
	"path"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// Sources gives the checker what it asks for out of an archive, where a program must
// be checked again: because a param shapes it, or because another version made it.
type Sources struct {
	files    []*ast.File
	names    []string
	inferred []inferredRow
	modules  []*ir.WasmModule
}

// inferredRow is a schema that came from data when the archive was made.
type inferredRow struct {
	dir, uri, time string
	row            *types.Type
}

// Sources parses the sources of a graph that Read returned, before it is moved by In.
func (g *Graph) Sources() *Sources {
	s := &Sources{modules: g.Program.Modules}
	for _, f := range g.Files {
		tree, _ := syntax.Parse(f.Source) // it was parsed without errors when the archive was made
		s.files = append(s.files, tree)
		s.names = append(s.names, f.Name)
	}
	for _, t := range g.Program.Topics {
		if !t.Inferred {
			continue
		}
		for _, src := range g.Program.Sources {
			if src.Topic == t.Name && src.Name == t.Name {
				s.inferred = append(s.inferred, inferredRow{src.Dir, src.URI, timePath(t.Time), t.Row})
			}
		}
	}
	return s
}

// timePath is the dotted path that a topic's time was written as, "" for none.
func timePath(e ir.Expr) string {
	switch e := e.(type) {
	case *ir.Column:
		return e.Name
	case *ir.Field:
		if p := timePath(e.X); p != "" {
			return p + "." + e.Name
		}
	case *ir.NotNull:
		return timePath(e.X)
	}
	return ""
}

// Main is the program's own file.
func (s *Sources) Main() *ast.File { return s.files[0] }

// Files are all files, the program's own first.
func (s *Sources) Files() []*ast.File { return s.files }

// Dir is the folder of a file as the archive names it.
func (s *Sources) Dir(f *source.File) string { return path.Dir(f.Name) }

// Import finds what a file of the archive imports: `import "x.edy"` beside it, and
// `import a.b` by the name of the module, or as a/b.edy or b.edy beside it.
func (s *Sources) Import(from *source.File, decl *ast.ImportDecl) (*ast.File, error) {
	dir := path.Dir(from.Name)
	if decl.File != nil {
		if f := s.named(path.Join(dir, decl.File.Value)); f != nil {
			return f, nil
		}
		return nil, fmt.Errorf("the archive has no file %q", decl.File.Value)
	}
	name := decl.Path.String()
	for _, f := range s.files {
		if f.Module != nil && f.Module.Name.String() == name {
			return f, nil
		}
	}
	parts := strings.Split(name, ".")
	for _, candidate := range []string{path.Join(parts...), parts[len(parts)-1]} {
		if f := s.named(path.Join(dir, candidate) + ".edy"); f != nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("the archive has no module %q", name)
}

func (s *Sources) named(name string) *ast.File {
	for i, n := range s.names {
		if n == name {
			return s.files[i]
		}
	}
	return nil
}

// Catalog is a catalog in which schemas that came from data, and modules, are those
// of the archive: the files need not be there.
func (s *Sources) Catalog(base sig.Catalog) sig.Catalog {
	return recorded{base, s.inferred, s.modules}
}

type recorded struct {
	sig.Catalog
	rows    []inferredRow
	modules []*ir.WasmModule
}

// ReadModule finds the module of the archive.
func (r recorded) ReadModule(dir, path string) ([]byte, error) {
	for _, m := range r.modules {
		if m.Dir == dir && m.Path == path {
			return m.Data, nil
		}
	}
	return r.Catalog.ReadModule(dir, path)
}

// Infer finds the schema of the archive; data that the archive does not know of is
// looked at as ever.
func (r recorded) Infer(dir, uri, time string) (*types.Type, error) {
	var same *types.Type
	for _, row := range r.rows {
		if row.uri != uri || row.dir != dir {
			continue
		}
		if row.time == time {
			return row.row, nil
		}
		same = row.row
	}
	if same != nil {
		return same, nil
	}
	return r.Catalog.Infer(dir, uri, time)
}
