package feature

import (
	lsp "github.com/tliron/glsp/protocol_3_16"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
)

// The numbers of token types in the legend.
const (
	tokKeyword = iota
	tokType
	tokEnum
	tokEnumMember
	tokStruct
	tokProperty
	tokVariable
	tokParameter
	tokFunction
	tokNamespace
	tokString
	tokNumber
	tokOperator
	tokComment
	tokDecorator
	tokClass
)

// The bits of token modifiers in the legend.
const (
	modDeclaration = 1 << iota
	modDefaultLibrary
	modReadonly
	modDocumentation
)

// Tokens are the semantic tokens of a file, in the numbers of the protocol; only those
// of a range where one is given.
func (s *Snapshot) Tokens(path string, only *lsp.Range) []uint32 {
	data := []uint32{}
	p := s.Program(path)
	if p == nil {
		return data
	}
	from, to := 0, len(p.Root.text())
	if only != nil {
		from, to = s.env.Encoding.Offset(p.Root.File, only.Start), s.env.Encoding.Offset(p.Root.File, only.End)
	}
	var line, column uint32
	for _, part := range p.Root.Parts {
		if part.Start+len(part.File.Text) < from || part.Start > to {
			continue
		}
		kinds := p.nameKinds(part)
		for _, t := range syntax.Lex(part.File) {
			k, mods, ok := tokenKind(t, part.File.Text[t.Start:t.End], kinds)
			if !ok || part.Start+t.End <= from || part.Start+t.Start >= to {
				continue
			}
			for _, piece := range s.linesOf(p.Root, part.Start+t.Start, part.Start+t.End) {
				at := piece.Start
				if at.Line == line {
					data = append(data, 0, at.Character-column)
				} else {
					data = append(data, at.Line-line, at.Character)
				}
				data = append(data, piece.End.Character-at.Character, uint32(k), uint32(mods))
				line, column = at.Line, at.Character
			}
		}
	}
	return data
}

// linesOf cuts a stretch into those of its lines, since a token may not go over one.
func (s *Snapshot) linesOf(doc *Doc, start, end int) []lsp.Range {
	var out []lsp.Range
	for start < end {
		stop := start
		for stop < end && doc.text()[stop] != '\n' {
			stop++
		}
		if stop > start {
			out = append(out, s.env.Encoding.Range(doc.File, start, stop))
		}
		start = stop + 1
	}
	return out
}

type tokenNote struct{ kind, mods int }

// nameKinds says what the names of a part are, by their offset.
func (p *Program) nameKinds(part *syntax.Part) map[int]tokenNote {
	out := map[int]tokenNote{}
	for _, d := range part.Tree.Decls {
		notes := p.Result.Notes[d]
		if notes != nil {
			for _, n := range notes.Exprs {
				noteTokens(out, n.Expr, n.Value)
			}
			for _, n := range notes.Names {
				last := n.Path.Parts[len(n.Path.Parts)-1]
				out[last.Span.Start] = tokenNote{kind: declToken(n.Decl)}
				for _, first := range n.Path.Parts[:len(n.Path.Parts)-1] {
					out[first.Span.Start] = tokenNote{kind: tokNamespace}
				}
			}
		}
		declarationTokens(out, d)
	}
	return out
}

func noteTokens(out map[int]tokenNote, e ast.Expr, x ir.Expr) {
	switch e := e.(type) {
	case *ast.Name:
		kind := tokProperty
		switch v := x.(type) {
		case *ir.Const:
			kind = tokVariable
			if v.T.Kind == types.Enum {
				kind = tokEnumMember
			}
		case *ir.Local:
			kind = tokParameter
		case *ir.Param:
			kind = tokVariable
		}
		out[e.Span.Start] = tokenNote{kind: kind}
	case *ast.FieldExpr:
		out[e.Name.Span.Start] = tokenNote{kind: tokProperty}
		if c, ok := x.(*ir.Const); ok && c.T.Kind == types.Enum {
			out[e.Name.Span.Start] = tokenNote{kind: tokEnumMember}
		}
	case *ast.CallExpr:
		if n, ok := e.Fn.(*ast.Name); ok {
			out[n.Span.Start] = tokenNote{kind: tokFunction}
		}
	case *ast.RecordExpr:
		for _, f := range e.Fields {
			out[f.Name.Span.Start] = tokenNote{kind: tokProperty}
		}
	}
}

