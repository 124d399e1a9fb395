package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// prefix reads not, -, try and what follows.
func (p *parser) prefix(lex *lexer.PeekingLexer, power int) (ast.Expr, error) {
	t := lex.Peek()
	switch {
	case isWord(t, "not") && power <= bindNot, t.Value == "NOT" && isLoud(t) && startsOperand(second(lex)):
		p.takeOperator(lex, "not")
		x, err := p.binary(lex, bindNot)
		if err == participle.NextMatch {
			err = p.expectedExpr(lex)
		}
		return &ast.UnaryExpr{At: ast.At{Span: p.from(lex, t.Pos.Offset)}, Op: ast.Not, X: x}, err
	case isSign(t, "!"):
		lex.Next()
		p.near(CodeLogic, p.span(t), `"!" after a call sends its failures away; the word before a condition is "not"`, "").
			Fix(diag.Apply, `write "not"`, "", diag.Edit{Span: p.span(t), Text: "not "})
		x, err := p.binary(lex, bindNot)
		if err == participle.NextMatch {
			err = p.expectedExpr(lex)
		}
		return &ast.UnaryExpr{At: ast.At{Span: p.from(lex, t.Pos.Offset)}, Op: ast.Not, X: x}, err
	}
	return p.unary(lex)
}

func (p *parser) unary(lex *lexer.PeekingLexer) (ast.Expr, error) {
	t := lex.Peek()
	if !isSign(t, "-") && !isWord(t, "try") {
		return p.postfix(lex)
	}
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	lex.Next()
	x, err := p.unary(lex)
	if err == participle.NextMatch {
		err = p.expectedExpr(lex)
	}
	if err != nil {
		return nil, err
	}
	at := ast.At{Span: p.from(lex, t.Pos.Offset)}
	if t.Value == "try" {
		return &ast.TryExpr{At: at, X: x}, nil
	}
	return &ast.UnaryExpr{At: at, Op: ast.Neg, X: x}, nil
}

func (p *parser) postfix(lex *lexer.PeekingLexer) (ast.Expr, error) {
	start := lex.Peek().Pos.Offset
	x, err := p.primary(lex)
	for n := 0; err == nil; n++ {
		if n > maxChain {
			return nil, p.tooDeep(lex)
		}
		t := lex.Peek()
		switch {
		case isSign(t, ".") || isSign(t, "?."):
			x, err = p.member(lex, x, start)
		case isSign(t, "["):
			lex.Next()
			var i ast.Expr
			if i, err = p.mustExpr(lex); err == nil {
				err = p.need(lex, "]")
			}
			x = &ast.IndexExpr{At: ast.At{Span: p.from(lex, start)}, X: x, Index: i}
		case isSign(t, "!"):
			lex.Next()
			x = &ast.BangExpr{At: ast.At{Span: p.from(lex, start)}, X: x}
		case isSign(t, "("):
			x, err = p.call(lex, x, start)
		case isSign(t, ":"):
			cast := p.castSign(lex, x, start)
			if cast == nil {
				return x, nil
			}
			x = cast
		case isWord(t, "over"):
			return p.over(lex, x, start)
		default:
			return x, nil
		}
	}
	return x, err
}

func (p *parser) member(lex *lexer.PeekingLexer, x ast.Expr, start int) (ast.Expr, error) {
	safe := lex.Next().Value == "?."
	if !safe && p.take(lex, "*") {
		return &ast.StarExpr{At: ast.At{Span: p.from(lex, start)}, X: x}, nil
	}
	name, err := p.field(lex)
	if err == participle.NextMatch {
		err = p.expected(lex, "a name")
	}
	return &ast.FieldExpr{At: ast.At{Span: p.from(lex, start)}, X: x, Name: name.Ident, Safe: safe}, err
}

