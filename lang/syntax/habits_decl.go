package syntax

import (
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// declarationHabit words a mistake of a declaration whose meaning is clear; false where
// it is none. word is the declaration's, wanted what the grammar expected at e.
func (r *reader) declarationHabit(e *syntaxError, word string, wanted []string, tokens []lexer.Token) bool {
	at := tokenAt(tokens, e.at.Start)
	t := &tokens[at]
	replacing := func(title, preview, text string, confidence diag.Confidence) {
		e.fix = &diag.Fix{Title: title, Preview: preview, Confidence: confidence, Edits: []diag.Edit{{Span: e.at, Text: text}}}
	}
	switch {
	case word == "param" && slices.Equal(wanted, []string{`":"`}) && isSign(t, "="):
		name := tokens[at-1].Value
		e.msg = `the param "` + name + `" needs a type`
		text := ": " + literalType(&tokens[min(at+1, len(tokens)-1)]) + " ="
		e.fix = &diag.Fix{Title: "say it", Preview: name + text + " " + tokens[min(at+1, len(tokens)-1)].Value, Confidence: diag.Apply,
			Edits: []diag.Edit{{Span: source.Span{File: r.file, Start: tokens[at-1].Pos.Line, End: e.at.End}, Text: text}}}
	case slices.Equal(wanted, []string{`":"`}) && isSign(t, "="):
		e.msg = `the value of a setting follows ":"`
		e.fix = &diag.Fix{Title: `write ":"`, Preview: tokens[at-1].Value + ": ...", Confidence: diag.Apply,
			Edits: []diag.Edit{{Span: source.Span{File: r.file, Start: tokens[at-1].Pos.Line, End: e.at.End}, Text: ":"}}}
	case word == "route" && slices.Contains(wanted, `"first match"`) && isSign(t, "{"):
		e.msg = "a route says which of the arms that fit a row takes"
		replacing("the first one", "first match {", "first match {", diag.Choose)
		e.note = "first match: the first arm; all matches: every arm"
	case (word == "topic" || word == "sink") && slices.Contains(wanted, "a text in quotes") && is(t, Ident):
		file := unquotedPath(tokens[at:])
		if !strings.ContainsAny(file, "./") {
			return false
		}
		e.at.End = e.at.Start + len(file)
		e.msg = "the name of a file stands in quotes"
		replacing("quote it", `"`+file+`"`, `"`+file+`"`, diag.Apply)
	case word == "fn" && isSign(t, "=") && slices.Equal(wanted, []string{`"->"`}):
		e.msg = `the type of what a function gives follows "->"`
		before := tokens[at-1].Pos.Line
		e.fix = &diag.Fix{Title: "such as", Preview: ") -> double = ...", Confidence: diag.Maybe,
			Edits: []diag.Edit{{Span: source.Span{File: r.file, Start: before, End: before}, Text: " -> double"}}}
	case word == "sink" && isWord(t, "into") && slices.Contains(wanted, `"to"`):
		e.msg = `where a sink writes follows "to"`
		replacing(`write "to"`, "", "to", diag.Apply)
	case word == "test" && slices.Equal(wanted, []string{"a text in quotes"}) && (is(t, Ident) || is(t, Reserved)):
		e.msg = "the name of a test stands in quotes"
		replacing("quote it", `"`+t.Value+`"`, `"`+t.Value+`"`, diag.Apply)
	case word == "enum" && is(t, String) && slices.Contains(wanted, "a name"):
		e.msg = "the symbols of an enum stand without quotes"
		text := strings.Trim(t.Value, `"'`)
		replacing("leave them out", text, text, diag.Apply)
	case word == "route" && slices.Contains(wanted, `"->"`) && (isWord(t, "then") || is(t, String)):
		e.msg = `"->" stands before a target`
		if is(t, String) {
			replacing(`write "->"`, "-> "+t.Value, "-> "+t.Value, diag.Apply)
		} else {
			replacing(`write "->"`, "->", "->", diag.Apply)
		}
	case word == "route" && isWord(t, "else") && slices.Contains(wanted, `"otherwise"`):
		e.msg = `rows that fit no arm go to "otherwise"`
		replacing(`write "otherwise"`, "", "otherwise", diag.Apply)
	case word == "route" && slices.Contains(wanted, `"when"`) && slices.Contains(wanted, `"otherwise"`) && is(t, Ident) && at+1 < len(tokens) && !isSign(&tokens[at+1], ":"):
		e.msg = "an arm begins with when"
		e.fix = &diag.Fix{Title: `write "when"`, Preview: "when " + t.Value + " ...", Confidence: diag.Apply, Edits: []diag.Edit{{Span: source.Span{File: r.file, Start: e.at.Start, End: e.at.Start}, Text: "when "}}}
	case word == "source" && slices.Equal(wanted, []string{"a name"}) && is(t, String):
		i := wordIndex(tokens)
		e.msg = "a source names a connector; a topic can read a file by itself"
		fix := diag.Edit{Span: r.span(tokens[i]), Text: "topic"}
		e.fix = &diag.Fix{Title: "declare the topic", Preview: "topic " + tokens[min(i+1, at)].Value + " from " + t.Value, Confidence: diag.Maybe, Edits: []diag.Edit{fix}}
	default:
		return false
	}
	return true
}

// literalType is the type that a literal has by itself.
func literalType(t *lexer.Token) string {
	switch {
	case is(t, Int):
		return "long"
	case is(t, Decimal), is(t, Float):
		return "double"
	case is(t, Duration):
		return "duration"
	case isWord(t, "true"), isWord(t, "false"):
		return "boolean"
	}
	return "string"
}

// unquotedPath is the text of tokens that stand without a blank between them.
func unquotedPath(tokens []lexer.Token) string {
	var b strings.Builder
	end := tokens[0].Pos.Offset
	for _, t := range tokens {
		if t.EOF() || t.Pos.Offset != end || isSign(&t, "{") {
			break
		}
		b.WriteString(t.Value)
		end = t.Pos.Line
	}
	return b.String()
}

// createAs is E0110 for `CREATE ... name AS SELECT ...`, nil for other text.
func (r *reader) createAs(tokens []lexer.Token) *syntaxError {
	if !strings.EqualFold(tokens[0].Value, "create") {
		return nil
	}
	for i, t := range tokens {
		if i < 3 || !strings.EqualFold(t.Value, "select") || !strings.EqualFold(tokens[i-1].Value, "as") || !is(&tokens[i-2], Ident) {
			continue
		}
		e := r.g.sql(peeking(tokens[i:]))
		head := "stream " + tokens[i-2].Value + " =\n  "
		e.at = r.span(tokens[0])
		e.fix.Preview = head + strings.ReplaceAll(e.fix.Preview, "\n", "\n  ")
		e.fix.Edits[0].Span.Start = tokens[0].Pos.Offset
		e.fix.Edits[0].Text = e.fix.Preview
		return e
	}
	return nil
}
