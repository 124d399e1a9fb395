package syntax

import (
	"strconv"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
)

func (p *parser) matchStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	out := &ast.MatchStage{}
	var err error
	if p.sqlFrame(lex, "partition", "per") {
		out.Per, err = p.exprs(lex)
	} else {
		out.Per, err = p.per(lex)
	}
	if err != nil {
		return nil, err
	}
	if err = p.misplaced(lex); err != nil {
		return nil, err
	}
	if err = p.need(lex, "{"); err != nil {
		return nil, err
	}
	for isWord(lex.Peek(), "define") || lex.Peek().Type == bad {
		if lex.Peek().Type == bad {
			lex.Next()
			continue
		}
		d, err := p.define(lex)
		if err != nil {
			return nil, err
		}
		out.Defines = append(out.Defines, d)
	}
	if err = p.misplaced(lex); err != nil {
		return nil, err
	}
	if err = p.needWord(lex, "pattern"); err != nil {
		return nil, err
	}
	if out.Pattern, err = p.patOr(lex); err != nil {
		return nil, err
	}
	if err = p.matchOptions(lex, out); err != nil {
		return nil, err
	}
	if !p.emitHabit(lex) {
		if err = p.misplaced(lex); err != nil {
			return nil, err
		}
		if err = p.needWord(lex, "emit"); err != nil {
			return nil, err
		}
	}
	if out.Emit, err = p.selItems(lex); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "timeout") {
		if out.Timeout, err = p.selItems(lex); err != nil {
			return nil, err
		}
	}
	return out, p.need(lex, "}")
}

func (p *parser) define(lex *lexer.PeekingLexer) (*ast.MatchDefine, error) {
	start := lex.Next().Pos.Offset
	d := &ast.MatchDefine{}
	var err error
	if d.Name, err = p.mustIdent(lex, "a name"); err != nil {
		return nil, err
	}
	if p.takeWord(lex, "from") {
		path, err := p.mustPath(lex, "a topic or stream")
		if err != nil {
			return nil, err
		}
		d.From = &path
	}
	if !p.defineAs(lex) {
		if err = p.needWord(lex, "where"); err != nil {
			return nil, err
		}
	}
	d.Cond, err = p.mustExpr(lex)
	d.Span = p.from(lex, start)
	return d, err
}

func (p *parser) matchOptions(lex *lexer.PeekingLexer, out *ast.MatchStage) (err error) {
	for {
		switch {
		case p.takeWord(lex, "within"):
			if out.Within, err = p.mustExpr(lex); err != nil {
				return err
			}
		case p.takeWord(lex, "skip"):
			if err = p.skip(lex, out); err != nil {
				return err
			}
		case p.optionHabit(lex):
		default:
			return nil
		}
	}
}

func (p *parser) skip(lex *lexer.PeekingLexer, out *ast.MatchStage) error {
	if p.takeWord(lex, "past") {
		out.Skip = ast.SkipPastLast
		defer p.rowHabit(lex)
		return p.needWord(lex, "last")
	}
	if err := p.needWord(lex, "to"); err != nil {
		return err
	}
	switch {
	case p.takeWord(lex, "next"):
		out.Skip = ast.SkipToNext
		p.rowHabit(lex)
		return nil
	case p.takeWord(lex, "first"):
		out.Skip = ast.SkipToFirst
	case p.takeWord(lex, "last"):
		out.Skip = ast.SkipToLast
	default:
		return p.expected(lex, `"next", "first" or "last"`)
	}
	id, err := p.mustIdent(lex, "a defined name")
	out.SkipTo = &id
	return err
}

func (p *parser) patOr(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Peek().Pos.Offset
	first, err := p.patSeq(lex)
	if err != nil || !isWord(lex.Peek(), "or") {
		return first, err
	}
	out := &ast.PatOr{Alts: []ast.Pattern{first}}
	for p.takeWord(lex, "or") {
		alt, err := p.patSeq(lex)
		if err != nil {
			return nil, err
		}
		out.Alts = append(out.Alts, alt)
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patSeq(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	start := lex.Peek().Pos.Offset
	first, err := p.patAnd(lex)
	if err != nil {
		return nil, err
	}
	out := &ast.PatSeq{Items: []ast.Pattern{first}}
	for {
		directly, ok := p.follows(lex)
		if !ok {
			break
		}
		item, err := p.patAnd(lex)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
		out.Next = append(out.Next, directly)
	}
	if len(out.Items) == 1 {
		return first, nil
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patAnd(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	start := lex.Peek().Pos.Offset
	first, err := p.patUnit(lex)
	if err != nil || !isWord(lex.Peek(), "and") {
		return first, err
	}
	out := &ast.PatAnd{Items: []ast.Pattern{first}}
	for p.takeWord(lex, "and") {
		item, err := p.patUnit(lex)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) patUnit(lex *lexer.PeekingLexer) (ast.Pattern, error) {
	p.everyHabit(lex)
	t := lex.Peek()
	if p.takeWord(lex, "not") || p.bangHabit(lex) {
		return p.patNot(lex, t)
	}
	var item ast.Pattern
	if p.take(lex, "(") {
		inner, err := p.patOr(lex)
		if err != nil {
			return nil, err
		}
		if err := p.need(lex, ")"); err != nil {
			return nil, err
		}
		item = inner
	} else {
		id, err := p.mustIdent(lex, "a defined name")
		if err != nil {
			return nil, err
		}
		item = &ast.PatVar{At: id.At, Name: id}
	}
	return p.quantified(lex, item, t.Pos.Offset)
}

func (p *parser) patNot(lex *lexer.PeekingLexer, t *lexer.Token) (ast.Pattern, error) {
	id, err := p.absent(lex)
	if err != nil {
		return nil, err
	}
	out := &ast.PatNot{Name: id}
	if p.takeWord(lex, "for") {
		if out.For, err = p.operand(lex); err != nil {
			return nil, err
		}
	}
	out.Span = p.from(lex, t.Pos.Offset)
	return out, nil
}

func (p *parser) quantified(lex *lexer.PeekingLexer, item ast.Pattern, start int) (ast.Pattern, error) {
	out := &ast.PatRepeat{Item: item, Max: -1}
	switch {
	case p.take(lex, "+"):
		out.Min = 1
	case p.take(lex, "*"):
	case p.take(lex, "?"):
		out.Max = 1
	case p.take(lex, "{"):
		if err := p.counts(lex, out); err != nil {
			return nil, err
		}
	default:
		return item, nil
	}
	out.Span = p.from(lex, start)
	return out, nil
}

// counts reads n}, n,} or n,m}.
func (p *parser) counts(lex *lexer.PeekingLexer, out *ast.PatRepeat) error {
	n, err := p.count(lex)
	if err != nil {
		return err
	}
	out.Min, out.Max = n, n
	if p.take(lex, ",") {
		out.Max = -1
		if is(lex.Peek(), Int) {
			if out.Max, err = p.count(lex); err != nil {
				return err
			}
		}
	}
	return p.need(lex, "}")
}

func (p *parser) count(lex *lexer.PeekingLexer) (int, error) {
	t := lex.Peek()
	n, err := strconv.ParseInt(t.Value, 0, 32) // underscores and other bases too
	if !is(t, Int) || err != nil {
		return 0, p.expected(lex, "a whole number")
	}
	lex.Next()
	return int(n), nil
}