func (p *parser) call(lex *lexer.PeekingLexer, fn ast.Expr, start int) (ast.Expr, error) {
	saved := lex.MakeCheckpoint()
	lex.Next()
	if star := lex.Peek(); isSign(star, "*") && isSign(second(lex), ")") { // count(*)
		lex.Next()
		lex.Next()
		name := p.file.Text[fn.Pos().Start:fn.Pos().End]
		p.near(CodeHabit, p.span(star), `"`+name+`" takes no star; count() counts rows`, "").
			Fix(diag.Apply, "leave it out", name+"()", diag.Edit{Span: p.span(star), Text: ""})
		return &ast.CallExpr{At: ast.At{Span: p.from(lex, start)}, Fn: fn}, nil
	}
	lex.LoadCheckpoint(saved)
	if count := p.countDistinct(lex, fn, start); count != nil {
		return count, nil
	}
	if cast := p.castCall(lex, fn, start); cast != nil {
		return cast, nil
	}
	args, err := p.args(lex)
	if err != nil {
		return nil, err
	}
	return &ast.CallExpr{At: ast.At{Span: p.from(lex, start)}, Fn: fn, Args: args.Args}, nil
}

func (p *parser) over(lex *lexer.PeekingLexer, x ast.Expr, start int) (ast.Expr, error) {
	lex.Next()
	frameStart := lex.Peek().Pos.Offset
	if err := p.need(lex, "("); err != nil {
		return nil, err
	}
	out := &ast.OverExpr{X: x}
	var err error
	if p.sqlFrame(lex, "partition", "per") || p.takeWord(lex, "per") {
		if out.Frame.Per, err = p.exprs(lex); err != nil {
			return nil, err
		}
	}
	if p.sqlFrame(lex, "order", "by") || p.takeWord(lex, "by") {
		if out.Frame.By, err = p.orders(lex); err != nil {
			return nil, err
		}
	}
	if t := lex.Peek(); isWord(t, "last") || isWord(t, "next") {
		lex.Next()
		out.Frame.Next = t.Value == "next"
		if out.Frame.Size, err = p.mustExpr(lex); err != nil {
			return nil, err
		}
		out.Frame.Rows = p.takeWord(lex, "rows")
	}
	if err := p.frameHabit(lex, out.Frame.Size != nil); err != nil {
		return nil, err
	}
	if err := p.need(lex, ")"); err != nil {
		return nil, err
	}
	out.Frame.Span = p.from(lex, frameStart)
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) primary(lex *lexer.PeekingLexer) (ast.Expr, error) {
	t := lex.Peek()
	at := ast.At{Span: p.span(t)}
	switch {
	case is(t, Ident):
		id, err := p.ident(lex)
		return &ast.Name{Ident: id}, err
	case is(t, Int):
		lex.Next()
		if length := p.spelledDuration(lex, t); length != nil {
			return length, nil
		}
		return &ast.IntLit{At: at, Text: t.Value}, nil
	case is(t, Decimal):
		lex.Next()
		return &ast.DecimalLit{At: at, Text: t.Value}, nil
	case is(t, Float):
		lex.Next()
		return &ast.FloatLit{At: at, Text: t.Value}, nil
	case is(t, Duration):
		lex.Next()
		return &ast.DurationLit{At: at, Text: t.Value}, nil
	case is(t, Size):
		lex.Next()
		return &ast.SizeLit{At: at, Text: t.Value}, nil
	case is(t, Temporal):
		lex.Next()
		return &ast.TemporalLit{At: at, Text: t.Value[1:]}, nil
	case is(t, String), is(t, Text), is(t, Raw):
		return p.stringLit(lex)
	case is(t, FString):
		return p.fstring(lex)
	case isSign(t, "("):
		return p.paren(lex)
	case isSign(t, "["):
		return p.list(lex)
	case isSign(t, "{"):
		return p.record(lex)
	case is(t, Reserved):
		return p.word(lex, t, at)
	}
	return nil, participle.NextMatch
}

