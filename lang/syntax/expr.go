package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

// Binding powers of the operators, loosest first. Comparisons do not chain.
const (
	bindOr = 1 + iota
	bindAnd
	bindNot
	bindCompare
	bindCoalesce
	bindAdd
	bindMul
)

type infix struct {
	power int
	op    ast.BinaryOp
}

var signs = map[string]infix{
	"==": {bindCompare, ast.Eq}, "!=": {bindCompare, ast.Ne}, "<": {bindCompare, ast.Lt}, "<=": {bindCompare, ast.Le},
	">": {bindCompare, ast.Gt}, ">=": {bindCompare, ast.Ge}, "??": {bindCoalesce, ast.Coalesce},
	"+": {bindAdd, ast.Add}, "-": {bindAdd, ast.Sub}, "*": {bindMul, ast.Mul}, "/": {bindMul, ast.Div}, "%": {bindMul, ast.Mod},
	"=": {bindCompare, ast.Eq}, // a near miss
}

// expr reads an expression; NextMatch when none can start here.
func (p *parser) expr(lex *lexer.PeekingLexer) (ast.Expr, error) {
	t := lex.Peek()
	if is(t, Ident) || is(t, Reserved) {
		switch next := second(lex); {
		case isSign(next, "=>"), t.Value == "fn" && isSign(next, "("):
			return p.lambda(lex)
		case isSign(next, ":") && is(t, Ident) && !p.castsName(lex): // the next member
			return nil, participle.NextMatch
		case isWord(t, "if"):
			return p.ifExpr(lex)
		}
	}
	x, err := p.binary(lex, bindOr)
	if err != nil {
		return x, err
	}
	if meant, err := p.conditional(lex, x); meant != nil || err != nil {
		return meant, err
	}
	return x, nil
}

// mustExpr is expr where nothing else can stand.
func (p *parser) mustExpr(lex *lexer.PeekingLexer) (ast.Expr, error) {
	x, err := p.expr(lex)
	if err == participle.NextMatch {
		return nil, p.expectedExpr(lex)
	}
	return x, err
}

// amount reads the number or duration that a stage begins with; a word of the stage in
// its place says that it was left out.
func (p *parser) amount(lex *lexer.PeekingLexer, what string) (ast.Expr, error) {
	if isWord(lex.Peek(), "by") || isWord(lex.Peek(), "per") {
		return nil, p.expected(lex, what)
	}
	return p.mustExpr(lex)
}

func (p *parser) expectedExpr(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); is(t, Reserved) && !missingBefore[t.Value] && endsName(second(lex)) {
		return p.fail(p.reservedName(t, "a name here"))
	}
	err := p.expected(lex, "an expression")
	if e, ok := err.(*syntaxError); ok && (isWord(lex.Peek(), "from") || strings.EqualFold(lex.Peek().Value, "select")) {
		e.note = "a condition is about one row; another stream comes in by a stage, such as |> semi join r = other on ..."
	}
	return err
}

// missingBefore: where such a word stands in place of an expression, the expression is
// missing, and the word means itself.
var missingBefore = map[string]bool{"and": true, "or": true, "then": true, "else": true, "when": true}

// endsName reports what can follow a name in an expression.
func endsName(t *lexer.Token) bool {
	return t.EOF() || is(t, Op) && !isSign(t, "(") && !isSign(t, "[") && !isSign(t, "{") || is(t, Reserved)
}

func (p *parser) tooDeep(lex *lexer.PeekingLexer) error {
	return p.fail(&syntaxError{code: CodeDepth, at: p.span(lex.Peek()), msg: "this is nested too deeply", note: "at most 200 levels of brackets and the like, and 10,000 operators in a row"})
}

