package syntax

import (
	"slices"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

// Small words inside stages: the one that is missing, and the one of another stage or
// language that stands in its place.

// wordHabits are what people write where a stage wants the word.
var wordHabits = map[string][]string{
	"by":    {"per", "on", "for"},
	"while": {"when", "where", "if"},
	"every": {"by", "per", "step", "slide"},
	"after": {"in", "within"},
	"per":   {"in", "every", "each"},
}

// insertable are the words that only the operand behind them can have meant.
var insertable = []string{"by", "gap", "every", "after", "while"}

// meantWord says of a word that is missing where it goes, or which one stands in its
// place.
func (p *parser) meantWord(t *lexer.Token, word string, e *syntaxError) {
	if (is(t, Ident) || is(t, Reserved)) && slices.Contains(wordHabits[word], t.Value) {
		e.fix = &diag.Fix{Title: `write "` + word + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: p.span(t), Text: word}}}
		return
	}
	if startsOperand(t) && slices.Contains(insertable, word) {
		e.fix = &diag.Fix{Title: `write "` + word + `"`, Preview: word + " " + t.Value, Confidence: diag.Apply, Edits: []diag.Edit{p.insertion(t, word+" ")}}
	}
}

// keyHabit words a `by` or `per` behind a stage that takes its keys otherwise.
func (p *parser) keyHabit(t *lexer.Token, e *syntaxError, last ast.Stage) bool {
	if !isWord(t, "by") && !isWord(t, "per") {
		return false
	}
	say := func(msg, word string, confidence diag.Confidence) bool {
		e.code, e.msg = CodeHabit, msg
		if word != "" {
			e.fix = &diag.Fix{Title: `write "` + word + `"`, Confidence: confidence, Edits: []diag.Edit{{Span: p.span(t), Text: word}}}
		}
		return true
	}
	switch last := last.(type) {
	case *ast.SilentStage, *ast.HoldStage, *ast.ThrottleStage, *ast.ChangedStage:
		return say(`the keys of this stage follow "per"`, "per", diag.Apply)
	case *ast.AggStage:
		return len(last.By) == 0 && say(`the groups of an aggregate follow "by"`, "by", diag.Apply)
	case *ast.WindowStage:
		e.note = `"by" of the aggregate makes groups: |> aggregate n = count() by ...`
		return say(`"per" gives each key windows of its own`, "per", diag.Maybe)
	case *ast.LimitStage:
		e.note = "some rows of each key: |> top 5 by ... per ..."
		return say("limit takes the first rows of all", "", diag.Maybe)
	}
	return false
}

// rowsOfThrottle reads `throttle 1m per key`, which leaves out how many rows.
func (p *parser) rowsOfThrottle(lex *lexer.PeekingLexer) ast.Expr {
	t := lex.Peek()
	if !is(t, Duration) || !isWord(second(lex), "per") {
		return nil
	}
	p.near(CodeHabit, p.span(t), "throttle says how many rows in how long", "").
		Fix(diag.Apply, "one row", "throttle 1 per "+t.Value, p.insertion(t, "1 per "))
	return &ast.IntLit{At: ast.At{Span: p.span(t)}, Text: "1"}
}
