package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/source"
)

// Near misses inside expressions: what other languages write there, read as it was
// meant (SEMANTICS 130). They stand only where a name or sign could not stand anyway.

// attempt remembers where the parser stands; what it returns goes back there, as if
// nothing had been read.
func (p *parser) attempt(lex *lexer.PeekingLexer) (back func()) {
	saved, soft, far := lex.MakeCheckpoint(), len(p.soft), p.far
	return func() {
		lex.LoadCheckpoint(saved)
		p.soft, p.far = p.soft[:soft], far
	}
}

// loudWords may be written in capitals from habit.
var loudWords = map[string]bool{"and": true, "or": true, "not": true, "in": true, "is": true, "between": true, "like": true, "matches": true, "null": true}

// operatorWord is the word of the language that a token behind an operand is or, in
// capitals, means; "" for any other.
func operatorWord(t *lexer.Token) string {
	switch {
	case is(t, Reserved):
		return t.Value
	case isLoud(t):
		return strings.ToLower(t.Value)
	}
	return ""
}

func isLoud(t *lexer.Token) bool {
	return is(t, Ident) && t.Value == strings.ToUpper(t.Value) && loudWords[strings.ToLower(t.Value)]
}

// takeOperator takes a word, in capitals too.
func (p *parser) takeOperator(lex *lexer.PeekingLexer, word string) bool {
	t := lex.Peek()
	if operatorWord(t) != word {
		return false
	}
	p.loud(t)
	lex.Next()
	return true
}

// loud reports a word in capitals.
func (p *parser) loud(t *lexer.Token) {
	if !isLoud(t) {
		return
	}
	word := strings.ToLower(t.Value)
	p.near(CodeHabit, p.span(t), `"`+t.Value+`" is written "`+word+`"`, "").
		Fix(diag.Apply, `write "`+word+`"`, "", diag.Edit{Span: p.span(t), Text: word})
}

// infixHabits are operators of other languages: the function that does their work here,
// or matches, or like in lower case.
var infixHabits = map[string]string{
	"contains": "contains", "startswith": "starts_with", "starts_with": "starts_with", "endswith": "ends_with", "ends_with": "ends_with",
	"ilike": "like", "rlike": "matches", "regexp": "matches",
}

// infixHabit reads an operator of another language behind an operand; nil where there
// is none.
func (p *parser) infixHabit(lex *lexer.PeekingLexer, x ast.Expr, power, start int) (ast.Expr, error) {
	t := lex.Peek()
	fn, known := infixHabits[strings.ToLower(t.Value)]
	if !is(t, Ident) || !known || power > bindCompare || !startsOperand(second(lex)) && !isSign(second(lex), "(") {
		return nil, nil
	}
	lex.Next()
	y, err := p.operand(lex)
	if err != nil {
		return nil, err
	}
	at := ast.At{Span: p.from(lex, start)}
	left, right := x.Pos().Text(), y.Pos().Text()
	switch fn {
	case "like":
		text := "lower(" + left + ") like " + right
		p.near(CodeHabit, p.span(t), `"`+t.Value+`" is not in edy: compare in lower case`, "").
			Fix(diag.Maybe, "compare in lower case", text, diag.Edit{Span: at.Span, Text: text})
		return &ast.PatternExpr{At: at, X: called("lower", x.Pos(), x), Pattern: y}, nil
	case "matches":
		p.near(CodeHabit, p.span(t), `"`+t.Value+`" is written "matches"`, "").
			Fix(diag.Apply, `write "matches"`, left+" matches "+right, diag.Edit{Span: p.span(t), Text: "matches"})
		return &ast.PatternExpr{At: at, X: x, Pattern: y, Regex: true}, nil
	}
	text := fn + "(" + left + ", " + right + ")"
	p.near(CodeHabit, p.span(t), `"`+fn+`" is a function`, "").Fix(diag.Apply, "call it", text, diag.Edit{Span: at.Span, Text: text})
	return called(fn, at.Span, x, y), nil
}

// called is a call that the text spells otherwise.
func called(fn string, at source.Span, args ...ast.Expr) *ast.CallExpr {
	out := &ast.CallExpr{At: ast.At{Span: at}, Fn: &ast.Name{Ident: ast.Ident{At: ast.At{Span: at}, Name: fn}}}
	for _, a := range args {
		out.Args = append(out.Args, ast.Arg{At: ast.At{Span: a.Pos()}, Value: a})
	}
	return out
}

