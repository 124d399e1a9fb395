package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
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
		case isSign(next, ":") && is(t, Ident): // the next member
			return nil, participle.NextMatch
		case isWord(t, "if"):
			return p.ifExpr(lex)
		}
	}
	return p.binary(lex, bindOr)
}

// mustExpr is expr where nothing else can stand.
func (p *parser) mustExpr(lex *lexer.PeekingLexer) (ast.Expr, error) {
	x, err := p.expr(lex)
	if err == participle.NextMatch {
		return nil, p.expectedExpr(lex)
	}
	return x, err
}

func (p *parser) expectedExpr(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); is(t, Reserved) && !missingBefore[t.Value] && endsName(second(lex)) {
		return p.fail(p.reservedName(t, "a name here"))
	}
	return p.expected(lex, "an expression")
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
	for n := 0; err == nil; n++ {
		if n > maxChain {
			return nil, p.tooDeep(lex)
		}
		t := lex.Peek()
		var y ast.Expr
		switch {
		case is(t, Op):
			in, ok := signs[t.Value]
			if !ok || in.power < power {
				return x, nil
			}
			y, err = p.infixSign(lex, x, in, start)
			if err == nil && in.power == bindCompare {
				err = p.noChain(lex)
			}
		case is(t, Reserved):
			y, err = p.infixWord(lex, x, power, start)
			if y == nil && err == nil {
				return x, nil
			}
		default:
			return x, nil
		}
		x = y
	}
	return x, err
}

// noChain refuses a second comparison in a row.
func (p *parser) noChain(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if in, ok := signs[t.Value]; !ok || !is(t, Op) || in.power != bindCompare {
		return nil
	}
	return p.fail(&syntaxError{code: CodeUnexpected, at: p.span(t), msg: "comparisons do not chain", note: "write a < b and b < c, or b between a and c"})
}

func (p *parser) infixSign(lex *lexer.PeekingLexer, x ast.Expr, in infix, start int) (ast.Expr, error) {
	t := lex.Next()
	if t.Value == "=" {
		p.near(CodeEquals, p.span(t), `"=" gives a name, "==" compares`, nameReading(x)).
			Fix(diag.Apply, p.stageWith(t, "=="), "", diag.Edit{Span: p.span(t), Text: "=="})
	}
	y, err := p.binary(lex, in.power+1)
	if err == participle.NextMatch {
		err = p.expectedExpr(lex)
	}
	if err != nil {
		return nil, err
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
	switch t.Value {
	case "or", "and":
		op, bind := ast.Or, bindOr
		if t.Value == "and" {
			op, bind = ast.And, bindAnd
		}
		if bind < power {
			return nil, nil
		}
		lex.Next()
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
		if t.Value == "not" && !comparisonWord(second(lex)) {
			return nil, nil
		}
		return p.comparison(lex, x, start)
	}
	return nil, nil
}

func comparisonWord(t *lexer.Token) bool {
	return isWord(t, "in") || isWord(t, "between") || isWord(t, "like") || isWord(t, "matches")
}

func (p *parser) comparison(lex *lexer.PeekingLexer, x ast.Expr, start int) (ast.Expr, error) {
	if isWord(lex.Peek(), "is") {
		return p.isExpr(lex, x, start)
	}
	not := p.takeWord(lex, "not")
	switch word := lex.Next().Value; word {
	case "in":
		return p.inExpr(lex, x, not, start)
	case "between":
		lo, err := p.operand(lex)
		if err != nil {
			return nil, err
		}
		if err := p.needWord(lex, "and"); err != nil {
			return nil, err
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
	lex.Next()
	out := &ast.IsExpr{X: x, Not: p.takeWord(lex, "not")}
	t := lex.Peek()
	switch {
	case p.takeWord(lex, "null"):
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

// prefix reads not, -, try and what follows.
func (p *parser) prefix(lex *lexer.PeekingLexer, power int) (ast.Expr, error) {
	t := lex.Peek()
	switch {
	case isWord(t, "not") && power <= bindNot:
		lex.Next()
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
	if p.takeWord(lex, "per") {
		if out.Frame.Per, err = p.exprs(lex); err != nil {
			return nil, err
		}
	}
	if p.takeWord(lex, "by") {
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
		if !p.take(lex, ",") {
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
	name, err := p.field(lex)
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
		if p.takeWord(lex, "desc") {
			o.Desc = true
		} else {
			p.takeWord(lex, "asc")
		}
		o.Span = p.from(lex, start)
		out = append(out, o)
		if !p.take(lex, ",") {
			return out, nil
		}
	}
}
