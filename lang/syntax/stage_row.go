package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

func (p *parser) whereStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	x, err := p.mustExpr(lex)
	return &ast.WhereStage{Cond: x}, err
}

func (p *parser) selectStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	p.distinctItems(lex)
	items, err := p.selItems(lex)
	return &ast.SelectStage{Items: items}, err
}

func (p *parser) selItems(lex *lexer.PeekingLexer) ([]ast.SelItem, error) {
	var out []ast.SelItem
	for {
		item, err := p.selItem(lex)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

// comma takes a comma between items; one with nothing after it is reported and
// forgiven.
func (p *parser) comma(lex *lexer.PeekingLexer) bool {
	if !isSign(lex.Peek(), ",") {
		return false
	}
	t := lex.Next()
	next := lex.Peek()
	if next.EOF() || isSign(next, "|>") || isSign(next, "->") || isWord(next, "by") && !isSign(second(lex), "=") {
		p.near(CodeHabit, p.span(t), "nothing follows this comma", "").
			Fix(diag.Apply, "leave it out", "", diag.Edit{Span: p.span(t), Text: ""})
		return false
	}
	return true
}

func (p *parser) selItem(lex *lexer.PeekingLexer) (ast.SelItem, error) {
	start := lex.Peek().Pos.Offset
	var out ast.SelItem
	if p.take(lex, "*") {
		out.Star = true
		if p.takeWord(lex, "except") {
			if err := p.need(lex, "("); err != nil {
				return out, err
			}
			var err error
			if out.Except, err = p.paths(lex); err != nil {
				return out, err
			}
			if err := p.need(lex, ")"); err != nil {
				return out, err
			}
		}
	} else {
		item, err := p.named(lex)
		if err != nil {
			return out, err
		}
		out.Item = item
	}
	out.Span = p.from(lex, start)
	return out, nil
}

// named reads `name = e` or `e`. `e as name` is a near miss.
func (p *parser) named(lex *lexer.PeekingLexer) (ast.NamedExpr, error) {
	start := lex.Peek().Pos.Offset
	var out ast.NamedExpr
	if t := lex.Peek(); (is(t, Ident) || is(t, Reserved)) && isSign(second(lex), "=") {
		name, _ := p.field(lex)
		lex.Next()
		out.Name = &name.Ident
	} else if (is(t, Ident) || is(t, Reserved)) && isSign(second(lex), ":") {
		name, _ := p.field(lex)
		colon := lex.Next()
		at := source.Span{File: p.file, Start: t.Pos.Line, End: colon.Pos.Line}
		p.near(CodeHabit, p.span(colon), `a column is named with "="`, "").
			Fix(diag.Apply, `write "="`, name.Name+" = ...", diag.Edit{Span: at, Text: " ="})
		out.Name = &name.Ident
	}
	x, err := p.mustExpr(lex)
	if err != nil {
		return out, err
	}
	out.Expr = x
	if t := lex.Peek(); isWord(t, "as") && out.Name == nil && is(second(lex), Ident) {
		lex.Next()
		name, _ := p.ident(lex)
		out.Name = &name
		at := source.Span{File: p.file, Start: start, End: name.Span.End}
		text := name.Name + " = " + p.file.Text[x.Pos().Start:x.Pos().End]
		p.near(CodeAs, p.span(t), "names stand before their values", "").
			Fix(diag.Apply, "name first", text, diag.Edit{Span: at, Text: text})
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) namedItems(lex *lexer.PeekingLexer) ([]ast.NamedExpr, error) {
	var out []ast.NamedExpr
	for {
		item, err := p.named(lex)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

func (p *parser) extendStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	items, err := p.namedItems(lex)
	return &ast.ExtendStage{Items: items}, err
}

func (p *parser) letStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	items, err := p.namedItems(lex)
	return &ast.LetStage{Items: items}, err
}

func (p *parser) paths(lex *lexer.PeekingLexer) ([]ast.Path, error) {
	var out []ast.Path
	for {
		path, err := p.mustPath(lex, "a column")
		if err != nil {
			return nil, err
		}
		out = append(out, path)
		if !p.comma(lex) {
			return out, nil
		}
	}
}

func (p *parser) dropStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	paths, err := p.paths(lex)
	return &ast.DropStage{Paths: paths}, err
}

func (p *parser) renameStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.RenameStage{}
	for {
		name, err := p.field(lex)
		if err != nil {
			return nil, p.expected(lex, "the new name")
		}
		as := lex.Peek()
		if !p.takeWord(lex, "as") && !p.takeWord(lex, "to") {
			if err := p.need(lex, "="); err != nil {
				return nil, err
			}
		}
		old, err := p.mustPath(lex, "the old name")
		if err != nil {
			return nil, err
		}
		if isWord(as, "as") || isWord(as, "to") {
			name, old = p.renamedAs(as, name, old)
		}
		out.Items = append(out.Items, ast.RenameItem{New: name.Ident, Old: old})
		if !p.comma(lex) {
			return out, nil
		}
	}
}

// renamedAs is `old as new`, whose names stand the other way round.
func (p *parser) renamedAs(as *lexer.Token, old fieldName, renamed ast.Path) (fieldName, ast.Path) {
	text := renamed.String() + " = " + old.Name
	p.near(CodeAs, p.span(as), "the new name stands before the old one", "").
		Fix(diag.Apply, "new name first", text, diag.Edit{Span: old.Span.Join(renamed.Span), Text: text})
	return fieldName{renamed.Parts[0]}, ast.Path{At: old.At, Parts: []ast.Ident{old.Ident}}
}

func (p *parser) requireStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.RequireStage{}
	var err error
	if out.Paths, err = p.paths(lex); err != nil {
		return nil, err
	}
	out.Else, err = p.elseTo(lex)
	return out, err
}

