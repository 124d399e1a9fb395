package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector"
)

// checkPlaces refuses to write over a file that is read, and to write two outputs to
// one file: each would go over the other.
func checkPlaces(g *plan.Graph, opt build.Options) error {
	read := readPlaces(g, opt)
	writers := map[string]string{}
	for _, w := range writePlaces(g, opt) {
		if other, taken := writers[w.path]; taken {
			return fmt.Errorf("cannot write %q: %s and %s would be written over each other", w.path, other, w.name)
		}
		out, err := os.Stat(w.path)
		if err == nil && !out.Mode().IsRegular() { // a pipe or a terminal takes both
			continue
		}
		writers[w.path] = w.name
		for _, r := range read {
			if in, statErr := os.Stat(r); err == nil && statErr == nil && os.SameFile(in, out) {
				return fmt.Errorf("cannot write %q: it is read too, and would be emptied first", w.path)
			}
		}
	}
	return nil
}

// readPlaces are the files that are read, those of globs too.
func readPlaces(g *plan.Graph, opt build.Options) []string {
	var globs []string
	for _, s := range g.Sources {
		if _, replaced := opt.Inputs[s.Topic]; !replaced {
			globs = append(globs, filePath(s.URI, s.Dir))
		}
	}
	for _, uri := range opt.Inputs {
		globs = append(globs, filePath(uri, ""))
	}
	out := slices.Clone(globs)
	for _, glob := range globs {
		found, _ := filepath.Glob(glob) // one that is none is reported where it is read
		out = append(out, found...)
	}
	return out
}

// place is where an output goes.
type place struct{ name, path string }

func writePlaces(g *plan.Graph, opt build.Options) []place {
	var out []place
	for _, s := range g.Sinks {
		if len(opt.Outputs[s.From]) == 0 {
			out = append(out, place{s.Name, filePath(s.URI, s.Dir)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(opt.Outputs)) {
		for _, uri := range opt.Outputs[name] {
			out = append(out, place{name, filePath(uri, "")})
		}
	}
	return slices.DeleteFunc(out, func(p place) bool { return filepath.Base(p.path) == "-" })
}

// filePath is the path of a URI, seen from a folder.
func filePath(uri, dir string) string {
	path := uri
	if u, err := connector.ParseURI(uri); err == nil {
		path = u.Path
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
