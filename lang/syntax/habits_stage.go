package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Near misses of pipelines: clauses of SQL behind a stage, and aliases behind a name.

// aliasBehind reads `from orders o` and `from orders as o`.
func (p *parser) aliasBehind(lex *lexer.PeekingLexer, out *ast.Pipeline) {
	t, name := lex.Peek(), lex.Peek()
	back := p.attempt(lex)
	if isWord(t, "as") {
		lex.Next()
		name = lex.Peek()
	}
	_, isStage := p.stages[name.Value]
	if !is(name, Ident) || isStage || stageHabits[name.Value].says != "" || out.Alias != nil || out.From.Pipeline != nil ||
		strings.Contains(p.file.Text[out.From.Span.End:name.Pos.Offset], "\n") {
		back()
		return
	}
	lex.Next()
	if next := lex.Peek(); !next.EOF() && !isSign(next, "|>") && !isSign(next, ")") {
		back()
		return
	}
	alias := ast.Ident{At: ast.At{Span: p.span(name)}, Name: strings.Trim(name.Value, "`")}
	out.Alias = &alias
	text := alias.Name + " = " + out.From.Span.Text()
	p.near(CodeAs, p.span(t), "names stand before what they name", "").
		Fix(diag.Apply, "name first", "from "+text, diag.Edit{Span: out.From.Span.Join(alias.Span), Text: text})
}

// clauseHabit words a clause of SQL that stands behind a stage as e; false where there
// is none.
func (p *parser) clauseHabit(lex *lexer.PeekingLexer, e *syntaxError, out *ast.Pipeline) bool {
	t := lex.Peek()
	word := strings.ToLower(t.Value)
	if len(out.Stages) == 0 {
		if !isSign(t, ",") {
			return false
		}
		e.code, e.msg = CodeHabit, "a pipeline reads one topic or stream"
		e.note = "|> join r = other on ... within ... brings in another, |> union other adds its rows"
		return true
	}
	if p.keyHabit(t, e, out.Stages[len(out.Stages)-1]) {
		return true
	}
	switch last := out.Stages[len(out.Stages)-1].(type) {
	case *ast.AggStage:
		if word != "group" || !isWord(second(lex), "by") && !isWord(second(lex), "BY") || len(last.By) > 0 {
			return false
		}
		at := source.Span{File: p.file, Start: t.Pos.Offset, End: second(lex).Pos.Line}
		e.code, e.at, e.msg = CodeHabit, at, "the groups of an aggregate follow \"by\" alone"
		e.fix = &diag.Fix{Title: `write "by"`, Preview: "by", Confidence: diag.Apply, Edits: []diag.Edit{{Span: at, Text: "by"}}}
		return true
	case *ast.LimitStage:
		if word != "offset" {
			return false
		}
		e.code, e.msg = CodeHabit, "a stream has no offset: limit takes its first rows"
		e.note = "|> top 20 by ... rank place |> where place > 10 gives a page of an order"
		return true
	case *ast.DistinctStage:
		if !startsOperand(t) {
			return false
		}
		e.code, e.msg = CodeHabit, "distinct compares whole rows; dedup by names the columns"
		at := source.Span{File: p.file, Start: last.Span.Start, End: t.Pos.Offset}
		e.fix = &diag.Fix{Title: "name the columns", Preview: "dedup by " + t.Value, Confidence: diag.Maybe, Edits: []diag.Edit{{Span: at, Text: "dedup by "}}}
		return true
	}
	return false
}

// distinctItems reads the `distinct` of `select distinct a, b`.
func (p *parser) distinctItems(lex *lexer.PeekingLexer) {
	t, next := lex.Peek(), second(lex)
	if !is(t, Ident) || !strings.EqualFold(t.Value, "distinct") || !is(next, Ident) && !isSign(next, "*") || isWord(next, "as") {
		return
	}
	lex.Next()
	p.near(CodeHabit, p.span(t), "select keeps every row; equal ones are left out by a stage of its own", "").
		Fix(diag.Maybe, "another stage", "|> select ... |> distinct", p.deletion(t, next))
}
