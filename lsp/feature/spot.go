package feature

import (
	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// spot is a place in a file, and what the program knows about it.
type spot struct {
	s      *Snapshot
	p      *Program
	doc    *Doc
	part   *syntax.Part
	at     int // in the part
	decl   ast.Decl
	notes  *check.Notes
	offset int // in the file
}

// spot finds a place, nil in a file that cannot be read.
func (s *Snapshot) spot(path string, offset int) *spot {
	p := s.Program(path)
	if p == nil {
		return nil
	}
	sp := &spot{s: s, p: p, doc: p.Root, offset: offset}
	sp.part = sp.doc.partAt(offset)
	sp.decl, sp.at = sp.doc.declAt(offset)
	if sp.decl != nil {
		sp.notes = p.Result.Notes[sp.decl]
	}
	if sp.notes == nil {
		sp.notes = &check.Notes{}
	}
	return sp
}

// holds reports that a span of the part touches the place.
func (sp *spot) holds(span source.Span) bool {
	return span.File == sp.part.File && span.Start <= sp.at && sp.at <= span.End
}

// expr is the innermost expression at the place, as it was checked last.
func (sp *spot) expr() (check.ExprNote, bool) {
	var best check.ExprNote
	found := false
	for _, n := range sp.notes.Exprs {
		span := n.Expr.Pos()
		if !sp.holds(span) {
			continue
		}
		if !found || span.End-span.Start <= best.Expr.Pos().End-best.Expr.Pos().Start {
			best, found = n, true
		}
	}
	return best, found
}

// name is the declaration that the name at the place stands for.
func (sp *spot) name() (check.NameNote, bool) {
	for _, n := range sp.notes.Names {
		if sp.holds(n.At) {
			return n, true
		}
	}
	return check.NameNote{}, false
}

// token is the token at the place; one that ends there counts when none begins there.
func (sp *spot) token() (t syntax.Token, text string) {
	tokens := wordsOf(sp.part.File)
	for i, t := range tokens {
		if t.Kind == syntax.EOF || t.Start > sp.at {
			break
		}
		if t.Start <= sp.at && sp.at < t.End || t.End == sp.at && (i+1 == len(tokens) || tokens[i+1].Start > sp.at || !wordlike(tokens[i+1].Kind)) {
			return t, sp.part.File.Text[t.Start:t.End]
		}
	}
	return syntax.Token{}, ""
}

func wordlike(k syntax.Kind) bool { return k == syntax.Ident || k == syntax.Reserved }

func (sp *spot) span(t syntax.Token) source.Span {
	return source.Span{File: sp.part.File, Start: t.Start, End: t.End}
}

// stage is the innermost stage at the place: its flow and its number there.
func (sp *spot) stage() (f flow, i int, ok bool) {
	if sp.decl == nil {
		return flow{}, 0, false
	}
	size := 0
	for _, g := range flowsOf(sp.decl) {
		for k, st := range g.Stages {
			span := st.Pos()
			// the sign of the pipe in front of it belongs to a stage
			if k > 0 {
				span.Start = max(g.Stages[k-1].Pos().End, span.Start-3)
			} else {
				span.Start = max(0, span.Start-3)
			}
			if sp.holds(span) && (!ok || span.End-span.Start <= size) {
				f, i, ok, size = g, k, true, span.End-span.Start
			}
		}
	}
	return f, i, ok
}

// flowAt is the innermost flow at the place, and how many of its stages end above it.
func (sp *spot) flowAt() (f flow, above int, ok bool) {
	if sp.decl == nil {
		return flow{}, 0, false
	}
	for _, g := range flowsOf(sp.decl) {
		if sp.holds(g.Span) {
			f, ok = g, true
		}
	}
	for above < len(f.Stages) && f.Stages[above].Pos().End < sp.at {
		above++
	}
	return f, above, ok
}

// word is what a stage begins with.
func word(st ast.Node) string {
	text := st.Pos().Text()
	for i := 0; i < len(text); i++ {
		if c := text[i]; (c < 'a' || c > 'z') && c != '_' {
			return text[:i]
		}
	}
	return text
}

// visible are the names of the columns that can be written.
func visible(t *types.Stream) []types.Column {
	if t == nil {
		return nil
	}
	var out []types.Column
	for _, c := range t.Columns {
		if c.Name != "" && c.Name[0] != '$' {
			out = append(out, c)
		}
	}
	return out
}
