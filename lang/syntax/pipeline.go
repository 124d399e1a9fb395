package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

// rel reads a topic, a stream or a pipeline in parentheses.
func (p *parser) rel(lex *lexer.PeekingLexer) (ast.RelRef, error) {
	start := lex.Peek().Pos.Offset
	if !isSign(lex.Peek(), "(") {
		path, err := p.mustPath(lex, "a topic or stream")
		return ast.RelRef{At: path.At, Path: path}, err
	}
	if p.depth++; p.depth > maxDepth {
		p.depth--
		return ast.RelRef{}, p.tooDeep(lex)
	}
	defer func() { p.depth-- }()
	lex.Next()
	pipeline, err := p.pipeline(lex)
	if err == nil {
		err = p.need(lex, ")")
	}
	return ast.RelRef{At: ast.At{Span: p.from(lex, start)}, Pipeline: pipeline}, err
}

// pipeline reads `from x |> ...`.
func (p *parser) pipeline(lex *lexer.PeekingLexer) (*ast.Pipeline, error) {
	start := lex.Peek().Pos.Offset
	out := &ast.Pipeline{}
	if t := lex.Peek(); t.Type == bad {
		lex.Next()
		out.From = ast.RelRef{At: ast.At{Span: p.span(t)}}
	} else if err := p.source(lex, out); err != nil {
		return nil, err
	}
	for p.take(lex, "|>") {
		st, err := p.stage(lex)
		if err != nil {
			return nil, err
		}
		out.Stages = append(out.Stages, st)
	}
	out.Span = p.from(lex, start)
	return out, p.pipelineEnds(lex, out)
}

// pipelineEnds refuses what cannot follow a stage, and says what may be missing there.
func (p *parser) pipelineEnds(lex *lexer.PeekingLexer, out *ast.Pipeline) error {
	t := lex.Peek()
	if t.EOF() || isSign(t, ")") || t.Type == bad {
		return nil
	}
	at := p.span(t)
	e := &syntaxError{code: CodeUnexpected, at: at, msg: `expected "|>" or the end of the pipeline` + foundText(t)}
	_, isStage := p.stages[t.Value]
	switch {
	case isStage && (is(t, Ident) || is(t, Reserved)):
		e.msg = `"|>" is missing before ` + quoteText(t.Value)
		e.fix = &diag.Fix{Title: `write "|>"`, Preview: "|> " + t.Value, Confidence: diag.Apply, Edits: []diag.Edit{p.insertion(t, "|> ")}}
	case isSign(t, "->"):
		e.msg = "a pipeline does not end in a target"
		e.note = "a stream is written by a declaration of its own: sink out from ... to " + quoteText(second(lex).Value)
	case p.clauseHabit(lex, e, out):
		return p.fail(e)
	case is(t, Ident) && stageHabits[t.Value].says != "":
		err := p.noSuchStage(lex)
		if e, ok := err.(*syntaxError); ok && e.fix != nil {
			e.fix.Edits[0].Text = "|> " + e.fix.Edits[0].Text
			e.fix.Preview = e.fix.Edits[0].Text
		}
		return err
	case startsOperand(t) && endsWithList(out.Stages):
		e.msg = `expected "," or "|>"` + foundText(t)
		e.fix = &diag.Fix{Title: "a comma before it", Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(t, ", ")}}
	}
	return p.fail(e)
}

// startsOperand reports the tokens that begin a name or value.
func startsOperand(t *lexer.Token) bool {
	return is(t, Ident) || is(t, Int) || is(t, Decimal) || is(t, Float) || is(t, String) || is(t, Duration) || is(t, Temporal)
}

// endsWithList reports that the last stage is a list of items between commas.
func endsWithList(stages []ast.Stage) bool {
	if len(stages) == 0 {
		return false
	}
	switch stages[len(stages)-1].(type) {
	case *ast.SelectStage, *ast.ExtendStage, *ast.LetStage, *ast.DropStage, *ast.RenameStage, *ast.RequireStage, *ast.AggStage,
		*ast.KeyStage, *ast.SortStage, *ast.LatestStage, *ast.UnionStage:
		return true
	}
	return false
}

func (p *parser) source(lex *lexer.PeekingLexer, out *ast.Pipeline) error {
	if t := lex.Peek(); is(t, Ident) && t.Value == "FROM" {
		p.near(CodeHabit, p.span(t), `"FROM" is written "from"`, "").Fix(diag.Apply, `write "from"`, "", diag.Edit{Span: p.span(t), Text: "from"})
	} else if !isWord(t, "from") {
		if strings.EqualFold(t.Value, "select") {
			return p.fail(p.sql(lex))
		}
		if strings.EqualFold(t.Value, "with") && is(second(lex), Ident) {
			return p.fail(&syntaxError{code: CodeHabit, at: p.span(t), msg: `a part of a query is a stream of its own, not a "with"`,
				note: "write: stream x = from ... above, and then from x"})
		}
		err := p.expected(lex, `a pipeline, which starts with "from"`)
		if e, ok := err.(*syntaxError); ok && is(t, Ident) && (second(lex).EOF() || isSign(second(lex), "|>") || isSign(second(lex), ")")) {
			e.fix = &diag.Fix{Title: `write "from"`, Preview: "from " + t.Value, Confidence: diag.Apply, Edits: []diag.Edit{p.insertion(t, "from ")}}
		}
		return err
	}
	lex.Next()
	if is(lex.Peek(), Ident) && isSign(second(lex), "=") {
		alias, _ := p.ident(lex)
		lex.Next()
		out.Alias = &alias
	}
	rel, err := p.rel(lex)
	out.From = rel
	if err == nil {
		p.aliasBehind(lex, out)
	}
	return err
}
