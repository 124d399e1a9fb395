package syntax

import (
	"fmt"
	"slices"
	"strings"

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
		r.firstWord(chunk)
		if !r.sound(out, chunk) {
			r.chunk(out, r.closed(chunk))
		}
	}
	r.countOthers(out)
	return out, r.result()
}

// ParsePipeline reads text that is one pipeline, as `edyc query` takes it.
func ParsePipeline(f *source.File) (*ast.Pipeline, *diag.List) {
	r := newReader(f)
	defer r.done()
	r.single = true
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
	tokens := r.closed(r.tokens)
	lex := peeking(tokens)
	x, err := r.g.mustExpr(lex)
	if err == nil && !lex.Peek().EOF() {
		err = r.g.expected(lex, "the end")
	}
	if err != nil {
		r.add(r.problem(err, tokens).diagnostic())
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
	marks  []source.Span    // what a reported mistake makes unreadable
	curly  *diag.Diagnostic // the last message about curly quotes
	single bool             // the text is no file: nothing else can begin in it
	effort int              // tokens parsed so far
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

// forget drops what was said of a stretch about which something better is known.
func (r *reader) forget(at source.Span) {
	r.diags.Items = slices.DeleteFunc(r.diags.Items, func(d *diag.Diagnostic) bool {
		return d.Span().Start >= at.Start && d.Span().End <= at.End
	})
	r.errors = len(r.diags.Items) + r.more
}

// countOthers tells beside an open brace how much of the file it did not spoil.
func (r *reader) countOthers(f *ast.File) {
	for _, d := range r.diags.Items {
		if d.Code != CodeUnclosed || len(d.Labels) < 2 {
			continue
		}
		others := 0
		for _, decl := range f.Decls {
			at := decl.Pos()
			if _, bad := decl.(*ast.BadDecl); !bad && (d.Span().Start < at.Start || d.Span().Start >= at.End) {
				others++
			}
		}
		switch others {
		case 0:
		case 1:
			d.Note("the other declaration in this file was checked as usual.")
		default:
			d.Note(fmt.Sprintf("the other %d declarations in this file were checked as usual.", others))
		}
	}
}

// add keeps a diagnostic while there is room.
func (r *reader) add(d *diag.Diagnostic) {
	if r.errors++; r.errors > maxErrors {
		r.more++
		return
	}
	r.diags.Add(d)
}

// span of a token.
func (r *reader) span(t lexer.Token) source.Span { return r.g.span(&t) }

// sound parses a declaration that has no mistake; false when it has one.
func (r *reader) sound(out *ast.File, tokens []lexer.Token) bool {
	if !balanced(tokens) {
		return false
	}
	soft := len(r.g.soft)
	r.g.depth, r.g.far = 0, nil
	g, err := r.g.sound(tokens)(peeking(tokens))
	if err != nil {
		r.g.soft = r.g.soft[:soft]
		return false
	}
	r.declare(out, g, tokens)
	return true
}

// chunk parses the tokens of one declaration, and of what else turns out to stand
// there.
func (r *reader) chunk(out *ast.File, tokens []lexer.Token) {
	for tokens != nil {
		var g *declG
		n := len(tokens) - 1 // without EOF
		whole := tokens
		tokens = r.recovering(tokens, func(lex *lexer.PeekingLexer) error {
			read, err := r.g.decl(lex)
			if err == nil {
				g = read
			}
			return err
		})
		if tokens != nil {
			n = len(whole) - len(tokens)
		}
		r.declare(out, g, whole[:n])
	}
}

// bad is the declaration that stands for text that could not be read. It keeps the
// name, if there is one, so that nobody misses it.
func (r *reader) bad(tokens []lexer.Token) *ast.BadDecl {
	out := &ast.BadDecl{Head: ast.Head{At: ast.At{Span: r.g.tokensSpan(tokens)}}}
	i := wordIndex(tokens)
	if i+1 < len(tokens) && declarationWords[tokens[i].Value] && is(&tokens[i+1], Ident) {
		out.Name = ast.Ident{At: ast.At{Span: r.span(tokens[i+1])}, Name: strings.Trim(tokens[i+1].Value, "`")}
	}
	return out
}

// declare adds to the file what was read of the tokens; g is nil where nothing was.
func (r *reader) declare(out *ast.File, g *declG, tokens []lexer.Token) {
	c := converter{r.g.parser}
	switch {
	case g == nil:
		out.Decls = append(out.Decls, r.bad(tokens))
	case g.Body.Module != nil:
		if out.Module != nil || len(out.Imports)+len(out.Decls) > 0 {
			r.report(CodeUnexpected, r.g.tokensSpan(tokens), "module stands once, at the top of the file", "")
			return
		}
		out.Module = c.module(g)
	case g.Body.Import != nil:
		if len(out.Decls) > 0 {
			r.report(CodeUnexpected, r.g.tokensSpan(tokens), "imports stand above all declarations", "")
		}
		out.Imports = append(out.Imports, c.importDecl(g))
	default:
		out.Decls = append(out.Decls, c.decl(g))
	}
}

// recovering parses the tokens of a declaration. At each mistake it reports it, puts a
// bad token in place of the stage or member around it, and parses again. It returns
// the tokens behind a mistake in the first column: they are something else.
func (r *reader) recovering(tokens []lexer.Token, parse func(*lexer.PeekingLexer) error) (rest []lexer.Token) {
	for range maxErrors {
		if r.effort += len(tokens); r.effort > r.effortLimit() {
			return rest
		}
		soft := len(r.g.soft)
		r.g.depth, r.g.far = 0, nil
		err := parse(peeking(tokens))
		if err == nil {
			return rest
		}
		problem := r.problem(err, tokens)
		if i := r.splitAt(tokens, problem.at.Start); i > 0 && !r.single {
			rest = append(tokens[i:len(tokens):len(tokens)], rest...)
			tokens = ended(tokens[:i])
			r.g.soft = r.g.soft[:soft]
			continue
		}
		from, to, ok := r.piece(tokens, problem)
		if !r.marked(tokens, problem.at, from, to) {
			if problem.code == CodeSQL {
				r.forget(problem.fix.Edits[0].Span)
			}
			r.add(problem.diagnostic())
		}
		if problem.missing != "" {
			i := tokenAt(tokens, problem.at.Start)
			tokens = slices.Insert(slices.Clone(tokens), i, synthetic(problem.missing, problem.at.Start))
			continue
		}
		if !ok {
			return rest
		}
		r.g.soft = r.g.soft[:soft]
		tokens = replace(tokens, from, to)
		r.mark(r.span(tokens[from])) // an error there again is the same
	}
	return rest
}

// effortLimit bounds how many tokens are parsed, again and again, in files with many
// mistakes in large declarations.
func (r *reader) effortLimit() int { return 5*len(r.tokens) + 20_000 }

// ended is tokens with an EOF.
func ended(tokens []lexer.Token) []lexer.Token {
	return append(tokens[:len(tokens):len(tokens)], endOf(tokens))
}

// splitAt is the index of the token at an offset when it stands in the first column
// outside all brackets, so that something new must begin there; else 0.
func (r *reader) splitAt(tokens []lexer.Token, offset int) int {
	depth := 0
	for i, t := range tokens {
		if t.Pos.Offset == offset && !t.EOF() && t.Pos.Line > offset {
			if depth > 0 || t.Pos.Column != flush || i <= wordIndex(tokens) || isPipe(t) {
				return 0
			}
			return i
		}
		switch {
		case isOpen(t):
			depth++
		case isClose(t):
			depth--
		}
	}
	return 0
}
