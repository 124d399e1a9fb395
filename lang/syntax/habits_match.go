package syntax

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

// Near misses of patterns: what MATCH_RECOGNIZE and other languages of patterns write.

// patternWords end a pattern, or an element of it.
var patternWords = []string{"then", "next", "and", "or", "for", "within", "skip", "emit", "timeout", "select", "measures", "after", "one", "all", "define", "until"}

// inPattern reports that the tokens read last are elements of a pattern, so that a sign
// behind them cannot be a pipe.
func (r *reader) inPattern() bool {
	depth := 0
	for i := len(r.tokens) - 1; i >= 0; i-- {
		switch t := r.tokens[i]; {
		case isClose(t):
			depth++
		case isOpen(t):
			if depth--; depth < 0 && t.Value == "{" {
				return false
			}
		case t.Type == typeOf(Ident) && t.Value == "pattern":
			return i+1 < len(r.tokens)
		case t.Type == typeOf(Op):
			if !strings.Contains("+*?,->!", t.Value) {
				return false
			}
		case t.Type != typeOf(Ident) && t.Type != typeOf(Reserved) && t.Type != typeOf(Int):
			return false
		}
	}
	return false
}

// follows reads what stands between two elements; ok is false where the sequence ends.
func (p *parser) follows(lex *lexer.PeekingLexer) (directly, ok bool) {
	t := lex.Peek()
	switch {
	case isWord(t, "then"), isWord(t, "next"):
		lex.Next()
		return t.Value == "next", true
	case isSign(t, "->"), isSign(t, ","):
		lex.Next()
		word, text := "then", "then"
		if t.Value == "," { // right behind the element before it
			word, text = "next", " next"
		}
		p.sequenceHabit(t, diag.Edit{Span: p.span(t), Text: text}, word)
		return word == "next", true
	case isWord(t, "followed") && isWord(second(lex), "by"):
		lex.Next()
		lex.Next()
		edit := p.deletion(t, lex.Peek())
		edit.Text = "then "
		p.sequenceHabit(t, edit, "then")
		return false, true
	case p.anotherElement(lex):
		p.sequenceHabit(t, p.insertion(t, "next "), "next")
		return true, true
	}
	return false, false
}

func (p *parser) sequenceHabit(t *lexer.Token, edit diag.Edit, word string) {
	p.near(CodeHabit, p.span(t), "the elements of a pattern follow each other with `then`, or with `next` where no row may lie between", "").
		Fix(diag.Apply, `write "`+word+`"`, "... "+word+" ...", edit)
}

// anotherElement finds an element right behind another one, as in `pattern a b+`.
func (p *parser) anotherElement(lex *lexer.PeekingLexer) bool {
	t, next := lex.Peek(), second(lex)
	if isSign(t, "(") {
		return true
	}
	if !is(t, Ident) || slices.Contains(patternWords, t.Value) || !is(next, Op) && !is(next, Ident) && !is(next, Reserved) {
		return false
	}
	_, misspelt := diag.Closest(t.Value, patternWords)
	return !misspelt
}

// everyHabit takes the `every` of other languages.
func (p *parser) everyHabit(lex *lexer.PeekingLexer) {
	t, next := lex.Peek(), second(lex)
	if !isWord(t, "every") || !isSign(next, "(") && (!is(next, Ident) || slices.Contains(patternWords, next.Value)) {
		return
	}
	lex.Next()
	p.near(CodeHabit, p.span(t), "an attempt to match begins at every row that fits the first element", "").
		Because("Matches share no rows; with `skip to next` behind the pattern they may.").
		Fix(diag.Apply, `leave "every" out`, "pattern ... skip to next", p.deletion(t, next))
}

// absent reads the name behind `not`, which other languages put into brackets.
func (p *parser) absent(lex *lexer.PeekingLexer) (ast.Ident, error) {
	open := lex.Peek()
	if !isSign(open, "(") {
		return p.mustIdent(lex, "a defined name")
	}
	lex.Next()
	id, err := p.mustIdent(lex, "a defined name")
	if err != nil {
		return id, err
	}
	if err := p.need(lex, ")"); err != nil {
		return id, err
	}
	p.near(CodeHabit, p.span(open), "`not` names one definition", "").
		Fix(diag.Apply, "without brackets", "not "+id.Name, diag.Edit{Span: p.from(lex, open.Pos.Offset), Text: " " + id.Name})
	return id, nil
}

