package syntax

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

func (p *parser) caseExpr(lex *lexer.PeekingLexer) (ast.Expr, error) {
	start := lex.Next().Pos.Offset
	of, err := p.caseOf(lex)
	if err != nil {
		return nil, err
	}
	out := &ast.CaseExpr{}
	for isWord(lex.Peek(), "when") {
		var w ast.CaseWhen
		whenStart := lex.Next().Pos.Offset
		value := lex.Peek()
		if w.Cond, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
		if of != nil {
			w.Cond = of.equals(p, value, w.Cond)
		}
		if err := p.needWord(lex, "then"); err != nil {
			return nil, err
		}
		if w.Then, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
		w.Span = p.from(lex, whenStart)
		out.Whens = append(out.Whens, w)
	}
	if t := lex.Peek(); isWord(t, "end") && len(out.Whens) > 0 {
		return nil, p.noElse(lex)
	}
	if err := p.needWord(lex, "else"); err != nil {
		return nil, err
	}
	if out.Else, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "end"); err != nil {
		return nil, err
	}
	out.Span = p.from(lex, start)
	return out, nil
}

// noElse is the missing `else` of a case.
func (p *parser) noElse(lex *lexer.PeekingLexer) error {
	err := p.expected(lex, `"else"`)
	if e, ok := err.(*syntaxError); ok {
		e.msg = "a case says what the value is when no condition holds"
		e.note = "SQL takes null there."
		e.fix = &diag.Fix{Title: "null", Preview: "else null end", Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(lex.Peek(), "else null ")}}
	}
	return err
}

// caseOf is the x of `case x when 1 then ...`, a near miss whose values are compared
// with x.
type caseOf struct {
	x   ast.Expr
	fix *diag.Fix
}

// caseOf reads what stands between case and when, nil when nothing does.
func (p *parser) caseOf(lex *lexer.PeekingLexer) (*caseOf, error) {
	first := lex.Peek()
	if isWord(first, "when") {
		return nil, nil
	}
	x, err := p.expr(lex)
	if err != nil || !isWord(lex.Peek(), "when") {
		return nil, p.expected(lex, `"when"`)
	}
	d := p.near(CodeHabit, x.Pos(), "each `when` of a case holds a whole condition", "")
	d.Fixes = nil
	d.Fix(diag.Apply, "compare in each", "case when "+x.Pos().Text()+" == ...", p.deletion(first, lex.Peek()))
	return &caseOf{x, &d.Fixes[0]}, nil
}

func (c *caseOf) equals(p *parser, value *lexer.Token, y ast.Expr) ast.Expr {
	c.fix.Edits = append(c.fix.Edits, p.insertion(value, c.x.Pos().Text()+" == "))
	return &ast.BinaryExpr{At: ast.At{Span: c.x.Pos().Join(y.Pos())}, Op: ast.Eq, OpSpan: ast.At{Span: y.Pos()}, X: c.x, Y: y}
}

func (p *parser) ifExpr(lex *lexer.PeekingLexer) (ast.Expr, error) {
	if call := p.ifCall(lex); call != nil {
		return call, nil
	}
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Next().Pos.Offset
	out := &ast.IfExpr{}
	var err error
	if out.Cond, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "then"); err != nil {
		return nil, err
	}
	if out.Then, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "else"); err != nil {
		return nil, err
	}
	if out.Else, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) lambda(lex *lexer.PeekingLexer) (ast.Expr, error) {
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Peek().Pos.Offset
	out := &ast.LambdaExpr{}
	if p.takeWord(lex, "fn") {
		lex.Next() // "("
		for {
			id, err := p.mustIdent(lex, "a name")
			if err != nil {
				return nil, err
			}
			out.Params = append(out.Params, id)
			if !p.take(lex, ",") {
				break
			}
		}
		if err := p.need(lex, ")"); err != nil {
			return nil, err
		}
	} else {
		id, err := p.mustIdent(lex, "a name")
		if err != nil {
			return nil, err
		}
		out.Params = []ast.Ident{id}
	}
	if err := p.need(lex, "=>"); err != nil {
		return nil, err
	}
	var err error
	out.Body, err = p.mustExpr(lex)
	out.Span = p.from(lex, start)
	return out, err
}
