package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// fieldName is a name where reserved words may stand: before ":" and left of "=".
type fieldName struct{ ast.Ident }

// callArgs are arguments in parentheses.
type callArgs struct {
	Span source.Span
	Args []ast.Arg
}

// parser reads the leaves of the grammar from participle's tokens. One parser serves
// one file at a time.
type parser struct {
	file *source.File
	// soft collects near misses: mistakes whose meaning is clear, so that parsing went
	// on as if they had been written right.
	soft   []*diag.Diagnostic
	stages map[string]stageParser
	depth  int
	// far is the mistake furthest into the text. It says more than the one participle
	// stops at, which may stand where an optional part began.
	far *syntaxError
}

// A token's Pos.Offset is where it starts and Pos.Line where it ends.

func (p *parser) span(t *lexer.Token) source.Span {
	return source.Span{File: p.file, Start: t.Pos.Offset, End: t.Pos.Line}
}

// from is the span from the start of a token to the end of the last consumed one.
func (p *parser) from(lex *lexer.PeekingLexer, start int) source.Span {
	tokens := lex.Range(0, lex.RawCursor())
	if len(tokens) == 0 {
		return source.Span{File: p.file, Start: start, End: start}
	}
	return source.Span{File: p.file, Start: start, End: max(start, tokens[len(tokens)-1].Pos.Line)}
}

// tokensSpan is the span of the tokens participle recorded for a node.
func (p *parser) tokensSpan(tokens []lexer.Token) source.Span {
	if len(tokens) == 0 {
		return source.Span{File: p.file}
	}
	return source.Span{File: p.file, Start: tokens[0].Pos.Offset, End: tokens[len(tokens)-1].Pos.Line}
}

func typeOf(k Kind) lexer.TokenType { return lexer.TokenType(-2 - int(k)) }

// bad is the class of the token that recovery puts in place of a broken stretch.
const bad = lexer.TokenType(-100)

func is(t *lexer.Token, k Kind) bool { return t.Type == typeOf(k) }

// isSign reports an operator or bracket, isWord a bare or reserved word.
func isSign(t *lexer.Token, text string) bool { return is(t, Op) && t.Value == text }

func isWord(t *lexer.Token, word string) bool {
	return (is(t, Ident) || is(t, Reserved)) && t.Value == word
}

// second is the token after the next one.
func second(lex *lexer.PeekingLexer) *lexer.Token {
	saved := lex.MakeCheckpoint()
	lex.Next()
	t := lex.Peek()
	lex.LoadCheckpoint(saved)
	return t
}

// last is the token read last.
func (p *parser) last(lex *lexer.PeekingLexer) *lexer.Token {
	return &lex.Range(lex.RawCursor()-1, lex.RawCursor())[0]
}

func (p *parser) take(lex *lexer.PeekingLexer, sign string) bool {
	if isSign(lex.Peek(), sign) {
		lex.Next()
		return true
	}
	return false
}

func (p *parser) takeWord(lex *lexer.PeekingLexer, word string) bool {
	if isWord(lex.Peek(), word) {
		lex.Next()
		return true
	}
	return false
}

func (p *parser) need(lex *lexer.PeekingLexer, sign string) error {
	if p.take(lex, sign) {
		return nil
	}
	return p.expected(lex, `"`+sign+`"`)
}

func (p *parser) needWord(lex *lexer.PeekingLexer, word string) error {
	if p.takeWord(lex, word) {
		return nil
	}
	if t := lex.Peek(); is(t, Ident) && t.Value == strings.ToUpper(word) {
		p.near(CodeHabit, p.span(t), `"`+t.Value+`" is written "`+word+`"`, "").
			Fix(diag.Apply, `write "`+word+`"`, "", diag.Edit{Span: p.span(t), Text: word})
		lex.Next()
		return nil
	}
	err := p.expected(lex, `"`+word+`"`)
	if e, ok := err.(*syntaxError); ok {
		p.meantWord(lex.Peek(), word, e)
	}
	return err
}

// ident reads a bare or back-quoted name.
func (p *parser) ident(lex *lexer.PeekingLexer) (ast.Ident, error) {
	t := lex.Peek()
	if !is(t, Ident) {
		return ast.Ident{}, participle.NextMatch
	}
	lex.Next()
	return ast.Ident{At: ast.At{Span: p.span(t)}, Name: strings.Trim(t.Value, "`")}, nil
}

// mustIdent is ident where nothing else can stand.
func (p *parser) mustIdent(lex *lexer.PeekingLexer, what string) (ast.Ident, error) {
	id, err := p.ident(lex)
	if err == nil {
		return id, nil
	}
	if t := lex.Peek(); is(t, Reserved) {
		return ast.Ident{}, p.fail(p.reservedName(t, what))
	}
	return ast.Ident{}, p.expected(lex, what)
}

