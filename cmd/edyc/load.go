package main

import (
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/load"
)

func (a *app) loader(roots ...string) *load.Loader {
	return &load.Loader{Catalog: build.Catalog(a.system()), Roots: roots, Compiler: version}
}

// load parses and checks a file, with values for its params as written on the
// command line.
func (a *app) load(path string, sets map[string]string) (*load.Program, error) {
	l := a.loader(path)
	p, err := l.Load(path, nil)
	if err != nil {
		return nil, err
	}
	params, err := paramValues(p.Result.Program, sets)
	if err != nil {
		return nil, err
	}
	if structural(p.Result.Program, params) {
		if p, err = l.Again(p, params); err != nil {
			return nil, err
		}
	}
	for _, def := range p.Result.Program.Params {
		if v, ok := params[def.Name]; ok {
			def.Default, def.HasValue = v, true
		}
	}
	return p, nil
}

// paramValues reads NAME=VALUE settings.
func paramValues(prog *ir.Program, sets map[string]string) (map[string]any, error) {
	values := map[string]any{}
	for name, text := range sets {
		def := paramNamed(prog, name)
		if def == nil {
			return nil, usage("--set %s: the program has no param of that name%s", name, paramHint(prog))
		}
		v, err := check.ParamText(def, text)
		if err != nil {
			return nil, usage("--set %s: %v", name, err)
		}
		values[name] = v
	}
	return values, nil
}

func paramNamed(prog *ir.Program, name string) *ir.ParamDef {
	for _, p := range prog.Params {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func paramHint(prog *ir.Program) string {
	if len(prog.Params) == 0 {
		return "; it has none"
	}
	names := make([]string, len(prog.Params))
	for i, p := range prog.Params {
		names[i] = p.Name
	}
	return "; it has: " + strings.Join(names, ", ")
}

// structural reports that a value shapes the program, so that it must be checked
// again.
func structural(prog *ir.Program, values map[string]any) bool {
	for _, p := range prog.Params {
		if _, set := values[p.Name]; set && p.Structural {
			return true
		}
	}
	return false
}

// report prints diagnostics and returns an error when one of them stops the program.
func (a *app) report(diags *diag.List) error {
	if len(diags.Items) > 0 || a.errors == "json" {
		w := a.stderr
		if a.errors == "json" {
			w = a.stdout
		}
		diag.Render(w, diags, diag.Options{Format: formatNamed(a.errors), Color: a.colour(w), Max: 20})
	}
	if diags.HasErrors() {
		return failed()
	}
	return nil
}