// binary climbs precedence: it reads operators that bind at least as tightly as
// power.
func (p *parser) binary(lex *lexer.PeekingLexer, power int) (ast.Expr, error) {
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return nil, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	start := lex.Peek().Pos.Offset
	x, err := p.prefix(lex, power)
	compared := false
	for n := 0; err == nil; n++ {
		if n > maxChain {
			return nil, p.tooDeep(lex)
		}
		t := lex.Peek()
		if power <= bindCompare && compares(lex) {
			if compared {
				return nil, p.chained(t)
			}
			compared = true
		} else if word := operatorWord(t); word == "and" || word == "or" {
			compared = false
		}
		var y ast.Expr
		switch {
		case is(t, Op):
			in, ok := signs[t.Value]
			if !ok || in.power < power {
				return x, nil
			}
			y, err = p.infixSign(lex, x, in, start)
		case operatorWord(t) != "":
			y, err = p.infixWord(lex, x, power, start)
		default:
			y, err = p.infixHabit(lex, x, power, start)
		}
		if y == nil && err == nil {
			return x, nil
		}
		x = y
	}
	return x, err
}

// compares reports that the next token is that of a comparison.
func compares(lex *lexer.PeekingLexer) bool {
	t := lex.Peek()
	if is(t, Op) {
		return signs[t.Value].power == bindCompare
	}
	word := operatorWord(t)
	return comparisonWord(t) || word == "is" || word == "not" && comparisonWord(second(lex))
}

// chained is a second comparison in a row.
func (p *parser) chained(t *lexer.Token) error {
	return p.fail(&syntaxError{code: CodeUnexpected, at: p.span(t), msg: "comparisons do not chain", note: "write a < b and b < c, or b between a and c"})
}

func (p *parser) infixSign(lex *lexer.PeekingLexer, x ast.Expr, in infix, start int) (ast.Expr, error) {
	t := lex.Next()
	if t.Value == "=" {
		p.near(CodeEquals, p.span(t), `"=" gives a name, "==" compares`, nameReading(x)).
			Fix(diag.Apply, p.stageWith(t, "=="), "", diag.Edit{Span: p.span(t), Text: "=="})
	}
	power := t.Value == "*" && isSign(lex.Peek(), "*") && lex.Peek().Pos.Offset == t.Pos.Line
	if power {
		lex.Next()
	}
	y, err := p.binary(lex, in.power+1)
	if err == participle.NextMatch {
		err = p.expectedExpr(lex)
	}
	if err != nil {
		return nil, err
	}
	if power {
		text := "pow(" + x.Pos().Text() + ", " + y.Pos().Text() + ")"
		p.near(CodeHabit, p.span(t), `"**" is the function pow`, "").
			Fix(diag.Apply, "call it", text, diag.Edit{Span: p.from(lex, start), Text: text})
		return called("pow", p.from(lex, start), x, y), nil
	}
	return &ast.BinaryExpr{At: ast.At{Span: p.from(lex, start)}, Op: in.op, OpSpan: ast.At{Span: p.span(t)}, X: x, Y: y}, nil
}

// stageWith is the text of the stage around a token, as far as it stands on the line,
// with the token replaced.
func (p *parser) stageWith(t *lexer.Token, text string) string {
	line := p.file.Position(t.Pos.Offset).Line
	start := p.file.LineStart(line)
	before, after := p.file.Text[start:t.Pos.Offset], p.file.Line(line)[t.Pos.Line-start:]
	if i := strings.LastIndex(before, "|>"); i >= 0 {
		before = before[i:]
	}
	after, _, _ = strings.Cut(after, "|>")
	return strings.TrimSpace(before + text + after)
}

func nameReading(x ast.Expr) string {
	if n, ok := x.(*ast.Name); ok {
		return `I read this as naming a column "` + n.Name + `"`
	}
	return ""
}

