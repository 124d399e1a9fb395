package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// maxPreview is the longest stage shown whole in a fix.
const maxPreview = 90

// replaceIn is the edit that puts a text in place of a part of a stage, and the stage
// as it then reads; of a long stage only the new part.
func replaceIn(stage, part source.Span, text string) (string, diag.Edit) {
	edit := diag.Edit{Span: part, Text: text}
	if stage.File == nil || stage.File != part.File || part.Start < stage.Start || part.End > stage.End {
		return text, edit
	}
	before, after := stage, stage
	before.End, after.Start = part.Start, part.End
	whole := oneLine("|> " + before.Text() + text + after.Text())
	if utf8.RuneCountInString(whole) > maxPreview {
		return text, edit
	}
	return whole, edit
}

// stageAbove is the edit that puts another stage above one.
func stageAbove(stage source.Span, text string) diag.Edit {
	stage.End = stage.Start
	between := " |> "
	if line := stage.File.Line(stage.Position().Line); strings.HasPrefix(strings.TrimSpace(line), "|>") {
		between = "\n" + line[:len(line)-len(strings.TrimLeft(line, " \t"))] + "|> "
	}
	return diag.Edit{Span: stage, Text: text + between}
}

// oneLine sets text that stands on several lines on one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// firstWord is the beginning of a span, as long as the word given.
func firstWord(at source.Span, word string) source.Span {
	at.End = min(at.End, at.Start+len(word))
	return at
}

// withWord is a span together with the word in front of it.
func withWord(at source.Span, word string) source.Span {
	before := at
	before.Start, before.End = 0, at.Start
	if i := strings.LastIndex(before.Text(), word); i >= 0 {
		at.Start = len(strings.TrimRight(before.Text()[:i], " \t\n"))
	}
	return at
}

// fromWord is the end of a span, from a word on.
func fromWord(at source.Span, word string) source.Span {
	if i := strings.Index(at.Text(), " "+word+" "); i >= 0 {
		at.Start += i + 1
	}
	return at
}

// listed writes names one after the other on lines that fit a screen.
func listed(head string, names []string) string {
	var b strings.Builder
	b.WriteString(head)
	column := len(head)
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
			if column++; column+1+len(name) > maxPreview {
				b.WriteString("\n" + strings.Repeat(" ", len(head)))
				column = len(head)
			} else {
				b.WriteByte(' ')
				column++
			}
		}
		b.WriteString(name)
		column += len(name)
	}
	return b.String()
}

// quotedList is `"a", "b" and "c"`.
func quotedList(names []string) string {
	var b strings.Builder
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(`"` + name + `"`)
	}
	return b.String()
}

// failsWhen turns what the library says of a function's failures into the rest of a
// sentence about a call.
func failsWhen(failure string) string {
	r, size := utf8.DecodeRuneInString(failure)
	if size == 0 || strings.HasPrefix(failure, "fails ") {
		return failure
	}
	if next, _ := utf8.DecodeRuneInString(failure[size:]); !unicode.IsUpper(next) {
		failure = string(unicode.ToLower(r)) + failure[size:]
	}
	return "fails when " + strings.TrimSuffix(failure, ".")
}

// textPart is an operand as it stands inside f"...".
func textPart(e ast.Expr) string {
	if lit, ok := e.(*ast.StringLit); ok && !strings.ContainsAny(lit.Value, "\"\\{}\n\r\t") {
		return lit.Value
	}
	return "{" + e.Pos().Text() + "}"
}

// written is how a value can be named in the text: as it stands there, or, for a
// column that a message about something else is about, by the column's name.
func written(x ir.Expr) (text string, elsewhere bool) {
	text = x.Span().Text()
	c, ok := x.(*ir.Column)
	if !ok || text == c.Name || strings.HasSuffix(text, "."+c.Name) || text == "`"+c.Name+"`" {
		return text, false
	}
	return c.Name, true
}
