package syntax

import (
	"fmt"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Parse reads a whole file. The tree holds every declaration that could be read,
// with Bad nodes where parts of it could not.
func Parse(f *source.File) (*ast.File, *diag.List) {
	r := newReader(f)
	defer r.done()
	r.lexical()
	out := &ast.File{Source: f}
	for _, chunk := range r.chunks() {
		r.chunk(out, chunk)
	}
	return out, r.result()
}

// ParsePipeline reads text that is one pipeline, as `edyc query` takes it.
func ParsePipeline(f *source.File) (*ast.Pipeline, *diag.List) {
	r := newReader(f)
	defer r.done()
	r.lexical()
	var out *ast.Pipeline
	r.recovering(r.closed(r.tokens), func(lex *lexer.PeekingLexer) error {
		p, err := r.g.pipeline(lex)
		if err == nil && !lex.Peek().EOF() {
			err = r.g.expected(lex, `"|>" or the end`)
		}
		if err == nil {
			out = p
		}
		return err
	})
	if out == nil {
		at := ast.At{Span: source.Span{File: f, End: len(f.Text)}}
		out = &ast.Pipeline{At: at, From: ast.RelRef{At: at}}
	}
	return out, r.result()
}

// ParseExpr reads text that is one expression.
func ParseExpr(f *source.File) (ast.Expr, *diag.List) {
	r := newReader(f)
	defer r.done()
	r.lexical()
	lex := peeking(r.closed(r.tokens))
	x, err := r.g.mustExpr(lex)
	if err == nil && !lex.Peek().EOF() {
		err = r.g.expected(lex, "the end")
	}
	if err != nil {
		r.fail(err)
		x = &ast.BadExpr{At: ast.At{Span: source.Span{File: f, End: len(f.Text)}}}
	}
	return x, r.result()
}

// reader parses one file.
type reader struct {
	g      *grammar
	file   *source.File
	tokens []lexer.Token // without comments, near misses mended; the last is EOF
	diags  diag.List
	errors int
	more   int
}

func newReader(f *source.File) *reader {
	g := grammars.Get().(*grammar)
	g.file, g.soft, g.depth = f, nil, 0
	return &reader{g: g, file: f}
}

func (r *reader) done() {
	r.g.file, r.g.soft = nil, nil
	grammars.Put(r.g)
}

// result sorts what was found and bounds it.
func (r *reader) result() *diag.List {
	for _, d := range r.g.soft {
		r.add(d)
	}
	r.diags.Sort()
	if r.more > 0 && len(r.diags.Items) > 0 {
		last := r.diags.Items[len(r.diags.Items)-1]
		last.Note(fmt.Sprintf("and %d more syntax errors in this file", r.more))
	}
	return &r.diags
}

// add keeps a diagnostic while there is room.
func (r *reader) add(d *diag.Diagnostic) {
	if r.errors++; r.errors > maxErrors {
		r.more++
		return
	}
	r.diags.Add(d)
}

// fail turns a parse error into a diagnostic.
func (r *reader) fail(err error) {
	at := r.errorSpan(err)
	e, ok := err.(*syntaxError)
	if !ok {
		text := at.Text()
		d := diag.Diagnostic{Code: CodeUnexpected, Labels: []diag.Label{{Span: at}}}
		d.Message = quoteText(text) + " is not expected here"
		if text == "" {
			d.Message = "something is missing where the text ends"
		}
		if want := expectation(err); want != "" {
			d.Labels[0].Text = "expected " + want
		}
		r.add(&d)
		return
	}
	d := &diag.Diagnostic{Code: e.code, Message: e.msg, Labels: []diag.Label{{Span: e.at, Text: e.text}}}
	if e.note != "" {
		d.Note(e.note)
	}
	if e.fix != nil {
		d.Fixes = append(d.Fixes, *e.fix)
	}
	r.add(d)
}

// errorSpan is where a parse error points.
func (r *reader) errorSpan(err error) source.Span {
	at := source.Span{File: r.file}
	if p, ok := err.(interface{ Position() lexer.Position }); ok {
		at.Start, at.End = p.Position().Offset, p.Position().Line
	}
	return at
}

// span of a token.
func (r *reader) span(t lexer.Token) source.Span { return r.g.span(&t) }

// chunk parses the tokens of one declaration.
func (r *reader) chunk(out *ast.File, tokens []lexer.Token) {
	g := r.declaration(tokens)
	at := ast.At{Span: r.g.tokensSpan(tokens[:len(tokens)-1])}
	switch {
	case g == nil:
		out.Decls = append(out.Decls, &ast.BadDecl{Head: ast.Head{At: at}})
	case g.Body.Module != nil:
		if out.Module == nil && len(out.Imports)+len(out.Decls) == 0 {
			out.Module = converter{r.g.parser}.module(g)
			return
		}
		r.add(&diag.Diagnostic{Code: CodeUnexpected, Message: "module stands once, at the top of the file", Labels: []diag.Label{{Span: at.Span}}})
	case g.Body.Import != nil:
		out.Imports = append(out.Imports, converter{r.g.parser}.importDecl(g))
	default:
		if d := (converter{r.g.parser}).decl(g); d != nil {
			out.Decls = append(out.Decls, d)
		}
	}
}

// declaration parses a declaration, with as many broken pieces taken out as needed;
// nil when nothing of it could be read.
func (r *reader) declaration(tokens []lexer.Token) *declG {
	var out *declG
	r.recovering(tokens, func(lex *lexer.PeekingLexer) error {
		g, err := r.g.decl.ParseFromLexer(lex)
		if err == nil {
			out = g
		}
		return err
	})
	return out
}

// recovering parses tokens; at each failure it reports it, puts a bad token in place of
// the stage or member around it, and parses again.
func (r *reader) recovering(tokens []lexer.Token, parse func(*lexer.PeekingLexer) error) {
	for range maxErrors {
		soft := len(r.g.soft)
		r.g.depth = 0
		err := parse(peeking(tokens))
		if err == nil {
			return
		}
		r.fail(err)
		next := r.without(tokens, r.errorSpan(err).Start)
		if next == nil {
			return
		}
		r.g.soft = r.g.soft[:min(soft, len(r.g.soft))]
		tokens = next
	}
}
