package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// syntaxError is a mistake the parser cannot read past.
type syntaxError struct {
	code diag.Code
	at   source.Span
	msg  string
	text string
	fix  *diag.Fix
	note string
	also *source.Span // a place to be shown too
	// here: the token itself is wrong, whatever stands before it. colon: the member that
	// lacks its colon begins with the token before.
	here, colon bool
	missing     string // a sign that can be taken as written
}

func (e *syntaxError) Error() string { return e.msg }

func (e *syntaxError) Message() string { return e.msg }

func (e *syntaxError) Position() lexer.Position {
	return lexer.Position{Offset: e.at.Start, Line: e.at.End}
}

// fail notes how far parsing came and returns the mistake.
func (p *parser) fail(e *syntaxError) error {
	if p.far == nil || e.at.Start > p.far.at.Start || e.at.Start == p.far.at.Start && p.far.code == CodeUnexpected {
		p.far = e
	}
	return e
}

// expected is E0101 at the next token.
func (p *parser) expected(lex *lexer.PeekingLexer, what string) error {
	t := lex.Peek()
	return p.fail(&syntaxError{code: CodeUnexpected, at: p.span(t), msg: "expected " + what + foundText(t), text: ""})
}

// unexpected is expected where all before the next token is complete.
func (p *parser) unexpected(lex *lexer.PeekingLexer, what string) error {
	err := p.expected(lex, what)
	if e, ok := err.(*syntaxError); ok {
		e.here = true
	}
	return err
}

func (p *parser) noColon(lex *lexer.PeekingLexer) error {
	err := p.expected(lex, `":"`)
	if e, ok := err.(*syntaxError); ok {
		e.colon = true
	}
	return err
}

// colonMeant reads over the colon that lacks between a field and its type, or the sign
// that stands in its place, where the type follows on the same line.
func (p *parser) colonMeant(lex *lexer.PeekingLexer, name ast.Ident) bool {
	t := lex.Peek()
	next := t
	if isSign(t, "=") {
		next = second(lex)
	}
	if !is(next, Ident) || strings.Contains(p.file.Text[name.Span.End:next.Pos.Offset], "\n") {
		return false
	}
	at := source.Span{File: p.file, Start: name.Span.End, End: name.Span.End}
	if isSign(t, "=") {
		at.End = lex.Next().Pos.Line
	}
	p.near(CodeUnexpected, p.span(t), `the type of "`+name.Name+`" follows ":"`, "").
		Fix(diag.Apply, `write ":"`, name.Name+": "+next.Value, diag.Edit{Span: at, Text: ":"})
	return true
}

// untyped is a parameter without its type.
func (p *parser) untyped(lex *lexer.PeekingLexer, name ast.Ident) error {
	err := p.expected(lex, `":"`)
	if e, ok := err.(*syntaxError); ok {
		e.msg = `the parameter "` + name.Name + `" needs a type`
		at := source.Span{File: p.file, Start: name.Span.End, End: name.Span.End}
		e.fix = &diag.Fix{Title: "such as", Preview: name.Name + ": double", Confidence: diag.Maybe, Edits: []diag.Edit{{Span: at, Text: ": double"}}}
	}
	return err
}

func foundText(t *lexer.Token) string {
	switch {
	case t.EOF():
		return ", and the text ends here"
	case is(t, Doc):
		return ", found a doc comment"
	}
	return ", found " + quoteText(t.Value)
}

func quoteText(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i] + "..."
	}
	if strings.HasPrefix(s, `"`) {
		return s
	}
	return `"` + s + `"`
}

// near reports a near miss that reads as what was meant.
func (p *parser) near(code diag.Code, at source.Span, message, text string) *diag.Diagnostic {
	for _, d := range p.soft { // a branch of the grammar that was tried before may have said it
		if d.Code == code && d.Span() == at {
			d.Notes, d.Fixes = nil, nil
			return d
		}
	}
	d := &diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Labels: []diag.Label{{Span: at, Text: text}}}
	p.soft = append(p.soft, d)
	return d
}

// insertion is an edit before a token.
func (p *parser) insertion(t *lexer.Token, text string) diag.Edit {
	return diag.Edit{Span: source.Span{File: p.file, Start: t.Pos.Offset, End: t.Pos.Offset}, Text: text}
}

// deletion is an edit that takes out all from one token up to another.
func (p *parser) deletion(from, to *lexer.Token) diag.Edit {
	return diag.Edit{Span: source.Span{File: p.file, Start: from.Pos.Offset, End: to.Pos.Offset}}
}

// reservedName is E0109.
func (p *parser) reservedName(t *lexer.Token, what string) *syntaxError {
	quoted := "`" + t.Value + "`"
	return &syntaxError{code: CodeReserved, at: p.span(t), msg: `"` + t.Value + `" is a word of the language and needs back-quotes to be ` + what,
		fix: &diag.Fix{Title: "quote it", Preview: quoted, Confidence: diag.Apply, Edits: []diag.Edit{{Span: p.span(t), Text: quoted}}}}
}
