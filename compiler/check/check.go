// Package check gives every name, expression and stream of a program its
// meaning: names, types, narrowing, failures, stream properties and the bound of
// all state. It turns syntax trees into a typed ir.Program and says, in the
// reader's words, why it cannot.
//
// Declarations are checked one by one, each on first use, and remember which
// others they used; one that does not check yields an unknown type that silences
// everything depending on it, so that one mistake gives one message. The package
// never reads files and never imports what implements functions, formats or
// operators: it is handed a sig.Catalog and an Importer.
package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Importer finds what an import names. It returns an error that says in words
// why the file cannot be had; syntax errors of the file are its own matter.
type Importer func(from *source.File, decl *ast.ImportDecl) (*ast.File, error)

// Options is everything the checker is told besides the text.
type Options struct {
	Catalog sig.Catalog
	Import  Importer
	// Dir is the folder of a file, for the paths written in it.
	Dir func(f *source.File) string
	// Params are values of `param`s that replace the written defaults; only those in
	// constant positions (a window's size) matter to the checker.
	Params map[string]any
	// Relaxed lets a null in a condition not match instead of refusing the program,
	// as `edyc query` does; Where.Nulls says which columns that concerned.
	Relaxed bool
	// Topics are topics that exist besides the declared ones, as in `edyc query`.
	Topics []*ir.Topic
	// Before is an earlier check with the same options, nil for none: what has not
	// changed since is taken over. Nodes tell: a file that was read in parts keeps those
	// of the parts that stayed. The lists of the program are then in another order.
	Before *Result
}

// Result is a checked program. Program is complete only when Diags holds no error.
type Result struct {
	Program *ir.Program
	Diags   *diag.List
	// Uses maps each declaration to those it used, for whoever rechecks only what
	// changed.
	Uses map[ast.Decl][]ast.Decl
	// Stages maps each stage of the text to the type of the stream after it.
	Stages map[ast.Stage]*types.Stream
	// Inputs are what pipelines, routes and their arms, and views read, and the rows that
	// the steps of tests name.
	Inputs map[ast.Node]*types.Stream
	// Notes are what is known about the text of each declaration.
	Notes map[ast.Decl]*Notes

	checker *checker // what a later check takes over
}

// Check checks a file with everything it imports.
func Check(file *ast.File, opts Options) *Result {
	c := newChecker(opts)
	c.opts.Before = nil // it would hold on to every check before
	c.root = c.module(file, "")
	c.declareExtraTopics()
	c.takeOver(opts.Before)
	c.root.checkAll()
	c.finish()
	c.diags.Sort()
	return &Result{Program: c.prog, Diags: c.diags, Uses: c.uses, Stages: c.stages, Inputs: c.inputs, Notes: c.notes, checker: c}
}

// Query checks one pipeline against the topics given in the options, as the
// stream named "query".
func Query(p *ast.Pipeline, opts Options) *Result {
	file := &ast.File{Source: p.Span.File}
	head := ast.Head{At: p.At, Name: ast.Ident{At: p.At, Name: QueryStream}}
	file.Decls = []ast.Decl{&ast.StreamDecl{Head: head, Pipeline: p}}
	return Check(file, opts)
}

// QueryStream is the name of the stream that Query checks.
const QueryStream = "query"

// ErrorsTopic is the topic every module has for rows that failed.
const ErrorsTopic = "errors"

type checker struct {
	opts    Options
	diags   *diag.List
	prog    *ir.Program
	root    *module
	modules map[*source.File]*module
	uses    map[ast.Decl][]ast.Decl
	stages  map[ast.Stage]*types.Stream
	inputs  map[ast.Node]*types.Stream
	notes   map[ast.Decl]*Notes
	lent    map[ast.Decl]bool // whose notes are those of an earlier check, not to be changed
	kept    *kept             // what an earlier check found out; nil for nothing
	// current is the declaration being checked, innermost last.
	current     []ast.Decl
	errorsTopic *ir.Topic
	params      map[string]*ir.ParamDef
	// muted > 0 checks without reporting, to try a reading or to expand a function
	// whose own errors were reported at its declaration.
	muted int
}

func newChecker(opts Options) *checker {
	return &checker{
		opts: opts, diags: &diag.List{}, prog: &ir.Program{},
		modules: map[*source.File]*module{}, uses: map[ast.Decl][]ast.Decl{},
		stages: map[ast.Stage]*types.Stream{}, inputs: map[ast.Node]*types.Stream{},
		notes: map[ast.Decl]*Notes{}, lent: map[ast.Decl]bool{}, kept: &kept{}, params: map[string]*ir.ParamDef{},
	}
}

// report adds an error unless checking is muted; the result may always be filled in.
func (c *checker) report(code diag.Code, span source.Span, message, text string) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Labels: []diag.Label{{Span: span, Text: text}}}
	if c.muted == 0 {
		c.diags.Add(d)
	}
	return d
}

func (c *checker) warn(code diag.Code, span source.Span, message, text string) *diag.Diagnostic {
	d := c.report(code, span, message, text)
	d.Severity = diag.Warning
	return d
}

// quietly runs f without reporting and tells whether it would have reported errors.
func (c *checker) quietly(f func()) (failed bool) {
	_, failed = c.trial(f)
	return failed
}

// trial runs f without reporting, and gives the first error it would have reported.
func (c *checker) trial(f func()) (first *diag.Diagnostic, failed bool) {
	saved := c.diags
	c.diags = &diag.List{}
	muted := c.muted
	c.muted = 0
	f()
	for _, d := range c.diags.Items {
		if d.Severity == diag.Error && first == nil {
			first = d
		}
	}
	c.diags, c.muted = saved, muted
	return first, first != nil
}

// errorCount is how many errors were reported so far.
func (c *checker) errorCount() int {
	n := 0
	for _, d := range c.diags.Items {
		if d.Severity == diag.Error {
			n++
		}
	}
	return n
}

// use records that the declaration being checked depends on another.
func (c *checker) use(d ast.Decl) {
	if len(c.current) == 0 || d == nil {
		return
	}
	by := c.current[len(c.current)-1]
	for _, known := range c.uses[by] {
		if known == d {
			return
		}
	}
	c.uses[by] = append(c.uses[by], d)
}

// within checks a declaration as the current one.
func (c *checker) within(d ast.Decl, f func()) {
	c.current = append(c.current, d)
	f()
	c.current = c.current[:len(c.current)-1]
}
