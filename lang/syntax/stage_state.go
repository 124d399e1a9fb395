package syntax

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// keep reads `keep d`, nil when there is none.
func (p *parser) keep(lex *lexer.PeekingLexer) (ast.Expr, error) {
	if !p.takeWord(lex, "keep") {
		return nil, nil
	}
	return p.mustExpr(lex)
}

func (p *parser) aggStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.AggStage{}
	for {
		item, err := p.named(lex)
		if err != nil {
			return nil, err
		}
		agg := ast.AggItem{NamedExpr: item}
		if p.takeWord(lex, "where") {
			if agg.Where, err = p.mustExpr(lex); err != nil {
				return nil, err
			}
			agg.Span = p.from(lex, item.Span.Start)
		}
		out.Items = append(out.Items, agg)
		if !p.comma(lex) {
			break
		}
	}
	var err error
	if p.takeWord(lex, "by") {
		if out.By, err = p.namedItems(lex); err != nil {
			return nil, err
		}
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) topStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.TopStage{}
	var err error
	if out.N, err = p.amount(lex, `how many rows, as in "top 3 by ..."`); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	if out.By, err = p.orders(lex); err != nil {
		return nil, err
	}
	if out.Per, err = p.per(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "with") {
		if err = p.needWord(lex, "ties"); err != nil {
			return nil, err
		}
		out.Ties = true
	}
	if p.takeWord(lex, "rank") {
		rank, err := p.field(lex)
		if err != nil {
			return nil, p.expected(lex, "a name for the rank")
		}
		out.Rank = &rank.Ident
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) latestStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.LatestStage{}
	var err error
	if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	out.Keep, err = p.keep(lex)
	return out, err
}

func (p *parser) dedupStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	if err := p.needWord(lex, "by"); err != nil {
		return nil, err
	}
	out := &ast.DedupStage{}
	var err error
	if t := lex.Peek(); isSign(t, "*") {
		lex.Next()
		out.By = []ast.Expr{&ast.Name{Ident: ast.Ident{At: ast.At{Span: p.span(t)}, Name: "*"}}}
	} else if out.By, err = p.exprs(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "within") {
		out.Within, err = p.mustExpr(lex)
	}
	return out, err
}

func (p *parser) distinctStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	if !isWord(t, "on") {
		return &ast.DistinctStage{}, nil
	}
	word := p.last(lex)
	lex.Next()
	at := source.Span{File: p.file, Start: word.Pos.Offset, End: t.Pos.Line}
	p.near(CodeHabit, at, "`distinct` compares whole rows", "").
		Fix(diag.Apply, `write "dedup by"`, "dedup by ...", diag.Edit{Span: at, Text: "dedup by"})
	by, err := p.exprs(lex)
	return &ast.DedupStage{By: by}, err
}

func (p *parser) holdStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.HoldStage{}
	var err error
	if out.For, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if err := p.needWord(lex, "while"); err != nil {
		return nil, err
	}
	if out.While, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}

// per reads `per a, b`, nil when there is none.
func (p *parser) per(lex *lexer.PeekingLexer) ([]ast.Expr, error) {
	if !p.takeWord(lex, "per") {
		return nil, nil
	}
	return p.exprs(lex)
}

func (p *parser) silentStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.SilentStage{}
	var err error
	if out.For, err = p.amount(lex, `how long, as in "silent 10m per ..."`); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}

func (p *parser) throttleStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ThrottleStage{}
	var err error
	if out.N = p.rowsOfThrottle(lex); out.N == nil {
		if out.N, err = p.amount(lex, `how many rows, as in "throttle 1 per 10m"`); err != nil {
			return nil, err
		}
		if err := p.needWord(lex, "per"); err != nil {
			return nil, err
		}
	}
	if out.Span, err = p.mustExpr(lex); err != nil {
		return nil, err
	}
	if out.Per, err = p.per(lex); err != nil {
		return nil, err
	}
	out.Else, err = p.elseTo(lex)
	return out, err
}

func (p *parser) changedStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.ChangedStage{}
	var err error
	if out.Exprs, err = p.exprs(lex); err != nil {
		return nil, err
	}
	out.Per, err = p.per(lex)
	return out, err
}