// field reads a name where reserved words may stand too.
func (p *parser) field(lex *lexer.PeekingLexer) (fieldName, error) {
	t := lex.Peek()
	if is(t, Reserved) {
		lex.Next()
		return fieldName{ast.Ident{At: ast.At{Span: p.span(t)}, Name: t.Value}}, nil
	}
	id, err := p.ident(lex)
	return fieldName{id}, err
}

func (p *parser) path(lex *lexer.PeekingLexer) (ast.Path, error) {
	first, err := p.ident(lex)
	if err != nil {
		return ast.Path{}, err
	}
	out := ast.Path{At: first.At, Parts: []ast.Ident{first}}
	for isSign(lex.Peek(), ".") && (is(second(lex), Ident) || is(second(lex), Reserved)) {
		lex.Next()
		part, _ := p.field(lex)
		out.Parts = append(out.Parts, part.Ident)
		out.Span.End = part.Span.End
	}
	return out, nil
}

func (p *parser) mustPath(lex *lexer.PeekingLexer, what string) (ast.Path, error) {
	path, err := p.path(lex)
	if err != nil {
		_, err = p.mustIdent(lex, what)
	}
	return path, err
}

func (p *parser) stringLit(lex *lexer.PeekingLexer) (*ast.StringLit, error) {
	t := lex.Peek()
	if !is(t, String) && !is(t, Text) && !is(t, Raw) {
		return nil, participle.NextMatch
	}
	lex.Next()
	return &ast.StringLit{At: ast.At{Span: p.span(t)}, Value: p.textValue(t)}, nil
}

func (p *parser) intLit(lex *lexer.PeekingLexer) (*ast.IntLit, error) {
	t := lex.Peek()
	if !is(t, Int) {
		return nil, participle.NextMatch
	}
	lex.Next()
	return &ast.IntLit{At: ast.At{Span: p.span(t)}, Text: t.Value}, nil
}

// args reads "(" arguments ")".
func (p *parser) args(lex *lexer.PeekingLexer) (callArgs, error) {
	if !isSign(lex.Peek(), "(") {
		return callArgs{}, participle.NextMatch
	}
	start := lex.Next().Pos.Offset
	var out callArgs
	for !isSign(lex.Peek(), ")") {
		a, err := p.arg(lex)
		if err != nil {
			return out, err
		}
		out.Args = append(out.Args, a)
		if !p.take(lex, ",") {
			break
		}
	}
	if err := p.need(lex, ")"); err != nil {
		return out, err
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) arg(lex *lexer.PeekingLexer) (ast.Arg, error) {
	start := lex.Peek().Pos.Offset
	var a ast.Arg
	if t := lex.Peek(); (is(t, Ident) || is(t, Reserved)) && isSign(second(lex), ":") {
		name, _ := p.field(lex)
		lex.Next()
		a.Name = &name.Ident
	}
	x, err := p.mustExpr(lex)
	if err != nil {
		return a, err
	}
	a.Value = x
	a.Span = p.from(lex, start)
	return a, nil
}

// names are names in braces.
type names []ast.Ident

func (p *parser) names(lex *lexer.PeekingLexer) (names, error) {
	var out names
	if !p.take(lex, "{") {
		return nil, participle.NextMatch
	}
	for {
		id, err := p.mustIdent(lex, "a name")
		if err != nil {
			return nil, err
		}
		out = append(out, id)
		if !p.take(lex, ",") || isSign(lex.Peek(), "}") {
			return out, p.need(lex, "}")
		}
	}
}

// params are parameters in parentheses.
type params []*ast.Param

func (p *parser) params(lex *lexer.PeekingLexer) (params, error) {
	var out params
	if !p.take(lex, "(") {
		return nil, participle.NextMatch
	}
	for !isSign(lex.Peek(), ")") {
		start := lex.Peek().Pos.Offset
		name, err := p.field(lex)
		if err != nil {
			return nil, p.expected(lex, "a parameter")
		}
		param := &ast.Param{Name: name.Ident}
		if !p.take(lex, ":") && !p.colonMeant(lex, param.Name) {
			return nil, p.untyped(lex, param.Name)
		}
		if param.Type, err = p.mustType(lex); err != nil {
			return nil, err
		}
		if p.take(lex, "=") {
			if param.Default, err = p.mustExpr(lex); err != nil {
				return nil, err
			}
		}
		param.Span = p.from(lex, start)
		out = append(out, param)
		if !p.take(lex, ",") {
			break
		}
	}
	return out, p.need(lex, ")")
}
