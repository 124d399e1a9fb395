package syntax

import (
	"io"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// grammar is participle's parsers for one declaration, with leaves that call back into the
// parser of the file at hand. Each is built when it is first needed.
type grammar struct {
	*parser
	options []participle.Option
	ones    map[string]declParser     // by the word of the declaration (grammar_word.go)
	whole   *participle.Parser[declG] // of all of them
}

// grammars are reused: building one costs more than parsing a small file with it.
var grammars = sync.Pool{New: func() any { return newGrammar() }}

func newGrammar() *grammar {
	p := &parser{stages: stageTable()}
	return &grammar{parser: p, ones: map[string]declParser{}, options: []participle.Option{
		participle.Lexer(classes{}),
		participle.UseLookahead(0), // every choice is decided by its first token
		leafOf(p.ident),
		leafOf(p.field),
		leafOf(p.path),
		leafOf(p.stringLit),
		leafOf(p.intLit),
		leafOf(p.list),
		leafOf(p.args),
		leafOf(p.names),
		leafOf(p.params),
		participle.ParseTypeWith(p.expr),
		participle.ParseTypeWith(p.typ),
		leafOf(p.recordBody),
		leafOf(p.annotation),
		leafOf(p.rel),
		leafOf(p.pipeline),
		participle.ParseTypeWith(p.stage),
	}}
}

// leafOf hands a parser of our own to participle.
func leafOf[T any](parse func(*lexer.PeekingLexer) (T, error)) participle.Option {
	return participle.ParseTypeWith(func(lex *lexer.PeekingLexer) (leaf[T], error) {
		v, err := parse(lex)
		if err != nil {
			return nil, err
		}
		return box[T]{v}, nil
	})
}

// classes tells participle the names of the token classes; the tokens themselves come
// from Lex.
type classes struct{}

func (classes) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{
		"EOF": lexer.EOF, "Doc": typeOf(Doc), "Comment": typeOf(Comment), "Temporal": typeOf(Temporal), "Annot": typeOf(Annot),
		"Duration": typeOf(Duration), "Size": typeOf(Size), "Float": typeOf(Float), "Decimal": typeOf(Decimal), "Int": typeOf(Int),
		"Text": typeOf(Text), "FString": typeOf(FString), "Raw": typeOf(Raw), "String": typeOf(String), "Ident": typeOf(Ident),
		"Reserved": typeOf(Reserved), "Op": typeOf(Op), "Illegal": typeOf(Illegal), "Bad": bad,
	}
}

// Lex is never called: chunks of tokens are parsed, not text.
func (classes) Lex(string, io.Reader) (lexer.Lexer, error) { return nil, io.ErrUnexpectedEOF }

// tokenFeed hands out tokens that are lexed already, and then EOF.
type tokenFeed struct {
	tokens []lexer.Token
	at     int
}

func (f *tokenFeed) Next() (lexer.Token, error) {
	if f.at == len(f.tokens) {
		return endOf(f.tokens), nil
	}
	f.at++
	return f.tokens[f.at-1], nil
}

// endOf is the EOF behind tokens.
func endOf(tokens []lexer.Token) lexer.Token {
	end := 0
	if n := len(tokens); n > 0 {
		end = tokens[n-1].Pos.Line
	}
	return lexer.Token{Type: lexer.EOF, Pos: lexer.Position{Offset: end, Line: end}}
}

// feed turns tokens into what participle reads, without comments.
func (p *parser) feed(tokens []Token) *lexer.PeekingLexer {
	out := make([]lexer.Token, 0, len(tokens))
	for _, t := range tokens {
		if t.Kind == Comment {
			continue
		}
		out = append(out, p.lexerToken(t))
	}
	return peeking(out)
}

func peeking(tokens []lexer.Token) *lexer.PeekingLexer {
	lex, err := lexer.Upgrade(&tokenFeed{tokens: tokens})
	if err != nil {
		panic("a token feed cannot fail: " + err.Error())
	}
	return lex
}

// What a token's Pos.Column says: where it stands in its line.
const (
	inLine   = iota // after another token or a comment
	indented        // first on its line, after white space
	flush           // first on its line, in the first column
)

func (p *parser) lexerToken(t Token) lexer.Token {
	out := lexer.Token{Type: typeOf(t.Kind), Value: p.file.Text[t.Start:t.End], Pos: lexer.Position{Offset: t.Start, Line: t.End, Column: inLine}}
	if t.Kind == EOF {
		out.Type = lexer.EOF
	}
	return out
}