// conditional reads `c ? a : b` behind c; nil where there is none.
func (p *parser) conditional(lex *lexer.PeekingLexer, c ast.Expr) (ast.Expr, error) {
	t := lex.Peek()
	if !isSign(t, "?") {
		return nil, nil
	}
	back := p.attempt(lex)
	lex.Next()
	a, err := p.binary(lex, bindOr)
	if err != nil || !p.take(lex, ":") {
		back()
		return nil, nil
	}
	b, err := p.mustExpr(lex)
	if err != nil {
		return nil, err
	}
	return p.ifMeant(p.span(t), `"? :" is written "if then else"`, c.Pos().Join(b.Pos()), c, a, b), nil
}

// ifCall reads `if(c, a, b)`; nil where it is none.
func (p *parser) ifCall(lex *lexer.PeekingLexer) ast.Expr {
	t := lex.Peek()
	if !isSign(second(lex), "(") {
		return nil
	}
	back := p.attempt(lex)
	lex.Next()
	args, err := p.args(lex)
	if err != nil || len(args.Args) != 3 {
		back()
		return nil
	}
	c, a, b := args.Args[0].Value, args.Args[1].Value, args.Args[2].Value
	return p.ifMeant(p.span(t), `"if" is no function: it is written "if then else"`, p.from(lex, t.Pos.Offset), c, a, b)
}

func (p *parser) ifMeant(at source.Span, message string, whole source.Span, c, a, b ast.Expr) ast.Expr {
	text := "if " + c.Pos().Text() + " then " + a.Pos().Text() + " else " + b.Pos().Text()
	p.near(CodeHabit, at, message, "").Fix(diag.Apply, `write "if then else"`, text, diag.Edit{Span: whole, Text: text})
	return &ast.IfExpr{At: ast.At{Span: whole}, Cond: c, Then: a, Else: b}
}

// castCall reads the arguments of `cast(x as t)`; nil where they are others.
func (p *parser) castCall(lex *lexer.PeekingLexer, fn ast.Expr, start int) ast.Expr {
	name, ok := fn.(*ast.Name)
	if !ok || !strings.EqualFold(name.Name, "cast") {
		return nil
	}
	back := p.attempt(lex)
	lex.Next() // "("
	x, err := p.expr(lex)
	if err == nil && (isWord(lex.Peek(), "as") || strings.EqualFold(lex.Peek().Value, "as")) && is(second(lex), Ident) {
		lex.Next()
		to := strings.ToLower(lex.Next().Value)
		if p.take(lex, ")") {
			return p.castMeant(name.Span, p.from(lex, start), x, to)
		}
	}
	back()
	return nil
}

// castSign reads `x::t` behind x; nil where there is none.
func (p *parser) castSign(lex *lexer.PeekingLexer, x ast.Expr, start int) ast.Expr {
	t := lex.Peek()
	if !p.isDoubleColon(lex) {
		return nil
	}
	saved := lex.MakeCheckpoint()
	lex.Next()
	end := lex.Next().Pos.Line
	to := lex.Peek()
	if !is(to, Ident) {
		lex.LoadCheckpoint(saved)
		return nil
	}
	lex.Next()
	return p.castMeant(source.Span{File: p.file, Start: t.Pos.Offset, End: end}, p.from(lex, start), x, to.Value)
}

// castsName reports a name with `::` behind it.
func (p *parser) castsName(lex *lexer.PeekingLexer) bool {
	saved := lex.MakeCheckpoint()
	defer lex.LoadCheckpoint(saved)
	lex.Next()
	return p.isDoubleColon(lex)
}

// isDoubleColon reports `::`, which no text of the language holds.
func (p *parser) isDoubleColon(lex *lexer.PeekingLexer) bool {
	t, next := lex.Peek(), second(lex)
	return isSign(t, ":") && isSign(next, ":") && next.Pos.Offset == t.Pos.Line
}

func (p *parser) castMeant(at, whole source.Span, x ast.Expr, to string) ast.Expr {
	inner := x
	if paren, ok := x.(*ast.ParenExpr); ok {
		inner = paren.X
	}
	text := to + "(" + inner.Pos().Text() + ")"
	p.near(CodeHabit, at, "a value is converted by the name of the type", "").
		Fix(diag.Apply, "convert it so", text, diag.Edit{Span: whole, Text: text})
	return called(to, whole, x)
}