func declToken(d ast.Decl) int {
	switch d := d.(type) {
	case *ast.SchemaDecl:
		if d.Union != nil {
			return tokClass
		}
		return tokStruct
	case *ast.EnumDecl:
		return tokEnum
	case *ast.FnDecl, *ast.PipeDecl:
		return tokFunction
	case *ast.SourceDecl, *ast.SinkDecl:
		return tokNamespace
	case *ast.TopicDecl, *ast.StreamDecl, *ast.ViewDecl, *ast.CommandDecl, *ast.RouteDecl, *ast.ConstDecl, *ast.ParamDecl,
		*ast.SecretDecl, *ast.ScheduleDecl, *ast.PolicyDecl, *ast.GrantDecl, *ast.TestDecl, *ast.BadDecl:
	}
	return tokVariable
}

func declarationTokens(out map[int]tokenNote, d ast.Decl) {
	head := d.DeclHead()
	if _, isTest := d.(*ast.TestDecl); !isTest && head.Name.Name != "" {
		out[head.Name.Span.Start] = tokenNote{declToken(d), modDeclaration}
	}
	switch d := d.(type) {
	case *ast.SchemaDecl:
		if d.Record != nil {
			for _, f := range d.Record.Fields {
				out[f.Name.Span.Start] = tokenNote{tokProperty, modDeclaration}
				typeTokens(out, f.Type)
			}
		}
	case *ast.EnumDecl:
		for _, item := range d.Items {
			out[item.Name.Span.Start] = tokenNote{tokEnumMember, modDeclaration}
		}
	case *ast.TopicDecl:
		if d.Row != nil {
			typeTokens(out, d.Row)
		}
	case *ast.FnDecl:
		for _, p := range d.Params {
			out[p.Name.Span.Start] = tokenNote{tokParameter, modDeclaration}
			typeTokens(out, p.Type)
		}
		typeTokens(out, d.Result)
	}
	if block, _ := settingsOf(d); block != nil {
		for _, item := range block.Items {
			out[item.Name.Span.Start] = tokenNote{kind: tokProperty}
		}
	}
}

func typeTokens(out map[int]tokenNote, t ast.Type) {
	switch t := t.(type) {
	case *ast.NamedType:
		if _, known := out[t.Name.Span.Start]; !known {
			out[t.Name.Span.Start] = tokenNote{tokType, modDefaultLibrary}
		}
		for _, p := range t.Params {
			typeTokens(out, p)
		}
	case *ast.RecordType:
		for _, f := range t.Fields {
			out[f.Name.Span.Start] = tokenNote{tokProperty, modDeclaration}
			typeTokens(out, f.Type)
		}
	case *ast.BadType:
	}
}

// tokenKind is the type of a token; ok is false for those that are not coloured.
func tokenKind(t syntax.Token, text string, names map[int]tokenNote) (kind, mods int, ok bool) {
	switch t.Kind {
	case syntax.Doc:
		return tokComment, modDocumentation, true
	case syntax.Comment:
		return tokComment, 0, true
	case syntax.Annot:
		return tokDecorator, 0, true
	case syntax.Duration, syntax.Size, syntax.Float, syntax.Decimal, syntax.Int, syntax.Temporal:
		return tokNumber, 0, true
	case syntax.Text, syntax.FString, syntax.Raw, syntax.String:
		return tokString, 0, true
	case syntax.Ident:
		if n, known := names[t.Start]; known {
			return n.kind, n.mods, true
		}
		if isWord(text) {
			return tokKeyword, 0, true
		}
		return tokVariable, 0, true
	case syntax.Reserved:
		if n, known := names[t.Start]; known {
			return n.kind, n.mods, true
		}
		return tokKeyword, 0, true
	case syntax.Op:
		if text == "|>" || text == "->" || text == "=>" || text == "??" {
			return tokOperator, 0, true
		}
	case syntax.EOF, syntax.Illegal:
	}
	return 0, 0, false
}

// isWord tells that a name is a word of the language somewhere.
func isWord(text string) bool {
	if stageDocs[text] != "" || contains(declarationWords, text) {
		return true
	}
	for _, list := range []map[string][]string{clauseWords, headWords} {
		for _, words := range list {
			if contains(words, text) {
				return true
			}
		}
	}
	return false
}

// TokensDelta are the edits that turn one answer into another.
func TokensDelta(was, now []uint32) []lsp.SemanticTokensEdit {
	front := 0
	for front < len(was) && front < len(now) && was[front] == now[front] {
		front++
	}
	back := 0
	for back < len(was)-front && back < len(now)-front && was[len(was)-1-back] == now[len(now)-1-back] {
		back++
	}
	if front == len(was) && front == len(now) {
		return []lsp.SemanticTokensEdit{}
	}
	return []lsp.SemanticTokensEdit{{
		Start: uint32(front), DeleteCount: uint32(len(was) - front - back), Data: now[front : len(now)-back],
	}}
}
