// Package ast holds the syntax tree of .edy files: plain data, every node with
// the span of its text.
//
// Nodes carry no behaviour and no results of checking, so that a tree can be
// shared between an editor, the checker and the formatter. A part of the text
// that could not be read stands in the tree as a Bad node, never as nil.
package ast

import "github.com/edynamic/edynamic/lang/source"

// Node is anything with a place.
type Node interface{ Pos() source.Span }

// At is embedded by every node.
type At struct{ Span source.Span }

// Pos is where the node's text is.
func (a At) Pos() source.Span { return a.Span }

// Ident is a name as used; Name is without back-quotes.
type Ident struct {
	At
	Name string
}

// Path is a dotted name.
type Path struct {
	At
	Parts []Ident
}

// String joins the parts with dots.
func (p Path) String() string {
	s := ""
	for i, part := range p.Parts {
		if i > 0 {
			s += "."
		}
		s += part.Name
	}
	return s
}

// File is one parsed source file. Decls keeps declarations in text order.
type File struct {
	Source  *source.File
	Module  *ModuleDecl // nil when the file does not name itself
	Imports []*ImportDecl
	Decls   []Decl
}

// ModuleDecl is `module a.b timezone "Z" edition 1`.
type ModuleDecl struct {
	At
	Name     Path
	Timezone *StringLit // nil when not written
	Edition  *IntLit    // nil when not written
}

// ImportDecl is `import a.b`, `import a.{X, Y}` or `import "file.edy" as x`.
type ImportDecl struct {
	At
	Path  Path       // empty when File is set
	Names []Ident    // the braces' names, nil when the whole module is imported
	File  *StringLit // a file import
	As    *Ident
}

// Annotation is `@pii` or `@was("old")`; Name is without "@".
type Annotation struct {
	At
	Name string
	Args []Arg
}

// Head is what may stand before any declaration. Its span covers the whole
// declaration, doc comments included.
type Head struct {
	At
	Doc         []string // lines without "///" and one leading space
	Annotations []Annotation
	Export      bool
	Name        Ident // the declared name; for tests the title; empty for grants
}

// Decl is a top-level declaration.
type Decl interface {
	Node
	DeclHead() *Head
}

// DeclHead returns the head itself, so that embedding Head makes a Decl.
func (h *Head) DeclHead() *Head { return h }

// BadDecl is a stretch of text that could not be read as a declaration. Its name is set
// where that much could be read, so that nobody need miss it.
type BadDecl struct{ Head }