// spelledDuration reads `5 minutes` behind the number; nil where it is none. What may
// follow a number otherwise stands on another line or is a member of its own.
func (p *parser) spelledDuration(lex *lexer.PeekingLexer, number *lexer.Token) ast.Expr {
	t := lex.Peek()
	unit := spelledUnits[strings.ToLower(t.Value)]
	next := second(lex)
	if !is(t, Ident) || unit == "" || strings.HasSuffix(unit, "B") || isSign(next, ":") || isSign(next, "=") || isSign(next, "(") || isSign(next, ".") ||
		strings.Contains(p.file.Text[number.Pos.Line:t.Pos.Offset], "\n") {
		return nil
	}
	lex.Next()
	at := ast.At{Span: p.from(lex, number.Pos.Offset)}
	text := number.Value + unit
	p.near(CodeHabit, at.Span, "a length of time is one word", "").Fix(diag.Apply, "write it so", text, diag.Edit{Span: at.Span, Text: text})
	return &ast.DurationLit{At: at, Text: text}
}

// sqlFrame takes the `partition by` and `order by` of a frame, which edy says in one
// word.
func (p *parser) sqlFrame(lex *lexer.PeekingLexer, word, edy string) bool {
	t, by := lex.Peek(), second(lex)
	if !is(t, Ident) || !strings.EqualFold(t.Value, word) || !strings.EqualFold(by.Value, "by") {
		return false
	}
	lex.Next()
	lex.Next()
	at := source.Span{File: p.file, Start: t.Pos.Offset, End: by.Pos.Line}
	p.near(CodeHabit, at, `"`+at.Text()+`" is written "`+edy+`"`, "").Fix(diag.Apply, `write "`+edy+`"`, "", diag.Edit{Span: at, Text: edy})
	return true
}

// frameHabit words the frame of SQL, and a second one beside the first.
func (p *parser) frameHabit(lex *lexer.PeekingLexer, framed bool) error {
	t := lex.Peek()
	e := &syntaxError{code: CodeHabit, at: p.span(t)}
	switch {
	case isWord(t, "rows") && !framed, isWord(t, "range") && !framed:
		e.msg = "a frame is `last n rows`, `last d`, `next n rows` or `next d`"
		e.note = "rows between 2 preceding and current row is `last 3 rows`, a range of an hour is `last 1h`"
	case framed && (isWord(t, "last") || isWord(t, "next")):
		e.msg = "a frame lies before the row or after it"
		e.note = "two `over` say both: max(x) over (... last 3 rows), max(x) over (... next 3 rows)"
	default:
		return nil
	}
	return p.fail(e)
}

// countDistinct reads `count(distinct x)`; nil where the call is another.
func (p *parser) countDistinct(lex *lexer.PeekingLexer, fn ast.Expr, start int) ast.Expr {
	name, ok := fn.(*ast.Name)
	if !ok || !strings.EqualFold(name.Name, "count") {
		return nil
	}
	back := p.attempt(lex)
	lex.Next() // "("
	t := lex.Peek()
	if !is(t, Ident) || !strings.EqualFold(t.Value, "distinct") || !startsOperand(second(lex)) {
		back()
		return nil
	}
	lex.Next()
	x, err := p.expr(lex)
	if err != nil || !p.take(lex, ")") {
		back()
		return nil
	}
	whole := p.from(lex, start)
	text := "count_distinct(" + x.Pos().Text() + ")"
	p.near(CodeHabit, p.span(t), "the different values are counted by count_distinct", "").
		Fix(diag.Apply, "call it", text, diag.Edit{Span: whole, Text: text})
	return called("count_distinct", whole, x)
}

// commaMeant reads over the comma that lacks between the records of a list.
func (p *parser) commaMeant(lex *lexer.PeekingLexer, before ast.Expr) bool {
	if _, isRecord := before.(*ast.RecordExpr); !isRecord || !isSign(lex.Peek(), "{") {
		return false
	}
	at := source.Span{File: p.file, Start: before.Pos().End, End: before.Pos().End}
	p.near(CodeUnexpected, p.span(lex.Peek()), "a comma stands between rows", "").
		Fix(diag.Apply, "write one", "}, {", diag.Edit{Span: at, Text: ","})
	return true
}

// quotedField reads the name of a field, in quotes too, as JSON writes it.
func (p *parser) quotedField(lex *lexer.PeekingLexer) (fieldName, error) {
	t := lex.Peek()
	if !is(t, String) || !isSign(second(lex), ":") {
		return p.field(lex)
	}
	lex.Next()
	name := p.textValue(t)
	text := name
	if !plainName().MatchString(name) {
		text = "`" + name + "`"
	}
	p.near(CodeHabit, p.span(t), "names of fields stand without quotes", "").
		Fix(diag.Apply, "leave them out", text+": ...", diag.Edit{Span: p.span(t), Text: text})
	return fieldName{ast.Ident{At: ast.At{Span: p.span(t)}, Name: name}}, nil
}

var plainName = pattern.Of(`^[\pL_][\pL\pN_]*$`)
