package check

import (
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

// Notes are what checking found out about the text of one declaration, for whoever
// shows it. An expression that was tried more than once is noted each time; the last
// note holds.
type Notes struct {
	Exprs []ExprNote
	Names []NameNote
}

// ExprNote says what an expression means.
type ExprNote struct {
	Expr  ast.Expr
	Value ir.Expr       // of unknown type where it has a mistake
	Want  *types.Type   // what stands around it expects, nil for anything
	In    *types.Stream // the row whose columns it can name, nil for none
}

// NameNote says which declaration a name stands for.
type NameNote struct {
	At   source.Span
	Path ast.Path
	Decl ast.Decl
}

// noting is the notes that a place belongs in, nil where its declaration is not the one
// being checked, as when a function is looked into.
func (c *checker) noting(at source.Span) *Notes {
	if c.muted > 0 || len(c.current) == 0 {
		return nil
	}
	d := c.current[len(c.current)-1]
	if within := d.Pos(); within.File != at.File || at.Start < within.Start || at.End > within.End {
		return nil
	}
	n := c.notes[d]
	if n == nil || c.lent[d] {
		delete(c.lent, d)
		n = &Notes{}
		c.notes[d] = n
	}
	return n
}

func (s *scope) noteExpr(e ast.Expr, x ir.Expr, want *types.Type) {
	if n := s.m.c.noting(e.Pos()); n != nil {
		in := s.in
		if in == nil {
			in = s.row
		}
		n.Exprs = append(n.Exprs, ExprNote{e, x, want, in})
	}
}

func (c *checker) noteName(path ast.Path, d ast.Decl) {
	if d == nil {
		return
	}
	if n := c.noting(path.Span); n != nil {
		n.Names = append(n.Names, NameNote{path.Span, path, d})
	}
}
