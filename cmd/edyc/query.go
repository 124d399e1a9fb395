package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector"
)

type queryCmd struct {
	Query  string   `arg:"" help:"A pipeline, such as 'from quakes |> where mag > 5.0'."`
	Files  []string `arg:"" name:"file" help:"Data files, or globs in quotes; each is a topic named after the file (of data/*.csv after the folder), - is stdin."`
	Output string   `short:"o" enum:"table,ndjson,csv,arrow,parquet" default:"table" placeholder:"table|ndjson|csv|arrow|parquet" help:"How the result is written."`
}

// Help is shown under --help.
func (queryCmd) Help() string {
	return `The schemas are taken from the data. A null in a condition does not match; nothing needs a window or keep, because files end.

Example:
  edyc query 'from quakes |> aggregate n = count() by net' quakes.ndjson
  edyc query 'from flights |> top 5 by delay desc' flights.ndjson -o csv`
}

// Run checks the pipeline against the files and runs it.
func (c *queryCmd) Run(a *app) error {
	system := a.system()
	catalog := build.Catalog(system)
	opts := check.Options{Catalog: catalog, Relaxed: true}
	inputs := map[string]string{}
	for _, uri := range c.Files {
		uri = unsheltered(uri)
		name := topicName(uri)
		if _, taken := inputs[name]; taken {
			return usage("two files would both be the topic %q; as one topic they are a glob, such as '%s'", name, globOf(inputs[name], uri))
		}
		row, err := catalog.Infer("", uri, "")
		if err != nil {
			return err
		}
		inputs[name] = uri
		opts.Topics = append(opts.Topics, check.InferredTopic(name, row))
	}
	pipeline, diags := syntax.ParsePipeline(source.New("query", c.Query))
	result := check.Query(pipeline, opts)
	all := &diag.List{Items: append(append([]*diag.Diagnostic(nil), diags.Items...), result.Diags.Items...)}
	if err := a.report(ofQuery(all)); err != nil {
		return err
	}
	return c.run(a, result.Program, inputs)
}

func (c *queryCmd) run(a *app, prog *ir.Program, inputs map[string]string) error {
	g, err := plannedGraph(prog, []string{check.QueryStream})
	if err != nil {
		return err
	}
	opt := build.Options{Inputs: used(prog, inputs), System: a.system()}
	printed := check.QueryStream
	if c.Output == "table" {
		opt.Collect = []string{printed}
	} else {
		a.printTo(&opt, printed, c.Output)
	}
	return a.runGraph(g, opt, printed)
}

// used are the inputs of topics that the query reads.
func used(prog *ir.Program, inputs map[string]string) map[string]string {
	out := map[string]string{}
	var walk func(p *ir.Pipeline)
	walk = func(p *ir.Pipeline) {
		if uri, ok := inputs[p.From.Topic]; ok {
			out[p.From.Topic] = uri
		}
		if p.From.Pipeline != nil {
			walk(p.From.Pipeline)
		}
		for _, st := range p.Stages {
			for _, other := range ir.Others(st.Op) {
				walk(other)
			}
		}
	}
	for _, s := range prog.Streams {
		walk(s.Pipeline)
	}
	return out
}

// ofQuery are the errors, and the warnings that tell of another result than was meant;
// the others are about programs that live on.
func ofQuery(l *diag.List) *diag.List {
	return &diag.List{Items: slices.DeleteFunc(slices.Clone(l.Items), func(d *diag.Diagnostic) bool {
		return d.Severity != diag.Error && d.Code != "W0813"
	})}
}

func errorsOf(l *diag.List) *diag.List {
	out := &diag.List{}
	for _, d := range l.Items {
		if d.Severity == diag.Error {
			out.Add(d)
		}
	}
	return out
}

var notName = pattern.Of(`[^A-Za-z0-9_]+`)

// globOf is a glob that both of two files fit.
func globOf(a, b string) string {
	if filepath.Base(a) == filepath.Base(b) {
		return filepath.Join(filepath.Dir(filepath.Dir(b)), "*", filepath.Base(b))
	}
	return filepath.Join(filepath.Dir(b), topicName(b)+"*")
}

// topicName is the base name of a file as an identifier.
func topicName(uri string) string {
	path := uri
	if u, err := connector.ParseURI(uri); err == nil {
		path = u.Path
	}
	if path == "-" {
		return "stdin"
	}
	name := nameOf(path)
	for folder := filepath.Dir(path); name == "" && folder != "." && folder != "/"; folder = filepath.Dir(folder) {
		name = nameOf(folder) // a glob such as data/*.csv
	}
	switch {
	case name == "":
		return "rows"
	case name[0] >= '0' && name[0] <= '9':
		return "_" + name
	}
	return name
}

// nameOf is the last part of a path as a name, up to its first point and without the
// signs of a glob; "" where nothing is left.
func nameOf(path string) string {
	name := filepath.Base(path)
	if i := strings.IndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	if strings.ContainsAny(name, "*?[") {
		name = strings.Trim(globSigns().ReplaceAllString(name, ""), "_-. ")
	}
	if name == ".." {
		return ""
	}
	return notName().ReplaceAllString(name, "_")
}

var globSigns = pattern.Of(`\[[^\]]*\]|[*?]`)
