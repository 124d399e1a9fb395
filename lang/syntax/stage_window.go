package syntax

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
)

var windowKinds = map[string]ast.WindowKind{
	"tumbling": ast.Tumbling, "hopping": ast.Hopping, "cumulative": ast.Cumulative, "sliding": ast.Sliding,
	"session": ast.Session, "span": ast.Span, "none": ast.WindowNone, "rows": ast.WindowRows,
}

// windowHabits are the kinds as other languages name them.
var windowHabits = map[string]string{
	"tumble": "tumbling", "hop": "hopping", "cumulate": "cumulative", "slide": "sliding", "sessions": "session",
}

func (p *parser) windowStage(lex *lexer.PeekingLexer) (ast.Stage, error) {
	t := lex.Peek()
	kind, ok := windowKinds[t.Value]
	if !ok || !is(t, Ident) {
		err := p.expected(lex, "a kind of window (tumbling, hopping, cumulative, sliding, session, span, rows or none)")
		near, ok := windowHabits[strings.ToLower(t.Value)]
		if !ok {
			near, ok = diag.Closest(t.Value, []string{"tumbling", "hopping", "cumulative", "sliding", "session", "span", "rows", "none"})
		}
		if ok {
			e := err.(*syntaxError)
			e.text = `did you mean "` + near + `"?`
			e.fix = &diag.Fix{Title: `write "` + near + `"`, Confidence: diag.Apply, Edits: []diag.Edit{{Span: p.span(t), Text: near}}}
		} else if is(t, Duration) || is(t, Int) {
			e := err.(*syntaxError)
			e.fix = &diag.Fix{Title: "one after the other", Preview: "window tumbling " + t.Value, Confidence: diag.Maybe, Edits: []diag.Edit{p.insertion(t, "tumbling ")}}
		}
		return nil, err
	}
	lex.Next()
	w := &ast.WindowStage{Kind: kind, KindSpan: ast.At{Span: p.span(t)}}
	if err := p.windowSize(lex, w); err != nil {
		return nil, err
	}
	for {
		more, err := p.windowOption(lex, w)
		if err != nil || !more {
			return w, err
		}
	}
}

func (p *parser) windowSize(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	switch w.Kind {
	case ast.Tumbling, ast.Sliding:
		if w.Size, err = p.mustExpr(lex); err == nil && isWord(lex.Peek(), "every") {
			return p.stepOfHopping(lex, w)
		}
	case ast.Hopping, ast.Cumulative:
		if w.Size, err = p.mustExpr(lex); err != nil {
			return err
		}
		if err = p.needWord(lex, "every"); err != nil {
			return err
		}
		w.Every, err = p.mustExpr(lex)
	case ast.Session:
		if err = p.needWord(lex, "gap"); err != nil {
			return err
		}
		if w.Gap, err = p.mustExpr(lex); err != nil {
			return err
		}
		if p.takeWord(lex, "max") {
			w.Max, err = p.mustExpr(lex)
		}
	case ast.Span:
		if w.From, err = p.mustExpr(lex); err != nil {
			return err
		}
		if err = p.need(lex, ".."); err != nil {
			return err
		}
		w.To, err = p.mustExpr(lex)
	case ast.WindowRows:
		if w.Size, err = p.mustExpr(lex); err != nil {
			return err
		}
		if p.takeWord(lex, "every") {
			w.Every, err = p.mustExpr(lex)
		}
	case ast.WindowNone:
	}
	return err
}

// stepOfHopping is the mistake of a step beside a kind of window that has none.
func (p *parser) stepOfHopping(lex *lexer.PeekingLexer, w *ast.WindowStage) error {
	err := p.expected(lex, `an option of the window or "|>"`)
	if e, ok := err.(*syntaxError); ok {
		e.text = "windows that begin every so often are hopping windows"
		e.fix = &diag.Fix{Title: "windows that overlap", Preview: "window hopping " + w.Size.Pos().Text() + " every ...", Confidence: diag.Maybe,
			Edits: []diag.Edit{{Span: w.KindSpan.Span, Text: "hopping"}}}
	}
	return err
}

// windowOption reads one option; more is false when none follows.
func (p *parser) windowOption(lex *lexer.PeekingLexer, w *ast.WindowStage) (more bool, err error) {
	t := lex.Peek()
	switch {
	case isWord(t, "per"):
		lex.Next()
		if isSign(lex.Peek(), "(") && isSign(second(lex), ")") {
			lex.Next()
			lex.Next()
			w.PerNone = true
			return true, nil
		}
		w.Per, err = p.exprs(lex)
	case isWord(t, "on"):
		err = p.windowTime(lex, w)
	case isWord(t, "zone"):
		lex.Next()
		if w.Zone, err = p.stringLit(lex); err != nil {
			return false, p.expected(lex, "the name of a time zone in quotes")
		}
	case isWord(t, "offset"):
		lex.Next()
		w.Offset, err = p.mustExpr(lex)
	case isWord(t, "lateness"):
		lex.Next()
		if w.Lateness, err = p.mustExpr(lex); err == nil {
			w.LateTo, err = p.elseTo(lex)
		}
	case isWord(t, "fill"):
		err = p.windowFill(lex, w)
	case isWord(t, "emit"):
		err = p.windowEmit(lex, w)
	default:
		return false, nil
	}
	return err == nil, err
}

func (p *parser) windowTime(lex *lexer.PeekingLexer, w *ast.WindowStage) error {
	start := lex.Next().Pos.Offset
	switch {
	case p.takeWord(lex, "processing"):
		w.Processing = true
	case p.takeWord(lex, "event"):
	default:
		return p.expected(lex, `"processing time" or "event time"`)
	}
	err := p.needWord(lex, "time")
	w.OnSpan = ast.At{Span: p.from(lex, start)}
	return err
}

func (p *parser) windowFill(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	lex.Next()
	switch {
	case p.takeWord(lex, "zero"):
		w.Fill = ast.FillZero
	case p.takeWord(lex, "null"):
		w.Fill = ast.FillNull
	case p.takeWord(lex, "last"):
		w.Fill = ast.FillLast
	default:
		return p.expected(lex, `"zero", "null" or "last"`)
	}
	w.FillKeep, err = p.keep(lex)
	return err
}

func (p *parser) windowEmit(lex *lexer.PeekingLexer, w *ast.WindowStage) (err error) {
	start := lex.Next().Pos.Offset
	switch {
	case p.takeWord(lex, "final"):
		w.Emit = ast.EmitFinal
	case p.takeWord(lex, "updates"):
		w.Emit = ast.EmitUpdates
		if p.takeWord(lex, "every") {
			w.EmitEvery, err = p.mustExpr(lex)
		}
	case p.takeWord(lex, "early"):
		w.Emit = ast.EmitEarly
		if err = p.needWord(lex, "every"); err == nil {
			w.EmitEvery, err = p.mustExpr(lex)
		}
	default:
		return p.expected(lex, `"final", "updates" or "early every ..."`)
	}
	w.EmitSpan = ast.At{Span: p.from(lex, start)}
	return err
}