// bangHabit takes the `!` that stands for `not`.
func (p *parser) bangHabit(lex *lexer.PeekingLexer) bool {
	t := lex.Peek()
	if !isSign(t, "!") || !is(second(lex), Ident) {
		return false
	}
	lex.Next()
	p.near(CodeHabit, p.span(t), "what must be absent stands behind `not`", "").
		Fix(diag.Apply, `write "not"`, "not "+lex.Peek().Value, diag.Edit{Span: p.span(t), Text: "not "})
	return true
}

// optionHabit takes `after match` before `skip`, and `one row per match`.
func (p *parser) optionHabit(lex *lexer.PeekingLexer) bool {
	t, next := lex.Peek(), second(lex)
	switch {
	case isWord(t, "after") && isWord(next, "match"):
		lex.Next()
		lex.Next()
		p.near(CodeHabit, p.span(t), "where the next match may begin is said by `skip` alone", "").
			Fix(diag.Apply, `leave "after match" out`, "skip ...", p.deletion(t, lex.Peek()))
	case isWord(t, "one") && isWord(next, "row"), isWord(t, "all") && isWord(next, "rows"):
		for isWord(lex.Peek(), "per") || isWord(lex.Peek(), "match") || lex.Peek() == t || isWord(lex.Peek(), next.Value) {
			lex.Next()
		}
		p.near(CodeHabit, p.span(t), "each match gives one row; `collect(x)` lists the values of several", "").
			Fix(diag.Apply, "leave it out", "", p.deletion(t, lex.Peek()))
	default:
		return false
	}
	return true
}

// rowHabit takes the `row` of `skip past last row` and `skip to next row`.
func (p *parser) rowHabit(lex *lexer.PeekingLexer) {
	if t := lex.Peek(); p.takeWord(lex, "row") {
		p.near(CodeHabit, p.span(t), "`skip` speaks of rows anyway", "").
			Fix(diag.Apply, `leave "row" out`, "", p.deletion(t, lex.Peek()))
	}
}

// defineAs takes the `as` of `define a as price > 10`.
func (p *parser) defineAs(lex *lexer.PeekingLexer) bool {
	t := lex.Peek()
	if !isWord(t, "as") {
		return false
	}
	lex.Next()
	p.near(CodeHabit, p.span(t), "the condition of a definition stands behind `where`", "").
		Fix(diag.Apply, `write "where"`, "", diag.Edit{Span: p.span(t), Text: "where"})
	return true
}

// emitHabit takes `select` or `measures` in place of `emit`.
func (p *parser) emitHabit(lex *lexer.PeekingLexer) bool {
	t := lex.Peek()
	if !isWord(t, "select") && !isWord(t, "measures") {
		return false
	}
	lex.Next()
	p.near(CodeHabit, p.span(t), "what a match gives stands behind `emit`", "").
		Fix(diag.Apply, `write "emit"`, "emit ...", diag.Edit{Span: p.span(t), Text: "emit"})
	return true
}

// misplaced words what stands at another place of a match elsewhere; nil where it is
// something else.
func (p *parser) misplaced(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	e := &syntaxError{code: CodeHabit, at: p.span(t)}
	switch {
	case isWord(t, "measures"):
		e.msg, e.text = "what a match gives stands at its end, behind `emit`", "define ... pattern ... within ... emit ..."
	case isWord(t, "define"):
		e.msg, e.text = "definitions stand before the pattern", "define ... pattern ... within ... emit ..."
	case isWord(t, "order") && isWord(second(lex), "by"):
		e.msg = "a match takes rows in the order of their time"
		e.note = "rows of equal time stand as they came"
	default:
		word, misspelt := diag.Closest(t.Value, []string{"define", "pattern", "within", "skip", "emit"})
		if !is(t, Ident) || !misspelt || word == t.Value {
			return nil
		}
		e.code, e.msg, e.text = CodeUnexpected, `a match has no part "`+t.Value+`"`, `did you mean "`+word+`"?`
		e.fix = &diag.Fix{Title: `write "` + word + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: e.at, Text: word}}}
	}
	return p.fail(e)
}