func (p *parser) word(lex *lexer.PeekingLexer, t *lexer.Token, at ast.At) (ast.Expr, error) {
	switch t.Value {
	case "true", "false":
		lex.Next()
		return &ast.BoolLit{At: at, Value: t.Value == "true"}, nil
	case "null":
		lex.Next()
		return &ast.NullLit{At: at}, nil
	case "case":
		return p.caseExpr(lex)
	case "if":
		return p.ifExpr(lex)
	}
	return nil, participle.NextMatch
}

func (p *parser) paren(lex *lexer.PeekingLexer) (ast.Expr, error) {
	start := lex.Next().Pos.Offset
	x, err := p.mustExpr(lex)
	if err == nil {
		err = p.need(lex, ")")
	}
	if err != nil {
		return nil, err
	}
	return &ast.ParenExpr{At: ast.At{Span: p.from(lex, start)}, X: x}, nil
}

func (p *parser) list(lex *lexer.PeekingLexer) (*ast.ListExpr, error) {
	if !isSign(lex.Peek(), "[") {
		return nil, participle.NextMatch
	}
	start := lex.Next().Pos.Offset
	out := &ast.ListExpr{}
	for !isSign(lex.Peek(), "]") {
		x, err := p.mustExpr(lex)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, x)
		if !p.take(lex, ",") && !p.commaMeant(lex, x) {
			break
		}
	}
	if err := p.need(lex, "]"); err != nil {
		return out, err
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) record(lex *lexer.PeekingLexer) (ast.Expr, error) {
	start := lex.Next().Pos.Offset
	out := &ast.RecordExpr{}
	for !isSign(lex.Peek(), "}") {
		f, err := p.recordEntry(lex)
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, f)
		if !p.take(lex, ",") {
			break
		}
	}
	if err := p.need(lex, "}"); err != nil {
		return nil, err
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) recordEntry(lex *lexer.PeekingLexer) (ast.RecordField, error) {
	start := lex.Peek().Pos.Offset
	name, err := p.quotedField(lex)
	if err != nil {
		return ast.RecordField{}, p.expected(lex, "a name")
	}
	f := ast.RecordField{Name: name.Ident}
	if p.take(lex, ":") {
		if f.Value, err = p.mustExpr(lex); err != nil {
			return f, err
		}
	} else if isSign(lex.Peek(), "=") {
		eq := lex.Next()
		at := source.Span{File: p.file, Start: name.Span.End, End: eq.Pos.Line}
		p.near(CodeEquals, p.span(eq), `values of a record follow ":"`, "").Fix(diag.Apply, `write ":"`, "", diag.Edit{Span: at, Text: ":"})
		if f.Value, err = p.mustExpr(lex); err != nil {
			return f, err
		}
	}
	f.Span = p.from(lex, start)
	return f, nil
}

// exprs reads a list without brackets.
func (p *parser) exprs(lex *lexer.PeekingLexer) ([]ast.Expr, error) {
	var out []ast.Expr
	for {
		x, err := p.mustExpr(lex)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
		if !p.take(lex, ",") {
			return out, nil
		}
	}
}

func (p *parser) orders(lex *lexer.PeekingLexer) ([]ast.Order, error) {
	var out []ast.Order
	for {
		start := lex.Peek().Pos.Offset
		x, err := p.mustExpr(lex)
		if err != nil {
			return nil, err
		}
		o := ast.Order{Expr: x}
		switch t := lex.Peek(); {
		case isWord(t, "DESC"), isWord(t, "ASC"), isWord(t, "descending"), isWord(t, "ascending"):
			lex.Next()
			word := strings.TrimSuffix(strings.ToLower(t.Value), "ending")
			p.near(CodeHabit, p.span(t), `"`+t.Value+`" is written "`+word+`"`, "").
				Fix(diag.Apply, `write "`+word+`"`, "", diag.Edit{Span: p.span(t), Text: word})
			o.Desc = word == "desc"
		case p.takeWord(lex, "desc"):
			o.Desc = true
		default:
			p.takeWord(lex, "asc")
		}
		o.Span = p.from(lex, start)
		out = append(out, o)
		if !p.take(lex, ",") {
			return out, nil
		}
	}
}
