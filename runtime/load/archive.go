package load

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// archive reads a deployable graph in place of a source. Paths of its data start at
// the folder of the archive.
func (l *Loader) archive(path string, data []byte, params map[string]any) (*Program, error) {
	g, err := graph.Read(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", path, err)
	}
	dir := filepath.Dir(path)
	p := &Program{Path: path, Diags: &diag.List{}, sources: g.Sources(), dir: dir}
	p.File, p.Files = p.sources.Main(), p.sources.Files()
	if g.Compiler != l.Compiler || params != nil {
		return l.recheck(p, params)
	}
	p.Result = &check.Result{Program: g.In(dir).Program, Diags: p.Diags}
	return p, nil
}

// recheck checks the sources of an archive again: for other params, or because another
// version of the compiler made it.
func (l *Loader) recheck(p *Program, params map[string]any) (*Program, error) {
	again := *p
	again.Result = check.Check(p.File, check.Options{
		Catalog: p.sources.Catalog(l.Catalog), Import: p.sources.Import, Params: params,
		Dir: func(f *source.File) string { return p.sources.Dir(f) },
	})
	for _, s := range again.Result.Program.Sources {
		s.Dir = filepath.Join(p.dir, filepath.FromSlash(s.Dir))
	}
	for _, s := range again.Result.Program.Sinks {
		s.Dir = filepath.Join(p.dir, filepath.FromSlash(s.Dir))
	}
	again.Diags = again.Result.Diags
	return &again, nil
}