// infixWord reads and, or, is, in, between, like, matches; nil where the word does not
// continue the expression.
func (p *parser) infixWord(lex *lexer.PeekingLexer, x ast.Expr, power, start int) (ast.Expr, error) {
	t := lex.Peek()
	switch word := operatorWord(t); word {
	case "or", "and":
		op, bind := ast.Or, bindOr
		if word == "and" {
			op, bind = ast.And, bindAnd
		}
		if bind < power {
			return nil, nil
		}
		p.takeOperator(lex, word)
		y, err := p.binary(lex, bind+1)
		if err == participle.NextMatch {
			err = p.expectedExpr(lex)
		}
		if err != nil {
			return nil, err
		}
		return &ast.BinaryExpr{At: ast.At{Span: p.from(lex, start)}, Op: op, OpSpan: ast.At{Span: p.span(t)}, X: x, Y: y}, nil
	case "is", "in", "between", "like", "matches", "not":
		if bindCompare < power {
			return nil, nil
		}
		if word == "not" && !comparisonWord(second(lex)) {
			return nil, nil
		}
		return p.comparison(lex, x, start)
	}
	return nil, nil
}

func comparisonWord(t *lexer.Token) bool {
	word := operatorWord(t)
	return word == "in" || word == "between" || word == "like" || word == "matches"
}

func (p *parser) comparison(lex *lexer.PeekingLexer, x ast.Expr, start int) (ast.Expr, error) {
	if operatorWord(lex.Peek()) == "is" {
		return p.isExpr(lex, x, start)
	}
	not := p.takeOperator(lex, "not")
	word := operatorWord(lex.Peek())
	p.takeOperator(lex, word)
	switch word {
	case "in":
		return p.inExpr(lex, x, not, start)
	case "between":
		lo, err := p.operand(lex)
		if err != nil {
			return nil, err
		}
		if !p.takeOperator(lex, "and") {
			return nil, p.needWord(lex, "and")
		}
		hi, err := p.operand(lex)
		return &ast.BetweenExpr{At: ast.At{Span: p.from(lex, start)}, X: x, Lo: lo, Hi: hi, Not: not}, err
	default:
		pattern, err := p.operand(lex)
		return &ast.PatternExpr{At: ast.At{Span: p.from(lex, start)}, X: x, Pattern: pattern, Not: not, Regex: word == "matches"}, err
	}
}

// operand is what stands beside a comparison.
func (p *parser) operand(lex *lexer.PeekingLexer) (ast.Expr, error) {
	x, err := p.binary(lex, bindCompare+1)
	if err == participle.NextMatch {
		err = p.expectedExpr(lex)
	}
	return x, err
}

func (p *parser) isExpr(lex *lexer.PeekingLexer, x ast.Expr, start int) (ast.Expr, error) {
	p.takeOperator(lex, "is")
	out := &ast.IsExpr{X: x, Not: p.takeOperator(lex, "not")}
	t := lex.Peek()
	switch {
	case p.takeOperator(lex, "null"):
		out.Null = true
	case is(t, Ident) && t.Value == "missing":
		lex.Next()
		out.Null = true
		p.near(CodeHabit, p.span(t), `a value that is not there is null`, "").
			Fix(diag.Apply, `write "null"`, "", diag.Edit{Span: p.span(t), Text: "null"})
	default:
		branch, err := p.mustPath(lex, `"null" or the name of a branch`)
		if err != nil {
			return nil, err
		}
		out.Branch = branch
	}
	out.Span = p.from(lex, start)
	return out, nil
}

func (p *parser) inExpr(lex *lexer.PeekingLexer, x ast.Expr, not bool, start int) (ast.Expr, error) {
	out := &ast.InExpr{X: x, Not: not}
	t := lex.Peek()
	switch {
	case p.take(lex, "("):
		for {
			item, err := p.mustExpr(lex)
			if err != nil {
				return nil, err
			}
			out.List = append(out.List, item)
			if !p.take(lex, ",") || isSign(lex.Peek(), ")") {
				break
			}
		}
		if err := p.need(lex, ")"); err != nil {
			return nil, err
		}
	case isSign(t, "["), is(t, Ident):
		set, err := p.operand(lex)
		if err != nil {
			return nil, err
		}
		out.Set = set
	default:
		return nil, p.expected(lex, "a list in parentheses")
	}
	out.Span = p.from(lex, start)
	return out, nil
}
