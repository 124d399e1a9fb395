package syntax

import (
	"sort"
	"strings"
	"unicode"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// lexical lexes the file, reports what the lexer marked, and mends the signs of other
// languages.
func (r *reader) lexical() {
	tokens := Lex(r.file)
	r.tokens = make([]lexer.Token, 0, len(tokens))
	for i, t := range tokens {
		lt := r.g.lexerToken(t)
		lt.Pos.Column = r.placeInLine(tokens, i)
		at := r.span(lt)
		switch {
		case t.Kind == Comment:
			r.comment(t, at)
			continue
		case t.Broken:
			r.broken(t, at)
		case t.Kind == Illegal:
			r.illegal(lt.Value, at)
			if !unicode.IsLetter(rune(lt.Value[0])) && (lt.Value[0] < '0' || lt.Value[0] > '9') {
				continue
			}
			lt.Type = typeOf(Ident)
		case t.Kind == Op:
			if lt.Value == "||" && r.joinsTexts(tokens, i) {
				r.joined(&lt, at)
			} else if !r.foreignSign(&lt, at) {
				continue
			}
		}
		r.tokens = append(r.tokens, lt)
	}
}

func (r *reader) report(code diag.Code, at source.Span, message, text string) *diag.Diagnostic {
	d := &diag.Diagnostic{Code: code, Message: message, Labels: []diag.Label{{Span: at, Text: text}}}
	r.add(d)
	return d
}

func (r *reader) comment(t Token, at source.Span) {
	text := at.Text()
	switch {
	case t.Broken:
		r.report(CodeUnterminated, source.Span{File: r.file, Start: at.Start, End: at.Start + 2}, "this comment never ends", "").
			Fix(diag.Maybe, "end it", "*/")
	case strings.HasPrefix(text, "--"):
		start := source.Span{File: r.file, Start: at.Start, End: at.Start + 2}
		r.report(CodeComment, start, "a comment starts with //", "").Fix(diag.Apply, `write "//"`, "", diag.Edit{Span: start, Text: "//"})
	case strings.HasPrefix(text, "#"):
		start := source.Span{File: r.file, Start: at.Start, End: at.Start + 1}
		r.report(CodeComment, start, "a comment starts with //", "").Fix(diag.Apply, `write "//"`, "", diag.Edit{Span: start, Text: "//"})
	}
}

func (r *reader) broken(t Token, at source.Span) {
	what := t.Kind.String()
	closing := `"`
	switch t.Kind {
	case Text:
		closing = `"""`
	case Ident:
		what, closing = "quoted name", "`"
	case Temporal:
		closing = "]"
	case String, FString, Raw:
		closing = strings.TrimLeft(at.Text(), "fr")[:1]
	}
	r.mark(at)
	start := at
	start.End = min(at.End, at.Start+max(1, len(closing)))
	end := source.Span{File: r.file, Start: at.End, End: at.End}
	r.report(CodeUnterminated, start, "this "+what+" never ends", "").
		Fix(diag.Maybe, "end it", closing, diag.Edit{Span: end, Text: closing})
}

func (r *reader) illegal(text string, at source.Span) {
	r.mark(at)
	if isDigit(text[0]) {
		d := r.report(CodeLiteral, at, `"`+text+`" is neither a number nor a duration`, "")
		d.Note("durations: 250ms  10s  5m  1h30m  1d  2w  1mo  1y    sizes: 16MiB")
		digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
		if unit := spelledUnits[strings.ToLower(text[len(digits):])]; unit != "" {
			d.Fix(diag.Apply, `write "`+digits+unit+`"`, "", diag.Edit{Span: at, Text: digits + unit})
		}
		return
	}
	if straight := straightQuotes[text]; straight != "" {
		r.typographic(at, straight)
		return
	}
	r.report(CodeLiteral, at, `"`+text+`" means nothing here`, "")
}

// spelledUnits are units as people write them elsewhere.
var spelledUnits = map[string]string{
	"millisecond": "ms", "milliseconds": "ms", "msec": "ms", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
	"hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d", "week": "w", "weeks": "w", "month": "mo", "months": "mo",
	"yr": "y", "year": "y", "years": "y", "k": "KB", "kib": "KiB", "kb": "KB", "mib": "MiB", "mb": "MB", "gib": "GiB", "gb": "GB",
}

var straightQuotes = map[string]string{"“": `"`, "”": `"`, "„": `"`, "‘": "'", "’": "'"}

// typographic reports a curly quote, those of one line together.
func (r *reader) typographic(at source.Span, straight string) {
	edit := diag.Edit{Span: at, Text: straight}
	if d := r.curly; d != nil && r.file.Position(d.Span().Start).Line == r.file.Position(at.Start).Line {
		d.Fixes[0].Edits = append(d.Fixes[0].Edits, edit)
		return
	}
	r.curly = r.report(CodeLiteral, at, "texts stand in straight quotes", "").Fix(diag.Apply, "straight quotes", straight+"..."+straight, edit)
}

// joinsTexts reports a sign beside a text in quotes.
func (r *reader) joinsTexts(tokens []Token, i int) bool {
	beside := func(step int) bool {
		for j := i + step; j >= 0 && j < len(tokens); j += step {
			if tokens[j].Kind != Comment {
				return tokens[j].Kind == String || tokens[j].Kind == FString
			}
		}
		return false
	}
	return beside(-1) || beside(1)
}

// joined reports an || that joins texts, and reads it as + for what stands around it.
func (r *reader) joined(t *lexer.Token, at source.Span) {
	r.report(CodeLogic, at, `texts are joined as in f"{a}{b}"`, "").Fix(diag.Choose, "one text with values in it", `f"{a}{b}"`)
	t.Value = "+"
}

// foreignSign mends |, ||, &&, <> and ;. It reports whether the token stays.
func (r *reader) foreignSign(t *lexer.Token, at source.Span) bool {
	mend := func(code diag.Code, message, to string, edit string) {
		r.report(code, at, message, "").Fix(diag.Apply, `write "`+strings.TrimSpace(to)+`"`, "", diag.Edit{Span: at, Text: edit})
		t.Value = to
	}
	switch t.Value {
	case "|":
		if r.inPattern() {
			mend(CodeHabit, "a pattern joins elements of which one will do by `or`", "or", "or")
			t.Type = typeOf(Reserved)
			break
		}
		if r.inUnion() {
			mend(CodeHabit, "the schemas of a union are joined by `or`", "or", "or")
			t.Type = typeOf(Reserved)
			break
		}
		mend(CodePipe, "the pipe is written |>", "|>", "|>")
	case "||":
		mend(CodeLogic, `"||" is written "or"; texts are joined as in f"{a}{b}"`, "or", "or")
		t.Type = typeOf(Reserved)
	case "&&":
		mend(CodeLogic, `"&&" is written "and"`, "and", "and")
		t.Type = typeOf(Reserved)
	case "<>":
		mend(CodeNotEqual, `"<>" is written "!="`, "!=", "!=")
	case ";":
		r.report(CodeSemicolon, at, "nothing needs a semicolon", "").Fix(diag.Apply, "leave it out", "", diag.Edit{Span: at, Text: ""})
		return false
	}
	return true
}

// inUnion reports that the tokens read last are `schema Name = A or B`.
func (r *reader) inUnion() bool {
	i := len(r.tokens) - 1
	for ; i >= 0 && (r.tokens[i].Type == typeOf(Ident) || r.tokens[i].Value == "or"); i-- {
	}
	return i >= 2 && i < len(r.tokens)-1 && r.tokens[i].Value == "=" && r.tokens[i].Type == typeOf(Op) && r.tokens[i-2].Value == "schema"
}

// placeInLine is inLine, indented or flush for a token.
func (r *reader) placeInLine(tokens []Token, i int) int {
	end, start := 0, tokens[i].Start
	if i > 0 {
		end = tokens[i-1].End
	}
	switch {
	case start == 0 || r.file.Text[start-1] == '\n':
		return flush
	case i == 0 || strings.Contains(r.file.Text[end:start], "\n"):
		return indented
	}
	return inLine
}

// firstOnLine reports that only white space stands before a token on its line.
func firstOnLine(t lexer.Token) bool { return t.Pos.Column != inLine }

// index is the first token at or behind an offset.
func (r *reader) index(offset int) int {
	return sort.Search(len(r.tokens)-1, func(i int) bool { return r.tokens[i].Pos.Offset >= offset })
}

// mark remembers a stretch whose mistake is reported, so that what follows from it is
// not.
func (r *reader) mark(at source.Span) { r.marks = append(r.marks, at) }
