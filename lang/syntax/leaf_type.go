package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// typ reads a type.
func (p *parser) typ(lex *lexer.PeekingLexer) (ast.Type, error) {
	t := lex.Peek()
	if isSign(t, "{") {
		return p.recordType(lex)
	}
	if is(t, Ident) && isSign(second(lex), ":") { // the next field
		return nil, participle.NextMatch
	}
	name, err := p.path(lex)
	if err != nil {
		return nil, err
	}
	out := &ast.NamedType{Name: name}
	if p.take(lex, "(") {
		for {
			arg, err := p.typeArg(lex)
			if err != nil {
				return nil, err
			}
			out.Args = append(out.Args, arg)
			if !p.take(lex, ",") {
				break
			}
		}
		if err := p.need(lex, ")"); err != nil {
			return nil, err
		}
	}
	if p.take(lex, "<") {
		for {
			inner, err := p.mustType(lex)
			if err != nil {
				return nil, err
			}
			out.Params = append(out.Params, inner)
			if !p.take(lex, ",") {
				break
			}
		}
		if err := p.need(lex, ">"); err != nil {
			return nil, err
		}
	}
	out.Span = p.from(lex, name.Span.Start)
	if isSign(lex.Peek(), "[") && isSign(second(lex), "]") {
		return p.arrayMeant(lex, out), nil
	}
	out.Nullable = p.take(lex, "?")
	out.Span = p.from(lex, name.Span.Start)
	return out, nil
}

// arrayMeant reads `t[]`.
func (p *parser) arrayMeant(lex *lexer.PeekingLexer, elem *ast.NamedType) ast.Type {
	t := lex.Next()
	lex.Next()
	at := p.from(lex, elem.Span.Start)
	text := "array<" + elem.Span.Text() + ">"
	p.near(CodeHabit, source.Span{File: p.file, Start: t.Pos.Offset, End: at.End}, "a list is an array of its elements", "").
		Fix(diag.Apply, "write it so", text, diag.Edit{Span: at, Text: text})
	out := &ast.NamedType{At: ast.At{Span: at}, Name: ast.Path{At: elem.At, Parts: []ast.Ident{{At: elem.At, Name: "array"}}}, Params: []ast.Type{elem}}
	out.Nullable = p.take(lex, "?")
	return out
}

func (p *parser) mustType(lex *lexer.PeekingLexer) (ast.Type, error) {
	t, err := p.typ(lex)
	if err == participle.NextMatch {
		return nil, p.expected(lex, "a type")
	}
	return t, err
}

func (p *parser) typeArg(lex *lexer.PeekingLexer) (ast.TypeArg, error) {
	t := lex.Peek()
	switch {
	case is(t, Int):
		lex.Next()
		return ast.TypeArg{At: ast.At{Span: p.span(t)}, Int: &ast.IntLit{At: ast.At{Span: p.span(t)}, Text: t.Value}}, nil
	case is(t, Ident):
		lex.Next()
		return ast.TypeArg{At: ast.At{Span: p.span(t)}, Word: t.Value}, nil
	}
	return ast.TypeArg{}, p.expected(lex, "a number")
}

// recordType reads { a: T  b: T? } as a type.
func (p *parser) recordType(lex *lexer.PeekingLexer) (ast.Type, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Next().Pos.Offset
	out := &ast.RecordType{}
	for !isSign(lex.Peek(), "}") {
		f, err := p.recordField(lex)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out.Fields = append(out.Fields, f)
		}
	}
	lex.Next()
	out.Nullable = p.take(lex, "?")
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) recordField(lex *lexer.PeekingLexer) (*ast.Field, error) {
	start := lex.Peek().Pos.Offset
	f := &ast.Field{}
	if lex.Peek().Type == bad {
		lex.Next()
		return nil, nil
	}
	for is(lex.Peek(), Doc) {
		f.Doc = append(f.Doc, docText(lex.Next().Value))
	}
	name, err := p.field(lex)
	if err != nil {
		return nil, p.unexpected(lex, "a field or \"}\"")
	}
	f.Name = name.Ident
	if !p.take(lex, ":") && !p.colonMeant(lex, f.Name) {
		return nil, p.noColon(lex)
	}
	if f.Type, err = p.mustType(lex); err != nil {
		return nil, err
	}
	if p.take(lex, "=") {
		if f.Default, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
	}
	for is(lex.Peek(), Annot) {
		a, err := p.annotation(lex)
		if err != nil {
			return nil, err
		}
		f.Annotations = append(f.Annotations, a)
	}
	p.take(lex, ",")
	f.Span = p.from(lex, start)
	return f, nil
}

func (p *parser) annotation(lex *lexer.PeekingLexer) (ast.Annotation, error) {
	var a ast.Annotation
	if !is(lex.Peek(), Annot) {
		return a, participle.NextMatch
	}
	t := lex.Next()
	a.Name = strings.TrimPrefix(t.Value, "@")
	args, err := p.args(lex)
	if err != nil && err != participle.NextMatch {
		return a, err
	}
	a.Args = args.Args
	a.Span = p.from(lex, t.Pos.Offset)
	return a, nil
}

func (p *parser) recordBody(lex *lexer.PeekingLexer) (*ast.RecordType, error) {
	if !isSign(lex.Peek(), "{") {
		return nil, participle.NextMatch
	}
	t, err := p.recordType(lex)
	if err != nil {
		return nil, err
	}
	return t.(*ast.RecordType), nil
}

func docText(line string) string {
	return strings.TrimPrefix(strings.TrimPrefix(line, "///"), " ")
}
