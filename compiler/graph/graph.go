// Package graph is the deployable form of a program: an archive (`.edyg`) of its
// checked form and its operator graph as canonical JSON, the Avro schemas of its
// topics, its sources and a map from nodes to places, under one content hash.
//
// The same program gives the same bytes on every machine. What is read back is
// complete: it runs, explains itself and tests itself without its sources, and can
// be checked again from the sources it carries. The package must never read or
// write the file system, and never trust an archive it reads.
package graph

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/source"
)

// Graph is a program ready to be deployed.
type Graph struct {
	// Compiler is the version that made it. Another version may have other functions:
	// whoever runs a graph of another version checks it again from its sources.
	Compiler string
	// Files are the sources, the program's own file first.
	Files []File
	// Program and Plan share the topics, sources and sinks they both name.
	Program *ir.Program
	Plan    *plan.Graph
}

// File is a source in an archive.
type File struct {
	// Name is the path from the folder of the program's own file, with slashes.
	Name   string
	Source *source.File
}

// New makes the graph of a program. files are its own file and all that it imports;
// the folders in the program become relative to that of its own file.
func New(compiler string, files []*source.File, p *ir.Program, g *plan.Graph) (*Graph, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("graph: a program needs its source")
	}
	out := &Graph{Compiler: compiler, Program: p, Plan: g}
	home := filepath.Dir(files[0].Name)
	for _, f := range files {
		out.Files = append(out.Files, File{Name: relative(home, f.Name), Source: f})
	}
	out.moveFolders(func(dir string) string { return relative(home, dir) })
	return out, nil
}

// relative is a path from home, with slashes; a path that has no way from there stays.
func relative(home, name string) string {
	rel, err := filepath.Rel(home, name)
	if err != nil {
		rel = name
	}
	return filepath.ToSlash(rel)
}

// In is the graph with the paths of its data starting from a folder: those beside
// the program's own file are in dir itself.
func (g *Graph) In(dir string) *Graph {
	out := *g
	out.moveFolders(func(d string) string {
		if filepath.IsAbs(filepath.FromSlash(d)) {
			return filepath.FromSlash(d)
		}
		return filepath.Join(dir, filepath.FromSlash(d))
	})
	return &out
}

// moveFolders gives the program and its plan copies of their sources and sinks in
// which relative paths start elsewhere.
func (g *Graph) moveFolders(move func(string) string) {
	p, topology := *g.Program, *g.Plan
	p.Sources, p.Sinks = nil, nil
	for _, s := range g.Program.Sources {
		c := *s
		c.Dir = move(s.Dir)
		p.Sources = append(p.Sources, &c)
	}
	moved := map[string]*ir.Sink{}
	for _, s := range g.Program.Sinks {
		c := *s
		c.Dir = move(s.Dir)
		p.Sinks = append(p.Sinks, &c)
		moved[s.Name] = &c
	}
	p.Functions, p.Modules = nil, nil
	for _, f := range g.Program.Functions {
		c := *f
		c.Limits.Files = nil
		for _, file := range f.Limits.Files {
			c.Limits.Files = append(c.Limits.Files, ir.WasmFile{Path: file.Path, Dir: move(file.Dir)})
		}
		p.Functions = append(p.Functions, &c)
	}
	for _, m := range g.Program.Modules {
		c := *m
		c.Dir = move(m.Dir)
		p.Modules = append(p.Modules, &c)
	}
	topology.Params, topology.Sources, topology.Sinks, topology.Schedules = p.Params, p.Sources, p.Sinks, p.Schedules
	topology.Functions, topology.Modules = p.Functions, p.Modules
	topology.Nodes = nil
	for _, n := range g.Plan.Nodes {
		c := *n
		if s, ok := n.Op.(*plan.Sink); ok && moved[s.Sink.Name] != nil {
			c.Op = &plan.Sink{Sink: moved[s.Sink.Name]}
		}
		topology.Nodes = append(topology.Nodes, &c)
	}
	g.Program, g.Plan = &p, &topology
}

// Main is the program's own file.
func (g *Graph) Main() File { return g.Files[0] }

// entryName is where a source stands in the archive.
func entryName(file string) string {
	clean := strings.TrimLeft(path.Clean(file), "/")
	return sourcePrefix + strings.ReplaceAll(clean, "../", "_up/")
}
