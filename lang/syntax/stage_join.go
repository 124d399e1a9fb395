package syntax

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

func (p *parser) innerJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") && is(second(lex), Ident) { // join left
		p.leftLast(lex, "left join")
		return p.join(lex, ast.LeftJoin)
	}
	return p.join(lex, ast.InnerJoin)
}

// leftLast takes a `left` that stands behind the word it belongs in front of.
func (p *parser) leftLast(lex *lexer.PeekingLexer, right string) {
	before, t := p.last(lex), lex.Next()
	p.near(CodeJoinOrder, p.span(t), `the words stand in this order: "`+right+`"`, "").
		Fix(diag.Apply, "write it so", "|> "+right+" ...", p.insertion(before, "left "), p.deletion(t, lex.Peek()))
}

// outer takes the `outer` of SQL.
func (p *parser) outer(lex *lexer.PeekingLexer, kind string) {
	if t := lex.Peek(); isWord(t, "outer") && isWord(second(lex), "join") {
		lex.Next()
		p.near(CodeHabit, p.span(t), `a `+kind+` join is always an outer join`, "").
			Fix(diag.Apply, `leave "outer" out`, kind+" join", p.deletion(t, lex.Peek()))
	}
}

// leftStage reads what starts with left: left join, left asof join, left lookup.
func (p *parser) leftStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	p.outer(lex, "left")
	switch {
	case p.takeWord(lex, "join"):
		return p.join(lex, ast.LeftJoin)
	case p.takeWord(lex, "lookup"):
		return p.lookup(lex, true)
	case p.takeWord(lex, "asof"):
		if err := p.needWord(lex, "join"); err != nil {
			return nil, err
		}
		return p.join(lex, ast.LeftAsofJoin)
	}
	return nil, p.expected(lex, `"join", "asof join" or "lookup"`)
}

func (p *parser) fullJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	p.outer(lex, "full")
	return p.joinWord(lex, ast.FullJoin)
}

func (p *parser) semiJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	return p.joinWord(lex, ast.SemiJoin)
}

func (p *parser) antiJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	return p.joinWord(lex, ast.AntiJoin)
}

func (p *parser) joinWord(lex *lexer.PeekingLexer, kind ast.JoinKind) (ast.Stage, error) {
	if err := p.needWord(lex, "join"); err != nil {
		return nil, err
	}
	return p.join(lex, kind)
}

func (p *parser) asofJoin(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") { // asof left join
		p.leftLast(lex, "left asof join")
		return p.joinWord(lex, ast.LeftAsofJoin)
	}
	return p.joinWord(lex, ast.AsofJoin)
}

func (p *parser) innerLookup(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if isWord(lex.Peek(), "left") && is(second(lex), Ident) { // lookup left
		p.leftLast(lex, "left lookup")
		return p.lookup(lex, true)
	}
	return p.lookup(lex, false)
}

// alias reads `name =`.
func (p *parser) alias(lex *lexer.PeekingLexer) (ast.Ident, error) {
	t := lex.Peek()
	id, err := p.mustIdent(lex, "a name for the other side")
	if err != nil || p.take(lex, "=") {
		return id, err
	}
	err = p.expected(lex, `"="`)
	if name := second(lex); isWord(lex.Peek(), "as") && is(name, Ident) {
		e := &syntaxError{code: CodeAs, at: p.span(lex.Peek()), msg: "names stand before what they name"}
		text := name.Value + " = " + t.Value
		at := source.Span{File: p.file, Start: t.Pos.Offset, End: name.Pos.Line}
		e.fix = &diag.Fix{Title: "name first", Preview: text, Confidence: diag.Apply, Edits: []diag.Edit{{Span: at, Text: text}}}
		return id, p.fail(e)
	}
	if e, ok := err.(*syntaxError); ok && isWord(lex.Peek(), "on") {
		e.at, e.msg = p.span(t), "the other side needs a name before it"
		e.fix = &diag.Fix{Title: "name it", Preview: t.Value + " = " + t.Value, Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(t, t.Value+" = ")}}
	}
	return id, err
}

func (p *parser) join(lex *lexer.PeekingLexer, kind ast.JoinKind) (ast.Stage, error) {
	out := &ast.JoinStage{Kind: kind}
	var err error
	if out.Alias, err = p.alias(lex); err != nil {
		return nil, err
	}
	if out.Right, err = p.rel(lex); err != nil {
		return nil, err
	}
	if t := lex.Peek(); isWord(t, "for") {
		return nil, p.fail(&syntaxError{code: CodeHabit, at: p.span(t), msg: "a join does not say as of which time it is",
			note: "`asof join` takes the row that was valid at the time of each row, `lookup` the one of now"})
	}
	if err = p.needWord(lex, "on"); err != nil {
		return nil, err
	}
	if out.On, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if t := lex.Peek(); p.takeWord(lex, "within") {
		r := &ast.Range{}
		if r.Lo, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
		if p.take(lex, "..") {
			if r.Hi, err = p.mustExpr(lex); err != nil {
				return nil, err
			}
		}
		r.Span = p.from(lex, t.Pos.Offset)
		out.Within = r
	}
	out.Forward = p.takeWord(lex, "forward")
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) lookup(lex *lexer.PeekingLexer, left bool) (ast.Stage, error) {
	out := &ast.LookupStage{Left: left}
	var err error
	if out.Alias, err = p.alias(lex); err != nil {
		return nil, err
	}
	if out.Right, err = p.rel(lex); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "on"); err != nil {
		return nil, err
	}
	if out.On, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "cache") {
		out.Cache, err = p.mustExpr(lex)
	}
	return out, err
}