// elseTo reads `else -> target`, nil when there is none.
func (p *parser) elseTo(lex *lexer.PeekingLexer) (*ast.Else, error) {
	t := lex.Peek()
	if !p.takeWord(lex, "else") {
		return nil, nil
	}
	if err := p.need(lex, "->"); err != nil {
		return nil, err
	}
	target, err := p.mustPath(lex, "a topic or drop")
	return &ast.Else{At: ast.At{Span: p.from(lex, t.Pos.Offset)}, Target: target}, err
}

func (p *parser) unnestStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.UnnestStage{}
	if isWord(lex.Peek(), "outer") && !isSign(second(lex), "=") {
		lex.Next()
		out.Outer = true
	}
	name, err := p.field(lex)
	if err != nil {
		return nil, p.expected(lex, "a name for the element")
	}
	out.Name = name.Ident
	if !p.take(lex, "=") {
		return nil, p.unnamedElement(lex, name.Ident)
	}
	out.Expr, err = p.mustExpr(lex)
	return out, err
}

// unnamedElement is an `unnest tags` without a name for the element.
func (p *parser) unnamedElement(lex *lexer.PeekingLexer, array ast.Ident) error {
	err := p.need(lex, "=")
	e, ok := err.(*syntaxError)
	if !ok {
		return err
	}
	path := array.Name
	for isSign(lex.Peek(), ".") && is(second(lex), Ident) {
		lex.Next()
		path += "." + lex.Next().Value
	}
	element := path[strings.LastIndex(path, ".")+1:]
	if single := strings.TrimSuffix(element, "s"); single != element {
		element = single
	} else {
		element += "_item"
	}
	e.msg = "unnest names the element before the array"
	at := source.Span{File: p.file, Start: array.Span.Start, End: array.Span.Start}
	e.fix = &diag.Fix{Title: "such as", Preview: "unnest " + element + " = " + path, Confidence: diag.Maybe, Edits: []diag.Edit{{Span: at, Text: element + " = "}}}
	return err
}

func (p *parser) keyStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	keys, err := p.exprs(lex)
	return &ast.KeyStage{Keys: keys}, err
}

func (p *parser) timeStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.TimeStage{}
	var err error
	if out.Time, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if t := lex.Peek(); !isWord(t, "watermark") {
		err := p.expected(lex, `"watermark", which says how late rows may be`)
		if e, ok := err.(*syntaxError); ok {
			text := " watermark 10s"
			e.fix = &diag.Fix{Title: "rows may come 10s late", Preview: "|> time " + out.Time.Pos().Text() + text, Confidence: diag.Choose,
				Edits: []diag.Edit{{Span: source.Span{File: p.file, Start: out.Time.Pos().End, End: out.Time.Pos().End}, Text: text}}}
		}
		return nil, err
	}
	lex.Next()
	out.Watermark, err = p.mustExpr(lex)
	return out, err
}

func (p *parser) sortStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	by, err := p.orders(lex)
	return &ast.SortStage{By: by}, err
}

func (p *parser) limitStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	n, err := p.mustExpr(lex)
	return &ast.LimitStage{N: n}, err
}

func (p *parser) sampleStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.SampleStage{}
	var err error
	if out.Fraction, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "by") {
		out.By, err = p.exprs(lex)
	}
	return out, err
}

func (p *parser) changesStage(*lexer.PeekingLexer) (ast.Stage, error) {
	return &ast.ChangesStage{}, nil
}

func (p *parser) upsertStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.UpsertStage{}
	var err error
	if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "delete") {
		if err := p.needWord(lex, "when"); err != nil {
			return nil, err
		}
		out.DeleteWhen, err = p.mustExpr(lex)
	}
	return out, err
}

func (p *parser) expireStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "after"); err != nil {
		return nil, err
	}
	x, err := p.mustExpr(lex)
	return &ast.TTLStage{After: x}, err
}

func (p *parser) applyStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ApplyStage{}
	var err error
	if out.Pipe, err = p.mustPath(lex, "the name of a pipe"); err != nil {
		return nil, err
	}
	args, err := p.args(lex)
	if err == participle.NextMatch {
		err = p.expected(lex, `"("`)
	}
	out.Args = args.Args
	return out, err
}

func (p *parser) intoStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	file := lex.Peek()
	path, err := p.mustPath(lex, "a topic")
	if e, ok := err.(*syntaxError); ok && is(file, String) {
		e.msg = "into writes to a topic; a file is written by a sink"
		e.note = "a declaration of its own: sink out from ... to " + file.Value
	}
	return &ast.IntoStage{Target: path}, err
}

func (p *parser) unionStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.UnionStage{}
	if t := lex.Peek(); isWord(t, "all") && !isSign(second(lex), ",") && !isSign(second(lex), "|>") && !second(lex).EOF() {
		lex.Next()
		p.near(CodeHabit, p.span(t), "a union always keeps all rows", "").Fix(diag.Apply, `leave "all" out`, "", p.deletion(t, lex.Peek()))
	}
	for {
		rel, err := p.rel(lex)
		if err != nil {
			return nil, err
		}
		out.With = append(out.With, rel)
		if !p.comma(lex) {
			return out, nil
		}
	}
}
